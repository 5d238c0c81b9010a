"""Training a WhisperSeg checkpoint further with people's labels, as WhisperSeg's own training does it.

Windows are cut at random out of twice as long pieces of sound; the target of a window is its calls as tokens, made
longer at both ends by half a frame. The optimiser is AdamW with a short warm-up and a linear decay.
"""

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from podcast_core.audio.playback import resample
from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.interfaces import Example, Found, Samples
from podcast_core.ml.whisperseg.config import COLUMNS_PER_TOKEN, WhisperSegConfig, read_config
from podcast_core.ml.whisperseg.decoding import MAX_TOKENS, load_network
from podcast_core.ml.whisperseg.features import LogMel
from podcast_core.ml.whisperseg.folders import CONFIG, TOKENIZER_FILES, read_document
from podcast_core.ml.whisperseg.tokens import TokenCall, Tokens, read_tokens

CALLS_PER_WINDOW = 25  # WhisperSeg's own, as the next one
WARM_UP_STEPS = 100  # at most; fewer in a short training
IGNORED = -100  # a token that PyTorch's cross entropy leaves out
MAX_NORM = 1.0  # of the gradient; chosen: few calls give steep ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train; the defaults are WhisperSeg's.

    ``budget_s`` are seconds of processor time on a CPU, of wall time on a GPU; what ends first ends the training.
    Without ``random_crops`` the windows are always those of detection: a network that learns can then learn them by
    heart, which shows in seconds that everything fits together.
    """

    epochs: int = 3
    least_steps: int = 500
    budget_s: float | None = None
    batch: int = 4
    learning_rate: float = 3e-6
    weight_decay: float = 0.01
    freeze_encoder: bool = False
    random_crops: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a training is: ``share`` of the work, 0 to 1, passes over the sound, and the loss of the last batch."""

    step: int
    share: float
    epoch: float
    loss: float
    spent_s: float


OnStep = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """A piece of sound at the model's rate, up to two windows long, and its calls, in its own seconds."""

    samples: Samples
    calls: tuple[Found, ...]


