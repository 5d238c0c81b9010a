"""Maps that keep neighbours together: PaCMAP, UMAP and t-SNE, each fitted by the package that is named after it.

They run in a process of their own (`podcast_core.ml.projection.process`): they compile themselves when they are first
used, keep much memory, and none of them can be stopped half way.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO, cast

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.embedding.directions import Vectors
from podcast_core.ml.projection.pca import Places

Tell = Callable[[float], None]
"""Takes which share of the work is done."""

PACMAP_STEPS = (100, 100, 250)  # of its three stages; the first one puts whole groups into their places
PACMAP_AGAIN_STEPS, PACMAP_AGAIN_RATE = 100, 0.015  # of the last stage, from an old map: so none moves far
UMAP_NEIGHBOURS = 15  # umap-learn's own
UMAP_AGAIN_EPOCHS, UMAP_AGAIN_RATE = 50, 0.05  # from an old map; chosen so that none moves far, as above
UMAP_SIDE = 10.0  # to which umap-learn scales a start
PERPLEXITY = 30.0  # openTSNE's own
TSNE_STEPS, TSNE_LOOK = 750, 10  # openTSNE's own 250 and 500; how many pass between two signs of how far it is
TSNE_AGAIN_STEPS = 150  # from an old map; chosen: no early exaggeration is needed then
PLACING_NEIGHBOURS = 5  # chosen: a clip is placed among so many of its nearest


def fit_pacmap(vectors: Vectors, start: Places, seed: int, tell: Tell, *, is_again: bool = False) -> Places:
    """Fit (n, d) vectors by PaCMAP (Wang et al. 2021, JMLR 22): shape (n, 2 or 3), as ``start`` has it."""
    from pacmap import PaCMAP

    steps = (0, 0, 0) if is_again else PACMAP_STEPS
    reducer = PaCMAP(n_components=start.shape[1], random_state=seed, num_iters=steps, verbose=True)
    with _listen(r"Iteration:\s*(\d+)", lambda number: tell(number / max(sum(steps), 1))):
        places = np.asarray(reducer.fit_transform(vectors, init=start, save_pairs=is_again), np.float32)
    return _settle_pacmap(reducer, start, tell) if is_again else places


def _settle_pacmap(reducer: Any, start: Places, tell: Tell) -> Places:
    """Do the last stage of PaCMAP from an old map as it is: the package itself starts all maps from next to a point."""
    from pacmap.pacmap import pacmap_grad, update_embedding_adam

    places = np.ascontiguousarray(start, np.float32)
    mean, spread = np.zeros_like(places), np.zeros_like(places)
    pairs = reducer.pair_neighbors, reducer.pair_MN, reducer.pair_FP
    for step in range(PACMAP_AGAIN_STEPS):
        pull = pacmap_grad(places, *pairs, 1.0, 0.0, 1.0)
        update_embedding_adam(places, pull, mean, spread, 0.9, 0.999, PACMAP_AGAIN_RATE, step)
        tell((step + 1) / PACMAP_AGAIN_STEPS)
    return places


def fit_umap(
    vectors: Vectors,
    start: Places,
    seed: int,
    tell: Tell,
    *,
    is_again: bool = False,
) -> Places:
    """Fit by UMAP (McInnes et al. 2018, arXiv 1802.03426), with exact neighbours: its own search compiles long."""
    from umap import UMAP

    neighbours, cosines = find_neighbours(vectors, vectors, min(UMAP_NEIGHBOURS, len(vectors)))
    reducer = UMAP(
        n_components=start.shape[1],
        n_neighbors=neighbours.shape[1],
        metric="cosine",
        init=start,
        random_state=seed,
        n_epochs=UMAP_AGAIN_EPOCHS if is_again else None,
        learning_rate=UMAP_AGAIN_RATE if is_again else 1.0,
        n_jobs=1,  # more of them give another map every time
        precomputed_knn=(neighbours, np.maximum(1 - cosines, 0)),
        force_approximation_algorithm=True,  # else it does not take the neighbours of a small set
        tqdm_kwds={"disable": False},
    )
    with _listen(r"(\d+)%", lambda number: tell(number / 100)):
        places = np.asarray(reducer.fit_transform(vectors), np.float32)
    if not is_again:
        return places
    low, high = start.min(axis=0), start.max(axis=0)
    places = low + places * ((high - low) / UMAP_SIDE)  # it makes each side of a start equally long
    return np.asarray(places, np.float32)


def fit_tsne(
    vectors: Vectors,
    start: Places,
    seed: int,
    tell: Tell,
    *,
    is_again: bool = False,
) -> Places:
    """Fit by t-SNE (van der Maaten 2014, JMLR 15), as openTSNE does."""
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    # An old map is settled as it is; a new one begins as next to a point, and is pushed together before it is spread.
    early, late = (0, TSNE_AGAIN_STEPS) if is_again else (250, TSNE_STEPS - 250)
    scale = 1.0 if is_again else 1e-4 / start[:, 0].std()
    steps = 0

    def look(_step: int, _error: float, _places: NDArray[Any]) -> None:
        nonlocal steps
        steps += TSNE_LOOK
        tell(min(1.0, steps / (early + late)))

    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    found, cosines = find_neighbours(vectors, vectors, min(int(3 * perplexity) + 1, len(vectors)))
    nearest = PrecomputedNeighbors(found[:, 1:], np.sqrt(np.maximum(2 - 2 * cosines[:, 1:], 0)))
    alike = PerplexityBasedNN(perplexity=perplexity, knn_index=nearest, random_state=seed)
    reducer = TSNE(
        n_components=start.shape[1],
        early_exaggeration_iter=early,
        n_iter=late,
        random_state=seed,
        negative_gradient_method="fft" if start.shape[1] < 3 else "bh",
        callbacks=look,
        callbacks_every_iters=TSNE_LOOK,
    )
    return np.asarray(reducer.fit(affinities=alike, initialization=start * scale), np.float32)


class Fit(Protocol):
    """Fits a map: places for directions of shape (n, d), from where they start; ``is_again``: from an old map."""

    def __call__(self, vectors: Vectors, start: Places, seed: int, tell: Tell, *, is_again: bool = False) -> Places:
        """Fit."""


FITS: dict[str, Fit] = {"pacmap": fit_pacmap, "umap": fit_umap, "tsne": fit_tsne}


def find_neighbours(vectors: Vectors, among: Vectors, count: int) -> tuple[NDArray[np.int32], Vectors]:
    """Find the nearest of (m, d) directions for each of (n, d), exactly: their numbers and cosines, shape (n, count).

    Of equals, such as the same sound twice, those with the lowest numbers come first, but for a vector itself.
    """
    import faiss

    index = faiss.IndexFlatIP(among.shape[1])
    index.add(np.ascontiguousarray(among))
    cosines, numbers = index.search(np.ascontiguousarray(vectors), count)
    if vectors is among:  # a twin of lower number must not stand where the vector itself is expected
        own = np.arange(len(vectors))[:, None]
        order = np.argsort(np.where(numbers == own, -np.inf, -cosines), axis=1, kind="stable")
        numbers, cosines = np.take_along_axis(numbers, order, 1), np.take_along_axis(cosines, order, 1)
    return numbers.astype(np.int32), np.asarray(cosines, np.float32)


def place_among(vectors: Vectors, fitted: Vectors, places: Places) -> Places:
    """Place (m, d) vectors that no map was fitted on: in the middle (median) of the nearest that have a place."""
    numbers, _ = find_neighbours(vectors, fitted, min(PLACING_NEIGHBOURS, len(fitted)))
    return np.asarray(np.median(places[numbers], axis=1), np.float32)


@contextmanager
def _listen(pattern: str, hear: Callable[[int], None]) -> Iterator[None]:
    """Hear the numbers in what a library prints about its progress."""

    class Ear:
        def write(self, text: str) -> int:
            for number in re.findall(pattern, text):
                hear(int(number))
            return len(text)

        def flush(self) -> None:
            """Keep nothing."""

    kept = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = cast(TextIO, Ear())
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept
