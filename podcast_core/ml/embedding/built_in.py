"""The embedders that come with Pod.Cast, by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.errors import InvalidInput
from podcast_core.ml.embedding.interfaces import ClipEmbedder
from podcast_core.ml.embedding.mean_mfcc import MeanMfcc
from podcast_core.ml.embedding.three_views import ThreeViews, choose_high_hz

BUILT_IN: Mapping[str, str] = {
    DEFAULT_EMBEDDER: "Three views of each sound (recommended)",
    "mean-mfcc": "Mean of 32 cepstral coefficients, as in hover's guide",
}


def make_embedder(
    name: str, sample_rates_hz: Sequence[int], parameters: Mapping[str, Any] | None = None
) -> ClipEmbedder:
    """Make a built-in embedder for recordings of these rates, or with the parameters that it had.

    Raises
    ------
    InvalidInput
        For an unknown name.
    """
    match name.partition("/")[0]:
        case "mean-mfcc":
            return MeanMfcc()
        case "three-views":
            known = (parameters or {}).get("high_hz")
            return ThreeViews(choose_high_hz(sample_rates_hz) if known is None else float(known))
        case _:
            raise InvalidInput(f"There is no embedder {name[:80]!r}; expected one of {', '.join(BUILT_IN)}.")
