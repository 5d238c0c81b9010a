"""What a release will hold, before anything is written: its sessions, their split, and what speaks against it."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from podcast_core import __version__
from podcast_core.domain.label import Label
from podcast_core.domain.recording import Recording
from podcast_core.domain.release import SPLITS, GroupBy, Release
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.standing import KEEP, LEAVE_OUT, REJECTED, describe
from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, count_of
from podcast_core.formats.contents import Entry
from podcast_core.services.exchange.datasets import read_batch
from podcast_core.services.labels import independence
from podcast_core.services.labels.agreement import Agreement, compare_answers
from podcast_core.services.sets import held_out
from podcast_core.services.sets.held_out import Span, describe_common, find_common, make_span
from podcast_core.services.sets.release_request import AFRESH, LATEST, ReleaseRequest
from podcast_core.services.sets.release_store import get_release, list_releases
from podcast_core.services.sets.splitting import Group, Unit, assign_splits, make_groups
from podcast_core.storage import summaries
from podcast_core.workspace import Workspace

ELSEWHERE = "held out elsewhere"
OWN = "Accepted, or decided on, by nobody but people who had answered themselves"


@dataclass(frozen=True, slots=True)
class Item:
    """A session of the release. ``name`` is its id there, ``group`` what it is kept together with."""

    entry: Entry
    round_: Round
    name: str
    site: str
    group: str = ""
    split: str = ""

    @property
    def answer(self) -> Submission:
        """The answer that counts."""
        assert self.entry.submission is not None
        return self.entry.submission

    @property
    def span(self) -> Span:
        """Its audio."""
        session = self.entry.session
        return make_span(self.name, self.entry.recording, self.site, session.start_s, session.end_s)


@dataclass(frozen=True, slots=True)
class Balance:
    """One split's counts. ``label_sessions`` counts the sessions with at least one box of the label."""

    sessions: int
    recordings: int
    groups: int
    duration_s: float
    labels: Mapping[str, int]
    label_sessions: Mapping[str, int]
    label_s: Mapping[str, float]
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A release before it is made.

    ``left_out`` counts the sessions of the rounds that do not go in, by reason. ``problems`` forbid it, ``warnings``
    do not. ``digest`` stands for all that the content is made of but the version and the split it is based on.
    """

    request: ReleaseRequest
    rounds: tuple[Round, ...]
    items: tuple[Item, ...]
    left_out: Mapping[str, int]
    agreement: Agreement
    based_on: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    created_at: datetime
    digest: str

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of all rounds by name, then others that occur; without keys, since rounds may share one."""
        found: dict[str, Label] = {}
        for label in (label for round_ in self.rounds for label in round_.labels):
            found.setdefault(label.name, replace(label, hotkey=""))
        for name in sorted({box.label for item in self.items for box in item.answer.annotations} - set(found)):
            found[name] = Label(name, "#bbbbbb")
        return tuple(found.values())

    @property
    def balance(self) -> dict[str, Balance]:
        """Counts by split, the splits that are wanted or not empty."""
        wanted = self.request.wanted
        by_split = {split: [item for item in self.items if item.split == split] for split in SPLITS}
        names = [label.name for label in self.labels]
        return {split: measure(items, names) for split, items in by_split.items() if items or wanted[split] > 0}


def plan_release(workspace: Workspace, *, request: ReleaseRequest) -> Plan:
    """Find out what a release will hold. Nothing is written.

    Raises
    ------
    NotFound
        When there is no such round, or no such release to be based on.
    InvalidInput
        When nothing can go in, or there are fewer groups than splits.
    """
    chosen, entries, agreement = _read_rounds(workspace, request.round_ids)
    kept, left_out = _choose(entries, request)
    items = _name(kept)
    base = _find_base(workspace, request)
    if request.held_out_audio == "leave-out":
        items, count = _drop_held_out(workspace, items, base)
        left_out[ELSEWHERE] = count
    if not items:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()) if count) or "no sessions"
        raise InvalidInput(
            f"Nothing can go into this release: {', '.join(request.outcomes)} are requested, found {counts}."
        )
    items, groups = _split(workspace, request, items, base)
    with workspace.database.reading() as connection:
        settled = set().union(*(summaries.list_settled_by_authors(connection, each.id) for each in chosen))
    plan = Plan(
        request=request,
        rounds=tuple(chosen),
        items=tuple(sorted(items, key=lambda item: (SPLITS.index(item.split), item.name))),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
        agreement=agreement,
        based_on=base.id if base is not None else "",
        problems=tuple(_list_problems(workspace, request, items)),
        warnings=(),
        created_at=max(item.answer.submitted_at for item in items),
        digest="",
    )
    own = sum(item.answer.id in settled for item in items)
    warnings = [*_list_warnings(plan, groups), *([f"{OWN}: {count_of(own, 'session')}."] if own else [])]
    return replace(plan, warnings=tuple(warnings), digest=_digest(plan))


