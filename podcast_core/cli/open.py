"""The command that opens files in the browser, without a round that somebody makes first."""

import socket
import subprocess
import sys
import time
import webbrowser
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError
from urllib.request import urlopen

import typer

from podcast_core.errors import count_of
from podcast_core.services.intake.opening import open_recordings
from podcast_core.services.store.source_names import show_source
from podcast_core.workspace import open_workspace

APP = Path(__file__).parents[2] / "app.py"
PATIENCE_S = 1.0  # chosen: an app on this machine answers in milliseconds
LOOK_S = 0.05  # chosen: far less than the app takes to start


def open_files(
    paths: Annotated[
        list[str], typer.Argument(help="Audio files, folders to search for them, https:// and s3:// URLs.")
    ],
    port: Annotated[int, typer.Option(help="Where the app runs; it is started there if it does not.")] = 8501,
    show: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, or print the link.")] = True,
) -> None:
    """Look at recordings at once and listen: nothing is copied, and no round is made until you keep them as one."""
    workspace = open_workspace()
    opened = open_recordings(workspace, paths=paths, who=workspace.settings.annotator)
    for each in opened.failed:
        typer.echo(f"  not opened: {show_source(each.path)}: {each.reason}", err=True)
    if opened.left_out:
        typer.echo(f"  {count_of(opened.left_out, 'more file')} left out. Add them to a round: ingest", err=True)
    app = None if _answers(port, opened.round_.id) or not show else _start_app(port := _find_free(port))
    link = f"http://127.0.0.1:{port}/label?round={opened.round_.id}"
    typer.echo(link)
    if app is not None:
        while app.poll() is None and not _answers(port, opened.round_.id):
            time.sleep(LOOK_S)
    if show:
        webbrowser.open(link)
    if app is not None:
        typer.echo("The app runs until you press Ctrl+C.", err=True)
        with suppress(KeyboardInterrupt):  # which the app gets, too
            app.wait()
        app.wait()


def _answers(port: int, round_id: str) -> bool:
    """Tell whether an app with the same data answers at a port; one that asks for a token first may be it."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/v1/rounds/{round_id}", timeout=PATIENCE_S):  # nosec B310  # loopback
            return True
    except HTTPError as error:
        return error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    except OSError:
        return False


def _start_app(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", str(APP), f"--server.port={port}", "--server.headless=true"]
    return subprocess.Popen(command, cwd=APP.parent)


def _find_free(port: int) -> int:
    """Find a port for an app: the one that is wanted, unless another program or an app with other data has it."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return port
