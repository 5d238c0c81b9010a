"""Tiny real networks whose answers can be computed directly, in each format, made on the spot."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.device import use_one_thread
from podcast_core.ml.interfaces import Samples
from tests import building

RATE = 8000
GAIN, OFFSET = 40.0, 2.0
DIMENSION = 5


def level_logit(samples: Samples) -> float:
    """What every network here says about the second of its two labels: logit of the mean square of a window."""
    return GAIN * float(np.mean(samples.astype(np.float64) ** 2)) - OFFSET


def make_torch() -> Any:
    """Make a module: windows, shape (batch, samples), become logits (batch, 2) and embeddings (batch, 5)."""
    import torch

    use_one_thread()

    class Level(torch.nn.Module):
        def forward(self, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            level = GAIN * windows.pow(2).mean(dim=1, keepdim=True) - OFFSET
            logits = torch.cat([-level, level], dim=1)
            parts = windows.reshape(windows.shape[0], DIMENSION, -1)
            return logits, parts.pow(2).mean(dim=2)

    return Level()


def write_torchscript(window: int) -> bytes:
    """Write the network as TorchScript."""
    import torch

    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.trace(make_torch(), torch.zeros(2, window)), buffer)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def write_export(window: int, *, batch: int | None = None) -> bytes:
    """Write the network as torch.export; ``batch`` None: for any number of windows."""
    import torch

    shapes = None if batch else ({0: torch.export.Dim("batch")},)
    program = torch.export.export(make_torch(), (torch.zeros(batch or 2, window),), dynamic_shapes=shapes)
    buffer = BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def write_onnx(window: int, *, batch: int | None = None, operator: str = "Identity") -> bytes:
    """Write the network as ONNX with the outputs ``label`` and ``embedding``.

    ``operator`` is applied to the logits at the end.
    """
    from onnx import TensorProto, helper, numpy_helper

    size: int | str = batch or "batch"
    constants: dict[str, NDArray[Any]] = {
        "gain": np.array(GAIN, np.float32),
        "offset": np.array(OFFSET, np.float32),
        "along": np.array([1], np.int64),
        "last": np.array([2], np.int64),
        "parts": np.array([0, DIMENSION, -1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Mul", ["windows", "windows"], ["squares"]),
        node("ReduceMean", ["squares", "along"], ["mean"], keepdims=1),
        node("Mul", ["mean", "gain"], ["scaled"]),
        node("Sub", ["scaled", "offset"], ["level"]),
        node("Neg", ["level"], ["other"]),
        node("Concat", ["other", "level"], ["logits"], axis=1),
        node(operator, ["logits"], ["label"]),
        node("Reshape", ["squares", "parts"], ["cut"]),
        node("ReduceMean", ["cut", "last"], ["embedding"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "level",
        [helper.make_tensor_value_info("windows", TensorProto.FLOAT, [size, window])],
        [
            helper.make_tensor_value_info("label", TensorProto.FLOAT, [size, 2]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [size, DIMENSION]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    written: bytes = model.SerializeToString()
    return written


def make_card(kind: str, **values: Any) -> dict[str, Any]:
    """Make the card of the network: windows of 2 s every second at 8 kHz."""
    named = kind == "onnx"
    return {
        "format": kind,
        "sample_rate_hz": RATE,
        "window_s": 2.0,
        "hop_s": 1.0,
        "labels": ["other", "call"],
        "ignore": ["other"],
        "output": {
            "scores": "label" if named else 0,
            "values": "logits",
            "activation": "softmax",
            "embedding": "embedding" if named else 1,
        },
        **values,
    }


def make_sound(calls: list[tuple[float, float]], seconds: float, *, seed: int = 0) -> NDArray[np.float32]:
    """Make noise at 8 kHz in which calls, as start and length in seconds, are loud."""
    spans = [(start_s, start_s + length_s) for start_s, length_s in calls]
    return building.make_sound(seconds, spans, call_hz=700, call_level=0.5, noise_level=0.05, seed=seed).astype("f4")
