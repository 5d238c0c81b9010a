"""What is archived is out of sight and comes back; a renamed label has its new name everywhere but in old objects."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.dialects.podcast import protocol
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.exchange import datasets, imports
from podcast_core.services.intake import ingest
from podcast_core.services.labels import archive, claiming, progress, review, rounds, session_views, verification
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.building import submit
from tests.conftest import MakeWav


@pytest.fixture
def sea(workspace: Workspace, make_wav: MakeWav) -> Round:
    """A round with two recordings of two sessions each; the first session of each has a call."""
    for name in ("a", "b"):
        ingest.ingest(
            workspace,
            paths=[make_wav(f"{name}.wav", rate=8000, seconds=2, seed=ord(name))],
            round_name="sea",
            labels=("call", "whistle") if name == "a" else (),
            session_length_s=1,
        )
        answer(workspace, f"{name}_0000", "call")
    return rounds.get_round(workspace, round_id="sea")


def answer(workspace: Workspace, session_id: str, label: str) -> None:
    submit(workspace, "sea", session_id, AnswerBox(0.1, 0.2, label))


def claim(workspace: Workspace, **options: object) -> list[str]:
    found = claiming.claim_next(
        workspace,
        round_id="sea",
        holder="tab",
        annotator="Ann",
        count=9,
        **options,  # type: ignore[arg-type]
    )
    return [view.session.id for view in found.views]


def recording_id(workspace: Workspace, name: str) -> str:
    listed = archive.list_recordings(workspace, round_id="sea")
    return next(recording.id for recording, _, _ in listed if recording.file_name == name)


def export(workspace: Workspace) -> str:
    made = datasets.export_round(workspace, round_id="sea", format_name="csv")
    table = next(data for name, data in sorted(dict(made.files).items()) if b"file_name" in data and b"label" in data)
    return table.decode()


def test_an_archived_round_hands_nothing_out_and_can_still_be_read(workspace: Workspace, sea: Round) -> None:
    before = export(workspace)
    assert archive.archive_round(workspace, round_id="sea", who="Bo").archived_at is not None
    archive.archive_round(workspace, round_id="sea", who="Di")  # changes nothing
    (act,) = archive.list_acts(workspace, round_id="sea")
    assert (act.deed, act.who) == ("archive", "Bo")
    assert rounds.list_rounds(workspace) == []
    assert [each.id for each in rounds.list_rounds(workspace, is_archived=True)] == ["sea"]
    reason = "'sea' was archived by Bo on 20"
    with pytest.raises(Conflict, match=reason):
        claim(workspace)
    with pytest.raises(Conflict, match=reason):
        protocol.fetch_session(workspace, round_id="sea")
    with pytest.raises(Conflict, match=reason):
        verification.list_candidates(workspace, round_id="sea")
    with pytest.raises(Conflict, match=reason):
        ingest.open_round(workspace, "sea", ())
    with pytest.raises(Conflict, match="already"):
        rounds.add_round(workspace, name="sea", labels=["call"])
    assert export(workspace) == before
    answer(workspace, "a_0001", "whistle")  # it was on its way: nothing that people did is lost
    assert archive.archive_round(workspace, round_id="sea", who="Di", is_archived=False).archived_at is None
    assert [each.deed for each in archive.list_acts(workspace, round_id="sea")] == ["archive", "restore"]
    assert claim(workspace) == ["b_0001"]
    assert sea.archived_at is None


def test_a_recording_that_is_archived_in_a_round_counts_nowhere_in_it(workspace: Workspace, sea: Round) -> None:
    ingest.ingest(workspace, paths=[Path(workspace_path(workspace, "a.wav"))], round_name="other", labels=["call"])
    wanted = recording_id(workspace, "a.wav")
    before = (export(workspace), rounds.count_standings(workspace, round_id="sea"), claim(workspace))
    archive.archive_recording(workspace, round_id="sea", recording_id=wanted, who="Bo")
    assert "a.wav" not in export(workspace)
    assert "b.wav" in export(workspace)
    counts = rounds.count_standings(workspace, round_id="sea")
    assert (counts["labelled"], counts["unreviewed"]) == (1, 1)
    totals = progress.get_progress(workspace, round_id="sea").totals
    assert (totals.session_count, sum(totals.duration_s.values())) == (2, 2)
    assert [each.session_id for each in review.list_sessions(workspace, round_id="sea")] == ["b_0000", "b_0001"]
    assert claim(workspace) == ["b_0001"]
    assert rounds.count_open(workspace, round_id="sea") == 1
    with pytest.raises(Conflict, match=r"a\.wav is archived in round 'sea'"):
        claim(workspace, session_id="a_0001")
    assert rounds.count_open(workspace, round_id="other") == 1  # it is archived in one round only
    view = session_views.get_view(workspace, round_id="sea", session_id="b_0000")
    assert (view.previous_id, view.next_id) == (None, "b_0001")
    (found,) = [act for recording, _, act in archive.list_recordings(workspace, round_id="sea") if act]
    assert (found.who, found.subject.recording_id) == ("Bo", wanted)
    archive.archive_recording(workspace, round_id="sea", recording_id=wanted, who="Bo", is_archived=False)
    assert (export(workspace), rounds.count_standings(workspace, round_id="sea"), claim(workspace)) == before
    with pytest.raises(NotFound, match="no recording 'gone'"):
        archive.archive_recording(workspace, round_id="sea", recording_id="gone", who="Bo")
    assert sea.id == "sea"


def workspace_path(workspace: Workspace, name: str) -> str:
    return next(each.uri for each, _, _ in archive.list_recordings(workspace, round_id="sea") if each.file_name == name)


def test_a_renamed_label_has_its_new_name_everywhere_but_in_the_objects(
    workspace: Workspace, sea: Round, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    predicted = b"wav_filename\tstart_time_s\tduration_s\tconfidence\tlabel\nb.wav\t1.2\t0.2\t0.9\tcall\n"
    imports.import_predictions(workspace, round_id="sea", files=[("p.tsv", predicted)], model="net")
    old_export = export(workspace)
    objects = {key: workspace.files.read(key) for key in workspace.files.list("rounds")}
    changed = archive.rename_label(workspace, round_id="sea", old="call", new=" S1 ", who="Bo")
    assert changed.label_names == ("S1", "whistle")
    assert (changed.labels[0].color, changed.labels[0].hotkey) == (sea.labels[0].color, sea.labels[0].hotkey)
    assert {key: workspace.files.read(key) for key in workspace.files.list("rounds")} == objects
    assert export(workspace) == old_export.replace(",call,", ",S1,")
    view = session_views.get_view(workspace, round_id="sea", session_id="b_0001")
    assert [each.label for each in view.predictions] == ["S1"]
    assert progress.get_progress(workspace, round_id="sea").labels[:1] == ("S1",)

    answer(workspace, "a_0001", "call")  # a browser that has not heard of it
    again = imports.import_predictions(workspace, round_id="sea", files=[("p.tsv", predicted)], model="net 2")
    assert again.added == 1
    report = imports.import_annotations(
        workspace, round_id="sea", files=[("a.csv", old_export.encode())], annotator="Ann"
    )
    assert (report.added, report.known) == (0, 2)  # nothing in the old export is news
    assert {row[6] for row in dump(workspace)["annotations"]} == {"S1"}
    stored = [json.loads(workspace.files.read(key)) for key in workspace.files.list("rounds/sea/submissions")]
    assert {box["label"] for each in stored for box in each["annotations"]} == {"call", "S1"}

    assert doctor.examine(workspace, contents=True).is_well
    with open_beside(workspace, request, tmp_path / "new") as new:
        assert rebuild(new).problems == ()
        assert dump(new) == dump(workspace)
        assert doctor.examine(new, contents=True).is_well


def test_names_that_would_be_ambiguous_are_refused_and_a_label_gets_its_first_name_back(
    workspace: Workspace, sea: Round
) -> None:
    def rename(old: str, new: str) -> tuple[str, ...]:
        return archive.rename_label(workspace, round_id="sea", old=old, new=new, who="Bo").label_names

    with pytest.raises(InvalidInput, match="has a label 'whistle' already. Renaming does not merge two labels"):
        rename("call", "whistle")
    assert rename("call", "S1") == ("S1", "whistle")
    with pytest.raises(NotFound, match="no label 'call': it is called 'S1' now"):
        rename("call", "S2")
    with pytest.raises(InvalidInput, match="'call' was the name of 'S1' before"):
        rename("whistle", "call")
    both = rounds.read_labels([{"name": "S1"}, {"name": "call"}])
    with pytest.raises(InvalidInput, match="'call' was the name of the label 'S1' before"):
        rounds.add_labels(workspace, round_id="sea", names=["call"])
    with pytest.raises(InvalidInput, match="'call' was the name of the label 'S1' before"):
        rounds.change_round(workspace, replace(sea, labels=(*both, *sea.labels[1:])))
    with pytest.raises(InvalidInput, match="in use in round 'sea'.*rename the label"):
        rounds.change_round(workspace, sea)  # a form that was opened before
    assert rename("S1", "S2") == ("S2", "whistle")
    assert rename("S2", "call") == ("call", "whistle")
    assert rename("call", "call") == ("call", "whistle")
    with pytest.raises(InvalidInput, match="new name"):
        rename("call", "  ")
    assert rename("whistle", "S2x") == ("call", "S2x")
    assert doctor.examine(workspace, contents=True).is_well


def test_doctor_brings_acts_of_another_machine_and_writes_those_that_are_lost(
    workspace: Workspace, sea: Round, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with open_beside(workspace, request, tmp_path / "other") as other:
        rebuild(other)
        archive.rename_label(workspace, round_id="sea", old="call", new="S1", who="Bo")
        archive.archive_round(workspace, round_id="sea", who="Bo")
        archive.archive_recording(workspace, round_id="sea", recording_id=recording_id(workspace, "a.wav"), who="Bo")
        titles = {each.title for each in doctor.examine(other).findings}
        assert titles == {"act without a row"}
        doctor.examine(other, repair=True)
        assert dump(other) == dump(workspace)
    (key, *_) = workspace.files.list("acts")
    folder = Path(str(workspace.files.url(key)))
    kept = folder.read_bytes()
    folder.unlink()
    assert {each.title for each in doctor.examine(workspace, contents=True).findings} == {"act without an object"}
    doctor.examine(workspace, repair=True)
    assert folder.read_bytes() == kept
    assert sea.id == "sea"
