"""A round that is hard to export: recordings of one name, two channels, thirty labels, an answer of every kind."""

from itertools import cycle
from typing import Any

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.formats.contents import Batch
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import rounds
from podcast_core.storage import reviews
from podcast_core.storage import rounds as stored_rounds
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, add_recording, list_sessions, make_recording, submit
from tests.formats.builders import LABELS, name_sessions

NAME = "20200601_050000.wav"  # as recorders of one kind name their files on every site
SITES = (("siteA", 1, 1), ("siteB", 1, 2), ("siteC", 2, 2))  # folder, channels, sessions of 7.5 s


def add_twins(workspace: Workspace) -> None:
    """Round ``twins``: three recordings of one name in three folders, one of them with two channels."""
    rounds.add_round(workspace, name="twins", labels=list(LABELS))
    taken: set[str] = set()
    for number, (site, channels, pieces) in enumerate(SITES, start=1):
        file: dict[str, Any] = {"digits": str(number), "rate_hz": 48_000, "channels": channels}
        recording = make_recording(f"/rec/{site}/{NAME}", 7.5 * pieces, **file)
        made = name_sessions(recording, channels, pieces, taken, round_id="twins")
        taken |= {each.id for each in made}
        add_recording(workspace, recording, made)


def answer_twins(workspace: Workspace) -> None:
    """Answer with every outcome; one answer is revised, one rejected by a review, one session stays unreviewed."""
    found = list_sessions(workspace, "twins")
    offered = [_predict(session, number) for session in found for number in range(3)]
    add_prediction_set(workspace, "twins", *offered, set_id="set-1", model="net", source="here")
    bands = [(100.0, 2000.5), (500.0, 500.0), (None, None)]
    every = [
        AnswerBox(
            0.2 * number,
            0.2 * number + 0.12512,
            label,
            low_hz=low_hz,
            high_hz=high_hz,
            comment=f'no. {number},\nas "{label}"',
        )
        for number, (label, (low_hz, high_hz)) in enumerate(zip(LABELS, cycle(bands), strict=False), start=1)
    ]
    drawn = [
        AnswerBox(1.0, 1.5, "call"),
        AnswerBox(2.0, 7.5, "鯨", low_hz=0.0, high_hz=24_000.0, individual="J35", unsure=True, call_type="S1"),
    ]
    _submit(workspace, found[0], Outcome.LABELLED, drawn[:1])
    _submit(workspace, found[0], Outcome.LABELLED, [*every, _accept(found[0])], rejected="-1")
    _submit(workspace, found[1], Outcome.LABELLED, drawn)
    _submit(workspace, found[2], Outcome.UNSURE, [AnswerBox(3.0, 3.5, "nan")])
    _submit(workspace, found[3], Outcome.VERIFIED, [_accept(found[3])], rejected="-1", unreviewed="-2")
    _submit(workspace, found[4], Outcome.EMPTY, [])
    _submit(workspace, found[5], Outcome.SKIPPED, [])
    with workspace.database.writing() as connection:
        reviews.add_review(connection, Review("review", f"{found[1].id}-LABELLED-2", "Rae", Verdict.REJECT))


def read_twins(workspace: Workspace) -> Batch:
    """Read the round as exports do, with the answer that a review rejected."""
    with workspace.database.reading() as connection:
        return datasets.read_batch(connection, stored_rounds.get_round(connection, "twins"), rejected="keep")


def _predict(session: Session, number: int) -> Prediction:
    start_s = session.start_s + 6.5 + number / 8
    name = f"{session.id}-{number}"
    return Prediction(start_s, start_s + 0.1, LABELS[number], 0.5, id=name, session_id=session.id, model="net")


def _accept(session: Session) -> AnswerBox:
    return AnswerBox(6.5, 6.6, LABELS[0], prediction_id=f"{session.id}-0")


def _submit(
    workspace: Workspace,
    session: Session,
    outcome: Outcome,
    boxes: list[AnswerBox],
    *,
    rejected: str = "",
    unreviewed: str = "",
) -> None:
    submit(
        workspace,
        "twins",
        session.id,
        *boxes,
        who="Jörg, PhD",
        outcome=outcome,
        submission_id=f"{session.id}-{outcome.name}-{len(boxes)}",
        comment=f'{outcome.value};\n"odd", isn\'t it',
        rejected_prediction_ids=(session.id + rejected,) if rejected else (),
        unreviewed_prediction_ids=(session.id + unreviewed,) if unreviewed else (),
    )
