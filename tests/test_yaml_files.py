"""YAML of strangers: values, or an error with a place."""

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.yaml_files import load_yaml

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 10)
)


@pytest.mark.parametrize("all_text", [True, False])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, r"c.yaml, line 2, column 10: expected values, found an alias \(\*a0\)"),
        ("a: &a [*a]", "found an alias"),
        ("a: [", "c.yaml, line 1, column 5: expected YAML"),
        ("[" * 100_000, "column 51: .*nested too deeply"),
        ("a: \x07", "expected YAML"),
        ("x" * (1 << 20) + "x", "at most 1,048,576 bytes"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, reason: str, all_text: bool) -> None:
    with pytest.raises(InvalidInput, match=reason):
        load_yaml("c.yaml", text.encode(), all_text=all_text)


@pytest.mark.parametrize(
    "text",
    ["a: 2026-99-99", "a: !!python/name:os.system", "[1]: 2", "a: " + "9" * 5000, "a: !!int x", "!!float x", "<<: 3"],
)
def test_values_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected YAML"):
        load_yaml("c.yaml", text.encode())


def test_values_are_read() -> None:
    assert load_yaml("c.yaml", b"a: 1\nb: [x, 2.5]") == {"a": 1, "b": ["x", 2.5]}
    assert load_yaml("c.yaml", b"a: 1", all_text=True) == {"a": "1"}
