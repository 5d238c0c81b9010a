"""What files say, sorted into the sessions of a round; what finds no place is remembered with the reason."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.errors import InvalidInput, count_of
from podcast_core.formats import spans
from podcast_core.formats.assembly import Draft, add_left_out, find_meant, set_labels
from podcast_core.formats.contents import BoxColumns, Contents, FileAnswer, FileBox, LeftOut, collect, refuse
from podcast_core.formats.placing import Placed, PlacedColumns, Places
from podcast_core.services.exchange.import_plan import SHOWN_LINES

SEARCHED = (Outcome.LABELLED.value, Outcome.EMPTY.value)  # what they say holds for all of a session


@dataclass(slots=True)
class Sorter:
    """Sorts boxes and answers into the sessions of a round, and remembers what found no place."""

    places: Places
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    low: list[FileBox] = field(default_factory=list)

    def describe_cut(self) -> list[str]:
        """Say which boxes were cut: the first of them, and how many more."""
        more = [f"{count_of(len(self.cut) - SHOWN_LINES, 'more box', 'es')} cropped in the same way."]
        return self.cut[:SHOWN_LINES] + (more if len(self.cut) > SHOWN_LINES else [])

    def describe_low(self) -> list[str]:
        """Say of which boxes the unit of the band is in doubt."""
        if not self.low:
            return []
        first, boxes = self.low[0], count_of(len(self.low), "box", "es")
        return [
            f"Bands below 300 Hz in recordings of ultrasound: {boxes} (e.g. {first.where}: "
            f"{first.low_hz or 0:g} to {first.high_hz:g} Hz). If they are in kHz, say so: frequency_unit=kHz."
        ]

    def place(self, boxes: Iterable[FileBox]) -> Sequence[Placed]:
        """Find the sessions of boxes; InvalidInput with all reasons when some cannot be placed at all."""
        if isinstance(boxes, BoxColumns):
            plain, others = self.places.place_plain(boxes)
            return plain.with_others(self.place(others)) if others else plain
        return [part for parts in collect(boxes, self._place_one) for part in parts]

    def label(self, placed: Sequence[Placed], round_: Round, label: str) -> Sequence[Placed]:
        """Give boxes without a label the one that is meant, see `assembly.set_labels`."""
        if isinstance(placed, PlacedColumns) and "" not in placed.boxes.label:
            set_labels((), round_, label)
            return placed.relabelled(find_meant(set(placed.boxes.label), round_))
        kept, left_out = set_labels(placed, round_, label)
        self.left_out += left_out
        return kept

    def find_sessions(self, answer: FileAnswer) -> list[Session]:
        """Find the sessions of an answer."""
        found = self.places.find_sessions(answer)
        if not found:
            self.left_out.append(self.places.explain(answer))
        return found

    def _place_one(self, box: FileBox) -> list[Placed]:
        found = self.places.place(box)
        if found.is_low:
            self.low.append(box)
        if found.left_out is not None:
            self.left_out.append(found.left_out)
        elif found.lost_s:
            self.cut.append(f"{box.where}: {found.lost_s:.3f} s of the box lie outside the sessions and were cropped.")
        return list(found.parts)


def sort_drafts(
    placed: Iterable[Placed],
    dropped: Iterable[Placed],
    contents: Contents,
    sorter: Sorter,
    left_out: Sequence[LeftOut] = (),
) -> list[Draft]:
    """Bring together what the files say about each session; ``dropped`` are boxes that a person wants left out.

    ``left_out`` is what of people's boxes could not be kept.

    A session of which nothing but such boxes is known was looked at for other labels than the round's: it stays
    without an answer, because what was left out is no absence.
    """
    drafts: dict[str, Draft] = {}
    for each in placed:
        draft = drafts.get(each.session.id)
        if draft is None:
            draft = drafts[each.session.id] = Draft(each.session.id)
        draft.boxes.append(each.box)
    missing = Counter(each.session.id for each in dropped)
    problems = []
    pieces: dict[str, tuple[Session, list[FileAnswer]]] = {}
    for answer in contents.answers:
        for session in sorter.find_sessions(answer):
            if answer.start_s is not None:
                pieces.setdefault(session.id, (session, []))[1].append(answer)
                continue
            draft = drafts.setdefault(session.id, Draft(session.id))
            try:
                draft.answer = answer if draft.answer is None else draft.answer.merge(answer)
            except InvalidInput as error:
                problems.append(str(error))
    refuse(problems)
    in_part = [
        session.id for session, parts in pieces.values() if not _add_pieces(drafts, session, parts, missing[session.id])
    ]
    if in_part:
        sorter.notes.append(
            f"The files' clips cover {count_of(len(in_part), 'session')} in part only (e.g. {in_part[0]}): sessions "
            f"with boxes count as verified, since the rest was not searched; sessions without boxes count as "
            f"unreviewed."
        )
    _reopen(drafts, missing, sorter)
    _add_left_out(drafts, left_out, sorter)
    return list(drafts.values())


def _add_left_out(drafts: dict[str, Draft], left_out: Sequence[LeftOut], sorter: Sorter) -> None:
    """Leave no session empty or labelled throughout of which something was left out, and tell of it."""
    if not left_out:
        return
    before = {each.session_id: each.outcome for each in drafts.values()}
    add_left_out(drafts, left_out, sorter.places)
    changed = [each.session_id for each in drafts.values() if each.outcome != before[each.session_id]]
    if changed:
        sorter.notes.append(
            f"Something was left out of {count_of(len(changed), 'session')} (e.g. {changed[0]}): sessions with "
            f"boxes count as verified, since not everything in them is known; sessions without boxes get no answer."
        )


def _reopen(drafts: dict[str, Draft], missing: Counter[str], sorter: Sorter) -> None:
    """Leave sessions without an answer of which all boxes are left out."""
    emptied = [each for each in missing if each not in drafts or not drafts[each].boxes]
    for session_id in emptied:
        draft = drafts.get(session_id)
        if draft is not None and draft.answer is not None and draft.answer.outcome in SEARCHED:
            draft.answer = replace(draft.answer, outcome=UNREVIEWED)
    if emptied:
        sorter.notes.append(
            f"In {count_of(len(emptied), 'session')} (e.g. {emptied[0]}) all boxes are skipped because of their "
            f"labels: these sessions get no answer, since a skipped call is not an absent one."
        )


def _add_pieces(drafts: dict[str, Draft], session: Session, parts: Sequence[FileAnswer], missing: int) -> bool:
    """Add what is said of pieces of a session; tells whether they cover it."""
    draft = drafts.setdefault(session.id, Draft(session.id))
    answer, is_covered = spans.combine(session, parts, has_boxes=bool(draft.boxes or missing))
    draft.answer = answer if draft.answer is None else draft.answer.merge(answer)
    return is_covered