def measure(items: Sequence[Item], labels: Sequence[str]) -> Balance:
    """Count what a split holds."""
    boxes, with_label, seconds = Counter[str](), Counter[str](), Counter[str]()
    for item in items:
        for box in item.answer.annotations:
            boxes[box.label] += 1
            seconds[box.label] += box.end_s - box.start_s  # type: ignore[assignment]  # Counter adds floats as well
        with_label.update({box.label for box in item.answer.annotations})
    return Balance(
        sessions=len(items),
        recordings=len({item.entry.recording.id for item in items}),
        groups=len({item.group for item in items}),
        duration_s=round(sum(item.entry.session.duration_s for item in items), 6),
        labels={label: boxes[label] for label in labels},
        label_sessions={label: with_label[label] for label in labels},
        label_s={label: round(float(seconds[label]), 6) for label in labels},
        outcomes=dict(sorted(Counter(item.entry.outcome for item in items).items())),
    )


def _read_rounds(
    workspace: Workspace, round_ids: Sequence[str]
) -> tuple[list[Round], list[tuple[Round, Entry]], Agreement]:
    chosen, entries = [], []
    with workspace.database.reading() as connection:
        for round_id in sorted(set(round_ids)):
            round_ = independence.get_round(connection, round_id)
            if round_.is_opened:
                raise InvalidInput(f"{round_.name!r} was only opened to be looked at: keep it as a round first.")
            chosen.append(round_)
            entries += [(round_, entry) for entry in read_batch(connection, round_, rejected=KEEP).entries]
        compared = compare_answers(connection, [each.id for each in chosen])
    labels = dict.fromkeys(each.name for round_ in chosen for each in round_.labels)
    return chosen, entries, compared.measure(list(labels))


def _choose(
    entries: Iterable[tuple[Round, Entry]], request: ReleaseRequest
) -> tuple[list[tuple[Round, Entry]], Counter[str]]:
    """Keep the sessions with a wanted outcome, and count the others by the reason."""
    kept, left_out = [], Counter[str]()
    for round_, entry in entries:
        if entry.standing == REJECTED and request.rejected == LEAVE_OUT:
            left_out[describe(REJECTED)] += 1
        elif entry.outcome in request.outcomes:
            kept.append((round_, entry))
        else:
            left_out[entry.outcome] += 1
    return kept, left_out


def _name(kept: Sequence[tuple[Round, Entry]]) -> list[Item]:
    """Give each session a name that no other has, also where upper and lower case are the same."""
    counts = Counter(entry.session.id.casefold() for _, entry in kept)
    items = []
    for round_, entry in kept:
        name = entry.session.id
        if counts[name.casefold()] > 1:
            name = f"{name[:90]}.{hashlib.sha256(f'{round_.id}/{name}'.encode()).hexdigest()[:8]}"
        items.append(Item(entry, round_, name, entry.recording.site or round_.site))
    return items


def _drop_held_out(workspace: Workspace, items: list[Item], base: Release | None) -> tuple[list[Item], int]:
    """Leave out what is held out by others than the release whose split is kept: there it stays in test."""
    theirs = held_out.list_held_out(workspace, except_for=base.name if base is not None else "")
    found = {ours.sha256 for ours, _, _ in find_common([item.span for item in items], theirs)}
    kept = [item for item in items if item.entry.recording.sha256 not in found]
    return kept, len(items) - len(kept)


def _find_base(workspace: Workspace, request: ReleaseRequest) -> Release | None:
    """Find the release whose split is kept; not the version itself that is being made."""
    if request.based_on == AFRESH:
        return None
    if request.based_on != LATEST:
        return get_release(workspace, name=request.based_on)
    earlier = [each for each in list_releases(workspace, name=request.name) if each.version != request.version]
    return earlier[0] if earlier else None


def _split(
    workspace: Workspace, request: ReleaseRequest, items: Sequence[Item], base: Release | None
) -> tuple[list[Item], list[Group]]:
    by_recording: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_recording[item.entry.recording.sha256].append(item)
    groups = make_groups(
        [_to_unit(sha256, each) for sha256, each in by_recording.items()], GroupBy(request.group_by), request.gap_s
    )
    fixed = {} if base is None else {session["sha256"]: session["split"] for session in base.sessions}
    if request.held_out_audio == "test":
        theirs = held_out.list_held_out(workspace)
        fixed |= {ours.sha256: "test" for ours, _, _ in find_common([item.span for item in items], theirs)}
    assigned = assign_splits(groups, request.wanted, request.seed, fixed)
    places = {sha256: group for group in groups for sha256 in group.units}
    placed = [
        replace(item, group=_name_group(places[sha256]), split=assigned[places[sha256].key])
        for sha256, each in by_recording.items()
        for item in each
    ]
    return placed, groups


def _name_group(group: Group) -> str:
    """Name a group by its site, or by the id of a recording in it."""
    return group.key if group.key.startswith("site:") else group.key[:16]


