"""People: who works here, under which name, and what they may do. It follows from acts (`podcast_core.domain.act`).

A name that somebody had once stays theirs: what was said under it was said by them, and nobody else can take it.
"""

import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from podcast_core.domain.act import Act, Deed
from podcast_core.domain.checks import check_text
from podcast_core.domain.role import SCOPES
from podcast_core.errors import InvalidInput

LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, as corrected by erratum 1690
PERSON_FIELDS = ("annotator", "author", "person", "reviewer", "who")  # of nouns: names of people
_WITH_PEOPLE = ("assignments", "examples", "strata")  # of nouns: nouns that name people
Noun = TypeVar("Noun")
_NAMESPACE = uuid.UUID("0f8f7f0e-8a43-4f5b-8a55-6f1a3f0f5c51")
_JOINERS = ("\u200c", "\u200d")  # invisible, and needed to write Persian and Hindi
# Printable to Python, and nobody sees them: Default_Ignorable_Code_Point in Unicode's DerivedCoreProperties.txt, and
# the empty Braille pattern. Some choose between ways to write a letter, so names may have them.
_UNSEEN = {
    *_JOINERS,
    *("\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180f", "\u2800", "\u3164", "\uffa0"),
    *map(chr, (*range(0x180B, 0x180E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody. ``names`` are earlier ones; ``login`` is who they are to an OpenID Connect provider; times are UTC."""

    id: str
    name: str
    joined_at: datetime
    scope: str = SCOPES[0]
    email: str = ""
    login: str = ""
    names: tuple[str, ...] = ()
    left_at: datetime | None = None


def to_key(name: str) -> str:
    """Make one name of what people type for the same one.

    Case, spaces, ways to write an accent and characters that nobody sees say nothing.
    """
    plain = unicodedata.normalize("NFKC", leave_seen(name))
    return " ".join(plain.casefold().split())


def make_person_id(name: str) -> str:
    """Make the id of somebody who comes in under a name; two machines make the same."""
    return str(uuid.uuid5(_NAMESPACE, to_key(name)))


def clean_name(name: str) -> str:
    """Give a name as it is kept.

    Raises
    ------
    InvalidInput
        When it is empty, longer than 80 characters, or has characters that cannot be seen.
    """
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    check_text(leave_seen(clean), "A person's name", 80)
    return clean


def leave_seen(name: str) -> str:
    """Leave out of a name what nobody sees."""
    return "".join(each for each in name if each not in _UNSEEN)


def clean_email(email: str) -> str:
    """Give an e-mail address as it is compared: without spaces around it, its ASCII letters in lower case.

    Other letters stay: to fold them makes one address of two (ß and ss, the Kelvin sign and k), and whoever has the one
    would get in as the other.

    Raises
    ------
    InvalidInput
        When it is no address.
    """
    clean = "".join(each.lower() if each.isascii() else each for each in email.strip())
    name, _, domain = clean.rpartition("@")
    is_one = name and "." in domain.strip(".") and len(clean) <= LONGEST_EMAIL and clean.isprintable()
    if not is_one or any(each.isspace() or each in ',;<>"' for each in clean):
        raise InvalidInput(f"An e-mail address looks like ann@example.org; found {email[:80]!r}.")
    return clean


def find_people(acts: Iterable[Act]) -> dict[str, Person]:
    """Find out who is here, by id, from all acts about people."""
    found: dict[str, Person] = {}
    for act in sorted((each for each in acts if each.subject.person), key=lambda each: (each.acted_at, each.id)):
        known = found.get(act.subject.person)
        if act.deed is Deed.ADD_PERSON:
            if known is None:
                found[act.subject.person] = Person(act.subject.person, act.new, act.acted_at)
        elif known is not None:
            found[known.id] = _apply(known, act)
    return found


def _apply(known: Person, act: Act) -> Person:
    match act.deed:
        case Deed.RENAME_PERSON:
            names = dict.fromkeys((*known.names, known.name))
            names.pop(act.new, None)
            return replace(known, name=act.new, names=tuple(names))
        case Deed.SET_ROLE:
            return replace(known, scope=act.new)
        case Deed.SET_EMAIL:
            return replace(known, email=act.new)
        case Deed.LINK_LOGIN:
            return replace(known, login=act.new)
        case Deed.LEAVE:
            return replace(known, left_at=known.left_at or act.acted_at)
        case Deed.RETURN:
            return replace(known, left_at=None)
        case _:
            return known


def find_earlier_names(people: Iterable[Person]) -> dict[str, str]:
    """Find what people are called now, by the names that they had before."""
    return {earlier: each.name for each in people for earlier in each.names}


def call_now(noun: Noun, names: Mapping[str, str]) -> Noun:
    """Give the people whom a noun names the names that they have now; ``names`` are these by earlier ones."""
    kind: Any = type(noun)
    said: dict[str, Any] = {name: getattr(noun, name) for name in _list_people_fields(kind)}
    now = {name: _call_value(value, names) for name, value in said.items()}
    return replace(noun, **now) if now != said else noun  # type: ignore[type-var]  # what has such fields is a dataclass


def _call_value(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, tuple):
        return tuple(call_now(each, names) for each in value)
    return names.get(value, value)


@lru_cache(maxsize=256)
def _list_people_fields(kind: type) -> tuple[str, ...]:
    if not is_dataclass(kind):
        return ()
    return tuple(each.name for each in fields(kind) if each.name in (*PERSON_FIELDS, *_WITH_PEOPLE))
