import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.formats import encodings, tables
from podcast_core.formats.findings import MAX_PROBLEMS, refuse

COLUMNS = [("a", "A"), ("b",)]


@pytest.mark.parametrize(
    "data",
    [
        b"a\tb\n1\tx\n",
        b"a,b\r\n1,x\r\n",
        b"a;b\n1;x",
        b'"A","b"\n"1","x"\n\n',
        b"\xef\xbb\xbfa,b\n1,x\n",
        "a\tb\n1\tx\n".encode("utf-16"),
        b" b , a \nx,1\n,\n",
        b"a|b\n1|x\n",
        b"# made by a program\n# on Monday\na,b\n1,x\n",
        b'"sep=;"\na;b\n1;x\n',
        b"a,b\r1,x\r",
    ],
)
def test_tables_are_read_whatever_wrote_them(data: bytes) -> None:
    [row] = tables.read_rows("t", data, required=COLUMNS)
    assert row.number("a", "A") == 1
    assert row.text("b") == "x"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "t, line 1: expected the column a or A; and b, found an empty file"),
        (b"b,c\n", "t, line 1: expected the column a or A, found b, c"),
        (b"a,b,a\n", "t, line 1: the same column twice: a"),
        (b"a,b\n1,2,3\n", "t, line 2: expected 2 columns, found 3"),
        (b'a,b\n1,"2\n', "t, line 2: not a table: unexpected end of data"),
        (
            b"a,b\n\xe9,1\n",
            "t, line 2: expected text in UTF-8, found byte e9 at offset 4; in Windows-1252 it reads 'é'",
        ),
        (b"\xff\xfea", "t: expected text in UTF-16"),
    ],
)
def test_what_is_no_table_is_refused_with_line_and_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        tables.read_rows("t", data, required=COLUMNS)


@pytest.mark.parametrize("text", ["", " ", "nan", "NaN", "NA", "None", "null"])
def test_a_number_that_is_missing_by_name_is_missing(text: str) -> None:
    assert tables.Row("t, line 2", {"a": text}).find_number("a") is None


@pytest.mark.parametrize(
    ("text", "reason"), [("1_5", "expected a number in a, found '1_5'"), ("1e999", "a finite number")]
)
def test_a_number_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=f"t, line 2: .*{reason}"):
        tables.Row("t, line 2", {"a": text}).number("a")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a;b\n1,234;2,5\n", 1.234),
        ("a;b\n1,234;2\n", 1.234),  # semicolons are of countries with a decimal comma
        ("a\tb\n1,234\t0,5\n", 1.234),  # another number shows what the comma is
        ('a,b\n"1,234","0,5"\n', 1.234),
        ("a\tb\n 1,5 \t2.5\n", 1.5),  # each column has its own sign
    ],
)
def test_a_decimal_comma_is_read(data: str, expected: float) -> None:
    [row] = tables.read_rows("t", data.encode(), required=COLUMNS)
    assert row.number("a") == expected


@pytest.mark.parametrize("data", ["a\tb\n1,234\t5\n", "a;b\n1,234;5\n2.5;5\n", "a\tb\n1,234.5\t0,5\n"])
def test_a_comma_that_may_part_thousands_is_refused(data: str) -> None:
    with pytest.raises(InvalidInput, match=r"t, line 2: expected .*number.* in a, found '1,234(\.5)?'"):
        tables.read_rows("t", data.encode(), required=COLUMNS)[0].number("a")


@pytest.mark.parametrize("data", ["a;b\n1.500;2,5\n", "a\tb\n1.500\t2,5\n1.750\t3\n"])
def test_a_point_that_may_part_thousands_is_refused(data: str) -> None:
    with pytest.raises(InvalidInput, match=r"t, line 2: expected .* in a, found '1\.500', whose point may part thous"):
        tables.read_rows("t", data.encode(), required=COLUMNS)[0].number("a")


@pytest.mark.parametrize("data", ["a;b\n1.500;2.5\n", "a;b\n0.500;2,5\n", "a;b\n1.500;2,5\n1.25;2,5\n"])
def test_a_point_that_parts_no_thousands_is_read(data: str) -> None:
    assert tables.read_rows("t", data.encode(), required=COLUMNS)[0].number("a") in (0.5, 1.5)


@pytest.mark.parametrize("text", ["0", "1.5", "-1"])
def test_a_channel_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected a channel \(1, 2, \.\.\.\)"):
        tables.Row("t", {"a": text}).find_channel("a", first=1)


def test_times_are_read_as_utc() -> None:
    row = tables.Row("t", {"a": "2020-07-05T01:00:00+02:00", "b": "2020-07-05T01:00:00", "c": "5 July"})
    assert row.find_time("a") == datetime(2020, 7, 4, 23, tzinfo=UTC)
    for column in ("b", "c"):
        with pytest.raises(InvalidInput, match="expected a time with its zone"):
            row.find_time(column)


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse([f"line {number}" for number in range(50)])
    lines = str(caught.value).splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == "... and 30 more"


@given(st.text(st.sampled_from("'=+-@\t\ra1"), max_size=6))
def test_no_text_is_a_formula_in_a_spreadsheet_and_all_come_back(text: str) -> None:
    data = tables.write_sheet(["text", "number"], [{"text": text, "number": -1.5}])
    [row] = tables.read_sheet(tables.read_rows("a.csv", data, required=[]))
    assert (row.text("text"), row.find_number("number")) == (text, -1.5)
    written = next(iter(csv.DictReader(io.StringIO(data.decode(), newline=""))))
    assert not written["text"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_table_of_more_than_anybody_has_use_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    monkeypatch.setattr(tables, "MAX_CELLS", 8)
    assert len(tables.read_rows("t", b"a,b\n" + b"1,2\n" * 3, required=())) == 3
    for data in (b"a,b\n" + b"1,2\n" * 4, b"a,b\n" + b"\n" * 5, b"a,b,c\n" + b"1,2,3\n" * 3, b"a,b\n" + b"," * 20):
        with pytest.raises(InvalidInput, match="t: expected at most 3 rows, 8 cells"):
            tables.read_rows("t", data, required=())
    monkeypatch.setattr(encodings, "MAX_TEXT_BYTES", 4)
    with pytest.raises(InvalidInput, match="expected at most 0 MB of text"):
        encodings.decode("t", b"12345")


def test_a_header_of_a_hundred_thousand_columns_is_read_at_once() -> None:
    with pytest.raises(InvalidInput, match=r"the same column twice: x0, x1.* and 99,990 more"):
        tables.read_rows("t", ",".join(f"x{number % 100_000}" for number in range(200_000)).encode(), required=())
