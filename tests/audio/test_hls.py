from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.audio.spans import subtract_spans
from podcast_core.errors import InvalidInput
from podcast_core.services.hls.playlists import Segment, join_playlists, parse_playlist, place_segments, read_stamp

STAMP = datetime(2021, 7, 17, 0, 30, 19, tzinfo=UTC)

NODE = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-ALLOW-CACHE:YES
#EXT-X-TARGETDURATION:11
# a comment
#EXTINF:10.010044,
live000.ts
#EXTINF:10.005356,title, with a comma
live001.ts

#EXT-X-DISCONTINUITY
#EXTINF:9.984022,
https://elsewhere.example/live002.ts
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_nodes_playlist_is_read_and_every_length_is_added_up(newline: str) -> None:
    playlist = parse_playlist(NODE.replace("\n", newline))
    assert [each.uri for each in playlist.segments] == [
        "live000.ts",
        "live001.ts",
        "https://elsewhere.example/live002.ts",
    ]
    assert [each.discontinuity for each in playlist.segments] == [False, False, True]
    assert (playlist.target_s, playlist.is_complete) == (11, False)
    placed = place_segments(playlist.segments, STAMP, 2.0)
    starts = [(each.started_at - STAMP).total_seconds() for each in placed]
    assert starts == pytest.approx([2.0, 12.010044, 22.0154], abs=1e-6)
    assert {each.method for each in placed} == {"hls_folder_stamp"}


def test_the_playlists_own_dates_win_over_the_folder_and_count_backwards_too() -> None:
    text = NODE.replace("#EXTINF:10.005356", "#EXT-X-PROGRAM-DATE-TIME:2021-07-16T17:45:00.500-0700\n#EXTINF:10.005356")
    placed = place_segments(parse_playlist(text).segments, STAMP, 2.0)
    dated = datetime(2021, 7, 17, 0, 45, 0, 500_000, tzinfo=UTC)
    assert placed[1].started_at == dated
    assert placed[0].started_at == dated - timedelta(seconds=10.010044)
    assert placed[2].started_at == dated + timedelta(seconds=10.005356)
    assert {each.method for each in placed} == {"hls_program_date_time"}
    naive = place_segments(parse_playlist(text.replace("-0700", "")).segments, STAMP, 2.0)
    assert naive[1].started_at == datetime(2021, 7, 16, 17, 45, 0, 500_000, tzinfo=UTC)
    assert naive[1].method == "hls_program_date_time_assumed_utc"


def test_a_playlist_that_begins_later_than_its_folder_says_that_its_time_is_an_estimate() -> None:
    placed = place_segments(parse_playlist(NODE.replace("SEQUENCE:0", "SEQUENCE:30")).segments, STAMP, 2.0)
    assert (placed[0].started_at - STAMP).total_seconds() == pytest.approx(302, abs=0.1)
    assert placed[0].method == "hls_folder_stamp_estimated"


def test_without_any_time_the_error_says_what_to_give() -> None:
    with pytest.raises(InvalidInput, match="--started-at"):
        place_segments(parse_playlist(NODE).segments, None, 2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected #EXTM3U in the first line, found 'an empty file'"),
        ("<html>", "found '<html>'"),
        ("#EXTM3U\nlive000.ts", "line 2: the segment 'live000.ts' has no #EXTINF"),
        ("#EXTM3U\n#EXTINF:ten,\nlive000.ts", "line 2: expected a number after #EXTINF:, found 'ten'"),
        ("#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:yesterday", "line 2: expected a date and time"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8", "master playlist"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"', "encrypted"),
        ("#EXTM3U\n#EXT-X-BYTERANGE:1@0", "EXT-X-BYTERANGE .* is not supported"),
    ],
)
def test_what_is_no_playlist_of_plain_segments_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_playlist(text)


def test_a_folder_is_a_stamp_only_when_its_name_is_seconds() -> None:
    assert read_stamp("1626481819") == STAMP
    assert [read_stamp(each) for each in ("latest", "16264", "1626481819x", "-626481819")] == [None] * 4


def test_segments_that_slid_out_of_a_live_playlist_are_missing_and_the_others_do_not_move() -> None:
    def window(first: int, last: int) -> str:
        body = "".join(f"#EXTINF:10.0,\nlive{number:03d}.ts\n" for number in range(first, last))
        return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:{first}\n{body}"

    known: list[Segment] = []
    for first, last in ((0, 3), (1, 4), (6, 9)):
        known = join_playlists(known, parse_playlist(window(first, last)))
    assert [each.uri or "missing" for each in known] == [
        *(f"live{number:03d}.ts" for number in range(4)),
        *("missing", "missing"),
        *(f"live{number:03d}.ts" for number in range(6, 9)),
    ]
    placed = place_segments(known, STAMP, 2.0)
    assert [(each.started_at - STAMP).total_seconds() for each in placed] == [2.0 + 10 * number for number in range(9)]


moments = st.integers(0, 1000).map(lambda second: STAMP + timedelta(seconds=second))
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))


@given(wanted=spans, covered=st.lists(spans, max_size=6))
def test_what_is_left_of_a_span_is_exactly_what_nothing_covers(
    wanted: tuple[datetime, datetime], covered: list[tuple[datetime, datetime]]
) -> None:
    left = subtract_spans(wanted, covered)
    for second in range(1000):
        moment = STAMP + timedelta(seconds=second + 0.5)
        inside = wanted[0] <= moment < wanted[1]
        free = inside and not any(start <= moment < end for start, end in covered)
        assert any(start <= moment < end for start, end in left) == free


def test_a_date_with_another_zone_is_the_same_moment() -> None:
    text = "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2021-07-17T02:30:21+02:00\n#EXTINF:1,\na.ts\n"
    placed = place_segments(parse_playlist(text).segments, None, 0.0)
    assert placed[0].started_at == datetime(2021, 7, 17, 2, 30, 21, tzinfo=timezone(timedelta(hours=2)))
