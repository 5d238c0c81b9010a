"""Sheets: what a table is in one."""

from enum import StrEnum


class Role(StrEnum):
    """What a table is in a sheet."""

    PREDICTIONS = "predictions"
    OTHER = "other"
    TRUTH = "truth"
