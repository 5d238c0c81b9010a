"""ONNX files, run by ONNX Runtime on the processor or on CUDA; used in a network's process only."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external.card import OutputName
from podcast_core.ml.external.files import pick

ON_CUDA, ON_CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
ONLY_FATAL = 4  # ONNX Runtime's level of log messages
# StringStringEntryProto: key = "location" (field 1), then the value (field 2), each with its length.
_EXTERNAL = re.compile(rb"\x0a\x08location\x12.([\x20-\x7e]*)", re.DOTALL)


def warm_up() -> None:
    """Import what running a file needs: a network's process can open no file later."""
    import onnxruntime  # noqa: F401  # now: later no file can be opened


def check_onnx(weights: bytes) -> None:
    """Refuse a network that keeps numbers in other files: ONNX Runtime would open whichever it names.

    Raises
    ------
    ModelUnavailable
        Naming what it refers to.
    """
    # A tensor that lies elsewhere says where under the key "location" (ONNX, TensorProto.external_data).
    if found := _EXTERNAL.search(weights):
        raise ModelUnavailable(f"This ONNX file keeps numbers in another file ({found[1][:80]!r}): expected one file.")


class OnnxNetwork:
    """A network in an ONNX file; see `podcast_core.ml.external.files.Network`.

    Parameters
    ----------
    weights
        The file, with all numbers in it: what lies in files beside it is not read.
    device
        As of `podcast_core.ml.device`. CUDA is used where ``onnxruntime-gpu`` is installed, else the processor.
    input_name
        None: the only input.
    """

    def __init__(self, weights: bytes, device: str, *, input_name: str | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ONLY_FATAL  # the error says it
        self._failures = _list_failures()
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=_choose_providers(device))
        except self._failures as error:
            raise ModelUnavailable(f"ONNX Runtime cannot load this model: {error}") from error
        inputs = {each.name: each for each in self._session.get_inputs()}
        name = input_name or (next(iter(inputs)) if len(inputs) == 1 else "")
        if name not in inputs:
            raise ModelUnavailable(
                f"Expected input.name to be one of the network's inputs {', '.join(inputs)}, found {input_name!r}."
            )
        self._input = name
        self._type = inputs[name].type
        if self._type not in ("tensor(float)", "tensor(float16)", "tensor(double)"):
            raise ModelUnavailable(f"Expected a network that takes numbers with a point, found {self._type}.")
        shape = inputs[name].shape
        self._batch = shape[0] if shape and isinstance(shape[0], int) else None
        self._outputs = [each.name for each in self._session.get_outputs()]

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
        names = [pick(self._outputs, self._outputs, each) for each in outputs]
        kinds = {"tensor(float16)": np.float16, "tensor(double)": np.float64}
        given = inputs.astype(kinds.get(self._type, np.float32), copy=False)
        try:
            found: list[NDArray[Any]] = self._session.run(names, {self._input: given})
        except self._failures as error:
            raise ModelUnavailable(f"The network cannot take an input of shape {inputs.shape}: {error}") from error
        return found


def _choose_providers(device: str) -> list[Any]:
    import onnxruntime

    kind, _, number = device.partition(":")
    if kind == "cuda" and ON_CUDA in onnxruntime.get_available_providers():
        return [(ON_CUDA, {"device_id": int(number or 0)}), ON_CPU]
    return [ON_CPU]


def _list_failures() -> tuple[type[Exception], ...]:
    """List how ONNX Runtime fails; its own errors have no common parent."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("EPFail", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel", "NoSuchFile")
    own = [getattr(state, name) for name in (*names, "NotImplemented", "RuntimeException")]
    return (*own, RuntimeError, ValueError, TypeError)
