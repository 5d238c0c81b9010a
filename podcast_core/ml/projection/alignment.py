"""A new map laid over an old one: turned, mirrored, scaled and moved, so that people find their way again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.projection.pca import Places


def align(new: NDArray[Any], old: NDArray[Any]) -> tuple[Places, float]:
    """Lay a map over another one of the same clips (Procrustes).

    Parameters
    ----------
    new, old
        Shape (n, dimensions); a clip that is NaN in one of them is not compared.

    Returns
    -------
    new
        All of its places, in the old map's coordinates.
    disparity
        0 where the maps are the same but for turning, mirroring, scaling and moving, 1 where nothing fits. Maps of
        less than two different places fit nothing, and are left as they are.
    """
    is_common = np.isfinite(new).all(axis=1) & np.isfinite(old).all(axis=1)
    ours, theirs = new[is_common].astype(np.float64), old[is_common].astype(np.float64)
    if len(ours) < 2:
        return new.astype(np.float32), 1.0
    our_middle, their_middle = ours.mean(axis=0), theirs.mean(axis=0)
    our_size, their_size = np.linalg.norm(ours - our_middle), np.linalg.norm(theirs - their_middle)
    if not our_size or not their_size:
        return new.astype(np.float32), 1.0
    left, values, right = np.linalg.svd(((ours - our_middle) / our_size).T @ ((theirs - their_middle) / their_size))
    turned = (new - our_middle) @ (left @ right) * (values.sum() * their_size / our_size) + their_middle
    return turned.astype(np.float32), float(max(0.0, 1 - values.sum() ** 2))
