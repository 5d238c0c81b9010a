"""Numbers as people and programs write them: the one reader that every text format uses.

A number has digits, one decimal sign (point or comma) at most, a sign before and an exponent after it if need be.
Nothing else is one, whatever Python's ``float`` takes: ``1_0.5``, ``nan``, ``inf``, ``0x1f``, digits of other scripts.
"""

import math
import re
from collections.abc import Iterable

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")  # what may be a thousand and more, or a few and a part


def is_number(text: str) -> bool:
    """Tell whether text is a number that `parse_number` reads."""
    text = text.strip()
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text.replace(",", ".")))


def parse_number(text: str) -> float:
    """Read a number, with blanks around it if need be.

    Raises
    ------
    ValueError
        With what was expected, when it is none, or too large for one.
    """
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise ValueError("a number")
    number = float(text.replace(",", ".") if "," in text else text)
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def find_unclear(columns: Iterable[tuple[str, Iterable[str]]], *, comma_is_decimal: bool = False) -> frozenset[str]:
    """Find the columns of a table in which a comma or point may part thousands.

    A comma may where nothing says that it is the decimal sign, a point where other columns have decimal commas.

    Parameters
    ----------
    columns
        Names of columns and their cells; only cells with a comma or a point matter.
    comma_is_decimal
        Something else says that it is, e.g. semicolons between the columns.
    """
    with_commas: dict[str, list[str]] = {}
    with_points: dict[str, list[str]] = {}
    for column, cells in columns:
        for cell in cells:
            text = cell.strip()
            if NUMBER.fullmatch(text):
                if "," in text:
                    with_commas.setdefault(column, []).append(text)
                elif "." in text:
                    with_points.setdefault(column, []).append(text)
    has_decimals = any(
        not THOUSANDS.fullmatch(text)
        for column, texts in with_commas.items()
        if column not in with_points
        for text in texts
    )
    is_decimal = comma_is_decimal or has_decimals
    unclear = {column for column in with_commas if column in with_points or not is_decimal}
    if has_decimals:
        unclear |= {column for column, texts in with_points.items() if all(map(THOUSANDS.fullmatch, texts))}
    return frozenset(unclear)
