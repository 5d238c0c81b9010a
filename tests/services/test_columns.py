"""Columns: a value for every clip, packed for a browser."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.clip import Subset
from podcast_core.domain.review import Verdict
from podcast_core.domain.session import Session
from podcast_core.domain.standing import SEARCHED
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound
from podcast_core.ml.measuring.overlaps import mark_right
from podcast_core.services.explore import agile, columns
from podcast_core.services.explore.filters import TextFilter, Texts
from podcast_core.services.labels import agreement, review
from podcast_core.services.labels.agreement import Asked
from podcast_core.storage import recordings, reviews, sessions, submissions
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_answers, list_predictions, submit
from tests.services import releases
from tests.services.exploring import add_collection, move_clips


@pytest.mark.usefixtures("round_of_ten")
def test_every_column_has_a_value_for_every_clip(workspace: Workspace) -> None:
    name = add_collection(workspace, "ten")
    move_clips(workspace, name, [4, 5], Subset.DEV, "m")
    submit(workspace, "ten", "ten_0001", AnswerBox(0.0, 0.5, "whistle"), submission_id="one")
    kinds = columns.list_columns(workspace, collection_id=name)
    found = {each: columns.read_column(workspace, collection_id=name, name=each) for each in kinds}
    assert {each: column.kind for each, column in found.items()} == kinds
    assert {len(column.values) for column in found.values()} == {40}

    def told(column: str, number: int) -> object:
        value = found[column].values[number]
        return found[column].categories[value] if found[column].categories else float(value)

    assert [told("label", number) for number in (3, 4, 5, 6)] == ["", "whistle", "whistle", ""]
    assert [told("prediction", number) for number in (3, 4, 6)] == ["", "call", "whistle"]
    assert told("score", 4) == pytest.approx(0.9)
    assert math.isnan(found["score"].values[0])
    assert (told("subset", 4), told("subset", 0), told("evicted", 5), told("duplicate_of", 5)) == (
        "dev",
        "raw",
        "evicted",
        4.0,
    )
    assert (told("annotator", 4), told("recording", 0), told("session", 4)) == ("Ann", "ten.wav", "ten_0001")
    assert (told("duration", 0), told("error", 39)) == (0.25, "made up")
    assert found["label"].categories == ("whistle", "")
    with pytest.raises(NotFound, match="no column 'weight'"):
        columns.read_column(workspace, collection_id=name, name="weight")


def test_a_column_is_read_as_it_was_packed() -> None:
    for values in (np.arange(5, dtype=np.uint16), np.array([1.5, np.nan], np.float32)):
        data = columns.pack({"kind": "x", "name": "é"}, values)
        length = int.from_bytes(data[:4], "little")
        header = json.loads(data[4 : 4 + length])
        assert (length % 4, header["name"]) == (0, "é")
        assert np.array_equal(np.frombuffer(data[4 + length :], header["dtype"]), values, equal_nan=True)


def test_more_than_65_535_different_texts_have_numbers() -> None:
    """Row 36 of the reference: hover knows 256 labels."""
    column = columns._to_category([f"label {number}" for number in range(70_000)])
    assert column.values.dtype == np.uint32
    assert len(set(column.values.tolist())) == 70_000


def told(workspace: Workspace, collection_id: str, name: str) -> list[object]:
    """Read a column as people see it."""
    found = columns.read_column(workspace, collection_id=collection_id, name=name)
    values: list[object] = found.values.tolist()
    return [found.categories[value] for value in found.values] if found.categories else values


def answer_at_random(chance: np.random.Generator, at: int, session: Session) -> Submission:
    """Make an answer of one of four people, of any outcome, with up to three boxes."""
    outcome = [Outcome.LABELLED, Outcome.LABELLED, Outcome.EMPTY, Outcome.SKIPPED, Outcome.UNSURE][chance.integers(5)]
    places = chance.integers(0, 6, chance.integers(1, 4)) / 10
    boxes = tuple(
        Annotation(session.start_s + place, session.start_s + place + 0.3, str(chance.choice(["call", "whistle"])))
        for place in places
    )
    return Submission(
        id=f"a{at}",
        round_id=session.round_id,
        session_id=session.id,
        annotator=f"P{chance.integers(4)}",
        outcome=outcome,
        annotations=boxes if outcome is Outcome.LABELLED else (),
        submitted_at=utc_now() + timedelta(seconds=int(chance.integers(60))),
        bulk_id="b" if outcome is Outcome.LABELLED and at % 7 == 0 else "",
    )


def share_of(answers: list[Submission], rejected: set[str]) -> float:
    """Say which share of the boxes of those who have searched a session has a partner, all by all; NaN: one person."""
    newest = {
        each.annotator: each
        for each in sorted(answers, key=lambda each: (each.submitted_at, each.id))
        if each.outcome is not Outcome.SKIPPED and not each.bulk_id and not each.taken_back
    }
    said = [each for each in newest.values() if each.outcome in SEARCHED and each.id not in rejected]
    pairs = [(one.annotations, other.annotations) for one, other in combinations(said, 2)]
    total = sum(len(one) + len(other) for one, other in pairs)
    if not total:
        return 1.0 if pairs else math.nan
    return sum(2 * int(mark_right(one, other).sum()) for one, other in pairs) / total


@pytest.mark.usefixtures("round_of_ten")
def test_agreement_and_annotator_are_those_of_progress_and_no_answer_is_read_for_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add_collection(workspace, "ten", window_s=1.0)
    chance = np.random.default_rng(5)
    with workspace.database.writing() as connection:
        found = sessions.list_sessions(connection, "ten")
        made = [answer_at_random(chance, at, found[chance.integers(len(found) - 1)]) for at in range(80)]
        submissions.add_submissions(connection, made)
    counting = latest_answers(workspace, "ten")
    turned_down = next(each for each in counting.values() if each.outcome is Outcome.LABELLED)
    review.review_submission(
        workspace, review_id="r", submission_id=turned_down.id, reviewer="Zoe", verdict=Verdict.REJECT
    )
    with workspace.database.reading() as connection:
        answers = submissions.list_submissions(connection, "ten", with_archived=False)
        rejected = reviews.list_rejected_answers(connection, "ten")
    whole = agreement.get_agreement(workspace, Asked("ten"))[0]
    assert whole.session_count > 4
    expected: list[float] = []
    for session in found:
        expected.append(share_of([each for each in answers if each.session_id == session.id], rejected))

    monkeypatch.setattr(submissions, "_to_submission", lambda *_: pytest.fail("an answer was read as a whole"))
    assert told(workspace, name, "agreement") == pytest.approx(expected, nan_ok=True)
    assert told(workspace, name, "annotator") == [
        counting[each.id].annotator if each.id in counting else "" for each in found
    ]
    for column in columns.COLUMNS:
        columns.read_column(workspace, collection_id=name, name=column)


@pytest.mark.usefixtures("round_of_ten")
def test_texts_of_the_answers_that_count_are_found_without_the_answers(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add_collection(workspace, "ten", window_s=1.0)
    boxes = (
        AnswerBox(0.1, 0.2, "call"),
        AnswerBox(0.0, 0.5, "whistle", comment="two birds", call_type="S1", individual="L7"),
    )
    submit(workspace, "ten", "ten_0001", *boxes, comment="much wind")
    submit(workspace, "ten", "ten_0003", *boxes, comment="old words")
    submit(workspace, "ten", "ten_0003", comment="rain", base_revision=1)
    monkeypatch.setattr(submissions, "_to_submission", lambda *_: pytest.fail("an answer was read as a whole"))
    looked_for = {"two BIRDS": [1], "s1": [1], "L7": [1], "wind": [1], "rain": [3], "old words": [], "birds.*S1": []}
    texts = Texts(workspace, name)
    assert {text: np.flatnonzero(texts.find(TextFilter(text))).tolist() for text in looked_for} == looked_for
    assert np.flatnonzero(texts.find(TextFilter(r"^(?:much|rain)\b", is_pattern=True))).tolist() == [1, 3]


def test_a_clip_has_the_split_of_the_newest_release_of_its_session(
    workspace: Workspace, make_wav: Callable[..., Path]
) -> None:
    releases.make_bay(workspace, make_wav, count=4)
    name = add_collection(workspace, "bay", window_s=0.5)
    assert set(told(workspace, name, "split")) == {""}
    releases.create(workspace, proportions=(2, 1, 1))
    made = releases.create(workspace, proportions=(1, 2, 1), seed="3")
    expected = {each["session_id"]: each["split"] for each in made.sessions}
    split, session = told(workspace, name, "split"), told(workspace, name, "session")
    assert split == [expected.get(str(each), "") for each in session]
    assert set(split) == {"train", "dev", "test", ""}


@pytest.mark.usefixtures("round_of_ten")
def test_recordings_are_read_by_their_ids(workspace: Workspace) -> None:
    with workspace.database.writing() as connection:
        (one,) = recordings.list_recordings(connection)
        others = [replace(one, sha256=f"{at:016x}{0:048x}", file_name=f"{at % 7}.wav") for at in range(1, 1203)]
        recordings.add_recordings(connection, others)
        wanted = {each.id for each in others[100:]}
        found = recordings.list_recordings(connection, wanted)
    assert {each.id for each in found} == wanted
    assert found == sorted(found, key=lambda each: (each.file_name, each.id))


@pytest.mark.usefixtures("round_of_ten")
def test_yes_no_and_unsure_follow_from_the_newest_answer_and_all_are_kept(workspace: Workspace) -> None:
    """Row 38 of the reference: two people disagree, both answers are kept, and the newest of each is compared."""
    name = add_collection(workspace, "ten", window_s=0.25)
    offered = {each.label: each.id for each in list_predictions(workspace, "ten")}
    kept = AnswerBox(0.1, 0.3, "call", prediction_id=offered["call"])
    doubted = AnswerBox(0.5, 0.75, "whistle", unsure=True)
    submit(workspace, "ten", "ten_0001", kept, doubted, rejected_prediction_ids=(offered["whistle"],))
    assert told(workspace, name, "verdict")[4:8] == ["yes", "", "unsure", "no"]
    learnt = agile.train_classifier(workspace, collection_id=name, labels=["call"])
    assert learnt.examples == 2  # the call, and what is none; of the clip in doubt nothing is learnt
    no = tuple(offered.values())
    submit(workspace, "ten", "ten_0001", who="Bob", rejected_prediction_ids=no, base_revision=1)
    assert told(workspace, name, "verdict")[4:8] == ["no", "", "no", "no"]
    assert set(told(workspace, name, "label")) == {""}
    assert told(workspace, name, "agreement")[4] == 0
    no = (offered["whistle"],)
    submit(workspace, "ten", "ten_0001", kept, who="Bob", rejected_prediction_ids=no, base_revision=2)
    assert told(workspace, name, "verdict")[4:8] == ["yes", "", "no", "no"]
    assert told(workspace, name, "agreement")[4] == pytest.approx(2 / 3)
    history = list_answers(workspace, "ten", "ten_0001")
    assert [(each.annotator, len(each.annotations)) for each in history] == [("Ann", 2), ("Bob", 0), ("Bob", 1)]
