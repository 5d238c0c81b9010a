"""A synthetic HLS archive in a folder and behind HTTP, and what came out of it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from podcast_core.audio.files import read_samples
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.services.hls.ingest import HlsReport, Source, ingest_hls
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions
from tests.hls import (
    BASE,
    CLOSE,
    FIRST,
    NODE,
    SECOND,
    THIRD,
    HlsServer,
    at,
    measure_error,
    serve_folder,
    write_node,
)

FIRST_S, SECOND_S, THIRD_S = (int(each) - BASE + 2.0 for each in (FIRST, SECOND, THIRD))  # of their first samples


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one node in it; not to be changed."""
    folder = tmp_path_factory.mktemp("bucket")
    write_node(folder / NODE)
    return folder


@pytest.fixture
def server(archive: Path) -> Iterator[HlsServer]:
    """The archive behind HTTP."""
    with serve_folder(archive) as served:
        yield served


def run(workspace: Workspace, url: object, start: float, end: float, **options: object) -> HlsReport:
    """Ingest a span, in seconds after `BASE`, into the round ``sea``."""
    options = {"session_length_s": 10.0, **options}
    source = Source(str(url), offset_s=float(options.pop("offset_s", 2.0)))  # type: ignore[arg-type]
    return ingest_hls(workspace, source=source, from_at=at(start), to_at=at(end), round_name="sea", **options)  # type: ignore[arg-type]


def read_all(workspace: Workspace) -> tuple[list[Recording], list[Session]]:
    """Read the recordings by their start, and the sessions."""
    found = list_recordings(workspace)
    return sorted(found, key=lambda each: each.started_at or at(0)), list_sessions(workspace, "sea")


def check_every_sample(workspace: Workspace) -> list[tuple[float, float]]:
    """Check that every recording sounds as it was at its time, and list when they begin and end."""
    spans = []
    for each in read_all(workspace)[0]:
        assert each.started_at is not None
        for channel in range(each.channel_count):
            found = read_samples(locate(workspace, each), channel=channel, start_s=0, end_s=each.duration_s)
            assert measure_error(found, each.started_at, each.sample_rate_hz, channel) < CLOSE
        start = (each.started_at - at(0)).total_seconds()
        spans.append((round(start, 3), round(start + each.duration_s, 3)))
    return spans


def list_gaps(report: HlsReport) -> list[tuple[float, float, str]]:
    """List start and end of gaps in seconds after `BASE`, and why."""

    def since(moment: datetime) -> float:
        return round((moment - at(0)).total_seconds(), 3)

    return [(since(gap.started_at), since(gap.ended_at), gap.reason) for gap in report.gaps]
