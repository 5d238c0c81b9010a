import io

import pandas as pd
import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats import annotations_csv
from podcast_core.formats.contents import Batch, Entry, make_batch
from podcast_core.formats.tables import write_csv
from tests.formats.builders import make_recording, make_round, make_session, make_submission


def read_table(data: bytes, sep: str = ",") -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), sep=sep)


def test_csv_has_a_row_per_annotation_and_one_per_session_without_any(batch: Batch) -> None:
    table = read_table(annotations_csv.write(batch)["annotations.csv"])
    assert list(table.columns) == list(annotations_csv.COLUMNS)
    assert table[["session_id", "outcome", "label"]].fillna("").to_numpy().tolist() == [
        ["s0_0_0000", "labelled", "call"],
        ["s0_0_0000", "labelled", "click"],
        ["s0_0_0001", "empty", ""],
        ["s0_0_0002", "unreviewed", ""],
    ]
    assert table["start_utc"].tolist()[:3] == [
        "2020-07-05T07:00:00.500000+00:00",
        "2020-07-05T07:00:04.500000+00:00",
        "2020-07-05T07:00:06.500000+00:00",
    ]


def test_csv_of_others_needs_four_columns() -> None:
    [box] = annotations_csv.read("a.csv", b"file_name,start_s,end_s,label\nx.wav,1,2.5,call\n").annotations
    assert (box.name, box.start_s, box.end_s, box.label, box.origin) == ("x.wav", 1.0, 2.5, "call", "")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"x.wav,,,", "expected a box .* or an outcome, found neither"),
        (b",1,2,call", "expected a name in file_name, found nothing"),
        (b"x.wav,1,,call", "expected a number in end_s, found nothing"),
        (b"x.wav,2,1,call", "A box needs 0 <= start < end"),
        (b"x.wav,1,2,call,maybe", "expected yes or no in unsure, found 'maybe'"),
        (b"x.wav,1,2,call,," + b"x" * 1001, "A comment can have at most 1000 characters, found 1001"),
        (b'x.wav,1,2,call,,,"a\nb"', "A call type must be 1 to 80 printable characters"),
        (b"x.wav,1,2,call,,,,labelled,1.5", "expected a whole number in action_count, found 1.5"),
    ],
)
def test_csv_rows_that_cannot_be_used_are_refused(row: bytes, reason: str) -> None:
    header = b"file_name,start_s,end_s,label,unsure,box_comment,call_type,outcome,action_count\n"
    with pytest.raises(InvalidInput, match=f"a.csv, line [23]: {reason}"):
        annotations_csv.read("a.csv", header + row + b"\n")


def test_csv_lines_are_as_rfc_4180_has_them() -> None:
    assert write_csv(["a", "b"], [{"a": 'x "y"', "b": None}, {"a": "1\r2"}]) == b'a,b\r\n"x ""y""",\r\n"1\r2",\r\n'


def test_outcomes_of_all_kinds_can_be_told_apart_in_csv() -> None:
    recording = make_recording()
    made = [make_session(recording, number) for number in range(6)]
    box = Annotation(1, 2, "call")
    answers = [
        make_submission(made[0], box),
        make_submission(made[1]),
        make_submission(made[2], outcome=Outcome.UNSURE),
        make_submission(made[3], outcome=Outcome.SKIPPED),
        make_submission(made[4], box, outcome=Outcome.VERIFIED),
        None,
    ]
    entries = [Entry(recording, session, (), answer) for session, answer in zip(made, answers, strict=True)]
    table = read_table(annotations_csv.write(make_batch(make_round(), entries))["annotations.csv"])
    assert table["outcome"].tolist() == ["labelled", "empty", "unsure", "skipped", "verified", "unreviewed"]


def test_what_each_row_says_about_its_session_is_read_once() -> None:
    head = "file_name,session_id,start_s,end_s,label,outcome,annotator\n"
    rows = "a.wav,a_1,{0},{0}.5,call,labelled,Ann\n"
    text = head + "".join(rows.format(each) for each in range(1, 9)) + "a.wav,a_1,9,9.5,call,labelled,Bob\n"
    contents = annotations_csv.read("a.csv", text.encode())
    assert (len(contents.annotations), [each.annotator for each in contents.answers]) == (9, ["Ann", "Bob"])
