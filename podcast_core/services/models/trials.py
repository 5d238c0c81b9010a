"""Models of other people: taken in from a folder or a file, and tried out on a recording."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from podcast_core.audio.files import AudioInfo, inspect_audio, read_samples
from podcast_core.audio.playback import resample
from podcast_core.domain.box import Stretch
from podcast_core.domain.model import ModelVersion, check_model_name
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.external.window_boxes import Verdict, judge
from podcast_core.ml.external.window_model import WindowDetector
from podcast_core.ml.interfaces import Detector, Found
from podcast_core.ml.registry.model_folder import CARDS, convert_folder, import_folder
from podcast_core.ml.running import run_detector
from podcast_core.ml.whisperseg.placing import fetch_checkpoint, place_folder
from podcast_core.plain_files import open_regular
from podcast_core.services.models import catalogue
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ClipVerdict(Stretch):
    """What a model says about a stretch as a whole, such as a minute."""

    label: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model finds in a recording; ``verdicts`` only where its card has a rule for longer stretches."""

    found: list[Found]
    verdicts: list[ClipVerdict]


def import_path(workspace: Workspace, *, path: Path, name: str, is_new: bool = True) -> ModelVersion:
    """Add a model from a folder with a card, a card, a WhisperSeg checkpoint's folder, or one file of another Pod.Cast.

    Raises
    ------
    NotFound, InvalidInput, ModelUnavailable, Conflict
        As `ml.registry.model_folder.import_folder` and `services.models.catalogue.import_file`.
    """
    if not path.exists():
        raise NotFound(f"There is no folder or file {path}.")
    if path.is_dir() and not any((path / card).is_file() for card in CARDS) and list(path.rglob("config.json")):
        if not is_new:
            raise Conflict("A WhisperSeg checkpoint becomes a model of its own: expected a new name.")
        check_model_name(name)
        place_folder(workspace.files, path, name)
        return _load(workspace, name)
    if path.is_dir() or path.suffix.lower() in (".yaml", ".yml", ".json"):
        return import_folder(workspace.files, path, name=name, is_new=is_new, device=workspace.models.device)
    if not is_new:
        raise Conflict("A model file of another Pod.Cast becomes a model of its own: expected a new name.")
    with os.fdopen(open_regular(str(path)), "rb") as file:
        return catalogue.import_file(workspace, name=name, file=file)


def convert_script(*, path: Path, out: Path) -> None:
    """Write the TorchScript file of a model's folder as ONNX; errors as `model_folder.convert_folder`.

    Raises
    ------
    Conflict
        When there is such a file; other errors as `model_folder.convert_folder`.
    """
    if out.exists():
        raise Conflict(f"{out} already exists; nothing was written.")
    convert_folder(path, out)


def fetch_whisperseg(workspace: Workspace, *, hub_id: str, name: str = "") -> ModelVersion:
    """Bring a WhisperSeg checkpoint from the Hugging Face hub; ``name`` empty: the last part of its id.

    Raises
    ------
    InvalidInput, ModelUnavailable
        As `podcast_core.ml.whisperseg.placing.fetch_checkpoint`, or when it cannot be loaded here.
    """
    name = name or hub_id.rpartition("/")[2].lower()
    check_model_name(name)
    fetch_checkpoint(workspace.files, hub_id, name)
    return _load(workspace, name)


def _load(workspace: Workspace, name: str) -> ModelVersion:
    """Load a model to see that it can be used."""
    found = catalogue.get_version(workspace, name=name)
    workspace.models.make_detector(found)
    return found


def try_model(
    workspace: Workspace,
    *,
    name: str,
    path: str,
    version: int | None = None,
    channel: int = 0,
    threshold: float | None = None,
) -> Trial:
    """Run a model over a recording that need not be in the workspace; nothing is kept.

    Raises
    ------
    NotFound, InvalidInput, ModelUnavailable
        When there is no such model or file; when one of them cannot be used.
    """
    detector = workspace.models.load_detector(name, version)
    info = inspect_audio(path)
    if not 0 <= channel < info.channel_count:
        raise InvalidInput(f"{path} has the channels 0 to {info.channel_count - 1}, found {channel}.")
    end_s = info.frame_count / info.sample_rate_hz
    blocks = run_detector(
        detector, path, channel=channel, sample_rate_hz=info.sample_rate_hz, end_s=end_s, threshold=threshold
    )
    found = [call for _, calls in blocks for call in calls]
    return Trial(found, list(_judge_clips(detector, path, info, channel, threshold)))


def _judge_clips(
    detector: Detector, path: str, info: AudioInfo, channel: int, threshold: float | None
) -> Iterator[ClipVerdict]:
    """Judge one stretch after the other, each heard by itself as OrcaHello does."""
    if not isinstance(detector, WindowDetector) or detector.card.clip is None:
        return
    card, clip = detector.card, detector.card.clip
    end_s = info.frame_count / info.sample_rate_hz
    start_s = 0.0
    while start_s < end_s:
        stop_s = min(start_s + clip.length_s, end_s)
        samples = read_samples(path, channel=channel, start_s=start_s, end_s=stop_s)
        steps = detector.measure(resample(samples, info.sample_rate_hz, card.sample_rate_hz))
        for column, label in enumerate(card.labels):
            if label in card.kept_labels:
                least = card.threshold_of(label) if threshold is None else threshold
                verdict = judge(steps, column, card.sample_rate_hz, least, clip.positive_s)
                yield ClipVerdict(start_s, stop_s, label, verdict)
        start_s += clip.length_s
