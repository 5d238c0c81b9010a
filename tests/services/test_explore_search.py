"""Search in a collection of real windows: by clips, by a drawn stretch, by a file, by label, behind filters."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.clip import ClipAct, ClipDeed
from podcast_core.domain.collection import Unit
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.explore import collections as collections_service
from podcast_core.services.explore import columns, embedding, search
from podcast_core.services.explore.filters import ColumnFilter, Filter, TextFilter, Texts, find_allowed
from podcast_core.services.explore.search import SearchRequest, SoundBox
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.storage import clips, collections
from podcast_core.workspace import Workspace
from tests.building import encode_sound, submit
from tests.services.exploring import add_collection
from tests.services.runs import CALLS, RATE, add_round, write_calls


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    """Windows of 0.25 s of a recording, described by mean MFCC: eight in each of three sessions."""
    round_id = add_round(workspace, write_calls(tmp_path / "sea.wav"))
    made = collections_service.add_collection(
        workspace, round_id=round_id, name="w", unit=Unit.WINDOW, window_s=0.25, hop_s=0.25, embedder="mean-mfcc",
        who="Ann",
    )  # fmt: skip
    embedding.run(workspace, {"collection_id": made.id}, InProcessJob())
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
    found = search.search(
        workspace, collection_id=windows, request=SearchRequest(like=(first,), count=len(calls), include_examples=True)
    ).hits
    assert found.numbers[0] == first
    assert found.scores[0] == pytest.approx(1, abs=1e-5)
    assert set(found.numbers[:2].tolist()) <= calls
    assert search.get_space(workspace, collection_id=windows) is search.get_space(workspace, collection_id=windows)


def test_a_drawn_stretch_and_a_file_find_what_they_are(workspace: Workspace, windows: str, tmp_path: Path) -> None:
    """Row 27: a stretch of a session, an upload."""
    with workspace.database.reading() as connection:
        (clip,) = clips.list_clips(connection, windows, [2])
    box = SoundBox(session_id=clip.session_id, start_s=0.5, end_s=0.75)
    drawn = search.search(workspace, collection_id=windows, request=SearchRequest(box=box, count=3)).hits
    assert drawn.numbers[0] == 2
    assert drawn.scores[0] == pytest.approx(1, abs=1e-3)
    samples, _ = soundfile.read(tmp_path / "sea.wav", dtype="float32")
    file = io.BytesIO(encode_sound(samples[RATE // 2 : 3 * RATE // 4], RATE))
    brought = search.search(workspace, collection_id=windows, request=SearchRequest(count=3), sound=[file]).hits
    assert brought.numbers.tolist() == drawn.numbers.tolist()


def test_clips_are_as_loud_as_their_sound_also_where_vectors_were_copied(
    workspace: Workspace, windows: str, tmp_path: Path
) -> None:
    samples, rate_hz = soundfile.read(tmp_path / "sea.wav")
    length = rate_hz // 4
    expected = [10 * np.log10(np.mean(samples[at : at + length] ** 2)) for at in range(0, 24 * length, length)]
    with workspace.database.reading() as connection:
        round_id = collections.get_collection(connection, windows).round_id
    again = collections_service.add_collection(
        workspace, round_id=round_id, name="w2", unit=Unit.WINDOW, window_s=0.25, hop_s=0.25, embedder="mean-mfcc",
        who="Ann",
    )  # fmt: skip
    done = embedding.run(workspace, {"collection_id": again.id}, InProcessJob())
    assert done["copied"] == 24
    for each in (windows, again.id):
        found = columns.read_column(workspace, collection_id=each, name="loudness")
        assert found.values.tolist() == pytest.approx(expected, abs=0.01)


def test_what_is_not_wanted_pushes_away(workspace: Workspace, windows: str) -> None:
    """Row 27: positive and negative examples."""
    calls = find_calls(workspace, windows)
    noise = tuple(number for number in range(24) if number not in calls)
    like = (min(calls),)
    plain, pushed = (
        search.search(
            workspace,
            collection_id=windows,
            request=SearchRequest(like=like, unlike=unlike, count=24, include_examples=True),
        ).hits
        for unlike in ((), noise)
    )
    gap = [np.ptp(each.scores[[0, -1]]) for each in (plain, pushed)]
    assert gap[1] > gap[0]
    assert set(pushed.numbers[-3:].tolist()) & set(noise)


def test_examples_are_ranked_apart_and_not_found_again(workspace: Workspace, windows: str) -> None:
    calls = find_calls(workspace, windows)
    like, unlike = tuple(sorted(calls))[:3], (0,)
    assert 0 not in calls
    request = SearchRequest(like=(*like, like[0]), unlike=unlike, count=100)
    found = search.search(workspace, collection_id=windows, request=request)
    assert set(found.hits.numbers.tolist()) == set(range(24)) - {*like, *unlike}
    assert set(found.examples.numbers.tolist()) == set(like)
    assert found.examples.scores.tolist() == sorted(found.examples.scores.tolist(), reverse=True)
    whole = search.search(workspace, collection_id=windows, request=replace(request, include_examples=True))
    assert len(whole.hits.numbers) == 24
    assert found.hits.numbers.tolist() == [each for each in whole.hits.numbers if each not in (*like, *unlike)]
    with workspace.database.writing() as connection:
        clips.set_labels(connection, windows, dict.fromkeys(like, "call"))
    by_label = search.search(workspace, collection_id=windows, request=SearchRequest(label="call", count=100))
    assert set(by_label.examples.numbers.tolist()) == set(like)
    assert set(by_label.hits.numbers.tolist()) == set(range(24)) - set(like)


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
    found = search.search(workspace, collection_id=windows, request=request).hits
    assert len(found.numbers) == 3
    assert set(found.numbers.tolist()) <= set(range(8, 16)) - {9}
    nothing = ColumnFilter("duration", low=0.26)
    assert not find_allowed(workspace, collection_id=windows, filters=[second, nothing]).any()


def test_texts_are_searched_by_words_and_patterns(workspace: Workspace, windows: str) -> None:
    assert Texts(workspace, windows).find(TextFilter("SEA.w")).all()
    assert Texts(workspace, windows).find(TextFilter(r"^s[aeiou]+\.wav$", is_pattern=True)).all()
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
    nowhere = SearchRequest(box=SoundBox(session_id="nothing", start_s=0, end_s=1))
    with pytest.raises(NotFound):
        search.search(workspace, collection_id=windows, request=nowhere)
    with workspace.database.reading() as connection:
        (clip,) = clips.list_clips(connection, windows, [2])
    for start_s, end_s in ((1.0, 0.5), (-1.0, 1.0), (5.0, 6.0)):
        box = SoundBox(session_id=clip.session_id, start_s=start_s, end_s=end_s)
        with pytest.raises(InvalidInput, match="lies within its session"):
            search.search(workspace, collection_id=windows, request=SearchRequest(box=box))
    with pytest.raises(InvalidInput):
        search.search(workspace, collection_id=windows, request=SearchRequest(), sound=[io.BytesIO(b"no sound")])
    with pytest.raises(InvalidInput, match="1 to 100,000"):
        SearchRequest(count=0)


def draw_filter(chance: np.random.Generator, told: dict[str, list[Any]]) -> tuple[Filter, list[bool]]:
    """Draw a filter, and say of each clip whether it fits, as a person would from what the columns say."""
    name = str(chance.choice([*sorted(set(told) - {"comment"}), "text"]))
    if name == "text":
        word = str(chance.choice(["call", "wind", "TEN", "nothing"]))
        told_of = zip(told["label"], told["comment"], told["recording"], strict=True)
        return TextFilter(word), [any(word.lower() in each.lower() for each in texts) for texts in told_of]
    values = told[name]
    if isinstance(values[0], str):
        wanted = {str(each) for each in chance.choice(values, 3)}
        return ColumnFilter(name, values=tuple(wanted)), [each in wanted for each in values]
    low, high = sorted(float(each) for each in chance.choice([each for each in values if not np.isnan(each)], 2))
    return ColumnFilter(name, low=low, high=high), [low <= each <= high for each in values]


@pytest.mark.usefixtures("round_of_ten")
def test_any_filters_hold_before_the_first_k_as_if_each_clip_was_looked_at(workspace: Workspace) -> None:
    name = add_collection(workspace, "ten", window_s=0.25)
    given = (AnswerBox(0.0, 0.5, "whistle"), AnswerBox(0.5, 0.9, "call"))
    for at, words in ((1, "much wind"), (3, "")):
        session_id = f"ten_000{at}"
        submit(workspace, "ten", session_id, *given, submission_id=session_id, comment=words)
    told: dict[str, list[Any]] = {}
    for column in ("label", "score", "site", "session", "recording", "duration", "annotator", "prediction", "subset"):
        found = columns.read_column(workspace, collection_id=name, name=column)
        told[column] = [found.categories[each] if found.categories else each for each in found.values]
    told["comment"] = [
        {"ten_0001": "much wind call whistle", "ten_0003": "call whistle"}.get(each, "") for each in told["session"]
    ]
    space = search.get_space(workspace, collection_id=name)
    chance = np.random.default_rng(7)
    found_any = 0
    for _ in range(60):
        drawn = [draw_filter(chance, told) for _ in range(chance.integers(1, 4))]
        within, example = chance.random(40) < 0.8, int(chance.integers(40))
        request = SearchRequest(
            like=(example,),
            filters=tuple(each for each, _ in drawn),
            count=5,
            within=np.packbits(within, bitorder="little").tobytes(),
        )
        scores = space.directions @ space.directions[example]
        fits = [all(mask[number] for _, mask in drawn) and within[number] for number in range(40)]
        right = sorted(
            (number for number in range(40) if fits[number] and number != example), key=lambda at: -scores[at]
        )
        hits = search.search(workspace, collection_id=name, request=request).hits
        assert hits.numbers.tolist() == right[:5], request.filters
        found_any += bool(right)
    assert 10 < found_any < 60
    with pytest.raises(InvalidInput, match="5 bytes, a bit for each; found 4"):
        search.search(workspace, collection_id=name, request=SearchRequest(like=(0,), within=b"1234"))
