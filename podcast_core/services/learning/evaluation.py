"""How well models find calls, measured on answered sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

from podcast_core.ml.energy.detector import EnergyDetector, to_score
from podcast_core.ml.interfaces import Detector, Found
from podcast_core.ml.measuring.evaluation import MAIN_TOLERANCE_S, Judged, evaluate
from podcast_core.ml.running import run_detector
from podcast_core.progress import Progress
from podcast_core.services.learning.pieces import LabelledSession
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

MIN_SCORE = 0.02  # of calls that are in curves over thresholds
MEANINGS: Mapping[str, str] = {  # of the figures of `make_rows` whose names do not say it
    "F1 20 ms, any label": "Both ends of a call within 20 ms, whatever its label.",
    "frame F1": "Steps of time with the right label, not whole calls.",
    "precision": "Share of the found calls that are right (20 ms, with labels).",
    "recall": "Share of the known calls that are found (20 ms, with labels).",
    "AU-PRC 1 s": "Area under the precision-recall curve over 1 s bins, as OrcaHello measures it.",
    "false alarms/h": "Found calls where there is no known call, per hour of audio.",
    "found": "Calls that it found.",
    "known": "Calls that people marked.",
}


def find_calls(
    workspace: Workspace, detector: Detector, piece: LabelledSession, *, threshold: float | None = None
) -> list[Found]:
    """Let a detector hear one session and nothing around it; times count from its start."""
    session = piece.session
    blocks = run_detector(
        detector,
        locate(workspace, piece.recording),
        channel=session.channel,
        sample_rate_hz=piece.recording.sample_rate_hz,
        start_s=session.start_s,
        end_s=session.end_s,
        threshold=threshold,
    )
    return [session.to_session(call) for _, found in blocks for call in found]


def measure(
    workspace: Workspace,
    detector: Detector,
    pieces: Sequence[LabelledSession],
    labels: Mapping[str, str],
    on_progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Measure how well a detector finds the calls of sessions.

    Parameters
    ----------
    labels
        What the models call the labels of the answers, see `TrainingRequest.labels`.

    Returns
    -------
    dict
        The figures of `podcast_core.ml.measuring.evaluation.evaluate` at the detector's own threshold.
    """
    known = [piece.find_calls(labels) for piece in pieces]
    own = find_threshold(detector)
    all_found, kept = [], []
    for done, piece in enumerate(pieces):
        on_progress(done, len(pieces), piece.session.id)
        all_found.append(find_calls(workspace, detector, piece, threshold=MIN_SCORE))
        kept.append(find_calls(workspace, detector, piece) if own is None else all_found[-1])
    seconds = [piece.session.duration_s for piece in pieces]
    figures = evaluate(list(map(Judged, known, kept, seconds)), threshold=own or 0.0)
    if own is None:  # nobody knows its threshold: what it found by itself, and the curves of all that it can find
        over_thresholds = evaluate(list(map(Judged, known, all_found, seconds)))
        figures |= {name: over_thresholds[name] for name in ("precision_recall", "auprc_1s", "reliability")}
    return figures


def find_threshold(detector: Detector) -> float | None:
    """Say from which score on a detector keeps calls by itself; None where it does not say."""
    if isinstance(detector, EnergyDetector):
        return to_score(detector.threshold_db)
    threshold = getattr(detector, "threshold", None)
    return threshold if isinstance(threshold, float) else None


def explain(figure: str) -> str:
    """Say in a few words what a figure of `make_rows` is."""
    return MEANINGS.get(figure, "Both ends of a call within this time, and its label right.")


def find_segments(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find what figures say about segments at 20 ms."""
    found: Mapping[str, Any] = next(each for each in figures["segments"] if each["tolerance_s"] == MAIN_TOLERANCE_S)
    return found


def find_f1(figures: Mapping[str, Any]) -> float:
    """Find the segment F1 at 20 ms, with labels."""
    return float(find_segments(figures)["f1"])


def make_rows(models: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put the main figures of models into a table, one row each; F1 is with labels unless it says otherwise."""
    return [
        {
            "model": name,
            **{f"F1 {1000 * each['tolerance_s']:g} ms": each["f1"] for each in figures["segments"]},
            "F1 20 ms, any label": find_segments(figures)["f1_without_labels"],
            "frame F1": figures["frames"]["f1"],
            "precision": find_segments(figures)["precision"],
            "recall": find_segments(figures)["recall"],
            "AU-PRC 1 s": figures["auprc_1s"]["mean"],
            "false alarms/h": figures["false_alarms_per_hour"],
            "found": figures["found"],
            "known": figures["calls"],
        }
        for name, figures in models.items()
    ]


def list_known_labels(models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """List the labels of which there is any known call, in alphabetical order."""
    told = [each for figures in models.values() for each in figures["per_label"].items()]
    return sorted({label for label, counts in told if counts["known"]})


def warn(test: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[str]:
    """Say where a model is no better than an energy detector, with labels and without."""
    ours, theirs = (find_segments(each)["f1_without_labels"] for each in (test, baseline))
    if ours > theirs or find_f1(test) > find_f1(baseline):
        return []
    return [
        f"It finds calls no better than an energy detector that learnt from the same sessions (F1 at 20 ms without "
        f"labels {ours:.3f}, the detector {theirs:.3f}): label more sessions, or train for longer."
    ]


def sum_up(figures: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    """Say in a few words how good a model is."""
    return f"segment F1 at 20 ms {find_f1(figures):.3f} (energy baseline {find_f1(baseline):.3f})."
