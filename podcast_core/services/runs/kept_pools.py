"""Which sessions a selection would choose, a part at a time: in a large round worked out once, and kept for a while.

Whether a session is chosen depends on all others of its pool, so all of a round has to be looked at. What is kept is of
one version of the round's sessions; people's answers, which nothing depends on but how many sessions of a pool have
which outcome, may be some minutes newer.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.pool import Pool
from podcast_core.domain.score import SessionScore
from podcast_core.errors import InvalidInput
from podcast_core.services.runs import selection
from podcast_core.services.runs.pools import Criteria, PoolTotals, Sampling, Sorted, describe_choice
from podcast_core.services.store.kept_results import find_or_compute
from podcast_core.services.store.sources import digest
from podcast_core.storage import rounds, scores, tallies
from podcast_core.workspace import Workspace

FEW = 1_000  # sessions that are sorted anew whenever somebody asks
POOLS = tuple(Pool)


@dataclass(frozen=True, slots=True)
class Asked:
    """What `selection.preview_selection` takes."""

    round_id: str
    model: str
    run_id: str
    criteria: Criteria
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class PoolsPart:
    """A part of a round's sessions in their pools, with their keys in the list; and how many there are in all.

    ``computed_at``: when that was worked out, where it was kept since.
    """

    model: str
    sessions: list[tuple[tuple[int, str], Sorted]]
    count: int
    totals: dict[Pool, PoolTotals]
    without_time: int
    computed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """All sessions in the order of the queue: as columns, which are read in milliseconds."""

    about: dict[str, Any]
    ids: NDArray[np.bytes_]
    positions: NDArray[np.int64]
    scores: NDArray[np.float64]  # not a number: none
    counts: NDArray[np.int64]
    pools: NDArray[np.int8]
    chosen: NDArray[np.bool_]

    @classmethod
    def of(cls, preview: selection.Preview) -> "_Kept":
        """Take what is kept of a preview."""
        everything = preview.sessions
        about = {
            "model": preview.model,
            "totals": {pool: asdict(totals) for pool, totals in preview.totals.items()},
            "without_time": preview.without_time,
        }
        return cls(
            about,
            np.array([each.scored.session.id.encode() for each in everything], np.bytes_),
            np.array([each.scored.session.position for each in everything], np.int64),
            np.array([np.nan if each.scored.score is None else each.scored.score for each in everything], np.float64),
            np.array([each.scored.prediction_count for each in everything], np.int64),
            np.array([POOLS.index(each.pool) for each in everything], np.int8),
            np.array([each.chosen for each in everything], np.bool_),
        )

    def write(self) -> bytes:
        """Write it as one file."""
        file = io.BytesIO()
        about = np.frombuffer(json.dumps(self.about).encode(), np.uint8)
        columns: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        np.savez(file, **{**columns, "about": about})
        return file.getvalue()

    @classmethod
    def read(cls, data: bytes) -> "_Kept":
        """Read what `write` wrote; ValueError for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as columns:
                found = {each.name: columns[each.name] for each in fields(cls)}
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(str(error)) from error
        return cls(**{**found, "about": json.loads(found["about"].tobytes())})

    @property
    def totals(self) -> dict[Pool, PoolTotals]:
        """Sessions and seconds of each pool."""
        return {Pool(pool): PoolTotals(**totals) for pool, totals in self.about["totals"].items()}


def list_part(
    workspace: Workspace,
    asked: Asked,
    *,
    pool: Pool | None = None,
    chosen: bool | None = None,
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> PoolsPart:
    """List a part of what `selection.preview_selection` gives, of one pool or chosen only where that is wanted.

    ``after`` are the keys of the session before, its position and id. Errors as `selection.read_scores`.
    """
    kept = _find(workspace, asked)
    is_listed = np.ones(len(kept.ids), np.bool_)
    if pool is not None:
        is_listed &= kept.pools == POOLS.index(pool)
    if chosen is not None:
        is_listed &= kept.chosen == chosen
    count = int(np.count_nonzero(is_listed))
    if after is not None:
        is_listed &= _find_beyond(kept, after)
    places = np.flatnonzero(is_listed)[0 if after is not None else offset :][:limit]
    ids = [kept.ids[place].decode() for place in places]
    with workspace.database.reading() as connection:
        known = scores.find_sessions(connection, asked.round_id, ids)
    listed = [
        ((int(kept.positions[place]), session_id), _sort(kept, int(place), known[session_id], asked))
        for place, session_id in zip(places, ids, strict=True)
        if session_id in known
    ]
    about = kept.about
    return PoolsPart(about["model"], listed, count, kept.totals, about["without_time"], about.get("computed_at"))


def _sort(kept: _Kept, place: int, session: SessionScore, asked: Asked) -> Sorted:
    """Say of a session what was found about it."""
    criteria = replace(asked.criteria, quiet_is_negative=True) if asked.run_id else asked.criteria
    score, is_chosen = float(kept.scores[place]), bool(kept.chosen[place])
    number = int(kept.counts[place])
    scored = replace(session, score=None if np.isnan(score) else score, prediction_count=number)
    pool, why = criteria.sort(scored)
    return Sorted(scored, pool, is_chosen, f"{why}; {describe_choice(asked.sampling, pool, is_chosen=is_chosen)}")


def _find_beyond(kept: _Kept, after: Sequence[Any]) -> NDArray[np.bool_]:
    match after:
        case [int() as position, str() as session_id] if abs(position) < 2**31:
            later, same = kept.positions > position, kept.positions == position
            beyond: NDArray[np.bool_] = later | (same & (kept.ids > np.bytes_(session_id.encode())))
            return beyond
    raise InvalidInput("after: expected a position and a session, as `next` of this list has; found something else.")


def _find(workspace: Workspace, asked: Asked) -> _Kept:
    """Find what is kept of a preview, or work it out."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, asked.round_id)
        used = selection.find_used(connection, asked.round_id, asked.model, asked.run_id)
        standings = tallies.measure_standings(connection, asked.round_id)
        said = [tallies.list_groups(connection, asked.round_id, f"all {what}") for what in ("answers", "reviews")]
    if sum(count for count, _ in standings.values()) <= FEW:
        return _Kept.of(_work_out(workspace, asked))
    sessions = [sum(column) for column in zip(*standings.values(), strict=True)]
    key = f"pools/{asked.round_id}/{digest(used.set_id, sessions, repr(asked))}.npz"
    kept, made_at = find_or_compute(
        workspace,
        key,
        digest(standings, said),
        lambda: _Kept.of(_work_out(workspace, asked)),
        write=_Kept.write,
        read=_Kept.read,
    )
    kept.about["computed_at"] = made_at
    return kept


def _work_out(workspace: Workspace, asked: Asked) -> selection.Preview:
    return selection.preview_selection(
        workspace,
        round_id=asked.round_id,
        model=asked.model,
        run_id=asked.run_id,
        criteria=asked.criteria,
        sampling=asked.sampling,
    )
