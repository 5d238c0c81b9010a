"""Whatever a format writes, it reads back: boxes exactly, and into the sessions they came from.

Each random round goes through all formats: making it takes longer than writing it and reading it back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, note, settings

from podcast_core.formats import FORMATS, session_tables
from podcast_core.formats.contents import Batch, Contents, FileAnswer, FileBox, join, make_batch
from podcast_core.formats.placing import Places
from podcast_core.formats.tables import one_line
from tests.formats.builders import batches

TIMES = ("start_s", "end_s", "label")
SHAPE = ("start_s", "end_s", "low_hz", "high_hz", "label")
SOURCE = ("origin", "prediction_id", "score", "model")
NOTES = ("comment", "unsure", "individual", "call_type")
ANSWER = ("annotator", "submitted_at", "comment", "score_threshold", "active_s", "action_count")
EXACT = {
    "csv": SHAPE + SOURCE + NOTES,
    "parquet": SHAPE + SOURCE + NOTES,
    "raven": SHAPE + SOURCE + NOTES,
    "camtrap-dp": SHAPE + SOURCE + NOTES,
    "darwin-core": SHAPE + SOURCE + NOTES,
    "coco": SHAPE + SOURCE + NOTES,
    "aoef": SHAPE + NOTES,
    "audacity": SHAPE,
    "whisperseg-csv": (*SHAPE, "individual"),
    "whisperseg-csv-7": (*TIMES, "individual"),
    "whisperseg-json": TIMES,
    "audacity-plain": TIMES,
    "textgrid": TIMES,
    "label-studio": (*TIMES, "comment"),
}
some = settings(max_examples=25, deadline=None)


def each_of(format_names: Iterable[str]) -> Iterator[str]:
    """Go through formats; the example of a failure says at which."""
    for name in format_names:
        note(f"format: {name}")
        yield name


def read_back(format_name: str, batch: Batch) -> Contents:
    files = FORMATS[format_name].write(batch)
    return join([session_tables.find_contents(*file) or FORMATS[format_name].read(*file) for file in files.items()])


def places_of(batch: Batch) -> Places:
    return Places([entry.session for entry in batch.entries], [entry.recording for entry in batch.entries])


def place(contents: Contents, batch: Batch) -> list[tuple[str, FileBox]]:
    """Each box with the session it belongs to, which must be one and the whole box."""
    placed = []
    for box in contents.annotations:
        found = places_of(batch).place(box)
        [part] = found.parts
        assert found.lost_s == 0
        placed.append((part.session.id, part.box))
    return placed


def spell(session_id: str, box: object, fields: tuple[str, ...]) -> str:
    values = [getattr(box, field) for field in fields]
    return repr((session_id, *("" if value is None else str(value) for value in values)))


@some
@given(batch=batches())
def test_boxes_come_back_exactly(batch: Batch) -> None:
    boxes = [(entry.session.id, box) for entry in batch.entries for box in entry.annotations]
    one_liners = [(session_id, replace(box, comment=str(one_line(box.comment)))) for session_id, box in boxes]
    for format_name in each_of(EXACT):
        fields = EXACT[format_name]
        found = [spell(session_id, box, fields) for session_id, box in place(read_back(format_name, batch), batch)]
        kept = one_liners if format_name == "raven" else boxes  # Raven has one line per selection
        assert sorted(found) == sorted(spell(session_id, box, fields) for session_id, box in kept)


@some
@given(batch=batches())
def test_markers_of_audition_come_back_within_a_millisecond(batch: Batch) -> None:
    def sort(boxes: list[tuple[str, str, float, float]]) -> list[tuple[str, str, float, float]]:
        return sorted(boxes, key=lambda each: (each[0], each[1], round(each[2], 3), round(each[3], 3)))

    found = [(name, box.label, box.start_s, box.end_s) for name, box in place(read_back("audition", batch), batch)]
    boxes = [(entry.session, box) for entry in batch.entries for box in entry.annotations]
    assert len(found) == len(boxes)
    for one, other in zip(sort(found), sort([(s.id, b.label, b.start_s, b.end_s) for s, b in boxes]), strict=True):
        assert one[:2] == other[:2]


@some
@given(batch=batches())
def test_times_of_podcast_come_back_within_a_nanosecond(batch: Batch) -> None:
    wanted = sorted(
        (entry.session.id, box.start_s, box.end_s)
        for entry in batch.entries
        for box in entry.annotations
        if entry.outcome == "labelled"
    )
    for format_name in each_of(["podcast-json", "podcast-tsv-a", "podcast-tsv-b"]):
        found = sorted((name, box.start_s, box.end_s) for name, box in place(read_back(format_name, batch), batch))
        assert [each[0] for each in found] == [each[0] for each in wanted]
        assert [each[1:] for each in found] == [pytest.approx(each[1:], abs=1e-9, rel=0) for each in wanted]


@some
@given(batch=batches())
def test_every_session_comes_back_with_what_was_said_of_it(batch: Batch) -> None:
    places = places_of(batch)
    for format_name in each_of(FORMATS):
        said: dict[str, FileAnswer] = {}
        for answer in read_back(format_name, batch).answers:
            for session in places.find_sessions(answer):
                said[session.id] = answer.merge(said.get(session.id, answer))
        assert {name: answer.outcome for name, answer in said.items()} == {
            entry.session.id: entry.outcome for entry in batch.entries
        }
        for entry in batch.entries:
            if entry.submission is not None:
                for field in ANSWER:
                    assert getattr(said[entry.session.id], field) == getattr(entry.submission, field)


@some
@given(batch=batches())
def test_predictions_and_what_became_of_them_come_back_exactly(batch: Batch) -> None:
    fields = (*SHAPE, "score", "model")
    wanted = [(box.id, spell(box.session_id, box, fields)) for entry in batch.entries for box in entry.predictions]
    answers = [entry.submission for entry in batch.entries if entry.submission is not None]
    for format_name in each_of(FORMATS):
        contents = read_back(format_name, batch)
        found = [(box.prediction_id, spell(box.session_id, box, fields)) for box in contents.predictions]
        assert sorted(found) == sorted(wanted)
        assert contents.rejected == {prediction.id for answer in answers for prediction in answer.rejected}
        assert contents.unreviewed == {prediction.id for answer in answers for prediction in answer.unreviewed}


@some
@given(batch=batches())
def test_files_do_not_depend_on_the_order_in_which_boxes_were_drawn(batch: Batch) -> None:
    turned = [
        replace(
            entry,
            predictions=entry.predictions[::-1],
            submission=entry.submission
            and replace(entry.submission, annotations=tuple(sorted(entry.submission.annotations, key=repr))),
        )
        for entry in reversed(batch.entries)
    ]
    again = make_batch(batch.round_, turned)
    for format_name in each_of(FORMATS):
        assert FORMATS[format_name].write(batch) == FORMATS[format_name].write(again)
