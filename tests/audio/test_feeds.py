"""Live sound in memory: when each sample was taken, what is missing, and what is no longer there."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from podcast_core.audio.feeds import HELD_S, Feed, Feeds, Part
from podcast_core.errors import InvalidInput, NotFound

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RATE_HZ = 8000


def make_feed(channels: int = 1) -> Feed:
    return Feed("mic", "Microphone", RATE_HZ, channels)


def push(feed: Feed, start_s: float, seconds: float, *, position: int | None = None, value: int = 1) -> None:
    """Push sound that was taken from so many seconds after noon on."""
    samples = np.full((round(seconds * RATE_HZ), feed.channel_count), value, np.int16)
    feed.push(samples, position=position, at=NOON + timedelta(seconds=start_s + seconds))


def read_all(feed: Feed) -> list[Part]:
    parts, first = [], 0
    while (part := feed.read(first, most=10**9)) is not None:
        parts.append(part)
        first = part.first + len(part.samples)
    return parts


def list_parts(feed: Feed) -> list[tuple[float, float, float]]:
    """List start (s after noon), length (s) and what is missing before (s) of each part."""
    return [
        (round((each.at - NOON).total_seconds(), 3), len(each.samples) / RATE_HZ, round(each.missing_s, 3))
        for each in read_all(feed)
    ]


def test_what_a_sender_skips_and_what_comes_after_a_lost_connection_is_missing_and_times_stay_true() -> None:
    feed = make_feed()
    push(feed, 0, 1, position=0)
    push(feed, 1.3, 1, position=RATE_HZ)  # late, as networks are: nothing is missing
    push(feed, 2.5, 1, position=2 * RATE_HZ + 4000)  # half a second was lost on the way
    feed.interrupt()
    push(feed, 10, 1, position=0)  # another connection counts anew
    assert list_parts(feed) == [(0, 2, 0), (2.5, 1, 0.5), (10, 1, 6.5)]
    assert feed.time_of(feed.end) == NOON + timedelta(seconds=11)


def test_a_connection_that_comes_back_at_once_overlaps_nothing() -> None:
    feed = make_feed()
    push(feed, 0, 2)
    feed.interrupt()
    push(feed, 1.9, 1)
    assert list_parts(feed) == [(0, 2, 0), (2, 1, 0)]


def test_a_sound_card_that_counts_slower_than_we_is_followed() -> None:
    feed = make_feed()
    for number in range(185):
        push(feed, number * 1.001, 1)
    told_s = (feed.time_of(feed.end) - NOON).total_seconds()
    assert told_s == pytest.approx(184 * 1.001 + 1, abs=0.1)  # 0.185 s if nobody followed it
    assert not any(missing_s for _, _, missing_s in list_parts(feed))


def test_only_the_last_two_minutes_are_in_memory_and_whoever_is_late_gets_those() -> None:
    feed = make_feed()
    for number in range(HELD_S + 5):
        push(feed, number, 1, value=number)
    part = feed.read(0, most=10**9)
    assert part is not None
    assert part.first == 5 * RATE_HZ
    assert part.samples[0, 0] == 5
    assert part.samples[-1, 0] == HELD_S + 4
    assert part.at == NOON + timedelta(seconds=5)
    assert feed.read(feed.end, most=1) is None


def test_impossible_sound_is_refused() -> None:
    for rate_hz, channels in ((4000, 1), (96_000, 1), (8000, 3)):
        with pytest.raises(InvalidInput, match="found"):
            Feed("mic", "Microphone", rate_hz, channels)
    with pytest.raises(InvalidInput, match="2 channels"):
        make_feed(channels=2).push(np.zeros((10, 1), np.int16))
    with pytest.raises(NotFound):
        make_feed().time_of(0)


def test_a_feed_that_has_ended_gives_its_id_to_another() -> None:
    feeds = Feeds()
    first, second = make_feed(), make_feed()
    assert feeds.add(first) is first
    assert feeds.add(second) is first
    first.end_feed()
    assert feeds.find("mic") is None
    assert feeds.add(second) is second
