"""Training a segmenter from people's labels: minutes of sound, seconds of CPU."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.ml.device import CPU
from podcast_core.ml.interfaces import Example
from podcast_core.ml.measuring.evaluation import Judged, evaluate
from podcast_core.ml.measuring.metrics import compare_segments
from podcast_core.ml.segmenter.batches import Batches, Heard, hear
from podcast_core.ml.segmenter.bounds import fit_drop
from podcast_core.ml.segmenter.calibration import Calibration
from podcast_core.ml.segmenter.checkpoints import Checkpoint
from podcast_core.ml.segmenter.decoding import Decoder
from podcast_core.ml.segmenter.detector import KINDS, Segmenter, load_segmenter
from podcast_core.ml.segmenter.features import LogMel, choose_features
from podcast_core.ml.segmenter.folds import split_into_folds
from podcast_core.ml.segmenter.loop import Limit
from podcast_core.ml.segmenter.tuning import Unseen, agree, make_found, measure_chance, tune_decoder, tune_scores
from podcast_core.ml.segmenter.watching import LOOKS, Watch, take_first

if TYPE_CHECKING:
    from podcast_core.ml.segmenter.networks import Network

DEFAULT_BUDGET_S = 60.0  # decision 18 has figures for it
FOLDS = 2  # decision 18: more parts were not better
CHECKING_SHARE = 0.4  # of the work: networks on parts, to choose and calibrate on the rest
PIECE_STEPS = 384  # chosen: some ten median calls
BATCH_SIZE = 12  # chosen: many small steps fit into a budget of seconds
CURVE_POINTS = 12  # chosen: as many as a small figure shows
MAX_WATCHED_S = 120  # of sound are looked at again and again
TUNING_SHARE = 0.25  # of the time that is left then, at most, to choose by: hours of sound would take all of it
MAX_TUNED_S = 300  # of sound are decoded again and again
LOSSES_BY_CHANCE = 3  # up to which it is not worth to stop early
MAX_OVERLAP = 0.003  # of the steps: where calls are not exact at their edges
TOLERANCE_S = 0.02  # as `evaluation.MAIN_TOLERANCE_S`
MIN_SCORE = 0.02  # of boxes in curves over thresholds
CHECKING, TRAINING = "checking", "training"


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a training is.

    Attributes
    ----------
    stage
        ``checking``: networks on parts of the examples; ``training``: one on all of them.
    share
        Of all the work, 0 to 1.
    epoch
        How often each moment of sound has been heard on average, in this stage.
    train_loss
        Averaged over the last steps.
    held_out_f1
        Segment F1 at 20 ms on what is held out, when it was last looked at; None: not yet, or nothing is.
    spent_s
        CPU seconds.
    """

    stage: str
    share: float
    epoch: float
    train_loss: float
    held_out_f1: float | None
    spent_s: float


@dataclass(frozen=True, slots=True)
class Trained:
    """A segmenter that was trained: what `registry.versions.add_version` needs, and the detector itself."""

    kind: str
    labels: tuple[str, ...]
    parameters: dict[str, Any]
    weights: bytes
    """Safetensors."""
    metrics: dict[str, Any]
    """``curve``: points of the learning curve; ``checked``: what `evaluate` says about the examples, each judged by a
    network that had not heard it (empty with too few calls); ``held_out``: the same on what is held out; ``cpu_s``.
    """
    detector: Segmenter = field(compare=False)


