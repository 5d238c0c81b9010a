"""Networks in files: what runs ONNX, TorchScript and torch.export."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.model_card import ONNX, ModelCard, OutputName


class Network(Protocol):
    """A network that is loaded."""

    @property
    def batch(self) -> int | None:
        """How many windows it must be given at once; None: any number."""

    def run(self, inputs: NDArray[np.float32], outputs: Sequence[OutputName]) -> list[NDArray[Any]]:
        """Run it: outputs by name or number, in the order in which they were asked for.

        Raises
        ------
        ModelUnavailable
            When there is no such output, or it cannot take what it is given.
        """


def open_network(card: ModelCard, weights: bytes, device: str) -> Network:
    """Load a network.

    Raises
    ------
    ModelUnavailable
        When its package is not installed, or the file is not what the card says, or would do more than compute.
    """
    if card.format == ONNX:
        from podcast_core.ml.onnx_network import OnnxNetwork

        return OnnxNetwork(weights, device, input_name=card.input.name)
    from podcast_core.ml import torch_network

    return torch_network.load(card.format, weights, device)


def pick(found: Sequence[Any], names: Sequence[str], wanted: OutputName) -> Any:
    """Pick an output by its name or number."""
    if isinstance(wanted, int) and 0 <= wanted < len(found):
        return found[wanted]
    if wanted in names:
        return found[list(names).index(str(wanted))]
    known = ", ".join(names) if names else f"0 to {len(found) - 1}"
    raise ModelUnavailable(f"The network has no output {wanted!r}; expected one of: {known}.")
