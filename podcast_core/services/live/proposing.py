"""What is proposed for a stretch of live sound: the calls that a model finds in it, and the marks of who listened.

Both become predictions, which whoever labels the session accepts, moves or removes: a mark is a hint, not an answer.
Only a model's newest set of predictions is shown, so each set holds those before it again; a set therefore belongs to
one hour, under the name of the model and that hour.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from podcast_core.domain.box import MAX_LABEL_LENGTH, Call
from podcast_core.domain.checks import check_text, check_utc
from podcast_core.domain.ids import check_id, make_id
from podcast_core.domain.model import ENERGY
from podcast_core.domain.prediction import Prediction, PredictionSet, copy_predictions
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.ml.running import run_detector
from podcast_core.services.labels.rounds import add_labels
from podcast_core.services.store import records
from podcast_core.services.store.sources import digest, locate
from podcast_core.storage import predictions, sessions
from podcast_core.workspace import Workspace

SOURCE = "live sound"
LONGEST_MARK_S = 600.0  # a key that is held for longer lies under something


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody heard live: a label for a span of true time. ``site`` is that of the sound."""

    id: str
    round_id: str
    site: str
    label: str
    started_at: datetime
    ended_at: datetime
    person: str

    def __post_init__(self) -> None:
        check_id(self.id, "Mark")
        check_text(self.label, "A label", MAX_LABEL_LENGTH)
        check_utc(self.started_at, "started_at")
        check_utc(self.ended_at, "ended_at")
        if not 0 < (self.ended_at - self.started_at).total_seconds() <= LONGEST_MARK_S:
            raise InvalidInput(
                f"A mark is longer than 0 and at most {LONGEST_MARK_S:g} s, found "
                f"{(self.ended_at - self.started_at).total_seconds():g} s."
            )


def keep_mark(workspace: Workspace, mark: Mark) -> Mark:
    """Keep a mark in the store: from here on it is not lost. The same again changes nothing.

    Raises
    ------
    Conflict
        When its id stands for another mark.
    """
    data = records.encode("live_mark", asdict(mark))
    stored = workspace.files.add(f"{_mark_folder(mark.round_id, mark.site, mark.started_at)}/{mark.id}.json", data)
    if stored != data:
        raise Conflict(f"Mark {mark.id} was kept before, with another label or another time.")
    return mark


def propose_marks(workspace: Workspace, *, round_: Round, recording: Recording) -> None:
    """Add the marks that lie in a recording to what is proposed for its sessions, each person's by themselves."""
    start, end = recording.started_at, recording.ended_at
    if start is None or end is None:
        return
    hours = {(start - timedelta(seconds=LONGEST_MARK_S)).replace(minute=0), start.replace(minute=0)}
    folders = {_mark_folder(round_.id, recording.site, each) for each in (*hours, end)}
    marks = [_read_mark(workspace, key) for folder in sorted(folders) for key in workspace.files.list(folder)]
    inside = [each for each in marks if each.started_at < end and each.ended_at > start]
    if not inside:
        return
    with workspace.database.reading() as connection:
        found = [each for each in sessions.list_sessions_of(connection, recording.id) if each.round_id == round_.id]
    by_person: dict[str, list[tuple[Session, Call]]] = defaultdict(list)
    for mark in inside:
        start_s = max(0.0, (mark.started_at - start).total_seconds())
        end_s = min(recording.duration_s, (mark.ended_at - start).total_seconds())
        call = Call(start_s, end_s, round_.name_now(mark.label), 1.0)
        by_person[mark.person] += [(session, call) for session in found]
    for person, calls in by_person.items():
        who = name_set(f"marks of {person}", start)
        place_calls(workspace, round_=round_, who=who, calls=calls, sessions_of=found)


def _mark_folder(round_id: str, site: str, at: datetime) -> str:
    return f"rounds/{round_id}/live-marks/{make_id(site)}/{at:%Y%m%dT%H}"


def _read_mark(workspace: Workspace, key: str) -> Mark:
    fields = records.decode(workspace.files.read(key))
    times = {name: datetime.fromisoformat(fields[name]) for name in ("started_at", "ended_at")}
    return Mark(**{**fields, **times})


def name_set(who: str, at: datetime) -> str:
    """Name who proposes something, and in which hour."""
    return f"{who}, live {at:%Y-%m-%d %H} h"[:120]


def propose(workspace: Workspace, *, round_: Round, recording: Recording, model: str) -> None:
    """Have a model look at a recording, and add what it finds as predictions; an empty name: nothing is done."""
    if not model or recording.started_at is None:
        return
    detector = workspace.models.load_detector(model)
    with workspace.database.reading() as connection:
        found = [each for each in sessions.list_sessions_of(connection, recording.id) if each.round_id == round_.id]
    only = round_.label_names[0] if model == ENERGY and len(round_.labels) == 1 else ""
    calls: list[tuple[Session, Call]] = []
    for session in found:
        blocks = run_detector(
            detector,
            locate(workspace, recording),
            channel=session.channel,
            sample_rate_hz=recording.sample_rate_hz,
            end_s=recording.duration_s,
        )
        for call in (call for _, block in blocks for call in block):
            label = only or round_.name_now(call.label)
            calls.append((session, replace(call, label=label)))
    place_calls(workspace, round_=round_, who=name_set(model, recording.started_at), calls=calls, sessions_of=found)


def place_calls(
    workspace: Workspace,
    *,
    round_: Round,
    who: str,
    calls: Sequence[tuple[Session, Call]],
    sessions_of: Sequence[Session],
) -> None:
    """Add calls, with times from the start of their recordings, to what is proposed for some sessions.

    A second try adds nothing twice.
    """
    missing = dict.fromkeys(call.label for _, call in calls if call.label not in round_.label_names)
    if missing:
        add_labels(workspace, round_id=round_.id, names=list(missing))
    parts = [(session.id, call.start_s, call.end_s, call.label) for session, call in calls]
    set_id = f"live-{digest(who, round_.id, sorted(each.id for each in sessions_of), parts)}"
    made = [
        Prediction(
            id=f"{set_id}-{number}",
            session_id=session.id,
            start_s=call.start_s,
            end_s=call.end_s,
            label=call.label,
            score=call.score,
            low_hz=call.low_hz,
            high_hz=call.high_hz,
            model=who,
        )
        for number, (session, call) in enumerate(calls, start=1)
    ]
    with workspace.database.holding(f"round/{round_.id}"):
        with workspace.database.reading() as connection:
            if predictions.has_prediction_set(connection, set_id):
                return
            heard = [each.id for each in sessions_of]
            earlier = predictions.list_elsewhere(connection, round_.id, model=who, session_ids=heard)
        added = PredictionSet(set_id, round_.id, who, (*made, *copy_predictions(earlier, set_id)), SOURCE)
        key, data = records.make_object(added)
        stored = records.to_prediction_set(key, workspace.files.add(key, data))
        with workspace.database.writing() as connection:
            predictions.add_prediction_set(connection, stored)