def train_segmenter(  # noqa: PLR0913  # all but one have a name and a default
    examples: Sequence[Example],
    *,
    kind: str = "tcn",
    held_out: Sequence[Example] = (),
    warm_start: tuple[ModelVersion, bytes] | None = None,
    budget_s: float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = CPU,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train a segmenter.

    First networks are trained on parts of the examples, and what they say about the other parts chooses how logits
    become calls and calibrates scores; then one is trained on all. With one label the model is the mean of all these
    networks, with several the last one. The same inputs and the same seed give the same weights when ``epochs`` is
    given; how many steps a budget holds depends on the machine.

    Parameters
    ----------
    examples
        At least one call; those without calls teach what is none.
    kind
        ``tcn``, or ``crnn``, which is slower and needs a larger budget.
    held_out
        Only looked at, for the learning curve and the metrics: nothing is chosen by it.
    warm_start
        A version of the same kind to begin with, and its weights. Its labels stay, beside those of the examples.
    budget_s
        CPU seconds, besides computing features and looking at ``held_out``; None, and no epochs: 60.
    epochs
        How often each stage hears all sound.
    seed
        Of everything that is left to chance.
    device
        As `choose_device` says. What has been trained can run on any other.
    on_progress
        Called after every step.
    should_stop
        Asked after every step: when it says so, training ends, and what has been learnt until then is returned.
    checkpoint
        Where it goes on, if the same training was begun before, and keeps how far it is.

    Raises
    ------
    InvalidInput
        When there is nothing to learn from, or a parameter cannot be.
    Conflict
        When it was stopped before there was anything to return.
    ModelUnavailable
        When ``warm_start`` cannot be used.
    """
    from podcast_core.ml.segmenter.fitting import one_thread

    _check(kind, budget_s, epochs, warm_start)
    limit = Limit(budget_s=DEFAULT_BUDGET_S if budget_s is None and epochs is None else budget_s)
    base = load_segmenter(kind, warm_start[0].labels, warm_start[0].parameters, warm_start[1]) if warm_start else None
    found = {call.label for example in examples for call in example.calls}
    labels = tuple(sorted(found | set(base.labels if base else ())))
    features = base.features if base else choose_features(examples)
    with one_thread(seed):
        with limit.paused():  # hours of sound would leave no time to learn from it
            sounds = [hear(example, features, labels) for example in examples if len(example.samples)]
        if not any(sound.calls for sound in sounds):
            raise InvalidInput("A segmenter is learnt from calls: expected at least one, found none.")
        checkpoint = checkpoint or Checkpoint()
        checkpoint.open(
            {
                "parameters": [kind, labels, features.parameters(), budget_s, epochs, seed],
                "base": hashlib.sha256(warm_start[1]).hexdigest() if warm_start else "",
                "sounds": [[len(sound.levels), len(sound.calls)] for sound in sounds],
            }
        )
        work = _Work(kind, labels, features, base, limit, epochs, seed, device, checkpoint, on_progress, should_stop)
        with limit.paused():
            watched = (hear(example, features, labels) for example in held_out if len(example.samples))
            work.watched = _take(watched, features)
        return work.train(sounds, held_out)


@dataclass
class _Work:
    """One training under way."""

    kind: str
    labels: tuple[str, ...]
    features: LogMel
    base: Segmenter | None
    limit: "Limit"
    epochs: int | None
    seed: int
    device: str
    checkpoint: Checkpoint
    on_progress: Callable[[TrainingProgress], None] | None
    should_stop: Callable[[], bool] | None
    watched: list[Heard] = field(default_factory=list)
    members: list["Network"] = field(default_factory=list)
    is_stopped: bool = False
    last_share: float = 1.0
    epoch: float = 0.0
    loss: float = 0.0
    held_out_f1: float | None = None

    @property
    def curve(self) -> list[dict[str, Any]]:
        """The learning curve so far."""
        points: list[dict[str, Any]] = self.checkpoint.notes.setdefault("curve", [])
        return points

    def train(self, sounds: Sequence[Heard], held_out: Sequence[Example]) -> Trained:
        """Do all of it."""
        from podcast_core.ml.segmenter.networks import Ensemble, write_network

        unseen = self._check_on_parts(sounds)
        decoder, calibration, threshold = self._choose(sounds, unseen)
        last = self._build()
        is_mean = self.members and len(self.labels) == 1  # parts of few examples have too few of rare labels
        network = Ensemble([*self.members, last]) if is_mean else last

        def look(share: float) -> bool:
            if share >= (len(self.curve) + 1) / CURVE_POINTS:
                self._add_to_curve(network, decoder, share)
            return share >= self.last_share

        self._fit(last, sounds, TRAINING, first=CHECKING_SHARE if unseen else 0.0, last=1.0, look=look)
        drop_db = fit_drop(sounds, self.features)
        detector = Segmenter(self.kind, self.labels, self.features, network, decoder, calibration, threshold, drop_db)
        metrics: dict[str, Any] = {"curve": self.curve, "checked": {}, "cpu_s": round(self.limit.spent_s, 2)}
        if unseen:
            metrics["checked"] = _judge(detector, unseen)
        if held_out:
            metrics["held_out"] = judge(detector, held_out)
        parameters = {**detector.parameters(), "seed": self.seed, "steps": self.limit.done}
        return Trained(self.kind, self.labels, parameters, write_network(network), metrics, detector)

    def _check_on_parts(self, sounds: Sequence[Heard]) -> list[Unseen]:
        """Train on parts of the sounds, and say what each network hears in the rest.

        How well it finds the calls there is looked at along the way: the last network stops where that was best, for
        later ones only know their examples by heart.
        """
        from podcast_core.ml.segmenter.networks import run_network

        folds = split_into_folds(sounds, self.features.steps_per_s, FOLDS)
        agreements = self.checkpoint.notes.setdefault("agreements", [[None] * LOOKS for _ in folds])
        unseen = []
        for index, fold in enumerate(folds):
            rest = [sound for other in folds if other is not fold for sound in other]
            network = self._build()

            watch = Watch(partial(self._measure, network, fold), agreements[index])
            first, last = (CHECKING_SHARE * place / len(folds) for place in (index, index + 1))
            self._fit(network, rest, CHECKING, first=first, last=last, look=watch.look)
            watch.fill()
            if self.is_stopped:
                raise Conflict("The training was stopped before it had learnt anything.")
            self.members.append(network)
            unseen += [Unseen(run_network(network, sound.levels), sound.calls) for sound in fold]
        if folds:
            means = np.mean(agreements, axis=0)
            good = np.flatnonzero(means >= means.max() - LOSSES_BY_CHANCE * measure_chance(unseen))
            self.last_share = float(good[-1] + 1) / LOOKS
        return unseen

    def _choose(self, sounds: Sequence[Heard], unseen: Sequence[Unseen]) -> tuple[Decoder, Calibration, float]:
        """Choose decoder, calibration and threshold."""
        usual = self._usual(sounds)
        if not unseen:
            return usual, Calibration(), 0.3
        limit = self.limit.part(TUNING_SHARE)
        decoder = tune_decoder(
            take_first(unseen, lambda each: len(each.logits), MAX_TUNED_S * self.features.steps_per_s),
            self.labels,
            self.features.steps_per_s,
            usual,
            is_over=lambda: limit.share >= 1,
        )
        return decoder, *tune_scores(unseen, self.labels, self.features.steps_per_s, decoder)

    def _usual(self, sounds: Sequence[Heard]) -> Decoder:
        """Return the decoder that others are compared with: with one call at a time, if that is so in all sounds."""
        overlapping = sum(int((sound.targets[:, :-2].sum(axis=1) > 1).sum()) for sound in sounds)
        return Decoder(is_exclusive=overlapping <= MAX_OVERLAP * sum(len(sound.levels) for sound in sounds))

    def _measure(self, network: "Network", fold: Sequence[Heard]) -> float:
        """Measure how well a network finds the calls of sounds that it has not heard."""
        from podcast_core.ml.segmenter.networks import run_network

        unseen = [Unseen(run_network(network, sound.levels), sound.calls) for sound in _take(fold, self.features)]
        return agree(unseen, self.labels, self.features.steps_per_s, self._usual(fold))

    def _build(self) -> "Network":
        from podcast_core.ml.segmenter.networks import build_network, grow_network

        outputs = len(self.labels) + 2
        if self.base is None:
            windows = len(self.features.windows_s)
            network = build_network(self.kind, bands=self.features.bands, windows=windows, outputs=outputs)
            return network.to(self.device)
        rows = [self.base.labels.index(label) if label in self.base.labels else None for label in self.labels]
        return grow_network(self.kind, self.base.network, rows).to(self.device)

    def _fit(
        self,
        network: "Network",
        sounds: Sequence[Heard],
        stage: str,
        *,
        first: float,
        last: float,
        look: Callable[[float], bool],
    ) -> None:
        """Train a network; ``first`` and ``last`` say which part of the work that is.

        ``look`` is called after each step with the share that is done, and says whether that is enough.
        """
        from podcast_core.ml.segmenter.fitting import fit

        batches = Batches(sounds, bands=self.features.bands, steps=PIECE_STEPS, size=BATCH_SIZE, seed=self.seed)
        per_epoch = max(1.0, batches.steps_in_all / (PIECE_STEPS * BATCH_SIZE))
        steps = None if self.epochs is None else round(self.epochs * per_epoch)
        limit = self.limit.part((last - first) / (1 - first), steps=steps)

        def on_step(loss: float) -> bool:
            self.limit.done += 1
            self.epoch, self.loss = limit.done / per_epoch, loss
            is_enough = look(limit.share)
            if self.on_progress:
                share = 1.0 if is_enough else first + (last - first) * limit.share
                spent_s = round(self.limit.spent_s, 2)
                self.on_progress(TrainingProgress(stage, share, self.epoch, loss, self.held_out_f1, spent_s))
            self.is_stopped = self.should_stop is not None and self.should_stop()
            return self.is_stopped or is_enough

        fit(
            network,
            batches,
            limit,
            kind=self.kind,
            is_warm=self.base is not None,
            on_step=on_step,
            checkpoint=self.checkpoint,
        )

    def _add_to_curve(self, network: "Network", decoder: Decoder, share: float) -> None:
        """Add a point to the learning curve; looking at what is held out costs nothing of the budget."""
        from podcast_core.ml.segmenter.networks import run_network

        if self.watched:
            with self.limit.paused():
                steps_per_s = self.features.steps_per_s
                logits = [run_network(network, sound.levels) for sound in self.watched]
                found = [make_found(decoder, each, self.labels, steps_per_s) for each in logits]
                known = [sound.calls for sound in self.watched]
                self.held_out_f1 = compare_segments(known, found, tolerance_s=TOLERANCE_S).f1
        point = {"share": share, "epoch": self.epoch, "train_loss": self.loss, "held_out_f1": self.held_out_f1}
        self.curve.append({key: value and round(value, 4) for key, value in point.items()})


def _take(sounds: Iterable[Heard], features: LogMel) -> list[Heard]:
    """Take the first sounds, until there are enough to look at again and again."""
    return take_first(sounds, lambda each: len(each.levels), MAX_WATCHED_S * features.steps_per_s)


def judge(detector: Segmenter, examples: Sequence[Example]) -> dict[str, Any]:
    """Evaluate a segmenter on examples that it was not trained on; see `evaluate`."""
    judged = []
    for example in examples:
        duration_s = len(example.samples) / example.sample_rate_hz
        found = detector.detect(example.samples, example.sample_rate_hz, threshold=MIN_SCORE) if duration_s else []
        judged.append(Judged(example.calls, found, duration_s))
    return evaluate(judged, threshold=detector.threshold)


def _judge(detector: Segmenter, unseen: Sequence[Unseen]) -> dict[str, Any]:
    """Evaluate what networks said about sound that they had not heard."""
    step_s = detector.features.step_s
    judged = [
        Judged(
            each.calls,
            detector.find(each.logits, len(each.logits) * step_s, threshold=MIN_SCORE),
            len(each.logits) * step_s,
        )
        for each in unseen
    ]
    return evaluate(judged, threshold=detector.threshold)


def _check(
    kind: str, budget_s: float | None, epochs: int | None, warm_start: tuple[ModelVersion, bytes] | None
) -> None:
    if kind not in KINDS:
        raise InvalidInput(f"Expected a segmenter of the kind {' or '.join(KINDS)}, found {kind!r}.")
    if budget_s is not None and not budget_s > 0:
        raise InvalidInput(f"A budget has more than 0 CPU seconds, found {budget_s}.")
    if epochs is not None and epochs < 1:
        raise InvalidInput(f"Expected 1 epoch or more, found {epochs}.")
    if warm_start and warm_start[0].kind != kind:
        raise InvalidInput(f"A {kind} begins with a version of its kind, found {warm_start[0].kind!r}.")
