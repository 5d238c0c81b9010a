import csv
import io
from pathlib import Path

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry.versions import add_version
from podcast_core.services.labels import rounds, share_links
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.cli.conftest import Run


def test_rounds_are_archived_renamed_in_and_brought_back(
    workspace: Workspace, run: Run, round_of_ten: Round, tmp_path: Path
) -> None:
    owls = rounds.add_round(workspace, name="Сова", labels=["hoot"])
    assert run("rounds", "archive", "Сова") == (0, "Round Sova is archived.\n", "")
    assert run("rounds", "list")[1] == f"ten\t{round_of_ten.name}\t10 sessions\n"
    assert run("rounds", "list", "--archived")[1] == "Sova\tСова\t0 sessions\n"
    status, _, err = run("ingest", "files", ".", "--round", "Сова")
    assert (status, "'Sova' was archived by" in err) == (1, True), err
    assert run("rounds", "restore", owls.id) == (0, "Round Sova is back.\n", "")

    assert run("export", "--round", "сова", "--format", "csv", "--out", tmp_path / "out")[0] == 0
    assert (tmp_path / "out").is_dir()

    status, out, err = run("rounds", "share", "ten", "--for", "Ada", "--days", "3")
    assert (status, "not be shown again" in err) == (0, True)
    link = share_links.open_link(workspace, out.strip().partition("share=")[2])
    assert run("rounds", "share-links", "ten")[1].startswith(f"{link.id}\tvalid\tuntil ")
    assert run("rounds", "share", "ten", "--revoke", link.id)[1] == f"{link.id} opens nothing any more.\n"
    assert "\trevoked\t" in run("rounds", "share-links", "ten")[1]

    listed = run("rounds", "recordings", "ten")[1]
    recording_id = listed.partition("\t")[0]
    assert run("rounds", "archive", "ten", "--recording", recording_id)[0] == 0
    assert "archived by " in run("rounds", "recordings", "ten")[1]
    assert "0 sessions" in run("rounds", "list")[1].partition("Sova")[2] or "ten\tten\t0" in run("rounds", "list")[1]
    assert run("rounds", "restore", "ten", "--recording", recording_id)[0] == 0

    assert run("rounds", "rename-label", "ten", "call", "S1") == (0, "ten: S1, whistle\n", "")
    for arguments, said in (
        (("rename-label", "ten", "call", "S2"), "it is called 'S1' now"),
        (("rename-label", "ten", "S1", "whistle"), "already"),
        (("archive", "gone"), "no round 'gone'"),
        (("archive", "ten", "--recording", "gone"), "no recording 'gone'"),
    ):
        status, _, err = run("rounds", *arguments)
        assert (status, said in err) == (1, True), err


def test_models_are_archived_and_brought_back(workspace: Workspace, run: Run) -> None:
    for _ in range(2):
        add_version(workspace.files, ModelVersion("net", 1, "tcn", ("call",), utc_now()), b"weights")
    assert run("models", "archive", "net/1") == (0, "net/1 is archived.\n", "")
    assert "net/1" not in run("models", "list")[1]
    assert run("models", "list", "--archived")[1].startswith("net/1\ttcn")
    assert "promote another one first" in run("models", "archive", "net/2")[2]
    assert run("models", "restore", "net/1") == (0, "net/1 is back.\n", "")
    assert "net/1" in run("models", "list")[1]


def test_sessions_are_assigned_listed_and_taken_back(run: Run, round_of_ten: Round, tmp_path: Path) -> None:
    status, out, err = run("rounds", "assign-sessions", round_of_ten.name, "Ann", "--next", 3, "--only")
    assert (status, err) == (0, "")
    assert out.startswith("ten: 3 sessions to Ann, nobody else\nTo undo: rounds undo-assignment ten ")
    act = out.split()[-1]
    (tmp_path / "ids.txt").write_text("ten_0000\nten_0009\n", encoding="utf-8")
    assert run("rounds", "assign-sessions", "ten", "Bob", "--ids", tmp_path / "ids.txt")[0] == 0
    assert run("rounds", "assign-sessions", "ten", "--session", "ten_0000", "--take-back")[1].startswith(
        "ten: 1 session "
    )
    assert run("rounds", "assigned", "ten")[1].splitlines()[:2] == ["Ann\t2 sessions\t2 left", "Bob\t1 session\t1 left"]
    assert run("rounds", "undo-assignment", "ten", act) == (0, f"ten: the assignment {act} is undone.\n", "")
    assert run("rounds", "assigned", "ten")[1].startswith("Bob\t")
    status, _, err = run("rounds", "assign-sessions", "ten", "Ann")
    assert (status, "--session, --ids, --next or --query" in err) == (1, True)


def test_annotations_are_searched_for(workspace: Workspace, run: Run, round_of_ten: Round) -> None:
    boxes = [AnswerBox(0.2, 0.3, "call"), AnswerBox(0.4, 0.9, "whistle", comment="faint, two")]
    submit(workspace, "ten", "ten_0001", *boxes)
    status, out, _ = run("annotations", 'label == "whistle"', "--round", round_of_ten.name)
    (row,) = csv.DictReader(io.StringIO(out))
    assert (status, row["session_id"], row["label"], row["comment"]) == (0, "ten_0001", "whistle", "faint, two")
    assert len(run("annotations")[1].splitlines()) == 3, "a head and two boxes"
    assert run("annotations", 'label == "gone"') == (0, "", "")
    assert run("annotations", "label ==")[0] == 1
