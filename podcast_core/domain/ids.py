"""Ids: what they may look like, and how one is made from any text."""

import re

from anyascii import anyascii

from podcast_core.errors import InvalidInput


def make_id(text: str, *, fallback: str = "") -> str:
    """Make a path-safe id from any text: ``"OS 3.wav"`` -> ``"OS_3.wav"``, ``"Сова"`` -> ``"Sova"``.

    Other scripts and pictures are written in Latin letters: an id goes into keys of the store, folders, URLs, commands
    and files of other programs, and not all of them keep other letters as they are.

    Parameters
    ----------
    fallback
        What is returned for a text that has no letter or digit at all; without it, InvalidInput is raised.
    """
    latin = text if text.isascii() else re.sub("['`]", "", anyascii(text)).strip("._-: ")
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", latin)[:100].lstrip("._-")
    if re.search(r"[A-Za-z0-9]", cleaned):
        return cleaned
    if not fallback:
        raise InvalidInput(f"No id can be made from {text!r}: it needs at least one letter or digit.")
    return fallback


ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def check_id(value: str, what: str) -> None:
    """Refuse an id that is not safe in paths and URLs (InvalidInput)."""
    if not ID_PATTERN.fullmatch(value):
        raise InvalidInput(
            f"{what} {value[:80]!r} is not a valid id: expected 1 to 120 letters, digits, '.', '_' or '-', "
            "starting with a letter or digit."
        )
