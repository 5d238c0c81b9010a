"""Rows of selection tables as Raven writes them, whoever reads them: one selection in several views is one box."""

from collections import defaultdict
from collections.abc import Sequence

from podcast_core.formats.column_names import simplify
from podcast_core.formats.plain_tables import list_cells
from podcast_core.formats.tables import Row

# What must be equal in the rows of one selection. Tables that were joined begin again with their numbers.
SAME = ("selection", "channel", "beginfile", "beginpath", "begintimes", "endtimes", "fileoffsets", "deltatimes")

BIRDNETS = ("Common Name", "Species Code")
NOTHING_FOUND = "nocall"


def merge_views(header: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    """Take a selection that is listed for several views once: its first spectrogram's row, if there is any.

    The row that BirdNET writes when it has found nothing is none.
    """
    if set(BIRDNETS) <= {*header}:
        rows = [row for row in rows if not all(row.text(column) == NOTHING_FOUND for column in BIRDNETS)]
    by_name = {simplify(column): column for column in reversed(header)}
    view, columns = by_name.get("view"), [by_name[name] for name in SAME if name in by_name]
    if view is None or "selection" not in by_name:
        return rows
    if len(set(map(str.strip, list_cells(rows, view)))) < 2:
        return rows
    rows = list(rows)  # each is told from the others by what it is, not by what it says
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple([row.text(column).strip() for column in columns])].append(row)
    dropped = {id(row) for group in groups.values() if len(group) > 1 for row in _list_doubles(group, view)}
    return [row for row in rows if id(row) not in dropped] if dropped else rows


def _list_doubles(group: Sequence[Row], view: str) -> list[Row]:
    """List the rows of one selection that say nothing new: those of views beside the first spectrogram's."""
    views = list(dict.fromkeys(row.text(view).strip() for row in group))
    best = next((each for each in views if not each.lower().startswith("waveform")), views[0])
    return [row for row in group if row.text(view).strip() != best]
