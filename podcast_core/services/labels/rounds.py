"""Rounds: a batch of sessions labelled under one instruction and one label list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from sqlalchemy import Connection

from podcast_core.domain.assignment import Assignment
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.ids import make_id
from podcast_core.domain.label import LABEL_COLORS, Label, make_labels
from podcast_core.domain.queue import QueueChoice
from podcast_core.domain.round import Round
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels import queue_choices
from podcast_core.services.labels.label_lists import append_labels
from podcast_core.services.store import records
from podcast_core.storage import acts, bulk, claims, measurements, predictions, rounds, submissions, tallies
from podcast_core.workspace import Workspace

# The editor's own single keys (shortcuts.js), in small letters. A label with one of them could never be set by key.
EDITOR_KEYS = frozenset("abcdefghijklmnopqrsuvxyz0.,[]{}<>+=-;'?")
_FREE_KEYS = "1 to 9, t and w"


@needs("admin")
def add_round(
    workspace: Workspace,
    *,
    name: str,
    labels: Sequence[str] | Sequence[Label],
    round_id: str = "",
    description: str = "",
    instructions: str = "",
    site: str = "",
    site_url: str = "",
    display: Display | None = None,
    own_review: bool = False,
) -> Round:
    """Add a round; its id is made from the name unless it is given, and is another one where that is taken.

    Raises
    ------
    Conflict
        When the id that is given, or the name, is taken.
    InvalidInput
        When a name, label, colour or hotkey cannot be used.
    """
    given = [label for label in labels if isinstance(label, Label)]
    names = [label for label in labels if isinstance(label, str)]
    round_ = Round(
        id=round_id or make_id(name, fallback="round"),
        name=name.strip(),
        labels=tuple(given) or make_labels(names),
        description=description,
        instructions=instructions,
        site=site,
        site_url=site_url,
        display=display or Display(),
        own_review=own_review,
    )
    return _add(workspace, round_, is_id_given=bool(round_id))


def _add(workspace: Workspace, round_: Round, *, is_id_given: bool) -> Round:
    """Add a round; unless its id was given, it becomes another one where that is taken."""
    _check_hotkeys(round_)
    with workspace.database.holding("rounds"):  # ids and names that are free stay so
        with workspace.database.reading() as connection:
            if not is_id_given:
                round_ = replace(round_, id=_find_free_id(connection, round_))
            rounds.check_free(connection, round_.id)
        with workspace.database.holding(f"round/{round_.id}"):
            records.save_round(workspace.files, round_)
            with workspace.database.writing() as connection:
                rounds.add_round(connection, round_)
    return round_


def _find_free_id(connection: Connection, round_: Round) -> str:
    """Find an id like the one that the name gives; Conflict when there is a round of that name."""
    same = rounds.find_called(connection, round_.name)
    if same is not None:
        raise Conflict(f"A round {same.name!r} already exists (id {same.id}): choose another name.")
    taken = {
        each.id.casefold() for each in rounds.list_rounds(connection)
    }  # not every file system tells OWLS from owls
    numbered = (f"{round_.id}-{number}" for number in count(2))
    return next(each for each in chain([round_.id], numbered) if each.casefold() not in taken)


@needs("admin")
def open_new_round(workspace: Workspace, *, name: str, labels: Sequence[str]) -> Round:
    """Add a round; one of the same name and labels without any session, left by a try that failed, is taken.

    Raises
    ------
    Conflict
        When there is a round of that name with sessions or other labels.
    InvalidInput
        When the name or a label cannot be used.
    """
    with workspace.database.reading() as connection:
        known = rounds.find_called(connection, name)
        is_empty = known is not None and not sum(tallies.count_standings(connection, known.id).values())
    if known is not None and is_empty and known.label_names == tuple(labels):
        return known
    return add_round(workspace, name=name, labels=labels)


@needs("admin")
def add_round_like(workspace: Workspace, typed: Round) -> Round:
    """Add a round with the texts, labels, sites and display of another; its id is made from the name."""
    new = replace(
        typed,
        id=make_id(typed.name, fallback="round"),
        name=typed.name.strip(),
        created_at=utc_now(),
        archived_at=None,
        renamed=(),
    )
    return _add(workspace, new, is_id_given=False)


def read_labels(rows: Sequence[Mapping[str, str | None]]) -> tuple[Label, ...]:
    """Make labels of rows that a person has typed: empty rows are left out, a missing colour is chosen."""
    named = [row for row in rows if (row.get("name") or "").strip()]
    return tuple(
        Label(
            name=(row.get("name") or "").strip(),
            color=(row.get("color") or "").strip() or LABEL_COLORS[index % len(LABEL_COLORS)],
            hotkey=(row.get("hotkey") or "").strip(),
            description=(row.get("description") or "").strip(),
            scientific_name=(row.get("scientific_name") or "").strip(),
        )
        for index, row in enumerate(named)
    )


def read_sites(rows: Iterable[Mapping[str, Any]]) -> tuple[SiteCoordinates, ...]:
    """Make sites with coordinates of rows that a person has typed: rows without any coordinate are left out.

    Raises
    ------
    InvalidInput
        When the site or one coordinate is missing, or cannot be.
    """
    found = []
    for row in rows:
        site = (row.get("site") or "").strip()
        latitude_deg, longitude_deg = row.get("latitude_deg"), row.get("longitude_deg")
        if latitude_deg is None and longitude_deg is None:
            continue
        if latitude_deg is None or longitude_deg is None:
            raise InvalidInput(f"Site {site!r} needs a latitude and a longitude in degrees, such as 48.5 and -123.1.")
        elevation_m, full_scale_db = row.get("elevation_m"), row.get("full_scale_db")
        found.append(
            SiteCoordinates(
                site,
                float(latitude_deg),
                float(longitude_deg),
                elevation_m=None if elevation_m is None else float(elevation_m),
                time_zone=(row.get("time_zone") or "").strip(),
                recorder=(row.get("recorder") or "").strip(),
                full_scale_db=None if full_scale_db is None else float(full_scale_db),
                reference=row.get("reference") or "",
            )
        )
    return tuple(found)


def read_assignments(rows: Iterable[Mapping[str, Any]], *, known: Round, who: str) -> tuple[Assignment, ...]:
    """Make assignments of rows ``site`` and ``person`` that somebody (``who``) has typed; empty rows are left out.

    Raises
    ------
    InvalidInput
        When a row lacks one of both.
    """
    before = {(each.site, each.person): each for each in known.assignments}
    found: dict[tuple[str, str], Assignment] = {}
    for row in rows:
        site, person = (str(row.get(name) or "").strip() for name in ("site", "person"))
        if bool(site) != bool(person):
            raise InvalidInput(f"An assignment needs a site and a person, found site {site!r}, person {person!r}.")
        if site:
            found[site, person] = before.get((site, person)) or Assignment(site, person, who)
    return tuple(found.values())


@needs("admin")
def change_round(workspace: Workspace, changed: Round) -> Round:
    """Replace a round's texts, labels and display; what was labelled is not touched.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When a label is missing that annotations or predictions have: rename and merge are not done in passing.
        When a label has one of the editor's own keys.
    """
    _check_hotkeys(changed)
    with workspace.database.holding(f"round/{changed.id}"):
        with workspace.database.reading() as connection:
            known = rounds.get_round(connection, changed.id)
            removed = set(known.label_names) - set(changed.label_names)
            missing = sorted(removed & _list_used_labels(connection, changed.id)) if removed else []
            if missing:
                raise InvalidInput(
                    f"These labels are in use in round {changed.id!r} and must stay in its list: {name_some(missing)}. "
                    f"To change a name, rename the label."
                )
            _check_earlier_names(rounds.find_names(connection, changed.id), changed.label_names)
        _replace(workspace, changed)
        if _list_calibrations(known) != _list_calibrations(changed):  # levels were measured by the earlier ones
            with workspace.database.writing() as connection:
                measurements.forget(connection, changed.id)
    return changed


def _list_calibrations(round_: Round) -> tuple[str, dict[str, float | None]]:
    return round_.site, {each.site: each.full_scale_db for each in round_.sites if each.full_scale_db is not None}


def _list_used_labels(connection: Connection, round_id: str) -> set[str]:
    return submissions.list_used_labels(connection, round_id) | predictions.list_used_labels(connection, round_id)


def _replace(workspace: Workspace, changed: Round) -> None:
    """Keep the new state of a round whose name is held."""
    records.save_round(workspace.files, changed)
    with workspace.database.writing() as connection:
        rounds.replace_round(connection, changed)


@needs("admin")
def add_labels(workspace: Workspace, *, round_id: str, names: Sequence[str]) -> Round:
    """Add labels at the end of a round's list, with colours and what keys from 1 to 9 are free; it keeps those it has.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When a name cannot be used.
    """
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
        labels = check_new_labels(round_, names)
        if labels == round_.labels:
            return round_
        changed = replace(round_, labels=labels)
        _replace(workspace, changed)
    return changed


def check_new_labels(round_: Round, names: Sequence[str]) -> tuple[Label, ...]:
    """Check that labels can be added to a round, and give its list with them; InvalidInput when they cannot."""
    labels = append_labels(round_.labels, names)
    _check_earlier_names(dict(round_.renamed), [label.name for label in labels[len(round_.labels) :]])
    return labels


def _check_earlier_names(renamed: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse labels that have the earlier name of another one: older answers and files mean that one by it."""
    for name in names:
        if name in renamed:
            raise InvalidInput(f"{name!r} was the name of the label {renamed[name]!r} before: choose another one.")


