"""Commands about collections."""

import json
from pathlib import Path

import pytest

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
    assert workspace.files.list("explore")
