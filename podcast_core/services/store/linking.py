"""Facts checked against each other, and put into the database.

What depends on something that is missing, or that cannot be, is left out with the reason, and what depends on it too.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.bulk_act import BulkAct, find_undo
from podcast_core.domain.session import Session
from podcast_core.progress import tell_nobody
from podcast_core.services.store import bulk_facts, explored
from podcast_core.services.store.answer_reading import Told
from podcast_core.services.store.facts import Facts, Problem, find_all_names
from podcast_core.services.store.spool import Spool
from podcast_core.storage import (
    acts,
    assigned,
    predictions,
    recordings,
    remarks,
    review_acts,
    reviews,
    rounds,
    runs,
    sessions,
    submissions,
    verification_samples,
)
from podcast_core.storage.answer_rows import AnswerRow


class Linker:
    """Keeps of new facts what fits together and to those that are there; the rest is left out with the reasons.

    Nouns are checked in the order in which they depend on each other: those that answers need at once, then each answer
    by `take`, then all that is left by `finish`.

    Parameters
    ----------
    new, onto
        What is new, and what is there.
    answered
        The ids of the answers that are there.
    """

    def __init__(self, new: Facts, onto: Facts, answered: Container[str] = ()) -> None:
        self.kept = Facts(recordings=dict(new.recordings), rounds=dict(new.rounds), acts=dict(new.acts))
        self.kept_answers: set[str] = set()
        self.problems: list[Problem] = []
        self._new, self._onto, self._answered = new, onto, answered
        self._all = onto.plus(self.kept)
        self._names = find_all_names(self._all.acts)
        self._used: dict[str, set[str]] = {}
        self._owner = {(each.round_id, each.id): each for each in onto.sessions.values()}
        self._link_sessions(new)
        self._offered = {
            (each.round_id, box.session_id, box.id)
            for each in onto.prediction_sets.values()
            for box in each.predictions
        }
        self._link_prediction_sets(new, {box_id for _, _, box_id in self._offered})

    def take(self, answer: AnswerRow, recording_id: str) -> bool:
        """Keep an answer if it fits, which says that it is about a recording (empty: it does not say)."""
        round_id, _ = answer.place
        reason = self._find_misfit(answer, self._owner.get(answer.place), recording_id)
        if reason:
            self._leave_out(f"answer {answer.id} by {answer.annotator}", reason, is_label=True)
            return False
        self.kept_answers.add(answer.id)
        self._used.setdefault(round_id, set()).update(answer.labels)
        return True

    def take_all(self, told: Iterable[Sequence[Told]], spool: Spool) -> None:
        """Keep the answers that fit in a spool."""
        for group in told:
            kept = [each for each in group if self.take(each.row, each.recording_id)]
            spool.put([each.row for each in kept], again=[each.row.id for each in kept if each.is_again])

    def finish(self, bulk_acts: Mapping[str, BulkAct]) -> None:
        """Take what depends on answers, and on nothing that answers depend on."""
        new, onto = self._new, self._onto
        for review in new.reviews.values():
            named = [each for each in (review.submission_id, review.corrected_id) if each]
            missing = [each for each in named if not self._is_answered(each)]
            if missing:
                self._leave_out(f"review {review.id}", f"its answer {missing[0]} is missing", is_label=True)
            else:
                self.kept.reviews[review.id] = review
        for sample in new.verification_samples.values():
            if sample.round_id in self._all.rounds:
                self.kept.verification_samples[sample.id] = sample
            else:
                self._leave_out(f"verification sample {sample.id}", f"round {sample.round_id} is missing")
        for given in new.assignment_acts.values():
            if given.round_id in self._all.rounds:
                self.kept.assignment_acts[given.id] = given
            else:
                self._leave_out(f"assignment {given.id} by {given.who}", f"round {given.round_id} is missing")
        self._link_remarks(new)
        self._link_runs(new, onto)
        explored.link(new, onto, self.kept, self._leave_out)
        bulk_facts.link(bulk_acts, onto, self.kept, partial(self._leave_out, is_label=True))

    def _link_remarks(self, new: Facts) -> None:
        """Take what people said about answers, where these are there."""
        for act in new.review_acts.values():
            missing = [each for each in act.submission_ids if not self._is_answered(each)]
            if missing or act.round_id not in self._all.rounds:
                what = f"its answer {missing[0]}" if missing else f"its round {act.round_id}"
                self._leave_out(f"review act {act.id} by {act.who}", f"{what} is missing", is_label=True)
            else:
                self.kept.review_acts[act.id] = act
        for remark in new.remarks.values():
            if self._is_answered(remark.submission_id):
                self.kept.remarks[remark.id] = remark
            else:
                name = f"remark {remark.id} by {remark.author}"
                self._leave_out(name, f"its answer {remark.submission_id} is missing", is_label=True)

    def _is_answered(self, submission_id: str) -> bool:
        return submission_id in self.kept_answers or submission_id in self._answered

    def list_missing_labels(self) -> dict[str, list[str]]:
        """List the labels in use that are not in their round's list: of two machines' lists, one is the newest."""
        missing: dict[str, list[str]] = {}
        for round_id, labels in self._used.items():
            names = self._names.get(round_id, {})
            used = {names.get(label, label) for label in labels} - set(self._all.rounds[round_id].label_names)
            if used:
                sets = [each for each in self._all.prediction_sets.values() if each.round_id == round_id]
                used -= {names.get(box.label, box.label) for each in sets for box in each.predictions}
            used -= {names.get(label, label) for label in self._list_deleted(round_id)}
            if used:
                missing[round_id] = sorted(used)
        return missing

    def _list_deleted(self, round_id: str) -> set[str]:
        """List the labels that were deleted: earlier answers have them still."""
        known = {**self._onto.bulk_acts, **self.kept.bulk_acts}.values()
        here = [act for act in known if act.round_id == round_id]
        return {act.label for act in here if act.is_deletion and find_undo(here, act.id) is None}

    def _leave_out(self, name: str, reason: str, *, is_label: bool = False) -> None:
        self.problems.append(Problem(name, f"{name} is left out: {reason}.", is_label))

    def _link_sessions(self, new: Facts) -> None:
        """Take sessions recording by recording, those first that were known first."""
        groups: dict[tuple[str, str], list[Session]] = {}
        for session in new.sessions.values():
            groups.setdefault((session.round_id, session.recording_id), []).append(session)

        def age(place: tuple[str, str]) -> tuple[object, ...]:
            recording = self._all.recordings.get(place[1])
            return (recording is None, recording.added_at.isoformat() if recording else "", place[1])

        for place in sorted(groups, key=age):
            made = groups[place]
            round_id, recording_id = place
            name = f"what was made of recording {recording_id} in round {round_id}"
            taken = [self._owner[round_id, each.id] for each in made if (round_id, each.id) in self._owner]
            if recording_id not in self._all.recordings:
                self._leave_out(name, "the recording's entry is missing")
            elif round_id not in self._all.rounds:
                self._leave_out(name, "the round is missing")
            elif taken:
                self._leave_out(
                    name,
                    f"session {taken[0].id} is a piece of recording {taken[0].recording_id} already. Two machines gave "
                    "recordings of one file name the same ids; add one of them to a round of another name",
                )
            else:
                self.kept.sessions.update({(round_id, each.id, recording_id): each for each in made})
                self._owner.update({(round_id, each.id): each for each in made})

    def _link_prediction_sets(self, new: Facts, taken: set[str]) -> None:
        for each in sorted(new.prediction_sets.values(), key=lambda each: (each.created_at, each.id)):
            name, ids = f"prediction set {each.id}", [box.id for box in each.predictions]
            lost = next(
                (b.session_id for b in each.predictions if (each.round_id, b.session_id) not in self._owner), None
            )
            if each.round_id not in self._all.rounds:
                self._leave_out(name, f"round {each.round_id} is missing")
            elif lost is not None:
                self._leave_out(name, f"its session {lost} is missing")
            elif len(set(ids)) < len(ids) or taken & set(ids):
                self._leave_out(name, "an id of its predictions is used twice")
            else:
                self.kept.prediction_sets[each.id] = each
                taken.update(ids)
                self._offered.update((each.round_id, box.session_id, box.id) for box in each.predictions)

    def _find_misfit(self, answer: AnswerRow, session: Session | None, recording_id: str) -> str:
        round_id, session_id = answer.place
        if session is None:
            return f"its session {session_id} of round {round_id} is missing"
        if recording_id and recording_id != session.recording_id:
            return f"it is about recording {recording_id}, but session {session.id} is of {session.recording_id}"
        if answer.leaves(session.start_s, session.end_s):
            return f"a box lies outside its session {session.id}, which was cut in another way"
        lost = next((each for each in answer.named if (round_id, session.id, each) not in self._offered), None)
        return "" if lost is None else f"its prediction {lost} is missing"

    def _link_runs(self, new: Facts, onto: Facts) -> None:
        """Take runs, and their ends only where nothing between is missing: half a run is never ready."""
        for run_id, plan in new.runs.items():
            lost = next((each for each in plan.pieces if each.recording_id not in self._all.recordings), None)
            if lost is not None:
                self._leave_out(f"model run {run_id}", f"its recording {lost.recording_id} is missing")
            else:
                self.kept.runs[run_id] = plan
        plans = {**onto.runs, **self.kept.runs}
        there: dict[str, set[int]] = {run_id: set() for run_id in plans}
        for each in onto.run_pieces.values():
            there[each.run_id].add(each.position)
        for name, found in new.run_pieces.items():
            if found.run_id not in plans or found.position >= len(plans[found.run_id].pieces):
                self._leave_out(f"piece {'/'.join(name)} of a model run", "its run is missing")
            else:
                self.kept.run_pieces[name] = found
                there[found.run_id].add(found.position)
        for run_id, end in new.run_ends.items():
            if run_id not in plans:
                self._leave_out(f"end of model run {run_id}", "its run is missing")
            elif set(range(len(plans[run_id].pieces))) - there[run_id] - set(end.failed):
                self._leave_out(f"end of model run {run_id}", "a piece of it is missing: run it again to complete it")
            else:
                self.kept.run_ends[run_id] = end


def add_to_database(
    connection: Connection,
    facts: Facts,
    answers: Spool | Sequence[Sequence[AnswerRow]] = (),
    on_added: Callable[[int, int], object] = tell_nobody,
) -> None:
    """Add rows for facts that a `Linker` kept; rounds that are there get their newest state.

    Parameters
    ----------
    answers
        Groups of answers that it kept.
    on_added
        Called with the number of groups that were added, and of all.
    """
    recordings.add_recordings(connection, list(facts.recordings.values()))
    for round_ in facts.rounds.values():
        if rounds.find_round(connection, round_.id) is None:
            rounds.add_round(connection, round_)
        else:
            rounds.replace_round(connection, round_)
    sessions.add_sessions(connection, list(facts.sessions.values()))
    for each in facts.prediction_sets.values():
        predictions.add_prediction_set(connection, each)
    touched: set[str] = set()
    for number, group in enumerate(answers, start=1):
        submissions.add_answer_rows(connection, group)
        touched.update(each.place[0] for each in group)
        on_added(number, len(answers))
    bulk_facts.add_rows(connection, facts, touched)
    reviews.add_reviews(connection, list(facts.reviews.values()))
    verification_samples.add_samples(connection, facts.verification_samples.values())
    assigned.add_acts(connection, list(facts.assignment_acts.values()))
    review_acts.add_acts(connection, list(facts.review_acts.values()))
    remarks.add_remarks(connection, facts.remarks.values())
    for plan in facts.runs.values():
        runs.add_run(connection, plan)
    runs.add_all_found(connection, list(facts.run_pieces.values()))
    for end in facts.run_ends.values():
        runs.end_run(connection, end)
    explored.add_rows(connection, facts)
    acts.add_acts(connection, facts.acts.values())
    for round_id in {*facts.rounds, *(each.round_id for each in facts.sessions.values())}:
        acts.apply(connection, round_id)
