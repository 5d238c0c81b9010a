"""Facts checked against each other, and put into the database.

What depends on something that is missing, or that cannot be, is left out with the reason, and what depends on it too.
"""

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.label import make_labels
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.services.store import bulk_facts, explored
from podcast_core.services.store.facts import Facts, Problem
from podcast_core.storage import acts, predictions, recordings, reviews, rounds, runs, sessions, submissions


def link(new: Facts, onto: Facts) -> tuple[Facts, list[Problem]]:
    """Keep of new facts what fits together and to those that are there; the rest comes back with reasons."""
    linker = _Linker(new, onto)
    return linker.kept, linker.problems


class _Linker:
    """Checks nouns in the order in which they depend on each other."""

    def __init__(self, new: Facts, onto: Facts) -> None:
        self.kept = Facts(
            recordings=dict(new.recordings), rounds=dict(new.rounds), acts=dict(new.acts), about=new.about
        )
        self.problems: list[Problem] = []
        self._all = onto.plus(self.kept)
        self._owner = {(each.round_id, each.id): each for each in onto.sessions.values()}
        self._link_sessions(new)
        self._offered = {
            (each.round_id, box.session_id, box.id)
            for each in onto.prediction_sets.values()
            for box in each.predictions
        }
        self._link_prediction_sets(new, {box_id for _, _, box_id in self._offered})
        self._answers = dict(onto.submissions)
        self._link_submissions(new)
        for review in new.reviews.values():
            missing = [
                each for each in (review.submission_id, review.corrected_id) if each and each not in self._answers
            ]
            if missing:
                self._leave_out(f"review {review.id}", f"its answer {missing[0]} is missing", is_label=True)
            else:
                self.kept.reviews[review.id] = review
        self._link_runs(new, onto)
        explored.link(new, onto, self.kept, self._leave_out)
        bulk_facts.link(new, onto, self.kept, partial(self._leave_out, is_label=True))
        self._widen_labels()

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

    def _link_submissions(self, new: Facts) -> None:
        for answer in new.submissions.values():
            session = self._owner.get((answer.round_id, answer.session_id))
            reason = self._find_misfit(answer, session, new.about.get(answer.id, ""))
            if reason:
                self._leave_out(f"answer {answer.id} by {answer.annotator}", reason, is_label=True)
            else:
                self.kept.submissions[answer.id] = answer
        self._answers.update(self.kept.submissions)

    def _find_misfit(self, answer: Submission, session: Session | None, recording_id: str) -> str:
        if session is None:
            return f"its session {answer.session_id} of round {answer.round_id} is missing"
        if recording_id and recording_id != session.recording_id:
            return f"it is about recording {recording_id}, but session {session.id} is of {session.recording_id}"
        if any(box.end_s <= session.start_s or box.start_s >= session.end_s for box in answer.annotations):
            return f"a box lies outside its session {session.id}, which was cut in another way"
        named = [box.prediction_id for box in answer.annotations if box.prediction_id]
        named += [box.id for box in (*answer.rejected, *answer.unreviewed)]
        lost = next((each for each in named if (answer.round_id, session.id, each) not in self._offered), None)
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

    def _widen_labels(self) -> None:
        """Add labels that are in use to their round: of two machines' lists, one is the newest."""
        used: dict[str, set[str]] = {}
        for answer in self.kept.submissions.values():
            used.setdefault(answer.round_id, set()).update(box.label for box in answer.annotations)
        for round_id, labels in used.items():
            round_ = self._all.rounds[round_id]
            offered = {
                b.label for s in self._all.prediction_sets.values() if s.round_id == round_id for b in s.predictions
            }
            missing = sorted(labels - set(round_.label_names) - offered)
            if missing:
                colored = make_labels([*round_.label_names, *missing])[len(round_.labels) :]
                added = tuple(replace(label, hotkey="") for label in colored)
                self.kept.rounds[round_id] = replace(round_, labels=(*round_.labels, *added))


def add_to_database(connection: Connection, facts: Facts) -> None:
    """Add rows for facts that `link` kept; rounds that are there get their newest state."""
    recordings.add_recordings(connection, list(facts.recordings.values()))
    for round_ in facts.rounds.values():
        if rounds.find_round(connection, round_.id) is None:
            rounds.add_round(connection, round_)
        else:
            rounds.replace_round(connection, round_)
    sessions.add_sessions(connection, list(facts.sessions.values()))
    for each in facts.prediction_sets.values():
        predictions.add_prediction_set(connection, each)
    submissions.add_submissions(connection, list(facts.submissions.values()))
    for review in facts.reviews.values():
        reviews.add_review(connection, review)
    for plan in facts.runs.values():
        runs.add_run(connection, plan)
    for found in facts.run_pieces.values():
        runs.add_found(connection, found)
    for end in facts.run_ends.values():
        runs.end_run(connection, end)
    explored.add_rows(connection, facts)
    acts.add_acts(connection, facts.acts.values())
    for round_id in {*facts.rounds, *(each.round_id for each in facts.sessions.values())}:
        acts.apply(connection, round_id)
    bulk_facts.add_rows(connection, facts)
