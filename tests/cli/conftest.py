"""Commands as a shell runs them."""

from collections.abc import Callable

import pytest

from podcast_core import cli
from podcast_core.workspace import Workspace

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the test's workspace as a shell would: exit status, output and error output."""
    monkeypatch.setenv("PODCAST_DATA_DIR", str(workspace.settings.data_dir))

    def run_(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["podcast_core", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return run_
