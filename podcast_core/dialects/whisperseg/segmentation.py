"""What ``/get-labels`` of WhisperSeg's backend answers: people's labels where they annotated, a model's elsewhere."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.dialects.whisperseg import models, training
from podcast_core.dialects.whisperseg.audio import get_channel
from podcast_core.dialects.whisperseg.training import Area
from podcast_core.domain.model import ModelVersion
from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found
from podcast_core.ml.running import run_detector
from podcast_core.ml.whisperseg.config import UNKNOWN, join_cluster, split_cluster
from podcast_core.ml.whisperseg.detector import WhisperSegDetector
from podcast_core.ml.whisperseg.loading import CLUSTERS
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

MAX_ITEMS = 100_000  # as in `annotations`
FIELDS = ("species", "individual", "clustername")

Item = Mapping[str, Any]
"""A label or an area with ``onset`` and ``offset`` in seconds."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What was found, sorted by onset, and what became of what was sent."""

    labels: list[dict[str, Any]]
    dropped_human_labels: int
    model: str
    note: str


def get_labels(
    workspace: Workspace,
    *,
    audio_id: str,
    model_name: str,
    areas: Sequence[Item] = (),
    human_labels: Sequence[Item] = (),
    min_frequency: int | None = None,
) -> Labels:
    """Label a whole channel.

    A person's label that overlaps an annotated area stays as it is; one outside of all areas is dropped, and counted.
    What the model finds in an area is dropped. Without areas everything comes from the model.

    Raises
    ------
    NotFound
        When there is no such audio or model.
    InvalidInput
        When times cannot be, or the audio cannot be read. There is never an empty answer in place of a failure.
    """
    _check(areas, "annotated_areas")
    _check(human_labels, "human_labels")
    channel = get_channel(workspace, audio_id=audio_id)
    model, note = models.resolve(workspace, model_name)
    detector = workspace.models.make_detector(model)
    if isinstance(detector, WhisperSegDetector) and min_frequency and min_frequency > 0:
        detector = detector.heard_from(min_frequency)
    recording = channel.recording
    blocks = run_detector(
        detector,
        locate(workspace, recording),
        channel=channel.channel,
        sample_rate_hz=recording.sample_rate_hz,
        end_s=recording.duration_s,
    )
    watched = _watch(blocks, recording.duration_s, workspace.settings.longest_answer_s)
    found = [each for calls in watched for each in calls]
    predicted = [
        {
            "onset": round(each.start_s, 4),
            "offset": round(each.end_s, 4),
            "score": each.score,
            **name_fields(model, each.label),
        }
        for each in found
        if min_frequency is None or each.high_hz is None or each.high_hz > min_frequency
    ]
    kept, dropped = merge(predicted, human_labels, areas)
    return Labels(kept, dropped, model.name, note)


def _watch(blocks: Iterable[tuple[float, list[Found]]], end_s: float, most_s: float) -> Iterator[list[Found]]:
    """Give up where it takes longer than anybody should wait."""
    began = time.monotonic()
    for until_s, calls in blocks:
        yield calls
        if until_s < end_s and time.monotonic() - began > most_s:
            raise InvalidInput(
                f"Processing {end_s:,.0f} s takes this model longer than {most_s:g} s (PODCAST_LONGEST_ANSWER_S): "
                f"it came to {until_s:,.0f} s. Send shorter pieces, or start a run of the model."
            )


def name_fields(model: ModelVersion, label: str) -> dict[str, str]:
    """Say species, individual and cluster of a label: those of WhisperSeg's class, else those that were learnt."""
    clusters = model.parameters.get(CLUSTERS, {}) | model.training.get(training.CLUSTERS, {})
    if label in clusters:
        return dict(zip(FIELDS, split_cluster(clusters[label]), strict=True))
    return dict.fromkeys(FIELDS, UNKNOWN) | ({} if model.is_built_in else {"clustername": label})


def merge(
    predicted: Sequence[Item], human_labels: Sequence[Item], areas: Sequence[Item]
) -> tuple[list[dict[str, Any]], int]:
    """Put people's labels in areas and predictions outside of them together; count the labels that were left out."""
    human = [
        {**{name: each[name] for name in ("onset", "offset")}, **{name: each.get(name, UNKNOWN) for name in FIELDS}}
        for each in human_labels
        if _overlaps_any(each, areas)
    ]
    rest = [dict(each) for each in predicted if not _overlaps_any(each, areas)]
    merged = sorted([*human, *rest], key=lambda each: (each["onset"], each["offset"]))
    return merged, len(human_labels) - len(human)


def finetune(
    workspace: Workspace,
    *,
    audio_id: str,
    areas: Sequence[Item],
    human_labels: Sequence[Item],
    new_model_name: str,
    initial_model_name: str,
) -> str:
    """Put the training of a model from annotated areas into the queue; return the job's id."""
    _check(areas, "annotated_areas")
    _check(human_labels, "human_labels")
    channel = get_channel(workspace, audio_id=audio_id)
    duration_s = channel.recording.duration_s
    cut = [cut_area(area, human_labels, duration_s) for area in areas]
    return training.add_training(
        workspace,
        recording=channel.recording,
        channel=channel.channel,
        areas=[each for each in cut if each.offset > each.onset],
        name=new_model_name.lower(),
        parent=initial_model_name.lower(),
    )


def cut_area(area: Item, human_labels: Sequence[Item], duration_s: float) -> Area:
    """Cut an area at the recording's ends, and the labels that overlap it at its own."""
    onset, offset = max(0.0, float(area["onset"])), min(float(area["offset"]), duration_s)
    calls = tuple(
        sorted(
            (max(onset, float(each["onset"])), min(offset, float(each["offset"])), _name_cluster(each))
            for each in human_labels
            if each["onset"] < offset and each["offset"] > onset
        )
    )
    return Area(onset=onset, offset=offset, calls=calls)


def _overlaps_any(item: Item, areas: Sequence[Item]) -> bool:
    return any(item["onset"] < area["offset"] and item["offset"] > area["onset"] for area in areas)


def _name_cluster(label: Item) -> str:
    return join_cluster(*(str(label.get(name, UNKNOWN)) for name in FIELDS))


def _check(items: Sequence[Item], name: str) -> None:
    if len(items) > MAX_ITEMS:
        raise InvalidInput(f"{name}: expected at most {MAX_ITEMS:,}, found {len(items):,}.")
    for number, each in enumerate(items):
        if not 0 <= each["onset"] <= each["offset"] < float("inf"):
            raise InvalidInput(
                f"{name}[{number}]: expected 0 <= onset <= offset in seconds, "
                f"found {each['onset']} and {each['offset']}."
            )
