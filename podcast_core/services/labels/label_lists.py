"""Lists of labels that people paste or upload: one a line, or separated by commas or tabs."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from podcast_core.domain.label import LABEL_HOTKEYS, Label, make_labels
from podcast_core.errors import InvalidInput
from podcast_core.formats.encodings import decode

HEADINGS = ("name", "label", "labels")
MAX_LABEL_LENGTH = 80  # of a label, as `domain.label` has it
MAX_LABELS = 50_000  # chosen: more than any list of species that one round needs


@dataclass(frozen=True, slots=True)
class LabelList:
    """The names of a list in its order, those that it has more than once, and how many of its places are blank.

    ``ignored`` are the columns of a table besides that of the names.
    """

    names: tuple[str, ...]
    repeated: tuple[str, ...] = ()
    blank_count: int = 0
    ignored: tuple[str, ...] = ()


def parse_label_list(text: str) -> LabelList:
    """Read a list of labels; a name with a comma stands in quotes.

    A first line that names a column ``name`` or ``label`` makes it a table, of which the other columns are left.

    Raises
    ------
    InvalidInput
        When a name is too long to be one, or there are too many.
    """
    lines = text.strip("\ufeff\r\n").splitlines()
    separator = "\t" if "\t" in text else ","
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
    except csv.Error as error:
        raise InvalidInput(f"This is not a list of labels: {error}.") from error
    heading = [cell.casefold() for cell in rows[0]] if rows else []
    column = next((heading.index(each) for each in HEADINGS if each in heading), None)
    is_table = column is not None and len(rows) > 1
    if is_table and column is not None:
        ignored = tuple(cell for number, cell in enumerate(rows[0]) if number != column and cell)
        cells = [row[column] if column < len(row) else "" for row in rows[1:]]
    else:
        ignored, cells = (), [cell for row in rows for cell in row or [""]]
    _check(cells)
    counts = Counter(filter(None, cells))
    repeated = tuple(name for name, count in counts.items() if count > 1)
    return LabelList(tuple(counts), repeated, cells.count(""), ignored)


def read_label_list(name: str, data: bytes) -> LabelList:
    """Read a list of labels from a file; InvalidInput when it is no text."""
    return parse_label_list(decode(name, data))


def append_labels(labels: Iterable[Label], names: Iterable[str]) -> tuple[Label, ...]:
    """Append the names that are not there yet, with colours and what keys from 1 to 9 are free."""
    known = tuple(labels)
    here = {label.name for label in known}
    new = [name for name in dict.fromkeys(each.strip() for each in names) if name not in here]
    keys = iter(sorted(set(LABEL_HOTKEYS) - {label.hotkey for label in known}))
    made = make_labels([*(label.name for label in known), *new])[len(known) :]
    return (*known, *(replace(label, hotkey=next(keys, "")) for label in made))


def _check(cells: list[str]) -> None:
    if len(cells) > MAX_LABELS:
        raise InvalidInput(f"A list can have at most {MAX_LABELS:,} labels; this one has {len(cells):,}.")
    long = next((cell for cell in cells if len(cell) > MAX_LABEL_LENGTH), None)
    if long is not None:
        raise InvalidInput(
            f"A label can have at most {MAX_LABEL_LENGTH} characters; found {len(long):,}: {long[:60]!r} …"
        )
