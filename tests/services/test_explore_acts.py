"""Clips of a collection: labels in bulk, subsets, selections and the quick check."""

import time
import uuid
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.clip import ClipPart, Subset
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.explore import collections as explored
from podcast_core.services.explore import quick_check, selections, subsets
from podcast_core.services.explore.clip_labelling import ClipRequest, act_on_clips
from podcast_core.services.labels import bulk, session_views
from podcast_core.services.labels.bulk import BulkDone
from podcast_core.services.store import rebuild
from podcast_core.services.store.doctor import examine
from podcast_core.storage import clips, collections
from podcast_core.storage import selections as kept_selections
from podcast_core.storage.clips import GIVEN
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.services.exploring import add_collection

RAW, TRAIN, DEV, TEST = Subset


@pytest.fixture(autouse=True)
def c(workspace: Workspace, round_of_ten: Round) -> str:
    """Collection ``c``: 40 windows of 0.25 s, four in each session of ``ten``."""
    return add_collection(workspace, round_of_ten.id)


def label(workspace: Workspace, *numbers: int, to: str = "call", collection: str = "c", **more: object) -> BulkDone:
    fields = {"id": str(uuid.uuid4()), "deed": BulkDeed.LABEL, "who": "Bo", "label": to, **more}
    return act_on_clips(workspace, ClipRequest(collection_id=collection, numbers=numbers, **fields))  # type: ignore[arg-type]


def column(workspace: Workspace, name: str, collection: str = "c") -> list[object]:
    with workspace.database.reading() as connection:
        found: list[object] = clips.read_columns(connection, collection, (name,))[name].tolist()
    return found


def called(workspace: Workspace, collection: str = "c") -> dict[int, object]:
    return {number: each for number, each in enumerate(column(workspace, "label", collection)) if each}


def test_whoever_looks_learns_that_something_has_changed(workspace: Workspace) -> None:
    def look() -> str:
        return explored.get_version(workspace, collection_id="c")

    seen = [look()]
    done = label(workspace, 4, 5)
    seen.append(look())
    bulk.undo(workspace, act_id="back", undoes=done.act.id, who="Bo")
    seen.append(look())
    subsets.evict(workspace, act_id="e", collection_id="c", numbers=[1], who="Bo")
    seen.append(look())
    assert len(set(seen)) == 4
    assert look() == seen[-1]  # nothing has happened since
    with pytest.raises(NotFound):
        explored.get_version(workspace, collection_id="nothing")


def test_clips_are_called_as_they_were_labelled_until_it_is_undone(workspace: Workspace) -> None:
    done = label(workspace, 4, 5, 38)
    assert called(workspace) == {4: "call", 5: "call", 38: "call"}
    label(workspace, 5, to="whistle")
    assert called(workspace) == {4: "call", 5: "whistle", 38: "call"}
    back = bulk.undo(workspace, act_id="back", undoes=done.act.id, who="Bo")
    assert called(workspace) == {5: "whistle"}
    bulk.undo(workspace, act_id="again", undoes=back.act.id, who="Bo")
    assert called(workspace) == {4: "call", 5: "whistle", 38: "call"}
    label(workspace, 4, 5, deed=BulkDeed.REMOVE, to="")
    assert called(workspace) == {38: "call"}


def test_a_label_from_the_table_shows_on_the_label_page_and_the_other_way_round(workspace: Workspace) -> None:
    """Row 9 of the checklist, server side: a patched label is in the database and on the map."""
    label(workspace, 8)
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0002")
    assert view.answer is not None
    assert [(box.start_s, box.end_s, box.origin) for box in view.answer.annotations] == [(2.0, 2.25, Origin.BULK)]
    boxes = (AnswerBox(0.0, 0.25, "whistle"), AnswerBox(0.5, 0.75, "call"))
    submit(workspace, "ten", "ten_0002", *boxes, submission_id="a")
    assert called(workspace) == {8: "whistle", 10: "call"}


