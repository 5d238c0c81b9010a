import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.formats.numbers import is_number, parse_number


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(".,"),
    st.sampled_from(["", " ", "\t", "\xa0"]),
    st.booleans(),
)
def test_a_number_is_read_with_either_sign_padded_or_not(number: float, sign: str, pad: str, plus: bool) -> None:
    text = repr(number)
    signed = f"+{text}" if plus and not text.startswith("-") else text
    assert parse_number(f"{pad}{signed.replace('.', sign)}{pad}") == number


@pytest.mark.parametrize(
    ("text", "expected"), [("3", 3.0), ("3,", 3.0), (",5", 0.5), ("-.5", -0.5), ("1,5e3", 1500.0), ("007", 7.0)]
)
def test_numbers_as_programs_write_them(text: str, expected: float) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "1_0.5", "nan", "inf", "-Infinity", "0x1f", "1.2.3", "1,2,3", "1,234.5", "1.234,5", "1 000", "1'000"),
        *("\uff11\uff0e\uff15", "\u0663", "3.5 s", "- 1", "1e", "e5", ".", "+", "--1", "1e1.5", "\u00b2"),
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(ValueError, match="a number"):
        parse_number(text)


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="a finite number"):
        parse_number("1e999")
