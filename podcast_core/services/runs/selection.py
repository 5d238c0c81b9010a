"""Candidate selection: of many hours with predictions, the sessions that a person should see become a round.

The selection itself is an immutable object in the file store, ``rounds/ROUND/selections/ID.json``: parameters, seconds
per pool, and for every session of the input its pool and why it was chosen or not. Its id is a digest of parameters and
input, so the same selection again changes nothing, and one that was cut off is completed by what its object says.
Sessions keep their recording, channel and boundaries; the source round stays as it is, with all its answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from podcast_core.audio.time_zones import parse_moment
from podcast_core.domain.pool import Pool
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.round import Round
from podcast_core.domain.run import ModelRun
from podcast_core.domain.score import ModelScores, SessionScore
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.access import needs
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.matching import AS_THEY_ARE, LabelChoice, relabel
from podcast_core.services.labels.rounds import add_labels, add_round_like
from podcast_core.services.runs import findings
from podcast_core.services.runs.applying import choose_labels, make_predictions
from podcast_core.services.runs.pools import Criteria, PoolTotals, Sampling, Sorted, choose, count_pools
from podcast_core.services.store import records
from podcast_core.services.store.sources import digest
from podcast_core.storage import predictions, rounds, runs, scores, sessions
from podcast_core.workspace import Workspace

__all__ = ["Criteria", "Sampling", "Sorted", "choose", "count_pools", "parse_moment"]


@dataclass(frozen=True, slots=True)
class SelectionReport:
    """What a selection did. ``added`` sessions are new in the round; the others were there before."""

    id: str
    round_id: str
    totals: Mapping[Pool, PoolTotals]
    added: int
    known: int
    without_time: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a selection would do: every session that was looked at, sorted into its pool, chosen or not."""

    model: str
    sessions: list[Sorted]
    without_time: int

    @property
    def totals(self) -> Mapping[Pool, PoolTotals]:
        """Sessions and seconds of each pool."""
        return count_pools(self.sessions)


def read_choice(params: Mapping[str, Any]) -> tuple[Criteria, Sampling]:
    """Read thresholds and shares of JSON values: what is missing stays as it is by default.

    Parameters
    ----------
    params
        ``high``, ``low``, ``quiet_is_negative``, ``from``, ``to``, ``negatives``, ``unreviewed``, ``seed``.

    Raises
    ------
    InvalidInput
        When one of them cannot be used.
    """
    moments: dict[str, Any] = {f"{name}_at": parse_moment(params[name]) for name in ("from", "to") if params.get(name)}
    limits = {name: params[name] for name in ("high", "low", "quiet_is_negative") if name in params}
    shares = {name: params[name] for name in ("negatives", "unreviewed", "seed") if name in params}
    return Criteria(**limits, **moments), Sampling(**shares)


def preview_selection(
    workspace: Workspace, *, round_id: str, model: str = "", run_id: str = "", criteria: Criteria, sampling: Sampling
) -> Preview:
    """Sort and choose as `select_sessions` would, and write nothing; errors as `read_scores`."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        used = find_used(connection, round_id, model, run_id)
        everything = [] if run_id else scores.list_scores(connection, round_id, used.set_id)
    if run_id:
        everything = read_scores(workspace, round_id=round_id, run_id=run_id)
        criteria = replace(criteria, quiet_is_negative=True)
    chosen = choose(everything, criteria, sampling)
    return Preview(used.model, chosen, len(everything) - len(chosen))


def list_models(workspace: Workspace, *, round_id: str) -> list[ModelScores]:
    """List the models with predictions in a round, the newest set first."""
    with workspace.database.reading() as connection:
        return scores.list_models(connection, round_id)


def read_scores(workspace: Workspace, *, round_id: str, model: str = "", run_id: str = "") -> list[SessionScore]:
    """Read what a model says about every session of a round; with ``model`` empty the one with the newest set.

    With ``run_id``: what this model run found in all that it has heard, also when it was not applied to the round.

    Raises
    ------
    NotFound
        When there is no such round or run, or no such model in it.
    Conflict
        When the run is not ready.
    """
    if run_id:
        return findings.read_scores(workspace, run_id=run_id, round_id=round_id)
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return scores.list_scores(connection, round_id, _find_set(connection, round_id, model).set_id)


def find_used(connection: Connection, round_id: str, model: str, run_id: str) -> ModelScores:
    """Find the model run, or the model's newest set of predictions in a round, whose scores count."""
    return _name_run(runs.get_run(connection, run_id)) if run_id else _find_set(connection, round_id, model)


def _find_set(connection: Connection, round_id: str, model: str) -> ModelScores:
    known = scores.list_models(connection, round_id)
    for each in known:
        if not model or each.model == model:
            return each
    names = ", ".join(each.model for each in known) or "none: import predictions first"
    raise NotFound(f"Round {round_id!r} has no predictions of model {model!r}; it has {names}.")