def test_boxes_of_people_and_of_models_are_clips_too(workspace: Workspace) -> None:
    submit(workspace, "ten", "ten_0003", AnswerBox(0.1, 0.2, "call"), submission_id="a")
    add_boxes(workspace, "people", Unit.ANNOTATION, ("ten_0003", 3.1, 3.2, None, None, "a:0"))
    add_boxes(workspace, "model", Unit.PREDICTION, ("ten_0001", 1.5, 1.875, 500.0, 1500.0, "p-1"))
    label(workspace, 0, to="whistle", collection="people")
    label(workspace, 0, to="call", collection="model")
    expected = {
        "ten_0003": Annotation(3.1, 3.2, "whistle", origin=Origin.BULK),
        "ten_0001": Annotation(
            1.5,
            1.875,
            "call",
            low_hz=500.0,
            high_hz=1500.0,
            origin=Origin.BULK,
            prediction_id="p-1",
            score=0.25,
            model="m",
        ),
    }
    for session_id, box in expected.items():
        answer = session_views.get_view(workspace, round_id="ten", session_id=session_id).answer
        assert answer is not None
        (found,) = answer.annotations
        assert found == replace(box, bulk_id=found.bulk_id)
    assert (called(workspace, "people"), called(workspace, "model")) == ({0: "whistle"}, {0: "call"})


def add_boxes(workspace: Workspace, name: str, unit: Unit, *boxes: tuple[object, ...]) -> None:
    rows = [(s, "a" * 16, 0, start, end, low, high, box, "raw", "", "", "") for s, start, end, low, high, box in boxes]
    with workspace.database.writing() as connection:
        collections.add_collection(connection, Collection(name, "ten", name, unit, "made-up/1", "Ann"))
        columns = dict(zip(GIVEN, zip(*rows, strict=True), strict=True))
        clips.add_part(connection, ClipPart(name, 0, len(rows), columns))


def test_clips_that_are_not_there_are_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="has no clip 40"):
        label(workspace, 3, 40)
    with pytest.raises(NotFound):
        label(workspace, 3, collection="none")
    assert called(workspace) == {}


# Subsets


def move(workspace: Workspace, *numbers: int, to: Subset, act_id: str = "", only_labelled: bool = False) -> int:
    return subsets.move(
        workspace,
        act_id=act_id or str(uuid.uuid4()),
        collection_id="c",
        numbers=numbers,
        subset=to,
        who="Bo",
        only_labelled=only_labelled,
    )


def count(workspace: Workspace) -> dict[str, dict[str, int]]:
    found = subsets.count_subsets(workspace, collection_id="c").by_label
    return {each: {s.value: n for s, n in counts.items() if n} for each, counts in found.items()}


def test_labelled_clips_are_moved_and_again_changes_nothing(workspace: Workspace) -> None:
    """Row 7 of the checklist: 3 labelled of 5 selected are 3 more; again, with other labels, they are overwritten."""
    label(workspace, 0, 1, 2)
    assert move(workspace, 0, 1, 2, 3, 4, to=TRAIN, only_labelled=True) == 3
    assert count(workspace) == {"": {"raw": 37}, "call": {"train": 3}}
    label(workspace, 1, to="whistle")
    assert move(workspace, 0, 1, 2, 3, 4, to=TRAIN, only_labelled=True) == 0
    assert count(workspace) == {"": {"raw": 37}, "call": {"train": 2}, "whistle": {"train": 1}}
    assert move(workspace, 1, 39, to=TEST, act_id="m") == 2
    assert move(workspace, 1, 39, to=TEST, act_id="m") == 0
    assert count(workspace)["whistle"] == {"test": 1}


