"""The training loop of a segmenter's network. This module imports torch: import it inside functions only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from podcast_core.ml.device import use_one_thread
from podcast_core.ml.segmenter.batches import Batches
from podcast_core.ml.segmenter.checkpoints import Checkpoint
from podcast_core.ml.segmenter.loop import Limit, Loop
from podcast_core.ml.segmenter.networks import Network

MAX_RATE = {"tcn": 3e-3, "crnn": 2e-3}  # chosen: trials before decision 18 had 3e-3
WARM_SHARE = 0.4  # of the rate, when there are weights to begin with
LAST_SHARE = 0.02  # of the rate, to which it falls along a cosine
FIRST_STEPS = 10  # in which the rate rises
EDGE_WEIGHT = 4.0  # beginnings and ends are rare
DECAY = 0.01  # PyTorch's own for AdamW
MAX_GRADIENT = 1.0  # of the norm, beyond which a step is shortened


@contextmanager
def one_thread(seed: int) -> Iterator[None]:
    """Compute in one thread, with chance from a seed.

    More threads than free cores make small networks many times slower: they wait for each other.
    """
    use_one_thread()
    with threadpool_limits(1), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def fit(
    network: Network,
    batches: Batches,
    limit: Limit,
    *,
    kind: str,
    is_warm: bool,
    on_step: Callable[[float], bool] | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train a network.

    Parameters
    ----------
    network
        It is changed.
    kind, is_warm
        They choose the learning rate, which falls in a half cosine.
    on_step
        Called after each step with the loss, averaged over the last ones; it says whether to stop.
    checkpoint
        Where it goes on, and keeps how far it is.
    """
    checkpoint = checkpoint or Checkpoint()
    rate = MAX_RATE[kind] * (WARM_SHARE if is_warm else 1)
    outputs = network.shape()["outputs"]
    device = next(network.parameters()).device
    weights = torch.ones(outputs, device=device)
    weights[-2:] = EDGE_WEIGHT
    criterion = nn.BCEWithLogitsLoss(pos_weight=weights)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=DECAY)
    loop = Loop(network, optimizer, batches, limit)
    if checkpoint.take_up(loop):
        network.eval()
        return
    while (share := limit.share) < 1 or not loop.steps:
        network.train()
        falling = LAST_SHARE + (1 - LAST_SHARE) * (1 + np.cos(np.pi * share)) / 2
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (loop.steps + 1) / FIRST_STEPS) * falling
        levels, targets = batches.draw()
        loss = criterion(network(torch.from_numpy(levels).to(device)), torch.from_numpy(targets).to(device))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT)
        optimizer.step()
        loop.steps += 1
        limit.done += 1
        loop.average += (loss.item() - loop.average) / min(loop.steps, 20)
        if on_step is not None and on_step(loop.average):
            break
        checkpoint.keep(loop)
    checkpoint.keep(loop, is_trained=True)
    network.eval()