@needs("admin")
def select_sessions(
    workspace: Workspace,
    *,
    round_id: str,
    target_name: str,
    model: str = "",
    run_id: str = "",
    criteria: Criteria | None = None,
    sampling: Sampling | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    on_progress: Progress = tell_nobody,
) -> SelectionReport:
    """Add all candidates of a round, and random samples of its other sessions, to another round.

    Parameters
    ----------
    round_id
        The round with the input: sessions and a model's predictions.
    target_name
        Name or id of the round that people will label; made with the source's labels when there is none.
    model
        Whose predictions; empty: those of the newest set.
    run_id
        The model run that counts instead. It has heard every session that it speaks of, so one without a call is a
        negative; calls from the lower threshold on become the target's predictions.
    criteria, sampling
        See `podcast_core.services.runs.pools`.
    labels
        What becomes of labels of predictions in the chosen sessions that the target lacks.

    Raises
    ------
    NotFound
        When there is no such round or model.
    InvalidInput
        When both rounds are the same, or the target lacks a label of the predictions.
    Conflict
        When the target has some of this audio in sessions with other boundaries, or the run is not ready.
    """
    criteria, sampling = criteria or Criteria(), sampling or Sampling()
    on_progress(0, 3, "Reading the scores")
    with workspace.database.reading() as connection:
        source = rounds.get_round(connection, round_id)
        run = runs.get_run(connection, run_id) if run_id else None
        used = _name_run(run) if run else _find_set(connection, round_id, model)
        everything = [] if run else scores.list_scores(connection, round_id, used.set_id)
    if run:
        everything = read_scores(workspace, round_id=round_id, run_id=run_id)
        criteria = replace(criteria, quiet_is_negative=True)
    target = _open_target(workspace, source, target_name)
    chosen = choose(everything, criteria, sampling)
    wanted_ids = {each.scored.session.id for each in chosen if each.chosen}
    offered = [
        each
        for each in (_offer(workspace, run, source, criteria.low) if run else _list_offered(workspace, source, used))
        if each.session_id in wanted_ids
    ]
    offered, matched = relabel(offered, target, choose_labels(run, target, labels) if run else labels)
    if matched.new:
        add_labels(workspace, round_id=target.id, names=matched.new)
    on_progress(1, 3, "Writing the selection")
    fields = _describe(source, used, criteria, sampling, chosen) | ({"run": run_id} if run else {})
    key = f"rounds/{target.id}/selections/{fields['id']}.json"
    stored = records.decode(workspace.files.add(key, records.encode("selection", fields)))
    on_progress(2, 3, "Adding the sessions")
    added = _fill(workspace, source, target, used, stored, offered)
    on_progress(3, 3, "")
    wanted = sum(each["chosen"] for each in stored["sessions"])
    skipped = len(everything) - len(chosen)
    return SelectionReport(stored["id"], target.id, count_pools(chosen), added, wanted - added, skipped)


def _name_run(run: ModelRun) -> ModelScores:
    return ModelScores(run.id, run.model, run.created_at, 0)


def _list_offered(workspace: Workspace, source: Round, used: ModelScores) -> list[Prediction]:
    with workspace.database.reading() as connection:
        return [each for each in predictions.list_predictions(connection, source.id) if each.model == used.model]


def _offer(workspace: Workspace, run: ModelRun, source: Round, threshold: float) -> list[Prediction]:
    """Make the calls of a run predictions of the source, with the model's labels."""
    placed = findings.place_boxes(workspace, run_id=run.id, round_id=source.id, threshold=max(threshold, run.floor))
    return list(make_predictions(run, placed, {}, run.id))


def _open_target(workspace: Workspace, source: Round, name: str) -> Round:
    if not name.strip():
        raise InvalidInput("Name the round that receives the sessions.")
    with workspace.database.reading() as connection:
        known = rounds.find_named(connection, name)
    if known is None:
        description = f"Candidates and random samples from {source.name}."
        return add_round_like(workspace, replace(source, name=name, description=description, own_review=False))
    if known.id == source.id:
        raise InvalidInput("The sessions must go into another round than the one they come from.")
    with workspace.database.reading() as connection:
        check_not_archived(connection, known)
    return known


def _describe(
    source: Round, used: ModelScores, criteria: Criteria, sampling: Sampling, chosen: Sequence[Sorted]
) -> dict[str, Any]:
    """Make the fields of a selection's object."""
    facts = [_to_facts(each) for each in chosen]
    parameters = {"criteria": _to_texts(asdict(criteria)), "sampling": asdict(sampling)}
    inputs = [[each[name] for name in ("id", "recording_id", "channel", "start_s", "end_s", "score")] for each in facts]
    return {
        "id": digest("selection", source.id, used.set_id, parameters, inputs),
        "source_round": source.id,
        "model": used.model,
        "prediction_set": used.set_id,
        **parameters,
        "created_at": utc_now(),
        "pools": {str(pool): asdict(totals) for pool, totals in count_pools(chosen).items()},
        "sessions": facts,
    }


