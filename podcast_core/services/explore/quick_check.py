"""Quick check of a selection before it is labelled: a few of its clips to hear, and those that fit least.

The few are drawn at random, from as many recordings as possible, and the same seed draws the same ones. "5 of 5 agree"
says how pure the selection is, with the interval in which the truth may lie. Farthest from the middle are the clips
whose vectors have the smallest cosine with the mean of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.limits import MAX_QUICK_CHECK, QUICK_CHECK_FARTHEST, QUICK_CHECK_MEMBERS
from podcast_core.errors import InvalidInput, count_of
from podcast_core.ml.measuring.intervals import Estimate, estimate_share
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.services.labels import independence
from podcast_core.storage import clips
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class QuickCheck:
    """Clips of a selection by number: ``members`` drawn at random, and those ``farthest`` from the middle."""

    members: tuple[int, ...]
    farthest: tuple[int, ...]


def check_selection(
    workspace: Workspace,
    *,
    collection_id: str,
    numbers: Sequence[int],
    count: int = QUICK_CHECK_MEMBERS,
    farthest: int = QUICK_CHECK_FARTHEST,
    seed: int = 0,
) -> QuickCheck:
    """Choose which clips of a selection are to be heard.

    Raises
    ------
    NotFound
        When there is no such collection.
    InvalidInput
        When it has no such clip, or nothing is selected.
    """
    if not (1 <= count <= MAX_QUICK_CHECK and 0 <= farthest <= MAX_QUICK_CHECK):
        raise InvalidInput(f"A quick check is of 1 to {MAX_QUICK_CHECK} clips; found {count} and {farthest}.")
    chosen = np.unique(np.asarray(numbers, np.int64))
    with workspace.database.reading() as connection:
        total = independence.get_collection(connection, collection_id).clip_count
        if not len(chosen):
            raise InvalidInput("A quick check needs a selection; nothing is selected.")
        if chosen[0] < 0 or chosen[-1] >= total:
            raise InvalidInput(f"Collection {collection_id!r} has clips 0 to {total - 1}; found {int(chosen[-1])}.")
        columns = clips.read_columns(connection, collection_id, ("recording_id", "error"))
    heard = chosen[columns["error"][chosen] == ""]
    if not len(heard):
        raise InvalidInput("None of the selected clips can be heard.")
    vectors = read_vectors(workspace, collection_id)[heard]
    return QuickCheck(
        members=tuple(draw_members(heard, columns["recording_id"][heard], count, seed)),
        farthest=tuple(heard[find_farthest(vectors, farthest)].tolist()),
    )


def draw_members(numbers: NDArray[np.int64], groups: NDArray[np.object_], count: int, seed: int) -> list[int]:
    """Draw numbers at random, each from another group (recording) as long as there are others.

    Every number is as likely as every other one of its group, and large groups come first by chance, as they should.
    """
    order = np.random.default_rng(seed).permutation(len(numbers))
    drawn = groups[order]
    turn = np.empty(len(order), np.int64)  # how many of its group come before it
    by_group = np.argsort(drawn.astype(str), kind="stable")
    sizes = np.unique(drawn.astype(str), return_counts=True)[1]
    turn[by_group] = np.concatenate([np.arange(size) for size in sizes]) if len(sizes) else turn
    first = order[np.argsort(turn, kind="stable")][:count]
    return [int(each) for each in numbers[first]]


def find_farthest(vectors: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Find the rows whose cosine with the mean of all is smallest, in this order; rows without a vector are none."""
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if not len(known):
        return known
    rows = vectors[known].astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    cosine = rows @ rows.mean(axis=0)
    return known[np.argsort(cosine, kind="stable")[:count]]


def estimate_purity(heard: int, agreed: int) -> Estimate:
    """Estimate which share of a selection fits, with its 95 % interval (Wilson's).

    Raises
    ------
    InvalidInput
        When more agreed than were heard.
    """
    if not 0 <= agreed <= heard:
        raise InvalidInput(f"Of {count_of(heard, 'clip')} that were heard, {agreed} cannot have agreed.")
    return estimate_share(agreed, heard) or Estimate(0.5, 0.0, 1.0)