def _to_unit(sha256: str, items: Sequence[Item]) -> Unit:
    recording = items[0].entry.recording
    counts = Counter(box.label for item in items for box in item.answer.annotations)
    weight_s = sum(item.entry.session.duration_s for item in items)
    sites = sorted({item.site for item in items})  # rounds may disagree about a recording that names none
    return Unit(sha256, sites[0], recording.started_at, recording.duration_s, weight_s, counts)


def _list_problems(workspace: Workspace, request: ReleaseRequest, items: Sequence[Item]) -> list[str]:
    """List what must not be: anything in two splits, or held-out audio to be trained on."""
    problems = check_leakage(items)
    if request.held_out != "all":
        to_train_on = [item.span for item in items if item.split != "test"]
        found = find_common(to_train_on, held_out.list_held_out(workspace))
        problems += [f"Held out for testing: {line}." for line in describe_common(found)]
    return problems


def check_leakage(items: Sequence[Item]) -> list[str]:
    """List groups and audio that are in two splits; a split by `assign_splits` has none."""
    problems = []
    of_group: dict[str, set[str]] = defaultdict(set)
    for item in items:
        of_group[item.group].add(item.split)
    for group, splits in sorted(of_group.items()):
        if len(splits) > 1:
            problems.append(f"Group {group} is in {' and '.join(sorted(splits))}.")
    for number, split in enumerate(SPLITS):
        ours = [item.span for item in items if item.split == split]
        theirs = [item.span for item in items if item.split in SPLITS[number + 1 :]]
        problems += [f"In two splits: {line}." for line in describe_common(find_common(ours, theirs))]
    return problems


def _list_warnings(plan: Plan, groups: Sequence[Group]) -> list[str]:
    request, warnings = plan.request, []
    no_time = {item.entry.recording.id for item in plan.items if item.entry.recording.started_at is None}
    no_site = {item.entry.recording.id for item in plan.items if not item.site}
    if request.group_by == GroupBy.ENCOUNTER and no_time:
        warnings.append(
            f"{count_of(len(no_time), 'recording')} without a start time: each counts as an encounter of its own."
        )
    if request.group_by in (GroupBy.ENCOUNTER, GroupBy.SITE) and no_site:
        warnings.append(f"{count_of(len(no_site), 'recording')} without a site: assumed to be from one place.")
    total_s = sum(group.weight_s for group in groups)
    for split, balance in plan.balance.items():
        wanted = request.wanted[split] / sum(request.proportions)
        found = balance.duration_s / total_s
        if abs(found - wanted) > 0.1:
            warnings.append(
                f"{split} has {found:.0%} of the audio; {wanted:.0%} were requested, but groups are not split."
            )
        absent = [label for label, count in balance.labels.items() if not count and _occurs(plan, label)]
        if absent:
            warnings.append(f"{split} has no {', '.join(absent)}.")
    warnings += _list_doubles(plan)
    return warnings


def _occurs(plan: Plan, label: str) -> bool:
    return any(box.label == label for item in plan.items for box in item.answer.annotations)


def _list_doubles(plan: Plan) -> list[str]:
    """Tell of audio that is in the release twice, under two rounds; it is in one split, but counts twice."""
    by_place: dict[tuple[str, int], list[Session]] = defaultdict(list)
    for item in plan.items:
        by_place[item.entry.recording.id, item.entry.session.channel].append(item.entry.session)
    doubles = 0
    for sessions in by_place.values():
        ordered = sorted(sessions, key=lambda each: each.start_s)
        doubles += sum(after.start_s < before.end_s for before, after in zip(ordered, ordered[1:], strict=False))
    return (
        [f"The audio of {count_of(doubles, 'session')} is that of another session, with an answer from another round."]
        if doubles
        else []
    )


def publish_uri(recording: Recording) -> str:
    """Give the address of a recording where others can use it; of a file on this machine only its name.

    A password or a signature in an address is nobody else's business.
    """
    parts = urlsplit(recording.uri)
    if "://" not in recording.uri or parts.scheme == "file":
        return recording.file_name
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _digest(plan: Plan) -> str:
    """Name all that the content is made of."""
    request = plan.request.to_params() | {"version": "", "formats": list(plan.request.format_names)}
    sessions = [
        [
            *(item.round_.id, item.entry.session.id, item.entry.session.channel, item.site, item.answer.id),
            *(item.entry.session.start_s, item.entry.session.end_s, item.entry.recording.sha256),
            *(str(item.entry.recording.started_at), item.entry.recording.file_name, item.entry.recording.encoding),
            *([review.id for review in item.entry.reviews], publish_uri(item.entry.recording)),
            sorted(prediction.id for prediction in item.entry.predictions),
        ]
        for item in sorted(plan.items, key=lambda item: (item.round_.id, item.entry.session.id))
    ]
    texts = [
        [each.id, each.name, each.description, each.site, [asdict(label) for label in each.labels]]
        for each in plan.rounds
    ]
    parts: list[Any] = [__version__, request, sessions, texts, dict(plan.left_out), asdict(plan.agreement)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