def _check_hotkeys(round_: Round) -> None:
    """Refuse labels whose keys the editor uses itself."""
    taken = [label for label in round_.labels if label.hotkey and label.hotkey.lower() in EDITOR_KEYS]
    if taken:
        found = ", ".join(f"{label.hotkey!r} of {label.name!r}" for label in taken)
        raise InvalidInput(
            f"The editor itself uses these keys: {found}. Choose from {_FREE_KEYS}, or leave the key empty."
        )


def get_round(workspace: Workspace, *, round_id: str) -> Round:
    """Get a round; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return rounds.get_round(connection, round_id)


def find_round(workspace: Workspace, *, round_id: str) -> Round | None:
    """Find a round by id."""
    with workspace.database.reading() as connection:
        return rounds.find_round(connection, round_id)


def find_current(workspace: Workspace) -> Round | None:
    """Find the round that is worked on: the newest with sessions to label, else the newest; None without any."""
    with workspace.database.reading() as connection:
        known = rounds.list_rounds(connection)
        return next((each for each in known if claims.count_open(connection, each.id)), next(iter(known), None))


def get_named(workspace: Workspace, *, name: str) -> Round:
    """Get a round by its id or name; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return rounds.find_named(connection, name) or rounds.get_round(connection, name)


def list_rounds(workspace: Workspace, *, is_archived: bool | None = False) -> list[Round]:
    """List the rounds, the newest first: those that are not archived, those that are, or (None) all."""
    with workspace.database.reading() as connection:
        found = rounds.list_rounds(connection)
    return [each for each in found if is_archived in (None, each.archived_at is not None)]


