"""Live sound over HTTP: what there is, its sound as a stream that goes on, and marks."""

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.api import live
from podcast_core.audio.feeds import Feed, Finding
from podcast_core.services.live import feeding, recording
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def open_feed(workspace: Workspace) -> Feed:
    feed = feeding.open_microphone(workspace, feed_id="mic", name="Mic", sample_rate_hz=8000, channel_count=2)
    feed.push(np.arange(1600, dtype=np.int16).reshape(-1, 2), at=NOON)
    return feed


def read_blocks(data: bytes) -> list[tuple[dict[str, Any], bytes]]:
    found, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        head = json.loads(data[at + 4 : at + 4 + length])
        end = at + 4 + length + 2 * head["count"] * head["channels"]
        found.append((head, data[at + 4 + length : end]))
        at = end
    return found


def test_sound_is_streamed_from_the_sample_that_one_has_with_what_was_found(
    workspace: Workspace, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = open_feed(workspace)
    feed.show([Finding("call-0", NOON, NOON + timedelta(seconds=1), "call", 100, 200, 0.5)])
    monkeypatch.setattr(live, "STREAM_S", 0.2)
    data = client.get("/api/v1/live/mic/sound", params={"after": 300}).content
    ((head, samples),) = read_blocks(data)
    assert (head["first"], head["count"], head["rate_hz"], head["channels"]) == (300, 500, 8000, 2)
    assert head["at"] == (NOON - timedelta(seconds=500 / 8000)).timestamp()
    assert np.frombuffer(samples, "<i2")[0] == 600
    assert [(each["label"], each["score"]) for each in head["findings"]] == [("call", 0.5)]
    assert head["round_id"] is None
    feed.end_feed()
    assert client.get("/api/v1/live/mic/sound").status_code == 404


def test_who_may_listen_and_who_may_mark(workspace: Workspace, lan: TestClient) -> None:
    feed = open_feed(workspace)
    mark = {
        "id": "m1",
        "label": "call",
        "started_at": (NOON - timedelta(seconds=1)).isoformat(),
        "ended_at": NOON.isoformat(),
    }
    assert lan.get("/api/v1/live").status_code == 401
    reader, annotator = bearer(workspace, "read"), bearer(workspace, "label")
    (item,) = lan.get("/api/v1/live", headers=reader).json()["items"]
    assert (item["id"], item["is_live"], item["round_id"], item["model"]) == ("mic", True, None, None)
    assert lan.post("/api/v1/live/mic/marks", json=mark, headers=reader).status_code == 403
    assert lan.post("/api/v1/live/mic/marks", json=mark, headers=annotator).status_code == 409
    recording.start_recording(workspace, feed_id="mic", round_name="live", labels=("call",), person="Ann")
    kept = lan.post("/api/v1/live/mic/marks", json=mark, headers=annotator)
    assert (kept.status_code, kept.json()["person"]) == (201, "Ann")
    assert lan.post("/api/v1/live/mic/marks", json={**mark, "person": "Bo"}, headers=annotator).status_code == 403
    assert lan.get("/api/v1/live", headers=reader).json()["items"][0]["round_id"] == "live"
    feed.end_feed()
    assert lan.get("/api/v1/live", headers=reader).json()["items"] == []
