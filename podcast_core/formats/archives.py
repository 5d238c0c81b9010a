"""What the two formats of biodiversity archives share: what a box says beyond their terms, and how names are found."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.coordinates import Coordinates
from podcast_core.domain.round import Round
from podcast_core.errors import name_some
from podcast_core.formats.contents import Batch, Entry, FileBox, LeftOut, Why
from podcast_core.formats.marks import make_mark
from podcast_core.formats.numbers import parse_number
from podcast_core.formats.tables import Cell, Row

CHANNEL, START, END = "channel", "startSeconds", "endSeconds"  # seconds from the start of the recording
LOW, HIGH = "frequencyLow", "frequencyHigh"  # Hz, as Audiovisual Core calls its freqLow and freqHigh
FILE, RECORDING, SESSION, LABEL = "fileName", "recordingID", "sessionID", "label"
ORIGIN, SCORE, MODEL, PREDICTION, UNSURE = "origin", "score", "model", "predictionID", "unsure"


def describe_box(entry: Entry, box: Annotation) -> dict[str, Cell]:
    """Say of a box what the archives have no terms for; what is empty is left out."""
    said: dict[str, Cell] = {
        FILE: entry.recording.file_name,
        RECORDING: entry.recording.id,
        SESSION: entry.session.id,
        CHANNEL: entry.session.channel,
        START: box.start_s,
        END: box.end_s,
        LOW: box.low_hz,
        HIGH: box.high_hz,
        LABEL: box.label,
        ORIGIN: box.origin.value,
        SCORE: box.score,
        MODEL: box.model,
        PREDICTION: box.prediction_id,
        UNSURE: "yes" if box.unsure else "",
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def read_box(row: Row, said: Mapping[str, str], *, comment: str, individual: str, call_type: str) -> FileBox | LeftOut:
    """Make a box of what `describe_box` has said; without times it is about a whole recording, and no box.

    Raises
    ------
    InvalidInput
        When a number is none, with the line.
    """
    if START not in said or END not in said:
        return LeftOut(row.where, Why.GEOMETRY, said.get(FILE, ""), detail="an observation without startSeconds")

    def number(name: str) -> float | None:
        try:
            return parse_number(said[name]) if name in said else None
        except ValueError as error:
            raise row.refuse(f"expected {error} in {name}, found {said[name][:40]!r}") from None

    channel = number(CHANNEL)
    return make_mark(
        row,
        name=said.get(FILE) or said.get(RECORDING, ""),
        start_s=number(START),
        end_s=number(END),
        low_hz=number(LOW),
        high_hz=number(HIGH),
        label=said.get(LABEL, ""),
        score=number(SCORE),
        model=said.get(MODEL, ""),
        origin=said.get(ORIGIN, ""),
        prediction_id=said.get(PREDICTION, ""),
        session_id=said.get(SESSION, ""),
        recording_id=said.get(RECORDING, ""),
        channel=None if channel is None else int(channel),
        comment=comment,
        unsure=said.get(UNSURE) == "yes",
        individual=individual,
        call_type=call_type,
    )


def list_taxa(round_: Round) -> dict[str, str]:
    """List the scientific names that the round gives its labels, by label."""
    return {label.name: label.scientific_name for label in round_.labels if label.scientific_name}


def write_moment(moment: datetime | None) -> str:
    """Write a moment to the second below, in UTC, as Camtrap DP wants it; empty where it is not known."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def round_up(moment: datetime | None) -> datetime | None:
    """Give the next whole second, where a moment is none."""
    if moment is None or not moment.microsecond:
        return moment
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def find_coordinates(batch: Batch) -> dict[str, Coordinates]:
    """Find where the recorders stood, by the recording's id; those of which nobody knows it are not there."""
    recordings = {entry.recording.id: entry.recording for entry in batch.entries}
    found = ((each.id, batch.round_.find_coordinates(each)) for each in recordings.values())
    return {recording_id: coordinates for recording_id, coordinates in found if coordinates is not None}


def find_missing(batch: Batch) -> list[str]:
    """Say what archives ask for and nobody has entered: scientific names, coordinates, starts."""
    labels = {box.label for entry in batch.entries for box in entry.annotations} - set(list_taxa(batch.round_))
    recordings = {entry.recording.id: entry.recording for entry in batch.entries}
    known = find_coordinates(batch)
    sites = {each.site or batch.round_.site or "no site" for each in recordings.values() if each.id not in known}
    unknown = sum(each.started_at is None for each in recordings.values())
    missing = [
        (labels, f"Labels without a scientific name (edit the round to add it): {name_some(sorted(labels))}."),
        (sites, f"Sites without coordinates (edit the round to add them): {name_some(sorted(sites))}."),
        (unknown, f"Recordings whose start is not known: {unknown:,}. Their times are left empty."),
    ]
    return [sentence for found, sentence in missing if found]
