"""WhisperSeg checkpoints that were converted to CTranslate2: several times faster on a CPU, and optional."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.device import use_one_thread
from podcast_core.ml.whisperseg.decoding import MAX_TOKENS
from podcast_core.ml.whisperseg.tokens import Grammar, TokenCall, Tokens, read_sequence

if TYPE_CHECKING:
    from torch import Tensor

PACKAGE = "ctranslate2"


class Ct2Decoder:
    """Runs a converted checkpoint: greedy; what the grammar does not allow is left out afterwards.

    Parameters
    ----------
    model
        A ``ctranslate2.models.Whisper``.
    tokens
        Its tokens.
    vocabulary
        How many tokens it has.
    """

    def __init__(self, model: Any, tokens: Tokens, vocabulary: int) -> None:
        self._model = model
        self._tokens = tokens
        self._grammar = Grammar(tokens, vocabulary)

    def decode(self, features: "Tensor") -> list[list[TokenCall]]:
        """Find calls; see `podcast_core.ml.whisperseg.decoding.Decoder`."""
        from ctranslate2 import StorageView

        results = self._model.generate(
            StorageView.from_array(np.ascontiguousarray(features.numpy())),
            [list(self._tokens.prompt)] * len(features),
            beam_size=1,
            max_length=MAX_TOKENS,
            return_logits_vocab=True,
            suppress_blank=False,
            suppress_tokens=[],
        )
        calls = []
        for result in results:
            logits = [_to_array(each) for each in result.logits[0]]
            calls.append(read_sequence(self._grammar, result.sequences_ids[0], logits))
        return calls


def _to_array(view: Any) -> "np.typing.NDArray[np.float32]":
    from ctranslate2 import DataType

    return np.array(view if view.dtype == DataType.float32 else view.to(DataType.float32), copy=True).reshape(-1)


def is_installed() -> bool:
    """Tell whether converted checkpoints can run here."""
    return find_spec(PACKAGE) is not None


def convert(folder: Path, target: Path) -> None:
    """Convert a checkpoint in Hugging Face's layout, with 8-bit weights: a quarter of the size.

    Raises
    ------
    ModelUnavailable
        When CTranslate2 cannot convert it.
    """
    from ctranslate2.converters import TransformersConverter

    try:
        TransformersConverter(str(folder)).convert(str(target), quantization="int8")
    except (RuntimeError, ValueError, OSError, KeyError, AttributeError) as error:
        raise ModelUnavailable(f"CTranslate2 cannot convert {folder.name!r}: {error}") from error


def load_ct2(folder: Path, tokens: Tokens, vocabulary: int, device: str) -> Ct2Decoder:
    """Load a converted checkpoint; on a CPU it computes with 8-bit weights.

    Raises
    ------
    ModelUnavailable
        When CTranslate2 is not installed, or cannot read the folder.
    """
    if not is_installed():
        raise ModelUnavailable(
            f"{folder.name!r} was converted to CTranslate2, which is not installed: pip install {PACKAGE}, "
            "or put the checkpoint that it was made of beside it."
        )
    from ctranslate2.models import Whisper

    use_one_thread()  # for the features
    kind, _, number = device.partition(":")
    compute = {"device": kind, "device_index": int(number or 0), "compute_type": "default"}
    if kind != "cuda":
        compute = {"device": "cpu", "compute_type": "int8_float32"}
    try:
        model = Whisper(str(folder), intra_threads=1, **compute)
    except (RuntimeError, ValueError) as error:
        raise ModelUnavailable(f"The converted checkpoint {folder.name!r} cannot be loaded: {error}") from error
    return Ct2Decoder(model, tokens, vocabulary)
