"""Choosing how logits become calls: the best of all choices, or of those that there was time for."""

import numpy as np

from podcast_core.ml.interfaces import Found
from podcast_core.ml.segmenter.decoding import Decoder
from podcast_core.ml.segmenter.tuning import Unseen, agree, tune_decoder

STEPS_PER_S = 100


def make_unseen() -> list[Unseen]:
    """Make logits of 20 calls of 0.1 s that are all a little too low to be found."""
    logits = np.full((1000, 3), -6.0, np.float32)
    starts = range(10, 1000, 50)
    for start in starts:
        logits[start : start + 10, 0] = -0.4
    return [Unseen(logits, [Found(start / STEPS_PER_S, (start + 10) / STEPS_PER_S, "call") for start in starts])]


def test_what_agrees_best_is_chosen_until_the_time_is_over() -> None:
    usual, unseen = Decoder(edge_bias=5.0, edge_weight=0.5), make_unseen()

    def tune(most: float) -> tuple[Decoder, int]:
        asked: list[None] = []

        def is_over() -> bool:
            asked.append(None)
            return len(asked) > most

        return tune_decoder(unseen, ("call",), STEPS_PER_S, usual, is_over=is_over), len(asked)

    best, tried = tune(np.inf)
    assert agree(unseen, ("call",), STEPS_PER_S, best) > 0.9 > agree(unseen, ("call",), STEPS_PER_S, usual)
    assert tune(0) == (usual, 1)
    assert tune(4) == (usual, 5)  # only weights of edges were tried
    assert tune(tried) == (best, tried)
