"""The segmenter's neural networks. This module imports torch: import it inside functions only.

A network maps levels (sounds, steps, windows * bands) to logits (sounds, steps, labels + 2): one per label (is
a call of it under way), then whether a call begins at the step, and whether one has ended just before it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor, nn

from podcast_core.errors import InvalidInput, ModelUnavailable

KERNEL = 3  # the smallest that looks to both sides; dilation makes it reach far
PIECE_STEPS = 16_384  # that are run at once
RECURRENT_REACH = 400  # steps after which a recurrent layer has forgotten, as far as scores show


class Network(nn.Module):
    """What both kinds have."""

    reach_steps: int
    """How far from a step what is heard there can change."""

    def __init__(self, bands: int, windows: int, outputs: int, channels: int, blocks: int) -> None:
        super().__init__()
        self._shape = {
            "bands": bands,
            "windows": windows,
            "outputs": outputs,
            "channels": channels,
            "blocks": blocks,
        }

    def shape(self) -> dict[str, int]:
        """Return what it is built from."""
        return dict(self._shape)


class Tcn(Network):
    """Dilated 1-D convolutions in residual blocks, with all frequencies of a step as channels."""

    def __init__(self, bands: int, windows: int, outputs: int, channels: int, blocks: int) -> None:
        super().__init__(bands, windows, outputs, channels, blocks)
        self.first = nn.Conv1d(bands * windows, channels, 5, padding=2)
        self.blocks = nn.ModuleList(_Block(channels, 2**index) for index in range(blocks))
        self.last = nn.Conv1d(channels, outputs, 1)
        self.reach_steps = 2 + sum(2**index * (KERNEL // 2) for index in range(blocks))

    def forward(self, levels: Tensor) -> Tensor:
        """Map levels to logits."""
        hidden = torch.relu(self.first(levels.transpose(1, 2)))
        for block in self.blocks:
            hidden = block(hidden)
        logits: Tensor = self.last(hidden)
        return logits.transpose(1, 2)


class _Block(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.wide = nn.Conv1d(channels, channels, KERNEL, padding=dilation * (KERNEL // 2), dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout1d(0.1)

    def forward(self, hidden: Tensor) -> Tensor:
        mixed: Tensor = self.mix(self.drop(torch.relu(self.norm(self.wide(hidden)))))
        return hidden + mixed


class Crnn(Network):
    """2-D convolutions that shrink frequency and keep time, then a recurrent layer in both directions."""

    def __init__(self, bands: int, windows: int, outputs: int, channels: int, blocks: int) -> None:
        super().__init__(bands, windows, outputs, channels, blocks)
        layers: list[nn.Module] = []
        width, before = bands, windows
        for _ in range(blocks):
            layers += [nn.Conv2d(before, channels // 2, 3, stride=(1, 2), padding=1), nn.BatchNorm2d(channels // 2)]
            layers += [nn.ReLU()]
            width, before = -(-width // 2), channels // 2
        self.convolutions = nn.Sequential(*layers)
        self.recurrent = nn.GRU(before * width, channels, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(2 * channels, outputs)
        self.reach_steps = RECURRENT_REACH

    def forward(self, levels: Tensor) -> Tensor:
        """Map levels to logits."""
        sounds, steps, _ = levels.shape
        hidden = self.convolutions(levels.view(sounds, steps, -1, self._shape["bands"]).transpose(1, 2))
        flat = hidden.permute(0, 2, 1, 3).flatten(2)
        logits: Tensor = self.last(self.drop(self.recurrent(flat)[0]))
        return logits


class Ensemble(Network):
    """Several networks of one shape, whose logits are averaged: what only one of them learnt by heart counts less.

    Parameters
    ----------
    members
        One or more; the last is the one that others begin with.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        super().__init__(**members[0].shape())
        self._shape["members"] = len(members)
        self.members = nn.ModuleList(members)
        self.reach_steps = members[0].reach_steps

    def forward(self, levels: Tensor) -> Tensor:
        """Map levels to logits."""
        return torch.stack([member(levels) for member in self.members]).mean(dim=0)


