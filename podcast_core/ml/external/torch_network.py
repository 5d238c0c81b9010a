"""torch.export files, run by PyTorch; used in a network's process only."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.device import use_one_thread
from podcast_core.ml.external.card import OutputName
from podcast_core.ml.external.files import pick
from podcast_core.ml.external.torch_archives import check_export

FAILURES = (RuntimeError, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, OSError)
"""How PyTorch fails when a file is not what it should be, or an input not what a network wants."""


class TorchNetwork:
    """A network that PyTorch runs; see `podcast_core.ml.external.files.Network`."""

    def __init__(self, module: Callable[..., Any], device: str, batch: int | None) -> None:
        self._module = module
        self._device = device
        self._batch = batch

    @property
    def batch(self) -> int | None:
        """How many windows at once; None: any number."""
        return self._batch

    def run(self, inputs: NDArray[np.float32], outputs: Sequence[OutputName]) -> list[NDArray[Any]]:
        """Run it; see `podcast_core.ml.external.files.Network.run`.

        Raises
        ------
        ModelUnavailable
            For a shape that it cannot take.
        """
        import torch

        with torch.inference_mode():
            try:
                answer = self._module(torch.from_numpy(inputs.copy()).to(self._device))
            except FAILURES as error:
                raise ModelUnavailable(
                    f"The network cannot take an input of shape {inputs.shape}: {str(error)[:500]}"
                ) from error
            found, names = _flatten(answer)
            picked = [pick(found, names, each) for each in outputs]
            return [each.float().cpu().numpy() for each in picked]


def warm_up() -> None:
    """Import what loading a file needs."""
    import torch.export.pt2_archive
    import torch.fx.experimental.symbolic_shapes  # noqa: F401  # now, before limits are set

    use_one_thread()


def load(weights: bytes, device: str) -> TorchNetwork:
    """Load a torch.export file.

    Raises
    ------
    ModelUnavailable
        When it cannot be loaded or would do more than compute.
    """
    import torch

    check_export(weights)
    try:
        program = torch.export.load(BytesIO(weights))
        batch = _find_batch(program)
        if device != "cpu":
            from torch.export.passes import move_to_device_pass

            program = move_to_device_pass(program, device)
        return TorchNetwork(program.module(), device, batch)
    except FAILURES as error:
        raise ModelUnavailable(f"PyTorch cannot load this as torch.export: {str(error)[:500]}") from error


def _find_batch(program: Any) -> int | None:
    """Find the size of the first axis of the first input; None when it can change."""
    inputs = program.graph_signature.user_inputs
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in inputs]
    if len(values) != 1:
        raise ModelUnavailable(f"Expected a network with one input, found {len(values)}.")
    size = values[0].shape[0]
    return size if isinstance(size, int) else None


def _flatten(answer: Any) -> tuple[list[Any], list[str]]:
    """List the outputs, and their names where they have some."""
    import torch

    if isinstance(answer, torch.Tensor):
        return [answer], []
    if isinstance(answer, Mapping):
        return list(answer.values()), [str(name) for name in answer]
    if isinstance(answer, tuple | list) and all(isinstance(each, torch.Tensor) for each in answer):
        return list(answer), []
    raise ModelUnavailable(f"Expected a network that answers with tensors, found {type(answer).__name__}.")
