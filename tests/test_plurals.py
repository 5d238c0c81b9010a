"""A number is never followed by a plural that is wrong for 1: `count_of` writes both."""

import re
from pathlib import Path

from podcast_core.errors import count_of

NOUNS = (
    *("session", "recording", "answer", "annotation", "prediction", "call", "clip", "label", "file", "round", "model"),
    *("pair", "act", "segment", "gap", "row", "piece", "training", "document", "job", "kind"),
)
COUNTED = re.compile(rf"\{{([^{{}}]+?)(?::,)?\}} (?:[a-z]+ )?(?:boxes|(?:{'|'.join(NOUNS)})s)\b")
LIMIT = re.compile(r"\b[A-Z_]{3,}\b|\bmost\b|\blimit\b|!r|\.heard|\.agreed|_f1\b| for ")  # or no number at all
NOT_COUNTED = ("out", "card.format", "len(labels)")  # the last one only where there are several


def test_no_text_has_a_number_with_a_fixed_plural() -> None:
    top = Path(__file__).parents[1]
    wrong = [
        f"{path.relative_to(top)}:{number}: {found[0]}"
        for folder in ("pages", "podcast_core")
        for path in sorted((top / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "{" in line
        for found in COUNTED.finditer(line)
        if not (found[1].startswith("count_of(") or LIMIT.search(found[1]) or found[1] in NOT_COUNTED)
    ]
    assert not wrong


def test_one_thing_is_in_the_singular() -> None:
    assert [count_of(each, "box", "es") for each in (0, 1, 2, 1234)] == ["0 boxes", "1 box", "2 boxes", "1,234 boxes"]
