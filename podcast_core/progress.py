"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int, str], object]
"""Called with what is done, how much there is in all, and what comes next."""


def tell_nobody(*_values: object) -> None:
    """Take what is told, and tell nobody."""