def _to_facts(each: Sorted) -> dict[str, Any]:
    session = each.scored.session
    return {
        "id": session.id,
        "recording_id": session.recording_id,
        "channel": session.channel,
        "start_s": session.start_s,
        "end_s": session.end_s,
        "score": each.scored.score,
        "outcome": each.scored.standing,
        "pool": str(each.pool),
        "chosen": each.chosen,
        "why": each.why,
    }


def _to_texts(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def _fill(
    workspace: Workspace,
    source: Round,
    target: Round,
    used: ModelScores,
    stored: Mapping[str, Any],
    offered: Sequence[Prediction],
) -> int:
    """Add the chosen sessions with their predictions, as far as they are not there: all of them, or none."""
    chosen = [each for each in stored["sessions"] if each["chosen"]]
    with workspace.database.holding(f"round/{target.id}"):
        with workspace.database.reading() as connection:
            if predictions.has_prediction_set(connection, stored["id"]):
                return 0
            known = sessions.list_sessions(connection, target.id, with_archived=True)
            homes, new = _place_sessions(known, target, chosen, sessions.next_position(connection, target.id))
            copied = _copy_predictions(connection, source, target, offered, used, stored, homes)
        changed = {each.recording_id for each in new}
        here = [each for each in (*known, *new) if each.recording_id in changed]
        by_recording = attrgetter("recording_id")
        for _, pieces in groupby(sorted(here, key=by_recording), by_recording):
            records.save_sessions(workspace.files, tuple(pieces))
        records.save_prediction_set(workspace.files, copied)
        with workspace.database.writing() as connection:
            sessions.add_sessions(connection, new)
            predictions.add_prediction_set(connection, copied)
    return len(new)


def _place_sessions(
    known: Sequence[Session], target: Round, chosen: Sequence[Mapping[str, Any]], position: int
) -> tuple[dict[str, str], list[Session]]:
    """Find or make the target's session for each chosen one: source id -> target id, and those that are new."""
    places = {_get_place(each): each.id for each in known}
    taken = {each.id for each in known}
    spans: dict[tuple[str, int], list[Session]] = {}
    for each in known:
        spans.setdefault((each.recording_id, each.channel), []).append(each)
    homes: dict[str, str] = {}
    new: list[Session] = []
    for fields in chosen:
        place = (fields["recording_id"], fields["channel"], fields["start_s"], fields["end_s"])
        if place in places:
            homes[fields["id"]] = places[place]
            continue
        for other in spans.get((fields["recording_id"], fields["channel"]), ()):
            if other.start_s < fields["end_s"] and fields["start_s"] < other.end_s:
                raise Conflict(
                    f"Round {target.id!r} has the audio of session {fields['id']!r} already, in session {other.id!r} "
                    "with other boundaries. Choose another round."
                )
        session_id = fields["id"]
        if session_id in taken:  # another recording's session of that name
            session_id = f"{session_id[:100]}-{fields['recording_id'][:6]}"
        taken.add(session_id)
        homes[fields["id"]] = session_id
        piece = {name: fields[name] for name in ("recording_id", "channel", "start_s", "end_s")}
        new.append(Session(**piece, round_id=target.id, id=session_id, position=position + len(new)))
    return homes, new


def _get_place(session: Session) -> tuple[str, int, float, float]:
    return session.recording_id, session.channel, session.start_s, session.end_s


def _copy_predictions(
    connection: Connection,
    source: Round,
    target: Round,
    offered: Sequence[Prediction],
    used: ModelScores,
    stored: Mapping[str, Any],
    homes: Mapping[str, str],
) -> PredictionSet:
    """Copy the model's predictions for the chosen sessions, with those that the target has of this model already.

    A page shows the newest set of a model only, so the new set must hold everything.
    """
    moved = [replace(each, session_id=homes[each.session_id]) for each in offered if each.session_id in homes]
    here = {each.session_id for each in moved} | set(homes.values())
    earlier = [
        each
        for each in predictions.list_predictions(connection, target.id)
        if each.model == used.model and each.session_id not in here
    ]
    return PredictionSet(
        id=stored["id"],
        round_id=target.id,
        model=used.model,
        predictions=tuple(_rename(each, stored["id"], target.id) for each in [*moved, *earlier]),
        source=f"selection from {source.id}",
        created_at=datetime.fromisoformat(stored["created_at"]),
    )


def _rename(prediction: Prediction, selection_id: str, target_id: str) -> Prediction:
    """Give a copy an id of its own: a prediction's id is unique in the whole workspace."""
    return replace(prediction, id=digest(selection_id, target_id, prediction.id))
