"""A round with recordings at two sites, for releases: made as people make it, by ingest and answers."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.release import Release
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.services.intake import ingest
from podcast_core.services.labels import rounds
from podcast_core.services.sets import release_store, releases
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.sets.release_store import read_file
from podcast_core.workspace import Workspace
from tests.building import submit

RECORDING_COUNT = 8
ANSWERS = {  # of each recording's four sessions
    0: (
        Outcome.LABELLED,
        (AnswerBox(0.25, 0.75, "call"), AnswerBox(0.5, 0.9, "whistle", low_hz=500.0, high_hz=1500.0)),
    ),
    1: (Outcome.EMPTY, ()),
    2: (Outcome.LABELLED, (AnswerBox(0.1, 0.2, "call"),)),
}


def make_bay(workspace: Workspace, make_wav: Callable[..., Path], *, count: int = RECORDING_COUNT) -> Round:
    """Make round ``bay``: recordings of 4 s, a day apart, each with two labelled, one empty and one open session."""
    round_ = rounds.add_round(workspace, name="bay", labels=["call", "whistle"], site="Bay")
    add_recordings(workspace, make_wav, range(count))
    return round_


def add_recordings(workspace: Workspace, make_wav: Callable[..., Path], numbers: range) -> None:
    """Add recordings to round ``bay`` and answer them."""
    for number in numbers:
        path = make_wav(f"bay/202406{number + 1:02d}_120000.wav", seconds=4, seed=number)
        ingest.ingest(workspace, paths=[str(path)], round_name="bay", session_length_s=1, site="Bay")
        for piece, (outcome, boxes) in ANSWERS.items():
            answer(workspace, f"{path.stem}_{piece:04x}", outcome, *boxes)


def answer(workspace: Workspace, session_id: str, outcome: Outcome, *boxes: AnswerBox, who: str = "Ann") -> str:
    """Answer a session of round ``bay``."""
    submission_id = f"{who}-{session_id}"
    submit(workspace, "bay", session_id, *boxes, who=who, outcome=outcome, submission_id=submission_id)
    return submission_id


def ask(**changes: object) -> ReleaseRequest:
    """Ask for a release of round ``bay``."""
    fields: dict[str, object] = {"name": "bay", "round_ids": ("bay",), "licence": "CC BY 4.0", **changes}
    return ReleaseRequest(**fields)  # type: ignore[arg-type]


def create(workspace: Workspace, **changes: object) -> Release:
    """Make a release of the bay."""
    return releases.create_release(workspace, request=ask(**changes)).release


def read_all(workspace: Workspace, release: Release) -> dict[str, bytes]:
    """Read all files of a release."""
    return dict(release_store.list_contents(workspace, release))


def read_index(workspace: Workspace, release: Release) -> list[dict[str, str]]:
    """Read the table of a release's files."""
    text = read_file(workspace, release, "index.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))
