"""Drawing a map: fitted on what is not held out, and what is held out placed among it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.embedding.directions import Vectors, has_direction, to_directions
from podcast_core.ml.projection.alignment import align
from podcast_core.ml.projection.pca import Places, find_axes
from podcast_core.ml.projection.process import receive_array, send_array
from podcast_core.sandbox import Fields, receive, send, spawn

PCA, PACMAP, UMAP, TSNE = "pca", "pacmap", "umap", "tsne"
METHODS = {PCA: "PCA", PACMAP: "PaCMAP", UMAP: "UMAP", TSNE: "t-SNE"}
DIMENSIONS = (2, 3)  # what can be drawn
MIN_CLIPS = 16  # clips without which there are no neighbourhoods to draw
MAX_FITTED = {PACMAP: 100_000, UMAP: 100_000, TSNE: 20_000}
MIN_OLD = 0.5  # of the clips have a place on an old map, for a new one to start from it
SAMPLE = {PACMAP: 50_000, UMAP: 50_000, TSNE: 20_000}
"""How many clips a map is fitted on where there are more than `MAX_FITTED`; the rest is placed among them."""

Tell = Callable[[float, str], None]
"""Takes which share of the work is done and what is being done; what it raises ends the work at once."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map: ``places`` of shape (n, dimensions), on which clips it was fitted, and how far it is from the old one.

    ``disparity`` is that of `align`, None where there was no old map.
    """

    places: Places
    is_fitted: NDArray[np.bool_]
    disparity: float | None = None


def draw_map(
    vectors: NDArray[Any],
    is_held_out: NDArray[np.bool_],
    *,
    method: str,
    dimensions: int = 2,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
    old: Places | None = None,
    tell: Tell = lambda _share, _stage: None,
) -> Drawn:
    """Draw a map.

    Parameters
    ----------
    vectors
        Shape (n, d). A clip without a vector (zeros, or not finite) has no place.
    is_held_out
        Shape (n,): the map is fitted without these; they are placed by what was learnt from the others.
    groups
        Shape (n,): the recording of each clip; where only a part can be fitted, all of them have their share in it.
    old
        An earlier map of the same clips: the new one starts from it, and is laid over it.

    Raises
    ------
    InvalidInput
        When there is no such method, or too little to fit.
    ModelUnavailable
        When the method's package fails.
    """
    _check(method, dimensions)
    directions = to_directions(vectors)
    is_known = has_direction(directions)
    usable = np.flatnonzero(is_known & ~is_held_out)
    if method == PCA:
        places = np.where(is_known[:, None], find_axes(directions[usable], dimensions).place(directions), np.nan)
        is_fitted = is_known & ~is_held_out
    else:
        if len(usable) < MIN_CLIPS:
            raise InvalidInput(
                f"A map by {METHODS[method]} needs at least {MIN_CLIPS} clips that are not held out (test), "
                f"found {len(usable)}."
            )
        fitted = usable if len(usable) <= MAX_FITTED[method] else draw_evenly(usable, groups, SAMPLE[method], seed)
        is_fitted = np.zeros(len(directions), bool)
        is_fitted[fitted] = True
        is_rest = is_known & ~is_fitted
        start, is_again = _start(directions[fitted], dimensions, None if old is None else old[fitted])
        asked = {"method": method, "seed": seed, "is_again": is_again}
        found, others = _fit(asked, directions[fitted], directions[is_rest], start, tell)
        places = np.full((len(directions), dimensions), np.nan, np.float32)
        places[fitted], places[is_rest] = found, others
    if old is None:
        return Drawn(places.astype(np.float32), is_fitted)
    aligned, disparity = align(places, old)
    return Drawn(aligned, is_fitted, disparity)


def draw_evenly(numbers: NDArray[Any], groups: NDArray[Any] | None, count: int, seed: int) -> NDArray[Any]:
    """Draw ``count`` of (n,) numbers, in order, of each group as large a share as it has; the seed decides."""
    chance = np.random.default_rng(seed)
    mixed = chance.permutation(numbers)
    if groups is not None:
        mixed = mixed[np.argsort(groups[mixed], kind="stable")]
    return np.sort(mixed[np.arange(count) * len(mixed) // count])


def _check(method: str, dimensions: int) -> None:
    if method not in METHODS:
        raise InvalidInput(f"There is no map by {method[:40]!r}: expected one of {', '.join(METHODS)}.")
    if dimensions not in DIMENSIONS:
        raise InvalidInput(f"A map has 2 or 3 dimensions, found {dimensions}.")


def _start(directions: Vectors, dimensions: int, old: Places | None) -> tuple[Places, bool]:
    """Say from where a fit starts, and whether that is the old map: if most have places there, else it is PCA.

    On an old map, clips without a place (NaN) get theirs where the fit is done (`process`).
    """
    first = find_axes(directions, dimensions).place(directions)
    is_again = False
    if old is not None:
        is_old = np.isfinite(old).all(axis=1)
        is_again = bool(is_old.mean() > MIN_OLD)
        first = np.array(old) if is_again else align(first, old)[0]
    spread = np.nanstd(first, axis=0)
    trembling = np.random.default_rng(0).normal(scale=1e-4 * max(float(spread.max()), 1e-6), size=first.shape)
    return np.asarray(first + trembling, np.float32), is_again  # equal sounds must be able to part


def _fit(asked: Fields, fitted: Vectors, rest: Vectors, start: Places, tell: Tell) -> tuple[Places, Places]:
    with _running() as (asking, answering):
        send(asking, asked)
        for each in (fitted, rest, start):
            send_array(asking, each)
        while True:
            fields, _ = receive(answering)
            if "refused" in fields:
                raise ModelUnavailable(f"{METHODS[asked['method']]} failed: {fields['refused']}")
            if "is_done" in fields:
                return receive_array(answering), receive_array(answering)
            tell(fields["share"], fields["stage"])


@contextmanager
def _running() -> Iterator[Any]:
    """Run the process of `podcast_core.ml.projection.process`; it ends when this is left, however."""
    child: Popen[bytes] = spawn("podcast_core.ml.projection.process")
    try:
        yield child.stdin, child.stdout
    except (EOFError, BrokenPipeError) as error:
        raise ModelUnavailable("The process that draws a map has ended: it may have had too little memory.") from error
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
