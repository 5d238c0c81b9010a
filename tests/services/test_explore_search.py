"""Search in a collection of real windows: by clips, by a drawn stretch, by a file, by label, behind filters."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.errors import InvalidInput, NotFound
from podcast_core.exploring import ClipAct, ClipDeed, Unit
from podcast_core.services.explore import collections as collections_service
from podcast_core.services.explore import embedding, search
from podcast_core.services.explore.filters import ColumnFilter, TextFilter, Texts, find_allowed
from podcast_core.services.explore.search import SearchRequest, SoundBox
from podcast_core.services.work.running import Here
from podcast_core.storage import clips, collections
from podcast_core.workspace import Workspace
from tests.services.runs import CALLS, RATE, add_round, write_calls


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    """Windows of 0.25 s of a recording, described by mean MFCC: eight in each of three sessions."""
    round_id = add_round(workspace, write_calls(tmp_path / "sea.wav"))
    made = collections_service.add_collection(
        workspace, round_id=round_id, name="w", unit=Unit.WINDOW, window_s=0.25, hop_s=0.25, embedder="mean-mfcc",
        who="Ann",
    )  # fmt: skip
    embedding.run(workspace, {"collection_id": made.id}, Here(lambda *_: None, lambda _line: None))
    return made.id


def find_calls(workspace: Workspace, collection_id: str) -> set[int]:
    """Find the windows in which a good part of a call is."""
    with workspace.database.reading() as connection:
        of = clips.read_columns(connection, collection_id, ("start_s", "end_s"))
    heard = [
        max(min(end_s, last) - max(start_s, first) for first, last in CALLS)
        for start_s, end_s in zip(of["start_s"], of["end_s"], strict=True)
    ]
    return set(np.flatnonzero(np.array(heard) > 0.09).tolist())


def test_a_clip_is_its_own_best_match_and_other_calls_follow(workspace: Workspace, windows: str) -> None:
    """Rows 26 and 27: from a point."""
    calls = find_calls(workspace, windows)
    first = min(calls)
    found = search.search(workspace, collection_id=windows, request=SearchRequest(like=(first,), count=len(calls)))
    assert found.numbers[0] == first
    assert found.scores[0] == pytest.approx(1, abs=1e-5)
    assert set(found.numbers[:2].tolist()) <= calls
    assert search.get_space(workspace, collection_id=windows) is search.get_space(workspace, collection_id=windows)


def test_a_drawn_stretch_and_a_file_find_what_they_are(workspace: Workspace, windows: str, tmp_path: Path) -> None:
    """Row 27: a stretch of a session, an upload."""
    with workspace.database.reading() as connection:
        (clip,) = clips.list_clips(connection, windows, [2])
    box = SoundBox(clip.session_id, 0.5, 0.75)
    drawn = search.search(workspace, collection_id=windows, request=SearchRequest(box=box, count=3))
    assert drawn.numbers[0] == 2
    assert drawn.scores[0] == pytest.approx(1, abs=1e-3)
    samples, _ = soundfile.read(tmp_path / "sea.wav", dtype="float32")
    file = io.BytesIO()
    soundfile.write(file, samples[RATE // 2 : 3 * RATE // 4], RATE, format="WAV")
    file.seek(0)
    brought = search.search(workspace, collection_id=windows, request=SearchRequest(count=3), sound=[file])
    assert brought.numbers.tolist() == drawn.numbers.tolist()


def test_what_is_not_wanted_pushes_away(workspace: Workspace, windows: str) -> None:
    """Row 27: positive and negative examples."""
    calls = find_calls(workspace, windows)
    noise = tuple(number for number in range(24) if number not in calls)
    like = (min(calls),)
    plain = search.search(workspace, collection_id=windows, request=SearchRequest(like=like, count=24))
    pushed = search.search(workspace, collection_id=windows, request=SearchRequest(like=like, unlike=noise, count=24))
    gap = [np.ptp(each.scores[[0, -1]]) for each in (plain, pushed)]
    assert gap[1] > gap[0]
    assert set(pushed.numbers[-3:].tolist()) & set(noise)


def test_filters_hold_before_the_first_k_and_evicted_clips_are_not_found(workspace: Workspace, windows: str) -> None:
    """Rows 28 and 29: filters stack, and limits are inside."""
    with workspace.database.writing() as connection:
        act = ClipAct("e", windows, ClipDeed.EVICT, (9,), "Ann")
        collections.add_clip_acts(connection, [act])
        sessions = clips.read_columns(connection, windows, ["session_id"])["session_id"]
    second = ColumnFilter("session", values=(str(sessions[8]),))
    length = ColumnFilter("duration", low=0.25, high=0.25)
    allowed = find_allowed(workspace, collection_id=windows, filters=[second, length])
    assert np.flatnonzero(allowed).tolist() == [8, 10, 11, 12, 13, 14, 15]
    request = SearchRequest(like=(2,), filters=(second, length), count=3)
    found = search.search(workspace, collection_id=windows, request=request)
    assert len(found.numbers) == 3
    assert set(found.numbers.tolist()) <= set(range(8, 16)) - {9}
    nothing = ColumnFilter("duration", low=0.26)
    assert not find_allowed(workspace, collection_id=windows, filters=[second, nothing]).any()


def test_texts_are_searched_by_words_and_patterns(workspace: Workspace, windows: str) -> None:
    assert Texts(workspace, windows).find(TextFilter("SEA.w")).all()
    assert Texts(workspace, windows).find(TextFilter(r"^s[aeiou]+\.wav", is_pattern=True)).all()
    assert not Texts(workspace, windows).find(TextFilter("s[aeiou]+")).any()


def test_a_pattern_that_takes_for_ever_is_ended(workspace: Workspace, windows: str) -> None:
    with workspace.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE clips SET url = '{'a' * 60}!'")
    wanted = TextFilter(r"^((a|aa)+)+$", is_pattern=True)
    with pytest.raises(InvalidInput, match="takes too long"):
        Texts(workspace, windows, 0.05).find(wanted)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (SearchRequest(), "at least one example"),
        (SearchRequest(like=(24,)), "no clip 24"),
        (SearchRequest(label="whale"), "labelled 'whale'"),
        (SearchRequest(like=(0,), filters=(ColumnFilter("session", low=1.0),)), "has names, no numbers"),
        (SearchRequest(like=(0,), filters=(ColumnFilter("duration", values=("a",)),)), "has numbers"),
        (SearchRequest(like=(0,), filters=(TextFilter("(", is_pattern=True),)), "not a regular expression"),
        (SearchRequest(like=(0,), filters=(TextFilter("  "),)), "1 to 500 characters"),
    ],
)
def test_searches_that_cannot_be_are_refused(
    workspace: Workspace, windows: str, request_: SearchRequest, expected: str
) -> None:
    with pytest.raises(InvalidInput, match=expected):
        search.search(workspace, collection_id=windows, request=request_)


def test_boxes_and_files_that_cannot_be_are_refused(workspace: Workspace, windows: str) -> None:
    nowhere = SearchRequest(box=SoundBox("nothing", 0, 1))
    with pytest.raises(NotFound):
        search.search(workspace, collection_id=windows, request=nowhere)
    with workspace.database.reading() as connection:
        (clip,) = clips.list_clips(connection, windows, [2])
    for start_s, end_s in ((1.0, 0.5), (-1.0, 1.0), (5.0, 6.0)):
        box = SoundBox(clip.session_id, start_s, end_s)
        with pytest.raises(InvalidInput, match="lies within its session"):
            search.search(workspace, collection_id=windows, request=SearchRequest(box=box))
    with pytest.raises(InvalidInput):
        search.search(workspace, collection_id=windows, request=SearchRequest(), sound=[io.BytesIO(b"no sound")])
    with pytest.raises(InvalidInput, match="1 to 100,000"):
        SearchRequest(count=0)
