"""A few cases of what `make fuzz` runs for minutes, and proof that it sees what it looks for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput
from tests import fuzz

CASES = 25  # of each kind, the same every time


def test_damage_is_an_error_of_ours_or_none(tmp_path: Path) -> None:
    kinds = [kind for kind in fuzz.KINDS if kind != "audio"]  # that has tests/audio/test_mutations.py
    assert fuzz.fuzz(kinds, 0, tmp_path, most_cases=CASES) == []


def raise_(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        (lambda: raise_(InvalidInput("no")), ""),
        (lambda: None, ""),
        (lambda: raise_(InvalidInput("")), "without words"),
        (lambda: raise_(ValueError("x")), "ValueError: x"),
        (lambda: raise_(RecursionError("x")), "RecursionError"),
        (lambda: raise_(MemoryError()), "MemoryError"),
    ],
)
def test_what_is_no_error_of_ours_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[], None], fault: str
) -> None:
    monkeypatch.setitem(fuzz.KINDS, "x", fuzz.Kind(lambda _name, _data: read(), lambda: [("a", b"good")]))
    found = fuzz.run_case("x", [("a", b"good")], 0, 1, tmp_path)
    assert fault in found
    assert bool(found) == bool(fault) == bool(list(tmp_path.glob("x-0-1-*")))