def test_every_view_agrees_after_any_act_and_after_a_rebuild(workspace: Workspace) -> None:
    """Row 8 of the checklist: there is nothing to push."""
    examine(workspace, repair=True)
    label(workspace, *range(20))
    move(workspace, *range(10), to=TRAIN)
    subsets.evict(workspace, act_id="e", collection_id="c", numbers=[1, 2, 30], who="Bo")
    before = [column(workspace, name) for name in ("subset", "evicted", "duplicate_of", "label")]
    assert count(workspace) == {"": {"raw": 19}, "call": {"train": 8, "raw": 10}}
    assert subsets.count_subsets(workspace, collection_id="c").evicted == 3
    rebuild.rebuild(workspace, replace=True)
    assert [column(workspace, name) for name in ("subset", "evicted", "duplicate_of", "label")] == before


def test_any_act_can_be_undone_in_any_order_and_later_ones_stay(workspace: Workspace) -> None:
    chance, acts, states = np.random.default_rng(3), [], []
    names = ("subset", "evicted", "duplicate_of")

    def state() -> list[list[object]]:
        return [column(workspace, name) for name in names]

    for number in range(8):
        states.append(state())
        chosen = chance.choice(40, 6, replace=False).tolist()
        act_id = f"act{number}"
        if number % 3 == 2:
            subsets.evict(workspace, act_id=act_id, collection_id="c", numbers=chosen, who="Bo", is_evicted=number < 4)
        else:
            move(workspace, *chosen, to=[TRAIN, DEV, TEST][number % 3], act_id=act_id)
        with workspace.database.reading() as connection:
            acts.append(act_id if collections.find_clip_act(connection, act_id) else "")
    last = state()
    done = [(act_id, before) for act_id, before in zip(acts, states, strict=True) if act_id]
    for act_id, before in reversed(done):
        undo(workspace, act_id)
        assert state() == before
    with pytest.raises(Conflict, match="already undone"):
        undo(workspace, done[0][0], "twice")
    for act_id, _ in done[::-1]:  # in another order than they were done in
        undo(workspace, f"undo-{act_id}")
    assert state() == last
    undo(workspace, done[2][0], "once more")
    assert state() != last
    undo(workspace, "once more", "and back")
    assert state() == last
    with pytest.raises(NotFound, match="has no act"):
        subsets.undo(workspace, act_id="u", collection_id="c", undoes="none", who="Bo")


def undo(workspace: Workspace, undoes: str, act_id: str = "") -> int:
    act_id = (act_id or f"undo-{undoes}").replace(" ", "-")
    return subsets.undo(workspace, act_id=act_id, collection_id="c", undoes=undoes.replace(" ", "-"), who="Bo")


def columns_of(rows: list[tuple[str, str, str]]) -> dict[str, np.ndarray]:
    """Columns of clips that are address, recording and subset."""
    urls, recordings_, given = (np.array(each, object) for each in zip(*rows, strict=True))
    zeros = np.zeros(len(rows))
    place = {"channel": zeros.astype(int), "start_s": zeros, "end_s": zeros + 1, "low_hz": zeros * np.nan}
    return {
        **place,
        "high_hz": zeros * np.nan,
        "recording_id": recordings_,
        "url": urls,
        "subset": given,
        "evicted": zeros > 1,
    }


def test_the_same_address_or_the_same_bytes_are_one_clip_and_the_most_protected_stays() -> None:
    """Rows 5 and 6 of the checklist."""
    rows = [
        ("u/a.wav", "A", "raw"),
        ("u/a.wav", "A", "test"),  # one address
        ("u/b.wav", "B", "train"),
        ("v/other name.wav", "B", "dev"),  # two names, the same bytes
        ("u/c.wav", "C", "raw"),
        ("u/gone.wav", "", "raw"),
        ("u/gone.wav", "", "train"),  # neither is there
        ("", "D", "raw"),
        ("", "D", "raw"),
    ]
    assert subsets.find_duplicates(columns_of(rows)) == {0: 1, 2: 3, 5: 6, 8: 7}


