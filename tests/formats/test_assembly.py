"""No label is put in place of one that a file has, whatever its column is called."""

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from podcast_core.domain.annotation import Origin
from podcast_core.errors import InvalidInput
from podcast_core.formats import READABLE
from podcast_core.formats.assembly import Draft, make_prediction_sets, make_submission, set_labels
from podcast_core.formats.column_names import LABELS
from podcast_core.formats.contents import FileBox
from podcast_core.formats.placing import Placed
from podcast_core.formats.tables import MISSING
from tests.formats.builders import make_recording, make_round, make_session

SESSION = make_session(make_recording())
WORDS = st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=12)
TABLES = {
    "table": "file;start;end;COLUMN\na.wav;1;2;LABEL\n",
    "raven": "Selection\tBegin Time (s)\tEnd Time (s)\tCOLUMN\n1\t1\t2\tLABEL\n",
}


@given(st.sampled_from(sorted(TABLES)), st.sampled_from(LABELS) | WORDS, WORDS | st.just(""))
def test_the_only_label_of_a_round_replaces_none_of_a_table(format_name: str, column: str, label: str) -> None:
    data = TABLES[format_name].replace("COLUMN", column).replace("LABEL", label).encode()
    with suppress(InvalidInput):  # refused and asked about is fine
        contents = READABLE[format_name].read("a.csv", data)
        placed = [Placed(SESSION, box) for box in contents.annotations]
        kept, left_out = set_labels(placed, make_round(("the only one",)), "")
        if [each.box.label for each in kept] == ["the only one"]:  # only where the column is known to be something else
            assert any(each.value == column for each in contents.guesses) or label.lower() in MISSING
            assert column not in LABELS
        else:
            assert [each.box.label for each in kept] == [label] * len(placed)
            assert left_out == []


def test_an_empty_id_is_nobodys() -> None:
    offered = Placed(SESSION, FileBox(name="sea", start_s=1, end_s=2, label="call", score=0.9, model="m1"))
    _, by_id = make_prediction_sets("r1", [offered], "")
    draft = Draft(SESSION.id, boxes=[FileBox(name="sea", start_s=1, end_s=2, label="call")])
    answer = make_submission(draft, round_id="r1", annotator="Ann", offered=by_id, now=datetime(2024, 1, 1, tzinfo=UTC))
    assert answer is not None
    (box,) = answer.annotations
    assert (box.origin, box.model, box.score, box.prediction_id) == (Origin.NEW, "", None, None)


@given(st.floats(0, 1e9) | st.integers(0, 10**15).map(lambda number: number / 1e6))
def test_boxes_that_differ_behind_the_sixth_digit_are_one_prediction(start_s: float) -> None:
    boxes = [FileBox(name="a.wav", start_s=each, end_s=2e9, label="call") for each in (start_s, round(start_s, 6))]
    [made], _ = make_prediction_sets("round", [Placed(SESSION, box) for box in boxes], "a.csv")
    assert [each.start_s for each in made.predictions] == [start_s]