def finetune_whisperseg(
    examples: Sequence[Example],
    base: Path,
    target: Path,
    *,
    plan: Plan | None = None,
    clusters: Mapping[str, str] | None = None,
    device: str = "cpu",
    on_step: OnStep | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> WhisperSegConfig:
    """Train a checkpoint further and write the result as a new one, complete or not at all.

    Parameters
    ----------
    examples
        Sound of which all calls are known, also where there are none.
    base
        The checkpoint's folder, in Hugging Face's layout; it is only read.
    target
        The folder to make. It is of the same layout, tokenizer included, so that WhisperSeg reads it, too.
    plan
        None: WhisperSeg's.
    clusters
        The text of the class of each label, where it is another than the label.
    device
        ``cpu``, ``cuda`` or ``mps``.
    on_step
        Told after every step; what it raises ends the training, and nothing is written.
    should_stop
        Asked before every step; true ends the training, and what was learnt so far is written.

    Returns
    -------
    WhisperSegConfig
        Of the new checkpoint. Labels that the base knows keep their numbers, and its other labels stay; when it knows
        none of them, its labels are forgotten.

    Raises
    ------
    InvalidInput
        When there is no call to learn from, or ``target`` exists.
    ModelUnavailable
        When the base cannot be loaded or trained here.
    """
    import torch

    plan = plan or Plan()
    if target.exists():
        raise InvalidInput(f"The folder {target.name!r} exists already: expected a new one.")
    if not any(example.calls for example in examples):
        raise InvalidInput("A WhisperSeg model is trained on calls: expected at least one, found none.")
    document = read_base(base)
    known = read_config(document)
    names = {known.labels[number]: text for text, number in known.clusters.items()} | dict(clusters or {})
    config = plan_config(examples, known, names)
    torch.manual_seed(plan.seed)
    tokens = read_tokens(base, config)
    network = load_network(base, device)
    batches = Batches(examples, config, tokens, plan, names)
    _train(network, batches, plan, on_step or (lambda _: None), should_stop or (lambda: False))
    _write(network, config, document, base, target)
    return config


def read_base(base: Path) -> dict[str, Any]:
    """Read the ``config.json`` of a base; ModelUnavailable when there is none."""
    try:
        return read_document((base / CONFIG).read_bytes())
    except OSError as error:
        raise ModelUnavailable(
            f"Only a checkpoint in Hugging Face's layout can be trained further: no {CONFIG} in {base.name!r}: {error}"
        ) from error


def plan_config(examples: Sequence[Example], base: WhisperSegConfig, clusters: Mapping[str, str]) -> WhisperSegConfig:
    """Choose classes, rate and window: the base's own where it says its rate, else what suits the calls.

    ``clusters`` gives the text of the class of a label that is not its own class. A window holds 25 calls of median
    length, in steps of half a second; the rate is the recordings' median one, brought to a whole number of samples per
    time step.
    """
    labels = sorted({clusters.get(call.label, call.label) for example in examples for call in example.calls})
    numbers = dict(base.clusters) if set(labels) & set(base.clusters) else {}
    free = (each for each in range(len(numbers) + len(labels)) if each not in numbers.values())
    numbers.update({label: next(free) for label in labels if label not in numbers})
    config = replace(base, clusters=numbers)
    if base.sample_rate_hz is not None:
        return config
    lengths_s = [call.end_s - call.start_s for example in examples for call in example.calls]
    step_s = math.ceil(CALLS_PER_WINDOW * median(lengths_s) / 0.5 - 1e-9) * 0.5 / base.columns
    rate_hz = median(example.sample_rate_hz for example in examples)
    rate_hz = round(max(1, round(step_s * rate_hz)) / step_s)
    return replace(config, sample_rate_hz=rate_hz, step_s=step_s, min_length_s=2 * step_s, eps_s=8 * step_s)


class Batches:
    """Makes batches of windows and their targets; the same ones for the same seed."""

    def __init__(
        self,
        examples: Sequence[Example],
        config: WhisperSegConfig,
        tokens: Tokens,
        plan: Plan,
        clusters: Mapping[str, str],
    ) -> None:
        assert config.sample_rate_hz is not None
        self._rate_hz = config.sample_rate_hz
        self._features = LogMel(config, self._rate_hz)
        self._tokens = tokens
        self._plan = plan
        self._numbers = {
            call.label: config.clusters[clusters.get(call.label, call.label)]
            for each in examples
            for call in each.calls
        }
        self._chance = np.random.default_rng(plan.seed)
        self._pieces = [piece for example in examples for piece in self._cut(example)]
        self._order: list[int] = []

    def __len__(self) -> int:
        """Batches of one pass over the sound."""
        return -(-len(self._pieces) // self._plan.batch)

    def next(self) -> tuple[Any, Any, Any]:
        """Make a batch: features (batch, bands, columns), tokens to read and tokens to write (batch, length)."""
        import torch

        windows, sequences = [], []
        for _ in range(min(self._plan.batch, len(self._pieces))):
            if not self._order:
                self._order = list(self._chance.permutation(len(self._pieces)))
            samples, calls = self._crop(self._pieces[self._order.pop()])
            windows.append(samples)
            sequences.append(self._tokens.write(calls, MAX_TOKENS))
        length = max(map(len, sequences)) - 1
        read = [each[:-1] + [self._tokens.end] * (length + 1 - len(each)) for each in sequences]
        write = [each[1:] + [IGNORED] * (length + 1 - len(each)) for each in sequences]
        return self._features(np.stack(windows)), torch.tensor(read), torch.tensor(write)

    def _cut(self, example: Example) -> list[_Excerpt]:
        """Cut an example into pieces of two windows that begin every window, silence of one window first."""
        window = self._features.window_samples
        before = window if self._plan.random_crops else 0
        samples = np.pad(resample(example.samples, example.sample_rate_hz, self._rate_hz), (before, 0))
        pieces = []
        for begin in range(0, len(samples) - before, window):
            start_s = (begin - before) / self._rate_hz
            moved = [replace_times(call, -start_s, 2 * window / self._rate_hz) for call in example.calls]
            pieces.append(_Excerpt(samples[begin : begin + 2 * window], tuple(call for call in moved if call)))
        return pieces

    def _crop(self, piece: _Excerpt) -> tuple[Samples, list[TokenCall]]:
        """Take a window at a random place of a piece, and its calls as tokens."""
        window = self._features.window_samples
        latest = max(0, len(piece.samples) - window) if self._plan.random_crops else 0
        begin = int(self._chance.integers(0, latest + 1))
        samples = piece.samples[begin : begin + window]
        token_s = COLUMNS_PER_TOKEN * self._features.step_s
        start_s, last = begin / self._rate_hz, len(self._tokens.times) - 1
        calls = []
        for call in piece.calls:
            on = round((call.start_s - self._features.blur_s - start_s) / token_s)
            off = round((call.end_s + self._features.blur_s - start_s) / token_s)
            if max(on, 0) < min(off, last):
                calls.append(TokenCall(max(on, 0), min(off, last), self._numbers[call.label]))
        return np.pad(samples, (0, window - len(samples))), calls


def replace_times(call: Found, shift_s: float, end_s: float) -> Found | None:
    """Move a call and keep the part of it from 0 to ``end_s``; None when there is none."""
    start, end = max(0.0, call.start_s + shift_s), min(end_s, call.end_s + shift_s)
    return replace(call, start_s=start, end_s=end) if end > start else None


def _train(network: Any, batches: Batches, plan: Plan, on_step: OnStep, should_stop: Callable[[], bool]) -> None:
    import torch

    device = network.device
    clock = time.process_time if device.type == "cpu" else time.monotonic
    network.train()
    network.get_encoder().requires_grad_(not plan.freeze_encoder)
    optimiser = _make_optimiser(network, plan)
    steps = max(plan.epochs * len(batches), plan.least_steps)
    began, step, share = clock(), 0, 0.0
    while share < 1 and not should_stop():
        warmth = min(1.0, (step + 1) / min(WARM_UP_STEPS, max(1, steps // 5)))
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * warmth * (1 - share)
        features, read, write = (each.to(device) for each in batches.next())
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = network(input_features=features, decoder_input_ids=read).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), write.flatten(), ignore_index=IGNORED)
        if not math.isfinite(value := loss.item()):
            raise ModelUnavailable(f"The training failed: the loss became {value} at step {step}.")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        torch.nn.utils.clip_grad_norm_(network.parameters(), MAX_NORM)
        optimiser.step()
        step += 1
        spent_s = clock() - began
        share = min(1.0, max(step / steps, spent_s / plan.budget_s if plan.budget_s else 0.0))
        on_step(Step(step, share, step / len(batches), value, spent_s))


def _make_optimiser(network: Any, plan: Plan) -> Any:
    """Make AdamW; biases and the scales of norms do not decay."""
    import torch

    named = [(name, each) for name, each in network.named_parameters() if each.requires_grad]
    groups = [
        {"params": [each for _, each in named if each.ndim > 1], "weight_decay": plan.weight_decay},
        {"params": [each for _, each in named if each.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate)


def _write(network: Any, config: WhisperSegConfig, document: Mapping[str, Any], base: Path, target: Path) -> None:
    """Write the checkpoint beside its final name, then rename it."""
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    network.save_pretrained(beside)
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, beside / name)
    written = json.loads((beside / CONFIG).read_text())
    given = document.get("default_segmentation_config") or {}
    settings = {
        **(given if isinstance(given, Mapping) else {}),
        "sr": config.sample_rate_hz,
        "min_frequency": config.low_hz,
        "spec_time_step": config.step_s,
    }
    written |= {
        "cluster_codebook": dict(config.clusters),
        "species_codebook": document.get("species_codebook", {}),
        "total_spec_columns": config.columns,
        "default_segmentation_config": settings,
    }
    (beside / CONFIG).write_text(json.dumps(written, indent=2))
    os.replace(beside, target)