def count_standings(workspace: Workspace, *, round_id: str) -> dict[str, int]:
    """Count a round's sessions by what they count for, see `podcast_core.domain.standing`."""
    with workspace.database.reading() as connection:
        return tallies.count_standings(connection, round_id)


def count_answered(workspace: Workspace, *, round_ids: Iterable[str]) -> int:
    """Count the sessions of some rounds that have an answer which is more than a skip, rejected ones too."""
    with workspace.database.reading() as connection:
        counts = [tallies.count_standings(connection, each) for each in round_ids]
    return sum(
        count for each in counts for standing, count in each.items() if standing not in (UNREVIEWED, Outcome.SKIPPED)
    )


def count_facts(workspace: Workspace, *, round_ids: Iterable[str]) -> tuple[object, ...]:
    """Count what people said in some rounds, in numbers that differ when anybody says more."""
    with workspace.database.reading() as connection:
        return tuple(
            (
                tuple(tallies.count_standings(connection, each).values()),
                *(
                    tuple(tallies.list_groups(connection, each, f"all {what}").items())
                    for what in ("answers", "reviews")
                ),
                len(acts.list_acts(connection, each)),
                len(bulk.list_acts(connection, each)),
            )
            for each in sorted(set(round_ids))
        )


def count_left(workspace: Workspace, *, round_id: str, annotator: str) -> int:
    """Count a round's sessions that need an answer of somebody: not those that they have answered or skipped."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return queue_choices.count_matching(connection, round_id, annotator, QueueChoice(), include_skipped=False)


def count_answered_in_part(workspace: Workspace, *, round_id: str) -> int:
    """Count a round's sessions that have some of the answers that they want, and wait for another person's."""
    with workspace.database.reading() as connection:
        return tallies.list_groups(connection, round_id, "answered in part").get("", 0)


def count_open(workspace: Workspace, *, round_id: str) -> int:
    """Count a round's sessions that need an answer: nobody gave one, or predictions were left over."""
    with workspace.database.reading() as connection:
        return claims.count_open(connection, round_id)
