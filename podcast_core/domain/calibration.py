"""Calibration: sessions of a round whose answer is known (gold), which everybody answers to be compared with it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.domain.checks import check_between
from podcast_core.domain.ids import check_id
from podcast_core.errors import InvalidInput

MAX_SESSIONS = 200  # chosen: hours of work for each person; F1 is known to 2 or 3 percent then
MAX_EVERY = 1_000  # chosen: a day's work of somebody quick


@dataclass(frozen=True, slots=True)
class Calibration:
    """Which sessions of a round calibrate, and when they come.

    Parameters
    ----------
    session_ids
        They come to each person in an order of their own, as long as they have gold that counts.
    first
        How many come before a person's other sessions.
    every
        After these, one more for each so many other answers; 0: no more.
    told
        People see which sessions these are before they answer; otherwise only afterwards.
    wanted_f1
        Whoever stays below it, from 0 to 1, is told to ask a reviewer; None: nobody is.
    blocks
        They get no other sessions then.
    """

    session_ids: tuple[str, ...] = ()
    first: int = 3
    every: int = 0
    told: bool = False
    wanted_f1: float | None = None
    blocks: bool = False

    def __post_init__(self) -> None:
        for each in self.session_ids:
            check_id(each, "Calibration session")
        if len(set(self.session_ids)) != len(self.session_ids) or len(self.session_ids) > MAX_SESSIONS:
            raise InvalidInput(
                f"A round has at most {MAX_SESSIONS} calibration sessions, each named once; found "
                f"{len(self.session_ids)}."
            )
        check_between(self.first, "The number of first calibration sessions", 0, MAX_SESSIONS)
        check_between(self.every, "The number of answers between calibration sessions", 0, MAX_EVERY)
        check_between(self.wanted_f1, "The F1 that is wanted", 0, 1)
        if self.blocks and self.wanted_f1 is None:
            raise InvalidInput("Who is to get no other sessions below some F1? Say which F1 is wanted.")

    def arrange(self, person: str) -> list[str]:
        """List the sessions in a person's own order, so that nobody can tell another one what comes next."""

        def key(session_id: str) -> bytes:
            return hashlib.md5(f"{person}/{session_id}".encode(), usedforsecurity=False).digest()

        return sorted(self.session_ids, key=key)

    def plan(self, waiting: Sequence[str], done: int, others: int, count: int) -> list[str | None]:
        """Plan somebody's next sessions: which one calibrates, and None for any other.

        Parameters
        ----------
        waiting
            The calibration sessions that they have not answered, in their order.
        done, others
            How many calibration sessions, and other ones, they have answered.
        count
            How many sessions are planned.
        """
        left, planned = list(waiting), list[str | None]()
        for _ in range(count):
            is_due = done < self.first or (self.every and others >= (done - self.first + 1) * self.every)
            if left and is_due:
                planned.append(left.pop(0))
                done += 1
            else:
                planned.append(None)
                others += 1
        return planned


def read_calibration(fields: Mapping[str, Any]) -> Calibration:
    """Make a calibration of its fields in JSON; a round that says nothing of it has none."""
    return Calibration(**{**fields, "session_ids": tuple(fields.get("session_ids", ()))})
