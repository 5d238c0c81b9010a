"""A round with two recordings, and answers and predictions that are imported into it."""

from typing import Any

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.services.exchange import datasets, imports
from podcast_core.services.exchange.imports import ImportReport
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import add_recording, list_predictions, make_recording, submit

LABELS = ["call", "click"]
TSV = "wav_filename\tstart_time_s\tduration_s\tconfidence\tlabel\n"
CSV = "file_name,start_s,end_s,label\n"


def add_sea(workspace: Workspace, labels: list[str] = LABELS) -> Round:
    """Round ``sea``: two recordings, ``a.wav`` (mono) and ``b.wav`` (stereo), two sessions of 10 s per channel."""
    round_ = rounds.add_round(workspace, name="sea", labels=labels, site="Bush Point")
    for stem, channels in (("a", 1), ("b", 2)):
        recording = make_recording(f"/{stem}.wav", 20, digits=stem, rate_hz=48_000, channels=channels)
        made = [
            Session(n * 10.0, n * 10 + 10.0, recording.id, channel, round_id="sea", id=f"{stem}_{channel}_{n}")
            for channel in range(channels)
            for n in range(2)
        ]
        add_recording(workspace, recording, made)
    return round_


def answer_everything(workspace: Workspace) -> None:
    """One session of each outcome, with accepted, edited, new, rejected and hidden boxes; one stays unreviewed."""
    rows = "a.wav\t1.25\t0.5\t0.9\tcall\na.wav\t3\t1\t0.25\tcall\na.wav\t9.5\t1\t\tclick\nb.wav\t4\t1\t0.5\tcall\n"
    imports.import_predictions(workspace, round_id="sea", files=[("p.tsv", (TSV + rows).encode())], model="net")
    ids = [prediction.id for prediction in list_predictions(workspace, "sea") if prediction.session_id == "a_0_0"]
    hidden = [prediction.id for prediction in list_predictions(workspace, "sea") if prediction.session_id == "b_0_0"]
    notes: dict[str, Any] = {"comment": "two\nlines", "unsure": True, "individual": "J35", "call_type": "S1"}
    boxes = (
        AnswerBox(1.25, 1.75, "call", prediction_id=ids[0]),
        AnswerBox(3.0, 4.5, "click", low_hz=100.0, high_hz=2000.0, prediction_id=ids[1], **notes),
        AnswerBox(5.1, 5.2, "click", low_hz=0.0, high_hz=24_000.0),
    )
    answers: list[tuple[str, Outcome, tuple[AnswerBox, ...], dict[str, Any]]] = [
        ("a_0_0", Outcome.LABELLED, boxes, {"rejected_prediction_ids": (ids[2],)}),
        ("a_0_1", Outcome.EMPTY, (), {}),
        ("b_0_0", Outcome.VERIFIED, (), {"unreviewed_prediction_ids": tuple(hidden), "score_threshold": 0.75}),
        ("b_0_1", Outcome.SKIPPED, (), {}),
        ("b_1_0", Outcome.UNSURE, (AnswerBox(1, 2, "call"),), {}),
    ]
    for number, (session_id, outcome, drawn, more) in enumerate(answers):
        more |= {"active_s": 12.25 + number, "action_count": number, "comment": 'says "hm",\nthen nothing'}
        submit(workspace, "sea", session_id, *drawn, outcome=outcome, submission_id=f"answer-{number}", **more)


def add_predictions(workspace: Workspace, rows: str, name: str = "p.tsv", **options: Any) -> ImportReport:
    """Import rows of a table as predictions."""
    return imports.import_predictions(workspace, round_id="sea", files=[(name, (TSV + rows).encode())], **options)


def add_annotations(workspace: Workspace, rows: str, **options: Any) -> ImportReport:
    """Import rows of a table as Bob\'s annotations."""
    files = [("a.csv", (CSV + rows).encode())]
    return imports.import_annotations(
        workspace, round_id="sea", format_name="csv", files=files, annotator="Bob", **options
    )


def bring(workspace: Workspace, format_name: str, export: datasets.Export, **options: Any) -> ImportReport:
    """Import an export as Bob\'s annotations."""
    files = [(name, data) for name, data in export.files.items() if name != datasets.README]
    return imports.import_annotations(
        workspace, round_id="sea", format_name=format_name, files=files, annotator="Bob", label="call", **options
    )
