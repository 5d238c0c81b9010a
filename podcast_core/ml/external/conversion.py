"""TorchScript, which is not run here any more, written as ONNX: for a file whose maker one trusts."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.external.card import ONNX, TORCHSCRIPT, ModelCard
from podcast_core.ml.external.files import open_network
from podcast_core.ml.external.window_input import prepare

CLOSE = 1e-3  # how far both may be apart, of the largest answer


def convert_script(card: ModelCard, weights: Path, out: Path) -> None:
    """Write a TorchScript file as ONNX, and check that both answer the same. The script itself is run here.

    Raises
    ------
    InvalidInput
        When it is none, or cannot be written as ONNX; ``out`` is not written then.
    ModelUnavailable
        When PyTorch or the package ``onnx`` is not installed, or ONNX Runtime cannot run what was written.
    """
    if card.format != TORCHSCRIPT:
        raise InvalidInput(f"Expected a card of the format {TORCHSCRIPT}, found {card.format}.")
    try:
        import onnx  # noqa: F401  # torch.onnx asks for it
        import torch
    except ImportError as error:
        raise ModelUnavailable(f"Converting needs {error.name}: python -m pip install {error.name}.") from error
    windows = np.random.default_rng(1).uniform(-0.5, 0.5, (2, card.window)).astype(np.float32)
    inputs = prepare(card, windows)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            script: Any = torch.jit.load(str(weights), map_location="cpu")  # type: ignore[no-untyped-call]  # no types
            script.eval()
            with torch.inference_mode():
                expected = _list(script(torch.from_numpy(inputs)))
            names = [f"output_{number}" for number in range(len(expected))]
            axes = {name: {0: "batch"} for name in ("windows", *names)}
            torch.onnx.export(
                script,
                (torch.from_numpy(inputs),),
                str(out),
                dynamo=False,  # the newer way takes no TorchScript
                input_names=["windows"],
                output_names=names,
                dynamic_axes=axes,
            )
    except (RuntimeError, ValueError, TypeError, AttributeError, OSError) as error:
        out.unlink(missing_ok=True)
        raise InvalidInput(f"{weights} cannot be written as ONNX: {str(error)[:500]}") from error
    written = card.model_copy(update={"format": ONNX, "input": card.input.model_copy(update={"name": "windows"})})
    found = open_network(written, out.read_bytes(), "cpu").run(inputs, list(range(len(expected))))
    for one, other in zip(expected, found, strict=True):
        if np.abs(one - other).max(initial=0) > CLOSE * max(1.0, np.abs(one).max(initial=0)):
            out.unlink()
            raise InvalidInput(f"{weights}: the ONNX file does not answer as the TorchScript file does.")


def _list(answer: Any) -> list[Any]:
    values = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, tuple | list) else [answer]
    return [each.float().numpy() for each in values]
