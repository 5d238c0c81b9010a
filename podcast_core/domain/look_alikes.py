"""Names that look like others: letters of other scripts, and digits, that one takes for Latin letters.

The letters are those of Unicode's ``confusables.txt`` (UTS #39) that are a plain Latin letter in most fonts, of the
scripts that people's names are written in. Its whole table would make one of names that differ by an accent.
"""

import unicodedata

import regex

from podcast_core.domain.person import leave_seen
from podcast_core.errors import Conflict

# Each line: letters, and what they look like.
_LETTERS = (
    ("АВЕЅІЈКМНОРСТУХҮԌԚԜӀ", "ABESIJKMHOPCTYXYGQWI"),  # Cyrillic
    ("аеѕіјорсухһԁԛԝӏүѵ", "aesijopcyxhdqwlyv"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),  # Greek
    ("αγινορυϲϳ", "ayivopucj"),
    ("ՕՍօսցհո", "OUoughn"),  # Armenian
    ("ᎪᏴᏟᎬᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ", "ABCEHJKLMPRSTVWZ"),  # Cherokee
)
_TO_LATIN = {ord(letter): latin for letters, likes in _LETTERS for letter, latin in zip(letters, likes, strict=True)}
_STROKES = {ord("I"): "l", ord("1"): "l", ord("|"): "l", ord("0"): "O"}
_SCRIPTS = {
    name: regex.compile(rf"\p{{Script={name}}}") for name in ("Armenian", "Cherokee", "Cyrillic", "Greek", "Latin")
}


class LooksAlike(Conflict):
    """A name that people would take for another one; whoever knows better may insist."""


def look_alike(one: str, other: str) -> bool:
    """Tell whether people would take one name for another, whatever their cases and spaces."""
    return any(a == b for a, b in zip(_draw(one), _draw(other), strict=True))


def find_mixed(name: str) -> str:
    """Find a word with letters of two scripts that look alike; empty: there is none."""
    for word in name.split():
        found = [script for script, pattern in _SCRIPTS.items() if pattern.search(word)]
        if len(found) > 1:
            return f"{word} ({' and '.join(found)})"
    return ""


def _draw(name: str) -> tuple[str, str]:
    """Write a name in Latin letters as it looks: without cases, and with them, where I, l and 1 are the same."""
    plain = " ".join(unicodedata.normalize("NFKC", leave_seen(name)).translate(_TO_LATIN).split())
    return plain.casefold(), plain.translate(_STROKES)
