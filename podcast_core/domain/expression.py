"""Small expressions that people write, parsed into trees. Nothing is executed: readers know few kinds of nodes."""

import ast
import warnings

from podcast_core.domain.rule import MAX_RULE_LENGTH
from podcast_core.errors import InvalidInput

MAX_NODES, MAX_DEPTH, MAX_TEXT = 200, 30, 200  # chosen: more than anybody writes, and nothing that takes long


class ExpressionFault(InvalidInput):
    """What is wrong with an expression, and its place: from character ``start`` to before ``end``, from 0."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


class Odd(Exception):
    """Something is wrong with a part of an expression."""

    def __init__(self, message: str, node: ast.expr) -> None:
        super().__init__(message)
        self.node = node


def parse(expression: str, what: str = "rule") -> ast.expr:
    """Parse an expression; ExpressionFault when it is none, calling it a rule or ``what`` else it is."""
    whole = (0, len(expression))
    if not expression.strip() or len(expression) > MAX_RULE_LENGTH:
        raise ExpressionFault(f"A {what} must have 1 to {MAX_RULE_LENGTH} characters, found {len(expression)}.", *whole)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a \d in a pattern, which is meant as it is
            tree = ast.parse(flatten(expression), mode="eval").body
    except SyntaxError as error:
        shift = _count_space(expression)
        start = len(expression) if not error.offset else min(error.offset - 1 + shift, len(expression))
        end = max(start + 1, (error.end_offset or 0) - 1 + shift)
        hint = " To compare, write two: ==." if expression[start : start + 1] == "=" else ""
        where = "it ends too early" if start >= len(expression) else f"{error.msg} at character {start + 1}"
        raise ExpressionFault(f"This is not a valid {what}: {where}.{hint}", start, end) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionFault(f"This is not a valid {what}: {expression[:80]!r}: {error}.", *whole) from error
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ExpressionFault(f"A {what} can have at most {MAX_NODES} parts.", *whole)
    return tree


def flatten(expression: str) -> str:
    """Write an expression in one line that begins at once."""
    return "".join(" " if each.isspace() else each for each in expression).strip()


def _count_space(expression: str) -> int:
    """Count the characters of space at the beginning."""
    return len(expression) - len(expression.lstrip())


def find_place(expression: str, node: ast.expr) -> tuple[int, int]:
    """Say from which character to before which a part lies; Python counts bytes."""
    flat, shift = flatten(expression).encode(), _count_space(expression)
    start, end = (len(flat[:at].decode(errors="ignore")) + shift for at in (node.col_offset, node.end_col_offset or 0))
    return start, max(end, start + 1)
