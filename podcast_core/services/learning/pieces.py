"""Answered sessions: what models learn from and what they are measured on.

Taken are sessions that are *searched* (`podcast_core.domain.standing`): labelled or empty, with the answer that
counts unless a review rejected it. That holds for rounds and for releases: an answer in a release that a review has
rejected since, or whose recording was archived since, is neither learnt from nor measured on.

Where labels were given in bulk and nobody searched the rest, only those stretches are known. On request they are learnt
from, each for itself; nothing is ever measured on them, as what lies beside them may be a call.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from podcast_core.domain.annotation import Origin
from podcast_core.domain.box import Stretch, join_stretches
from podcast_core.domain.recording import Recording
from podcast_core.domain.release import SPLITS, Release
from podcast_core.domain.session import Session
from podcast_core.domain.standing import REJECTED, SEARCHED, describe
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission
from podcast_core.errors import Conflict, NotFound
from podcast_core.ml.interfaces import Found
from podcast_core.services.models.lineage import Learnt, has_learnt
from podcast_core.services.sets.held_out import Span, make_span
from podcast_core.services.sets.release_store import get_release
from podcast_core.storage import recordings, reviews, rounds, sessions, submissions
from podcast_core.workspace import Workspace

TRAIN, DEV, TEST = SPLITS
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class LabelledSession:
    """A session with the answer that a model learns from (train) or is measured with (test).

    What a release calls dev is not learnt from either; the learning curve is drawn with it. ``judged`` are the
    stretches of which somebody said what they are, in seconds of the recording; none: all of it was searched.
    """

    session: Session
    recording: Recording
    answer: Submission
    site: str
    split: str = ""
    judged: tuple[Stretch, ...] = ()

    @property
    def known(self) -> tuple[Stretch, ...]:
        """The stretches of which all calls are known, in seconds of the recording."""
        return self.judged or (Stretch(self.session.start_s, self.session.end_s),)

    @property
    def known_s(self) -> float:
        """How much audio that is."""
        return sum(each.duration_s for each in self.known)

    @property
    def span(self) -> Span:
        """Its audio."""
        return make_span(self.session.id, self.recording, self.site, self.session.start_s, self.session.end_s)

    def was_learnt(self, learnt: Learnt) -> bool:
        """Tell whether a model that has learnt from this audio has learnt from it."""
        return has_learnt(learnt, self.recording.sha256, self.session.start_s, self.session.end_s)

    def find_calls(self, labels: Mapping[str, str]) -> list[Found]:
        """List its calls as the model names them; times count from the start of the session."""
        known = [box for box in self.answer.annotations if not (self.judged and box.unsure)]
        boxes = [(box, labels.get(box.label, box.label)) for box in known]
        return sorted(
            (
                Found(box.start_s, box.end_s, label, low_hz=box.low_hz, high_hz=box.high_hz).cut_to(self.session)
                for box, label in boxes
                if label
            ),
            key=lambda call: (call.start_s, call.end_s),
        )

    def has_silence(self, labels: Mapping[str, str]) -> bool:
        """Tell whether some of what is known is without a call."""
        return any(not any(map(span.overlaps, self.find_calls(labels))) for span in self._shift())

    def cut(self, labels: Mapping[str, str]) -> list[tuple[Stretch, list[Found]]]:
        """Cut what is known: stretches in seconds of the recording, each with its calls from its start."""
        return [
            (known, [call.cut_to(span) for call in self.find_calls(labels) if call.overlaps(span)])
            for known, span in zip(self.known, self._shift(), strict=True)
        ]

    def _shift(self) -> list[Stretch]:
        return [each.shifted(-self.session.start_s) for each in self.known]

    def describe(self) -> dict[str, Any]:
        """Say as JSON values which audio and which answer it is."""
        return {
            "round_id": self.session.round_id,
            "session_id": self.session.id,
            "submission_id": self.answer.id,
            "sha256": self.recording.sha256,
            "channel": self.session.channel,
            "start_s": self.session.start_s,
            "end_s": self.session.end_s,
            "split": self.split,
        }


def find_judged(answer: Submission) -> tuple[Stretch, ...]:
    """Find the stretches that were judged where nobody searched the rest: boxes, and predictions that were rejected."""
    return tuple(join_stretches([*(box for box in answer.annotations if not box.unsure), *answer.rejected]))


def read_rounds(
    workspace: Workspace, round_ids: Sequence[str], *, with_bulk: bool = False
) -> tuple[list[LabelledSession], Counter[str]]:
    """Read the sessions of rounds that have an answer to learn from, and count the others by the reason.

    With ``with_bulk`` also those that nobody has searched, but that have labels given in bulk.

    Raises
    ------
    NotFound
        When there is no such round.
    """
    pieces, left_out = [], Counter[str]()
    with workspace.database.reading() as connection:
        for round_id in sorted(set(round_ids)):
            round_ = rounds.get_round(connection, round_id)
            in_round = sessions.list_sessions(connection, round_id)
            heard = recordings.list_recordings(connection, {each.recording_id for each in in_round})
            by_id = {each.id: each for each in heard}
            answers = submissions.latest_submissions(connection, round_id)
            rejected = reviews.list_rejected_answers(connection, round_id)
            for session in in_round:
                answer = answers.get(session.id)
                if answer is None:
                    left_out[UNREVIEWED] += 1
                elif answer.id in rejected and answer.outcome is not Outcome.SKIPPED:
                    left_out[describe(REJECTED)] += 1
                elif answer.outcome.value not in SEARCHED and not (with_bulk and is_only_in_bulk(answer)):
                    left_out[answer.outcome.value] += 1
                else:
                    recording = by_id[session.recording_id]
                    site = recording.site or round_.site
                    judged = find_judged(answer) if is_only_in_bulk(answer) else ()
                    pieces.append(LabelledSession(session, recording, answer, site, judged=judged))
    return pieces, left_out


def is_only_in_bulk(answer: Submission) -> bool:
    """Tell whether some labels were given in bulk, and nobody searched the session."""
    return answer.outcome is Outcome.VERIFIED and any(
        box.origin is Origin.BULK and not box.unsure for box in answer.annotations
    )


def load_pieces(workspace: Workspace, described: Iterable[Mapping[str, Any]]) -> list[LabelledSession]:
    """Read what `LabelledSession.describe` or a release's manifest speaks of: the very answers, also if older by now.

    Raises
    ------
    NotFound
        When a session or an answer is not in this workspace.
    """
    wanted: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in described:
        wanted[each["round_id"]].append(each)
    pieces = []
    with workspace.database.reading() as connection:
        for round_id, places in wanted.items():
            round_ = rounds.get_round(connection, round_id)
            by_id = {each.id: each for each in sessions.list_sessions(connection, round_id, with_archived=True)}
            answers = {each.id: each for each in submissions.list_submissions(connection, round_id)}
            heard = recordings.list_recordings(connection, {each.recording_id for each in by_id.values()})
            recording_of = {each.id: each for each in heard}
            for place in places:
                session, answer = by_id.get(place["session_id"]), answers.get(place["submission_id"])
                if session is None or answer is None:
                    raise NotFound(
                        f"Session {place['session_id']} of round {round_id} or its answer {place['submission_id']} is "
                        "not in this workspace."
                    )
                recording = recording_of[session.recording_id]
                site = recording.site or round_.site
                judged = find_judged(answer) if is_only_in_bulk(answer) else ()
                pieces.append(LabelledSession(session, recording, answer, site, str(place.get("split", "")), judged))
    return pieces


def read_release(
    workspace: Workspace, name: str, *, with_bulk: bool = False
) -> tuple[list[LabelledSession], Counter[str]]:
    """Read the sessions of a release with the split that they have there, and count those left out by the reason.

    ``with_bulk`` as `read_rounds` has it.

    Raises
    ------
    NotFound
        When there is no such release, or its answers are not in this workspace.
    Conflict
        When all of it is held out.
    """
    release = get_release(workspace, name=name)
    if TRAIN in release.held_out:
        raise Conflict(f"Release {release.id} is held out as a whole: no model may be trained on it.")
    pieces, left_out = read_searched(workspace, release, with_bulk=with_bulk)
    splits = {each.split for each in pieces if not each.judged}
    if TEST in splits:
        return pieces, left_out
    if DEV in splits:  # the only part that is not for learning
        return [replace(each, split=TEST if each.split == DEV else each.split) for each in pieces], left_out
    return [replace(each, split="") for each in pieces], left_out


def read_searched(
    workspace: Workspace, release: Release, only: str = "", *, with_bulk: bool = False
) -> tuple[list[LabelledSession], Counter[str]]:
    """Read the sessions of a release, or ``only`` of one split, that are searched, and count the others by the reason.

    ``with_bulk`` as `read_rounds` has it. Raises as `load_pieces`.
    """
    listed = [each for each in release.sessions if only in ("", each["split"])]
    taken = (*SEARCHED, *([Outcome.VERIFIED.value] if with_bulk else []))
    loaded = load_pieces(workspace, [each for each in listed if each["outcome"] in taken])
    pieces = [each for each in loaded if each.judged or each.answer.outcome.value in SEARCHED]
    used = {(each.session.round_id, each.session.id) for each in pieces}
    left_out = Counter[str](each["outcome"] for each in listed if (each["round_id"], each["session_id"]) not in used)
    rejected, here = set[str](), set[tuple[str, str]]()
    with workspace.database.reading() as connection:
        for round_id in {each.session.round_id for each in pieces}:
            rejected |= reviews.list_rejected_answers(connection, round_id)
            here |= {(round_id, each.id) for each in sessions.list_sessions(connection, round_id)}
    present = [each for each in pieces if (each.session.round_id, each.session.id) in here]
    kept = [each for each in present if each.answer.id not in rejected]
    left_out[ARCHIVED], left_out[describe(REJECTED)] = len(pieces) - len(present), len(present) - len(kept)
    return kept, left_out
