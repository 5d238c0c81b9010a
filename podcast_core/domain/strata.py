"""Strata: some clips of each kind."""

from enum import StrEnum


class Order(StrEnum):
    """Which clips of a stratum are taken: any, or those with the highest or lowest scores."""

    RANDOM = "random"
    HIGHEST = "highest"
    LOWEST = "lowest"
