"""Wide tables of scores: a row per window, and for each class a column with numbers from 0 to 1.

That is what OpenSoundscape, Perch and many scripts write: ``file, start_time, end_time, call, whistle``. Each score is
a prediction of its class over the whole window. A score of 0 says that there is nothing; from which score on the others
are kept can be chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from podcast_core.errors import InvalidInput
from podcast_core.formats.column_names import OTHERS, ROLES, parse_column, simplify
from podcast_core.formats.columns import SUFFIXES, RowReader, Said, name_after
from podcast_core.formats.columns import SUFFIXES as TABLE_SUFFIXES
from podcast_core.formats.contents import Contents, FileBox
from podcast_core.formats.encodings import take_beginning
from podcast_core.formats.findings import Guess, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.guessing import choose, guess
from podcast_core.formats.marks import sort_marks
from podcast_core.formats.numbers import is_number, parse_number
from podcast_core.formats.tables import MISSING, Row, read_header, read_table

MIN_CLASSES = 2  # one column of numbers may be anything
PEEKED_ROWS = 200  # by which columns of scores are found out
MAX_SCORES = 500_000  # that are read in all; chosen
BEST_SHOWN = 10  # labels in a message
CLASSLIKE = ("label", "score")  # roles whose names may be those of classes, too: "call", "prediction"


def read(name: str, data: bytes, said: Said | None = None, least_score: float | None = None) -> Contents:
    """Read the scores of all classes, as predictions.

    Parameters
    ----------
    said
        Which column is what, as far as a person said it (see `formats.columns`).
    least_score
        The lowest score to keep; None: all above 0.

    Raises
    ------
    InvalidInput
        When the table has no columns of scores, when a score or time cannot be read, or when there are too many.
    """
    table = read_table(name, data)
    classes = find_classes(table.header, table.rows)
    if not classes:
        raise InvalidInput(
            f"{name}, line 1: expected a column with numbers from 0 to 1 for each class, found "
            f"{', '.join(table.header)[:200] or 'an empty file'}"
        )
    chosen = choose(name, table, said or {}, ignored=frozenset(classes))
    reader = RowReader(chosen.columns, name_after(name))
    kept = list(_list_scores(table.rows, classes, least_score))
    if len(kept) > MAX_SCORES:
        raise InvalidInput(
            f"{name}: {len(kept):,} scores of {len(classes)} classes, expected {MAX_SCORES:,} at most. Choose a "
            "higher least score."
        )

    def read_one(score: tuple[Row, str, float]) -> FileBox | LeftOut:
        row, label, share = score
        mark = reader.read(row)
        return replace(mark, label=label, score=share) if isinstance(mark, FileBox) else mark

    found = sort_marks(collect(kept, read_one), (_describe(name, classes), *chosen.guesses))
    left = len(table.rows) * len(classes) - len(kept)
    least = "of 0" if least_score is None else f"below {least_score:g}"
    notes = (
        (f"{name}: of {left} of {left + len(kept)} scores ({least}, or none) no prediction was made.",) if left else ()
    )
    return replace(found, annotations=(), predictions=found.annotations, notes=notes)


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns and the first rows of them."""
    if not name.lower().endswith(SUFFIXES):
        return False
    header = read_header(name, data)
    guessed = guess(header)
    if not (guessed.is_complete and (guessed.file or guessed.session)) or len(header) < MIN_CLASSES:
        return False
    if len(_list_free(header)) < MIN_CLASSES:
        return False
    try:
        rows = read_table(name, take_beginning(data)).rows[:PEEKED_ROWS]
    except InvalidInput:
        return False
    classes = find_classes(header, rows)
    texts = (row.text(each).strip() for row in rows for each in classes)
    return any(is_number(each) and not parse_number(each).is_integer() for each in texts)


def find_classes(header: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Find the columns of scores; none where a column of labels or one of scores says what the rows are."""
    texts = {
        column: [text for row in rows if (text := row.text(column).strip()).lower() not in MISSING]
        for column in _list_free(header)
    }
    classes = [column for column, found in texts.items() if found and all(map(_is_share, found))]
    has_labels = any(found and not any(map(is_number, found)) for column, found in texts.items())
    return classes if len(classes) >= MIN_CLASSES and not has_labels and not _has_score(header) else []


def _list_free(header: Sequence[str]) -> list[str]:
    """List the columns whose names do not say what they are."""
    return [column for column in header if column and simplify(column) not in OTHERS and not _has_role(column)]


def _has_role(column: str) -> bool:
    return any(parse_column(column, role) for role in ROLES if role not in (*CLASSLIKE, "call_type"))


def _has_score(header: Sequence[str]) -> bool:
    """Tell whether there is a column of scores together with its label."""
    return any(parse_column(column, "score") for column in header)


def _is_share(text: str) -> bool:
    return is_number(text) and 0 <= parse_number(text) <= 1


def _list_scores(rows: Sequence[Row], classes: Sequence[str], least: float | None) -> Iterator[tuple[Row, str, float]]:
    for row in rows:
        for column in classes:
            share = row.find_number(column)
            if share is not None and (share > 0 if least is None else share >= least):
                yield row, column, share


def _describe(name: str, classes: Sequence[str]) -> Guess:
    more = f" and {len(classes) - BEST_SHOWN} more" if len(classes) > BEST_SHOWN else ""
    return Guess(name, "classes", ", ".join(classes[:BEST_SHOWN]) + more, "columns with numbers from 0 to 1")


FORMATS = {
    "scores": Format(
        "Scores per class",
        "A table with a row per window and, for each class, a column with numbers from 0 to 1. Each is a prediction.",
        TABLE_SUFFIXES,
        read=read,
        fits=fits,
        has_bands=False,
        options={"columns": "said", "least_score": "least_score"},
    ),
}
