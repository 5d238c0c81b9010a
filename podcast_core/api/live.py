"""Live sound: a list of sources, the sound of one as a stream, and marks."""

import asyncio
import json
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.downloads import describe
from podcast_core.audio.feeds import Feed
from podcast_core.errors import Busy
from podcast_core.services.live import feeding, marking
from podcast_core.services.live.recording import find_recorder
from podcast_core.services.live.watching import find_watcher
from podcast_core.wire import live as wire

router = APIRouter(tags=["live"], prefix="/api/v1/live")

STREAM_S = 10.0  # a stream ends after that, and whoever listens asks again: a login may have ended, or the server waits
EVERY_S = 0.05  # a page draws 30 frames per second
BEGIN_S = 10.0  # of sound before now that somebody gets who has none yet
MAX_BLOCK_S = 20.0  # of sound in one block, for somebody who was away
MAX_STREAMS, MAX_STREAMS_EACH = 100, 20  # in all, and of one person; chosen: a class that listens, or a wall of tabs


class Streams:
    """Who listens how often at this moment; on the server's loop only."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    def is_full(self, key: str) -> bool:
        """Tell whether there is no room for another stream of somebody."""
        return self._running.total() >= MAX_STREAMS or self._running[key] >= MAX_STREAMS_EACH

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Count a stream of somebody until it ends."""
        self._running[key] += 1
        try:
            yield
        finally:
            self._running -= Counter({key: 1})


STREAMS = Streams()


@router.get("")
def list_feeds(workspace: Opened) -> wire.LiveFeeds:
    """List the live sources of this server."""
    return wire.LiveFeeds(items=[_show(each) for each in feeding.list_feeds(workspace)])


def _show(feed: Feed) -> wire.LiveFeed:
    recorder, watcher = find_recorder(feed), find_watcher(feed)
    return wire.LiveFeed(
        id=feed.id,
        name=feed.name,
        site=feed.site,
        sample_rate_hz=feed.sample_rate_hz,
        channel_count=feed.channel_count,
        is_live=feed.is_live,
        round_id=recorder.round_id if recorder else None,
        model=watcher.model if watcher else None,
    )


@router.get("/{feed_id}/sound", response_class=StreamingResponse, responses=describe("application/octet-stream"))
async def stream_sound(
    workspace: Opened,
    caller: Asking,
    request: Request,
    feed_id: str,
    after: Annotated[int | None, Query(ge=0, description="number of the first sample that is wanted")] = None,
) -> StreamingResponse:
    """Stream live sound for ten seconds, as it comes.

    A block is the length of its head (32 bits, little-endian), the head (JSON: ``first``, the number of its first
    sample; ``at``, when that was taken, in seconds since 1970; ``count``, ``missing_s``, ``findings`` where they
    changed) and its samples (16 bits, little-endian, channels side by side). Ask again with ``after``, the number of
    the sample after the last one: what is in memory, two minutes, is not lost.
    """
    feed = feeding.get_feed(workspace, feed_id=feed_id)
    who = caller.person or ""
    if STREAMS.is_full(who):
        raise Busy("Too many listen to live sound at the moment, or you do in too many windows. Try again in a minute.")
    first = max(0, feed.end - round(BEGIN_S * feed.sample_rate_hz)) if after is None else min(after, feed.end)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(_listen(feed, request, first, who), media_type="application/octet-stream", headers=headers)


async def _listen(feed: Feed, request: Request, first: int, who: str) -> AsyncIterator[bytes]:
    # Many may have asked at the same moment. Counted here, one that never begins is never counted.
    if not STREAMS.is_full(who):
        with STREAMS.holding(who):
            async for each in _stream(feed, request, first):
                yield each


async def _stream(feed: Feed, request: Request, first: int) -> AsyncIterator[bytes]:
    version = -1
    loop = asyncio.get_running_loop()
    until_s = loop.time() + STREAM_S
    while loop.time() < until_s and not feed.is_ended and not await request.is_disconnected():
        feed.hear()
        part = feed.read(first, most=round(MAX_BLOCK_S * feed.sample_rate_hz))
        head: dict[str, object] = {"count": 0, "rate_hz": feed.sample_rate_hz, "channels": feed.channel_count}
        if part is not None:
            head |= {
                "first": part.first,
                "at": part.at.timestamp(),
                "count": len(part.samples),
                "missing_s": part.missing_s,
            }
            first = part.first + len(part.samples)
        if version != feed.version:
            version = feed.version
            recorder = find_recorder(feed)
            head["round_id"] = recorder.round_id if recorder else None
            head["findings"] = [
                {
                    **asdict(each),
                    "started_at": each.started_at.timestamp(),
                    "ended_at": each.ended_at.timestamp(),
                }
                for each in feed.findings
            ]
        if part is not None or "findings" in head:
            text = json.dumps(head).encode()
            yield struct.pack("<I", len(text)) + text + (part.samples.tobytes() if part is not None else b"")
        await asyncio.sleep(EVERY_S)


@router.post("/{feed_id}/marks", status_code=201)
def add_mark(workspace: Opened, caller: Asking, feed_id: str, body: wire.MarkIn) -> wire.LiveMark:
    """Mark a span of live sound that is being recorded; it waits in its session as a prediction with score 1."""
    mark = marking.add_mark(
        workspace,
        feed_id=feed_id,
        mark_id=body.id,
        label=body.label,
        started_at=body.started_at,
        ended_at=body.ended_at,
        person=choose_who(workspace, caller, body.person),
    )
    return wire.LiveMark.model_validate(mark)
