"""Training a segmenter from people's labels: minutes of sound, seconds of CPU."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podcast_core.errors import Conflict, InvalidInput
from podcast_core.ml.batches import Batches, Heard, hear
from podcast_core.ml.calibration import Calibration
from podcast_core.ml.decoding import Decoder
from podcast_core.ml.device import CPU
from podcast_core.ml.evaluation import Judged, evaluate
from podcast_core.ml.features import LogMel, choose_features
from podcast_core.ml.interfaces import Example
from podcast_core.ml.metrics import compare_segments
from podcast_core.ml.registry import ModelVersion
from podcast_core.ml.segmenter import KINDS, Segmenter, load_segmenter
from podcast_core.ml.splitting import split_into_folds
from podcast_core.ml.tuning import Unseen, make_found, tune_decoder, tune_scores

if TYPE_CHECKING:
    from podcast_core.ml.fitting import Limit
    from podcast_core.ml.networks import Network

USUAL_BUDGET_S = 60.0
FOLDS = 2
CHECKING_SHARE = 0.4  # of the work: networks on parts, to choose and calibrate on the rest
PIECE_STEPS = 384
BATCH_SIZE = 12
CURVE_POINTS = 12
MOST_WATCHED_S = 120  # of what is held out are looked at for the learning curve
TOLERANCE_S = 0.02
LEAST_SCORE = 0.02  # of boxes in curves over thresholds
CHECKING, TRAINING = "checking", "training"


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a training is.

    Attributes
    ----------
    stage
        ``checking``: networks on parts of the examples; ``training``: the network that is kept.
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
    """A segmenter that was trained: what `registry.add_version` needs, and the detector itself."""

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


def train_segmenter(
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
) -> Trained:
    """Train a segmenter.

    First networks are trained on parts of the examples, and what they say about the other parts chooses how logits
    become calls and calibrates scores; then the network that is kept is trained on all. The same inputs and the same
    seed give the same weights when ``epochs`` is given; how many steps a budget holds depends on the machine.

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
        CPU seconds, besides looking at ``held_out``; None, and no epochs: 60.
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

    Raises
    ------
    InvalidInput
        When there is nothing to learn from, or a parameter cannot be.
    Conflict
        When it was stopped before there was anything to return.
    ModelUnavailable
        When ``warm_start`` cannot be used.
    """
    from podcast_core.ml.fitting import Limit, one_thread

    _check(kind, budget_s, epochs, warm_start)
    limit = Limit(budget_s=USUAL_BUDGET_S if budget_s is None and epochs is None else budget_s)
    base = load_segmenter(kind, warm_start[0].labels, warm_start[0].parameters, warm_start[1]) if warm_start else None
    found = {call.label for example in examples for call in example.calls}
    labels = tuple(sorted(found | set(base.labels if base else ())))
    features = base.features if base else choose_features(examples)
    with one_thread(seed):
        sounds = [hear(example, features, labels) for example in examples if len(example.samples)]
        if not any(sound.calls for sound in sounds):
            raise InvalidInput("A segmenter is learnt from calls: expected at least one, found none.")
        work = _Work(kind, labels, features, base, limit, epochs, seed, device, on_progress, should_stop)
        with limit.paused():
            work.watch(held_out)
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
    on_progress: Callable[[TrainingProgress], None] | None
    should_stop: Callable[[], bool] | None
    watched: list[Heard] = field(default_factory=list)
    curve: list[dict[str, Any]] = field(default_factory=list)
    is_stopped: bool = False

    def watch(self, held_out: Sequence[Example]) -> None:
        """Prepare what is looked at for the learning curve."""
        seconds = 0.0
        for example in held_out:
            if len(example.samples) and seconds < MOST_WATCHED_S:
                self.watched.append(hear(example, self.features, self.labels))
                seconds += len(example.samples) / example.sample_rate_hz

    def train(self, sounds: Sequence[Heard], held_out: Sequence[Example]) -> Trained:
        """Do all of it."""
        from podcast_core.ml.networks import write_network

        unseen = self._check_on_parts(sounds)
        decoder, calibration, threshold = self._choose(sounds, unseen)
        network = self._build()
        self._fit(network, sounds, TRAINING, first=CHECKING_SHARE if unseen else 0.0, last=1.0, decoder=decoder)
        detector = Segmenter(self.kind, self.labels, self.features, network, decoder, calibration, threshold)
        metrics: dict[str, Any] = {"curve": self.curve, "checked": {}, "cpu_s": round(self.limit.spent_s, 2)}
        if unseen:
            metrics["checked"] = _judge(detector, unseen)
        if held_out:
            metrics["held_out"] = judge(detector, held_out)
        parameters = {**detector.parameters(), "seed": self.seed, "steps": self.limit.done}
        return Trained(self.kind, self.labels, parameters, write_network(network), metrics, detector)

    def _check_on_parts(self, sounds: Sequence[Heard]) -> list[Unseen]:
        """Train on parts of the sounds, and say what each network hears in the rest."""
        folds = split_into_folds(sounds, self.features.steps_per_s, FOLDS)
        unseen = []
        for index, fold in enumerate(folds):
            rest = [sound for other in folds if other is not fold for sound in other]
            network = self._build()
            first, last = (CHECKING_SHARE * place / len(folds) for place in (index, index + 1))
            self._fit(network, rest, CHECKING, first=first, last=last)
            if self.is_stopped:
                raise Conflict("The training was stopped before it had learnt anything.")
            unseen += [Unseen(self._hear(network, sound), sound.calls) for sound in fold]
        return unseen

    def _choose(self, sounds: Sequence[Heard], unseen: Sequence[Unseen]) -> tuple[Decoder, Calibration, float]:
        """Choose decoder, calibration and threshold."""
        is_exclusive = all((sound.targets[:, :-2].sum(axis=1) <= 1).mean() > 0.99 for sound in sounds)
        usual = Decoder(is_exclusive=is_exclusive)
        if not unseen:
            return usual, Calibration(), 0.3
        decoder = tune_decoder(unseen, self.labels, self.features.steps_per_s, usual)
        return decoder, *tune_scores(unseen, self.labels, self.features.steps_per_s, decoder)

    def _build(self) -> "Network":
        from podcast_core.ml.networks import build_network, grow_network

        outputs = len(self.labels) + 2
        if self.base is None:
            return build_network(self.kind, bands=self.features.bands, outputs=outputs).to(self.device)
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
        decoder: Decoder | None = None,
    ) -> None:
        """Train a network; ``first`` and ``last`` say which part of the work that is."""
        from podcast_core.ml.fitting import fit

        batches = Batches(sounds, steps=PIECE_STEPS, size=BATCH_SIZE, seed=self.seed)
        per_epoch = max(1.0, batches.steps_in_all / (PIECE_STEPS * BATCH_SIZE))
        limit = self.limit.part(
            (last - first) / (1 - first), steps=None if self.epochs is None else round(self.epochs * per_epoch)
        )
        f1: float | None = None

        def on_step(loss: float) -> bool:
            nonlocal f1
            self.limit.done += 1
            if decoder is not None and limit.share >= (len(self.curve) + 1) / CURVE_POINTS:
                with limit.paused(), self.limit.paused():
                    f1 = self._look(network, decoder)
                point = {"share": limit.share, "epoch": limit.done / per_epoch, "train_loss": loss, "held_out_f1": f1}
                self.curve.append({key: value and round(value, 4) for key, value in point.items()})
            if self.on_progress:
                share = first + (last - first) * limit.share
                progress = TrainingProgress(
                    stage, share, limit.done / per_epoch, loss, f1, round(self.limit.spent_s, 2)
                )
                self.on_progress(progress)
            self.is_stopped = self.should_stop is not None and self.should_stop()
            return self.is_stopped

        fit(network, batches, limit, kind=self.kind, is_warm=self.base is not None, on_step=on_step)

    def _look(self, network: "Network", decoder: Decoder) -> float | None:
        """Measure segment F1 on what is held out."""
        if not self.watched:
            return None
        found = [
            make_found(decoder, self._hear(network, sound), self.labels, self.features.steps_per_s)
            for sound in self.watched
        ]
        return compare_segments([sound.calls for sound in self.watched], found, tolerance_s=TOLERANCE_S).f1

    def _hear(self, network: "Network", sound: Heard) -> Any:
        from podcast_core.ml.networks import run_network

        return run_network(network, sound.levels)


def judge(detector: Segmenter, examples: Sequence[Example]) -> dict[str, Any]:
    """Evaluate a segmenter on examples that it was not trained on; see `evaluate`."""
    judged = []
    for example in examples:
        duration_s = len(example.samples) / example.sample_rate_hz
        found = detector.detect(example.samples, example.sample_rate_hz, threshold=LEAST_SCORE) if duration_s else []
        judged.append(Judged(example.calls, found, duration_s))
    return evaluate(judged, threshold=detector.threshold)


def _judge(detector: Segmenter, unseen: Sequence[Unseen]) -> dict[str, Any]:
    """Evaluate what networks said about sound that they had not heard."""
    step_s = detector.features.step_s
    judged = [
        Judged(
            each.calls,
            detector.find(each.logits, len(each.logits) * step_s, threshold=LEAST_SCORE),
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
