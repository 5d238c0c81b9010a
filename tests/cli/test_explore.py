"""Commands about collections."""

import json
from pathlib import Path

import pytest

from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.services.explore import clip_labelling
from podcast_core.services.explore.clip_labelling import ClipRequest
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run
from tests.conftest import MakeWav


@pytest.mark.usefixtures("workspace")
def test_a_table_is_described_listed_exported_and_read_again(run: Run, make_wav: MakeWav, tmp_path: Path) -> None:
    """Row 10 of the reference: what is exported is imported again, the same."""
    for number in range(3):
        make_wav(f"media/{number}.wav", seconds=0.5, seed=number)
    path = tmp_path / "media" / "t.csv"
    path.write_text("url,what,SUBSET\n0.wav,a,train\n1.wav,b,raw\n2.wav,,test\n")
    options = ("--round", "sounds", "--name", "Sounds", "--audio", "url", "--label", "what", "--embedder", "mean-mfcc")
    status, out, _ = run("explore", "table", path, *options)
    assert status == 0
    name, told = out.splitlines()
    assert told == "3 clips: 3 described, 0 known already, 0 failed."
    assert run("explore", "list", "sounds")[1] == f"{name}\tSounds\tsession\tmean-mfcc/1\t3 clips\n"
    for suffix in ("csv", "json"):
        out_path = tmp_path / f"out.{suffix}"
        assert run("explore", "export", name, "--out", out_path)[0] == 0
        again = run("explore", "table", out_path, *options)[1]
        assert "3 clips: 0 described, 3 known already" in again
    rows = json.loads((tmp_path / "out.json").read_text())
    assert [(row["what"], row["SUBSET"]) for row in rows] == [("a", "train"), ("b", "raw"), ("", "test")]
    assert "recommended" in run("explore", "embedders")[1]
    assert "ends in .csv or .json" in run("explore", "export", name, "--out", tmp_path / "x.xlsx")[2]


def test_windows_of_a_round_are_described(run: Run, workspace: Workspace, make_wav: MakeWav) -> None:
    run("ingest", make_wav(seconds=2.0), "--round", "sea")
    status, out, error = run("explore", "add", "sea", "--name", "w", "--window", "0.5", "--hop", "0.25")
    assert (status, error.strip()) == (0, "")
    assert "7 clips: 7 described" in out
    assert run("explore", "add", "none", "--name", "w")[2] == "Error: There is no round 'none'.\n"
    check_search(run, out.splitlines()[0], make_wav(seconds=2.0))
    assert workspace.files.list("explore")


def test_rules_classifiers_counts_and_samples(
    run: Run, workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    run("ingest", make_wav(seconds=10.0), "--round", "sea")
    made = run("explore", "add", "sea", "--name", "w", "--window", "0.5", "--embedder", "mean-mfcc")[1].split()[0]
    status, out, error = run("explore", "rule", made, "duration > 0.4", "--label", "call", "--keep", "long", "--apply")
    assert (status, error) == (0, "")
    assert "Fits 20 clips: 20 without a label; 0 missed\nSaved as long.\n20 clips labelled call" in out
    run("bulk", "undo", out.split()[-1])
    assert "There is no column" in run("explore", "rule", made, "durations > 0.4", "--label", "call")[2]
    assert (
        run("explore", "rules", made)[1] == "long\tcall\tduration > 0.4\tFits 20 clips: 20 without a label; 0 missed\n"
    )
    assert run("explore", "remove-rule", made, "long")[0] == 0
    assert run("explore", "rules", made)[1] == ""
    for label, numbers in (("call", range(0, 6)), ("noise", range(8, 14))):
        request = ClipRequest(id=label, collection_id=made, deed=BulkDeed.LABEL, numbers=list(numbers), who="Ann",
                        label=label, may_add=True)  # fmt: skip
        clip_labelling.act_on_clips(workspace, request)
    learnt = run("explore", "learn", made)[1].split()[0]
    assert run("explore", "classifiers", made)[1].startswith(f"{learnt}\t")
    rows = [line.split("\t") for line in run("explore", "compare", made, "label", "label")[1].splitlines()]
    assert rows == [["", "call", "noise", "none"], ["call", "6", "0", "0"], ["noise", "0", "6", "0"],
                    ["none", "0", "0", "8"]]  # fmt: skip
    out = run("explore", "density", made, learnt, "call", "--per-bin", "2")[1]
    assert "of 20 clips; 0 heard" in out
    asked = out.split("to hear: ")[1].split()
    told = tmp_path / "heard.csv"
    told.write_text("number,said\n" + "".join(f"{number},yes\n" for number in asked))
    assert f"of 20 clips; {len(asked)} heard" in run("explore", "density", made, learnt, "call", "--heard", told)[1]
    told.write_text("1;yes\n")
    assert "expected a clip's number" in run("explore", "density", made, learnt, "call", "--heard", told)[2]
    rows = [
        line.split("\t") for line in run("explore", "sample", made, "--by", "label", "--count", "2")[1].splitlines()
    ]
    assert [(name, count, len(numbers.split())) for name, count, numbers in rows] == [
        ("call", "6", 2), ("noise", "6", 2), ("none", "8", 2)]  # fmt: skip


def check_search(run: Run, name: str, path: Path) -> None:
    """Search by clips, by sound and by text."""

    def find(*options: object) -> list[list[str]]:
        status, out, error = run("explore", "search", name, *options)
        assert (status, error) == (0, "")
        return [line.split("\t") for line in out.splitlines()]

    assert [each[1] for each in find("--like", 3, "--include-examples", "--count", 2)][0] == "3"
    others = find("--like", 3, "--unlike", 0)
    assert {each[1] for each in others} == {"1", "2", "4", "5", "6"}
    assert [each[0] for each in others] == ["1", "2", "3", "4", "5"]
    assert len(find("--sound", path)) == 7
    assert [each[1:3] for each in find("--pattern", r"\.wav$", "--count", 2)] == [["0", ""], ["1", ""]]
    assert find("--like", 1, "--text", "nothing") == []
    assert "at least one example" in run("explore", "search", name)[2]
    assert "cannot be read" in run("explore", "search", name, "--sound", path.with_name("none.wav"))[2]
