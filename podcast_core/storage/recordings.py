"""Recordings in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, true, update

from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.recording import Recording
from podcast_core.errors import NotFound
from podcast_core.storage import deriving, keyset
from podcast_core.storage.schema import recordings, rounds, sessions

MAX_NAMED = 500  # in one statement
_FIND = select(recordings).where(recordings.c.id == bindparam("recording_id"))
_LIST = select(recordings).order_by(recordings.c.file_name, recordings.c.id)
_LIST_SOME = select(recordings).where(recordings.c.id.in_(bindparam("recording_ids", expanding=True)))


def find_recording(connection: Connection, recording_id: str) -> Recording | None:
    """Find a recording by id."""
    row = connection.execute(_FIND, {"recording_id": recording_id}).one_or_none()
    return None if row is None else _to_recording(row)


def get_recording(connection: Connection, recording_id: str) -> Recording:
    """Get a recording by id; NotFound when there is none."""
    recording = find_recording(connection, recording_id)
    if recording is None:
        raise NotFound(f"There is no recording {recording_id!r}.")
    return recording


def find_by_number(connection: Connection, number: int) -> Recording | None:
    """Find a recording by its number: counted from 1 in the order in which they were added."""
    query = select(recordings).order_by(recordings.c.added_at, recordings.c.id).offset(max(number, 1) - 1).limit(1)
    row = connection.execute(query).one_or_none() if number > 0 else None
    return None if row is None else _to_recording(row)


def list_recordings(connection: Connection, recording_ids: Iterable[str] | None = None) -> list[Recording]:
    """List all recordings, or those with the ids, by file name."""
    if recording_ids is None:
        return [_to_recording(row) for row in connection.execute(_LIST)]
    wanted = sorted(set(recording_ids))
    parts = (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED))
    found = [_to_recording(row) for ids in parts for row in connection.execute(_LIST_SOME, {"recording_ids": ids})]
    return sorted(found, key=lambda each: (each.file_name, each.id))


def list_names_in_round(connection: Connection, round_id: str) -> list[tuple[str, str, str]]:
    """List ids, names and original names of the recordings of which a round has sessions that are not archived."""
    is_in = exists().where(
        sessions.c.recording_id == recordings.c.id, sessions.c.round_id == round_id, ~sessions.c.archived
    )
    query = select(recordings.c.id, recordings.c.file_name, recordings.c.original_name).where(is_in)
    return [(row.id, row.file_name, row.original_name) for row in connection.execute(query)]


def search_recordings(
    connection: Connection,
    *,
    site: str = "",
    search: str = "",
    span: tuple[datetime | None, datetime | None] = (None, None),
    **part: Any,
) -> tuple[list[Recording], int]:
    """List a part of the recordings by file name, and count all of them.

    Parameters
    ----------
    site
        Of this site only, unless empty.
    search
        A part of the file name; A to Z in any case.
    span
        Those that began in it, the end not included (UTC); None: no limit.
    part
        That of `keyset.cut`: keys are file name and id.
    """
    table = recordings.c
    first, last = span
    conditions = [
        *([table.site == site] if site else []),
        *([table.file_name.icontains(search, autoescape=True)] if search else []),
        *([table.started_at >= first] if first is not None else []),
        *([table.started_at < last] if last is not None else []),
    ]
    count = connection.execute(select(func.count()).select_from(recordings).where(*conditions)).scalar_one()
    query = keyset.cut(select(recordings).where(*conditions), (table.file_name, table.id), **part)
    return [_to_recording(row) for row in connection.execute(query)], int(count)


def add_recording(connection: Connection, recording: Recording) -> None:
    """Add a recording that is not there yet."""
    add_recordings(connection, [recording])


def add_recordings(connection: Connection, new: Sequence[Recording]) -> None:
    """Add recordings that are not there yet."""
    if new:
        connection.execute(insert(recordings), [{"id": recording.id, **asdict(recording)} for recording in new])


def replace_recording(connection: Connection, recording: Recording) -> None:
    """Replace what is known about a recording; its audio is the same."""
    connection.execute(update(recordings).where(recordings.c.id == recording.id).values(asdict(recording)))
    cut = select(sessions.c.round_id, sessions.c.id).where(sessions.c.recording_id == recording.id)
    touched: dict[str, list[str]] = {}
    for round_id, session_id in connection.execute(cut):
        touched.setdefault(round_id, []).append(session_id)
    for round_id, session_ids in sorted(touched.items()):
        deriving.refresh(connection, round_id, session_ids)


def move_recording(connection: Connection, recording_id: str, uri: str) -> None:
    """Remember another place for the same audio."""
    connection.execute(update(recordings).where(recordings.c.id == recording_id).values(uri=uri))


def _to_recording(row: Row[tuple[object, ...]]) -> Recording:
    fields = dict(row._mapping)
    del fields["id"]  # derived from sha256
    fields["notes"] = tuple(fields["notes"])
    return Recording(**fields)


def list_coordinates(connection: Connection, round_ids: Sequence[str]) -> list[SiteCoordinates]:
    """List the sites of rounds of which recordings say where they are; of each, the place of the middle latitude.

    A recording without a site is of its round's.
    """
    table = recordings.c
    site = func.coalesce(func.nullif(table.site, ""), rounds.c.site)
    is_in = exists().where(sessions.c.recording_id == table.id, sessions.c.round_id == rounds.c.id)
    query = (
        select(site, table.latitude_deg, table.longitude_deg)
        .select_from(recordings.join(rounds, true()))
        .where(table.latitude_deg.is_not(None), table.longitude_deg.is_not(None), rounds.c.id.in_(round_ids), is_in)
        .order_by(site, table.latitude_deg, table.longitude_deg)
    )
    by_site: dict[str, list[tuple[float, float]]] = {}
    for name, latitude_deg, longitude_deg in connection.execute(query):
        if name:
            by_site.setdefault(name, []).append((latitude_deg, longitude_deg))
    return [SiteCoordinates(name, *places[len(places) // 2]) for name, places in by_site.items()]


def list_sample_rates(connection: Connection, round_id: str) -> list[int]:
    """List the sample rates of a round's recordings, the lowest first."""
    of_round = select(sessions.c.recording_id).where(sessions.c.round_id == round_id)
    query = select(recordings.c.sample_rate_hz).where(recordings.c.id.in_(of_round)).distinct()
    return sorted(int(rate) for rate in connection.scalars(query))