@pytest.mark.parametrize("seed", range(20))
def test_of_random_duplicates_one_stays_in_each_group_in_its_most_protected_subset(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = [
        (f"u{chance.integers(12)}", f"r{chance.integers(12)}", ["raw", "train", "dev", "test"][chance.integers(4)])
        for _ in range(30)
    ]
    same = subsets.find_duplicates(columns_of(rows))
    left = [number for number in range(30) if number not in same]
    assert set(same.values()) <= set(left)
    for column_ in (0, 1):  # no two of those that stay have an address or bytes in common
        assert max(Counter(rows[number][column_] for number in left).values()) == 1
    rank = ["test", "dev", "train", "raw"].index
    assert all(rank(rows[stays][2]) <= rank(rows[gone][2]) for gone, stays in same.items())


def test_duplicates_go_out_of_sight_and_come_back(workspace: Workspace) -> None:
    add_collection(workspace, "ten", name="twice", window_s=0.5)
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("UPDATE clips SET url = 'u' WHERE collection_id = 'twice' AND number IN (3, 9)")
    place = {"collection_id": "twice", "who": "Bo"}
    assert subsets.deduplicate(workspace, act_id="d", **place) == 1
    assert subsets.deduplicate(workspace, act_id="d2", **place) == 0
    assert column(workspace, "duplicate_of", "twice")[9] == 3
    assert subsets.count_subsets(workspace, collection_id="twice").duplicates == 1
    assert subsets.undo(workspace, act_id="u", undoes="d", **place) == 1
    assert subsets.count_subsets(workspace, collection_id="twice").duplicates == 0


def test_labels_of_a_subset_are_balanced_by_the_seed(workspace: Workspace) -> None:
    label(workspace, *range(10))
    label(workspace, *range(10, 14), to="whistle")
    move(workspace, *range(14), to=TRAIN)
    assert balance(workspace, "b") == 6
    first = column(workspace, "subset")
    assert count(workspace) == {"": {"raw": 26}, "call": {"raw": 6, "train": 4}, "whistle": {"train": 4}}
    undo(workspace, "b")
    assert balance(workspace, "b2") == 6
    assert column(workspace, "subset") == first
    with pytest.raises(InvalidInput, match="train, dev or test"):
        balance(workspace, "b3", subset=RAW)


def balance(workspace: Workspace, act_id: str, subset: Subset = TRAIN) -> int:
    return subsets.balance(workspace, act_id=act_id, collection_id="c", subset=subset, who="Bo", seed=5)


def test_an_act_of_another_collection_is_no_repeat(workspace: Workspace) -> None:
    add_collection(workspace, "ten", name="other")
    move(workspace, 1, to=TEST, act_id="m")
    with pytest.raises(Conflict, match="collection 'c'"):
        subsets.move(workspace, act_id="m", collection_id="other", numbers=[1], subset=TEST, who="Bo")


# Selections


def test_each_person_has_a_selection_that_survives_everything_else(workspace: Workspace) -> None:
    """Row 20 of the checklist, server side."""
    keep, get = selections.keep_selection, selections.get_selection
    assert get(workspace, collection_id="c", who="Ann") == []
    assert keep(workspace, collection_id="c", who="Ann", numbers=[7, 3, 3]) == 2
    keep(workspace, collection_id="c", who="Bo", numbers=[1])
    done = label(workspace, 3, 7)
    bulk.undo(workspace, act_id="u", undoes=done.act.id, who="Bo")
    examine(workspace, repair=True)
    rebuild.rebuild(workspace, replace=True)
    assert [get(workspace, collection_id="c", who=who) for who in ("Ann", "Bo")] == [[3, 7], [1]]
    keep(workspace, collection_id="c", who="Bo", numbers=[])
    assert get(workspace, collection_id="c", who="Bo") == []
    with pytest.raises(InvalidInput, match="clips 0 to 39; found 40"):
        keep(workspace, collection_id="c", who="Ann", numbers=[3, 40])
    with pytest.raises(NotFound):
        get(workspace, collection_id="none", who="Ann")


def test_a_hundred_thousand_numbers_are_packed_small_and_fast() -> None:
    numbers = np.flatnonzero(np.random.default_rng(0).random(300_000) < 1 / 3).astype(np.uint32)
    began = time.process_time()
    data = kept_selections.pack(numbers)
    assert np.array_equal(kept_selections.unpack(data), numbers)
    assert time.process_time() - began < 0.5
    assert len(data) < 100_000


# Quick check


def test_a_few_are_drawn_from_as_many_recordings_as_there_are_and_the_seed_says_which() -> None:
    numbers, groups = np.arange(100), np.array(["a"] * 96 + ["b", "c", "d", "e"], object)
    drawn = quick_check.draw_members(numbers, groups, 5, seed=1)
    assert {groups[each] for each in drawn} == {"a", "b", "c", "d", "e"}
    assert (
        quick_check.draw_members(numbers, groups, 5, seed=1) == drawn != quick_check.draw_members(numbers, groups, 5, 2)
    )
    assert len(set(quick_check.draw_members(numbers, groups, 50, seed=1))) == 50
    one = [quick_check.draw_members(np.arange(10), np.full(10, "a", object), 3, seed)[0] for seed in range(3000)]
    assert max(Counter(one).values()) / min(Counter(one).values()) < 1.5  # all are as likely


def test_the_farthest_have_the_smallest_cosine_with_the_middle() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32) + 3
    vectors[17], vectors[40], vectors[60] = -vectors[0], np.nan, 1000 * vectors[1]
    found = quick_check.find_farthest(vectors, 200)
    assert (len(found), found[0]) == (199, 17)
    known = np.delete(np.arange(200), 40)
    rows = vectors[known] / np.linalg.norm(vectors[known], axis=1, keepdims=True)
    cosine = rows @ rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    assert found[:20].tolist() == known[np.argsort(cosine)[:20]].tolist()
    assert len(quick_check.find_farthest(np.full((3, 4), np.nan, np.float32), 5)) == 0


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95, 1.0])
def test_the_interval_of_the_purity_holds_what_it_promises(share: float) -> None:
    chance = np.random.default_rng(0)
    for heard in (5, 10, 40):
        agreed = chance.binomial(heard, share, 4000)
        found = {each: quick_check.estimate_purity(heard, int(each)) for each in np.unique(agreed)}
        covered = np.mean([found[each].low <= share <= found[each].high for each in agreed])
        assert covered > 0.88
    for heard, agreed_ in ((5, 5), (20, 18), (100, 97)):  # close to the interval of a beta posterior (Jeffreys)
        purity = quick_check.estimate_purity(heard, agreed_)
        low, high = beta.ppf([0.025, 0.975], agreed_ + 0.5, heard - agreed_ + 0.5)
        assert abs(purity.low - low) < 0.12
        assert abs(purity.high - high) < 0.12
    with pytest.raises(InvalidInput, match="cannot have agreed"):
        quick_check.estimate_purity(3, 4)
    assert quick_check.estimate_purity(0, 0).high == 1


def test_a_selection_is_checked_by_clips_that_can_be_heard(workspace: Workspace) -> None:
    found = quick_check.check_selection(workspace, collection_id="c", numbers=[30, 4, 4, 39], farthest=2)
    assert set(found.members) == {4, 30}  # the last one has no audio
    assert set(found.farthest) == {4, 30}
    for numbers, wrong in (([], "nothing is selected"), ([39], "None of the selected"), ([40], "clips 0 to 39")):
        with pytest.raises(InvalidInput, match=wrong):
            quick_check.check_selection(workspace, collection_id="c", numbers=numbers)
    assert utc_now().tzinfo is not None
