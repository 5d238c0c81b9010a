"""The command that opens files at once."""

import re

from podcast_core.services.intake.opening import list_opened
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run
from tests.conftest import MakeWav


def test_open_prints_a_link_and_says_what_it_could_not_open(workspace: Workspace, run: Run, make_wav: MakeWav) -> None:
    path = make_wav("in/night.wav", seconds=61)
    (path.parent / "empty.wav").touch()
    status, out, err = run("open", path.parent, "--no-browser", "--port", "1")
    (round_,) = list_opened(workspace)
    assert (status, out) == (0, f"http://127.0.0.1:1/label?round={round_.id}\n")
    assert re.search(r"not opened: .*empty\.wav: The file is empty", err)
    status, _, err = run("open", path.parent / "none.wav", "--no-browser")
    assert (status, err) == (1, "Error: none.wav: There is no such file or folder.\n")
