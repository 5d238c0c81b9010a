"""From the picture of a window to its calls: the checkpoint's network, one most probable token after the other."""

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors import SafetensorError

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.device import use_one_thread
from podcast_core.ml.whisperseg.tokens import Grammar, Reader, TokenCall, Tokens

if TYPE_CHECKING:
    from torch import Tensor

MAX_TOKENS = 448  # of Whisper's decoder


class Decoder(Protocol):
    """Finds the calls of windows."""

    def decode(self, features: "Tensor") -> list[list[TokenCall]]:
        """Find calls; ``features`` is (batch, bands, columns), float32, and the answer has a list per window."""


class TorchDecoder:
    """Runs the checkpoint with transformers: greedy, within the grammar.

    Parameters
    ----------
    model
        A ``WhisperForConditionalGeneration``.
    tokens
        Its tokens.
    """

    def __init__(self, model: Any, tokens: Tokens) -> None:
        self._model = model.eval()
        self._tokens = tokens
        self._grammar = Grammar(tokens, model.config.vocab_size)
        self._longest = min(MAX_TOKENS, model.config.max_target_positions)

    def decode(self, features: "Tensor") -> list[list[TokenCall]]:
        """Find calls; see `Decoder`."""
        import torch
        from transformers import DynamicCache, EncoderDecoderCache

        model, readers = self._model, [Reader(self._grammar) for _ in features]
        with torch.inference_mode():
            heard = model.get_encoder()(features.to(model.device, model.dtype))
            tokens = torch.tensor([self._tokens.prompt] * len(readers), device=model.device)
            cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
            for _ in range(self._longest - len(self._tokens.prompt)):
                answer = model(decoder_input_ids=tokens, encoder_outputs=heard, cache=cache, use_cache=True)
                logits = answer.logits[:, -1].float().cpu().numpy()
                chosen = [_choose(reader, row) for reader, row in zip(readers, logits, strict=True)]
                if all(reader.is_done for reader in readers):
                    break
                tokens = torch.tensor(chosen, device=model.device)[:, None]
        return [reader.calls for reader in readers]


def _choose(reader: Reader, logits: "np.typing.NDArray[np.float32]") -> int:
    if reader.is_done:
        return reader.grammar.tokens.end
    token = int(np.where(reader.allowed(), logits, -np.inf).argmax())
    reader.read(token, logits)
    return token


def load_network(folder: Path, device: str) -> Any:
    """Load a checkpoint's network from safetensors or, only its tensors, from ``pytorch_model.bin``.

    Raises
    ------
    ModelUnavailable
        When the files are missing, damaged, or hold anything but tensors.
    """
    import torch
    from transformers import WhisperForConditionalGeneration
    from transformers.utils.logging import disable_progress_bar

    use_one_thread()
    disable_progress_bar()  # a worker has no terminal
    try:
        loaded: Any = WhisperForConditionalGeneration.from_pretrained(  # nosec B615  # a folder of this machine
            str(folder), local_files_only=True, weights_only=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError, pickle.UnpicklingError) as error:
        raise ModelUnavailable(f"The checkpoint {folder.name!r} cannot be loaded: {error}") from error
    model, told = loaded
    if missing := sorted(told["missing_keys"]):  # they would be random numbers
        raise ModelUnavailable(
            f"The checkpoint {folder.name!r} has no weights for {', '.join(missing[:3])}"
            f"{f' and {len(missing) - 3} more' if len(missing) > 3 else ''}."
        )
    return model.to(device)