CHANNELS = {"tcn": 64, "crnn": 64}
BLOCKS = {"tcn": 6, "crnn": 3}
# Chosen: larger than any that is useful; a broken file would ask for all memory.
MAX_CHANNELS, MAX_BLOCKS, MAX_OUTPUTS, MAX_BANDS, MAX_WINDOWS = 1024, 12, 10_000, 1024, 8
MAX_MEMBERS = 16  # chosen, in the same way


def build_network(
    kind: str,
    *,
    bands: int,
    windows: int,
    outputs: int,
    channels: int | None = None,
    blocks: int | None = None,
    members: int | None = None,
) -> Network:
    """Build a network with weights by chance; None: as many channels and blocks as are usual, and no ensemble.

    Raises
    ------
    InvalidInput
        When there is no such kind, or it would be larger than any that is useful.
    """
    channels = channels or CHANNELS.get(kind, 1)
    blocks = blocks or BLOCKS.get(kind, 1)
    limits = (
        (bands, MAX_BANDS),
        (windows, MAX_WINDOWS),
        (outputs, MAX_OUTPUTS),
        (channels, MAX_CHANNELS),
        (blocks, MAX_BLOCKS),
        (1 if members is None else members, MAX_MEMBERS),
    )
    if not all(isinstance(value, int) and 1 <= value <= most for value, most in limits):
        raise InvalidInput(
            f"A network cannot have {bands!r} bands, {windows!r} windows, {outputs!r} outputs, {channels!r} channels, "
            f"{blocks!r} blocks and {members!r} members."
        )
    if members is not None:
        shape = {"bands": bands, "windows": windows, "outputs": outputs, "channels": channels, "blocks": blocks}
        return Ensemble([build_network(kind, **shape) for _ in range(members)])
    if kind == "tcn":
        return Tcn(bands, windows, outputs, channels, blocks)
    if kind == "crnn":
        return Crnn(bands, windows, outputs, channels, blocks)
    raise InvalidInput(f"Expected a segmenter of the kind tcn or crnn, found {kind!r}.")


def grow_network(kind: str, base: Network, rows: Sequence[int | None]) -> Network:
    """Build a network that begins with what another has learnt.

    Parameters
    ----------
    rows
        For each label, which one of the other network it is; None: a new one, which begins with weights by chance.
    """
    old = (base.members[-1] if isinstance(base, Ensemble) else base).state_dict()
    shape = {**base.shape(), "outputs": len(rows) + 2}
    shape.pop("members", None)
    network = build_network(kind, **shape)
    state = network.state_dict()
    edges = base.shape()["outputs"] - 2
    for name, values in state.items():
        if not name.startswith("last."):
            values.copy_(old[name])
            continue
        for index, row in enumerate([*rows, edges, edges + 1]):
            if row is not None:
                values[index] = old[name][row]
    network.load_state_dict(state)
    return network


def write_network(network: Network) -> bytes:
    """Write the weights as safetensors."""
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in network.state_dict().items()})


def read_network(kind: str, shape: Mapping[str, Any], weights: bytes, *, device: str) -> Network:
    """Build a network and give it weights; it is ready to run.

    Raises
    ------
    ModelUnavailable
        When the weights are damaged, or another network's.
    """
    from safetensors.torch import load

    network = build_network(kind, **shape)
    try:
        network.load_state_dict(load(weights))
    except (SafetensorError, RuntimeError) as error:
        raise ModelUnavailable(f"The weights do not fit this network: {str(error)[:300]}") from error
    network.eval()
    return network.to(device)


def run_network(
    network: Network, levels: NDArray[np.floating[Any]], *, piece_steps: int = PIECE_STEPS
) -> NDArray[np.float32]:
    """Run a network over levels of shape (steps, windows * bands), in pieces with what surrounds them.

    Returns
    -------
    NDArray
        Logits, shape (steps, labels + 2), float32.
    """
    reach = network.reach_steps
    logits = np.empty((len(levels), network.shape()["outputs"]), np.float32)
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        for start in range(0, len(levels), piece_steps):
            low, high = max(0, start - reach), min(len(levels), start + piece_steps + reach)
            heard = torch.from_numpy(np.ascontiguousarray(levels[low:high], np.float32)).to(device)
            end = min(start + piece_steps, len(levels))
            logits[start:end] = network(heard[None])[0, start - low : end - low].cpu().numpy()
    return logits
