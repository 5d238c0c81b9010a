"""Attacks on what is live, on figures, and on what their files say."""

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.api import live
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Call
from podcast_core.errors import InvalidInput
from podcast_core.figures import printing
from podcast_core.services.live import feeding, recording
from podcast_core.services.pictures import figures
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_marks_of_times_without_sound_are_refused(workspace: Workspace, client: TestClient) -> None:
    feed = feeding.open_microphone(workspace, feed_id="mic", name="Mic", sample_rate_hz=8000, channel_count=1)
    feed.push(np.zeros((8000, 1), np.int16), at=NOON)
    recording.start_recording(workspace, feed_id="mic", round_name="live", labels=("call",), person="Ann")

    def mark(started_at: str, ended_at: str) -> int:
        body = {"id": "m1", "label": "call", "started_at": started_at, "ended_at": ended_at, "person": "Ann"}
        return client.post("/api/v1/live/mic/marks", json=body).status_code

    assert mark("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:05+14:00") == 400
    assert mark("9999-12-31T23:59:50-12:00", "9999-12-31T23:59:59-12:00") == 400
    for away in (timedelta(days=-400), timedelta(hours=-1), timedelta(hours=1), timedelta(days=400)):
        assert mark((NOON + away).isoformat(), (NOON + away + timedelta(seconds=1)).isoformat()) == 400
    assert feed.findings == ()
    assert not workspace.files.list("rounds/live/live-marks")
    assert mark((NOON - timedelta(seconds=1)).isoformat(), NOON.isoformat()) == 201
    feed.end_feed()


def test_one_person_cannot_hold_all_streams(
    workspace: Workspace, lan: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeding.open_microphone(workspace, feed_id="mic", name="Mic", sample_rate_hz=8000, channel_count=1)
    monkeypatch.setattr(live, "STREAM_S", 0.1)
    monkeypatch.setattr(live, "MAX_STREAMS_EACH", 1)
    ann, bo = bearer(workspace, "read"), bearer(workspace, "read", "Bo")
    path = "/api/v1/live/mic/sound"
    for _ in range(3):  # one that has ended counts no more
        assert lan.get(path, headers=ann).status_code == 200
    with live.STREAMS.holding("Ann"):
        refused = lan.get(path, headers=ann)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert lan.get(path, headers=bo).status_code == 200
        monkeypatch.setattr(live, "MAX_STREAMS", 1)
        assert lan.get(path, headers=bo).status_code == 503
    assert lan.get(path, headers=ann).status_code == 200


@pytest.mark.usefixtures("round_of_ten")
def test_figures_that_cannot_be_are_refused_before_they_cost_anything(
    client: TestClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/rounds/ten"
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.6, "call"))
    for margin in ("-5", "-0.2", "-1e300", "1e300"):
        sent = client.get(f"{path}/figure.svg", params={"label": "call", "dpi": 50, "margin_s": margin})
        assert sent.status_code == (200 if margin == "1e300" else 400), margin
    searched: list[str] = []
    search = figures._search

    def count(workspace: Workspace, round_id: str, label: str) -> list[tuple[str, Call]]:
        searched.append(label)
        return search(workspace, round_id, label)

    monkeypatch.setattr(figures, "_search", count)
    many = client.get(f"{path}/figure.svg", params={"label": ["call"] * 300, "per_label": 10**9, "dpi": 50})
    assert (many.status_code, searched) == (400, ["call"])

    def paint(*_asked: object) -> None:
        pytest.fail("a film that is too large was painted first")

    monkeypatch.setattr("podcast_core.figures.video.paint", paint)
    film = client.get(f"{path}/sessions/ten_0001/figure.mp4", params={"width_mm": 210, "dpi": 1200})
    assert (film.status_code, "1,920" in film.json()["detail"]) == (400, True)


def test_settings_are_not_read_from_files_that_are_made_to_harm() -> None:
    deep = "[" * 200_000
    chunk = b"tEXtDescription\0" + deep.encode()
    head = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in (head, chunk, b"IEND")
    )
    bomb = '<!DOCTYPE a [<!ENTITY b "{}">]><svg><d xmlns="http://purl.org/dc/elements/1.1/"/>'
    told = '<description xmlns="http://purl.org/dc/elements/1.1/">&b;</description></svg>'
    settings = json.dumps({"program": printing.PROGRAM}).replace('"', "&#34;")
    svg = bomb.format(settings) + told
    tries = [
        png,
        f"%PDF /Subject ({deep})".encode(),
        b"\x1a\x45" + b"Pod.Cast figure: " + deep.encode(),
        svg.encode(),
        svg.encode("utf-16-le"),
        (b'<?xml version="1.0" encoding="cp037"?>') + svg.encode("cp037"),
        b"<\xff\xfe",
    ]
    for data in tries:
        with pytest.raises(InvalidInput, match="no settings"):
            figures.read_settings(data)
