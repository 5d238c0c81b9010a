"""Pools: what the scores of a model say about a session."""

from enum import StrEnum


class Pool(StrEnum):
    """What a model's scores say about a session."""

    CANDIDATE = "candidate"
    NEGATIVE = "negative"
    UNREVIEWED = "unreviewed"
