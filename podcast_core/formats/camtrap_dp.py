"""Camtrap DP 1.0, the data package in which archives take observations of sensors in the field (https://camtrap-dp.tdwg.org).

A site is a deployment, a recording a media file, an annotation an observation of it, an empty session a blank one.
The standard has terms for neither frequencies nor parts of a second yet (its issues 450 and 437): both stand among the
tags of an observation (``startSeconds:3.25 | frequencyLow:2000``), from which they are read back exactly. Moments are
in UTC, to the second around the call. The audio is not in the package.

The standard requires coordinates and times. Where they are not known their cells are empty, and validators say so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.recording import Recording
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.formats import session_tables
from podcast_core.formats.archives import (
    describe_box,
    find_coordinates,
    find_missing,
    list_taxa,
    read_box,
    round_up,
    write_moment,
)
from podcast_core.formats.contents import NOTES, Batch, Contents, Entry, FileBox, LeftOut, collect
from podcast_core.formats.documents import peek_document, write_document
from podcast_core.formats.format import Format
from podcast_core.formats.marks import sort_marks
from podcast_core.formats.tables import Cell, Row, read_header, read_rows, read_sheet, write_sheet

VERSION = "1.0.2"  # of June 2025
SCHEMAS = f"https://raw.githubusercontent.com/tdwg/camtrap-dp/{VERSION}"
PACKAGE, DEPLOYMENTS, MEDIA, OBSERVATIONS = "datapackage.json", "deployments.csv", "media.csv", "observations.csv"
DEPLOYMENT_COLUMNS = (
    *("deploymentID", "locationID", "locationName", "latitude", "longitude", "coordinateUncertainty"),
    *("deploymentStart", "deploymentEnd", "setupBy", "cameraID", "cameraModel", "cameraDelay", "cameraHeight"),
    *("cameraDepth", "cameraTilt", "cameraHeading", "detectionDistance", "timestampIssues", "baitUse", "featureType"),
    *("habitat", "deploymentGroups", "deploymentTags", "deploymentComments"),
)
MEDIA_COLUMNS = (
    *("mediaID", "deploymentID", "captureMethod", "timestamp", "filePath", "filePublic", "fileName"),
    *("fileMediatype", "exifData", "favorite", "mediaComments"),
)
OBSERVATION_COLUMNS = (
    *("observationID", "deploymentID", "mediaID", "eventID", "eventStart", "eventEnd", "observationLevel"),
    *("observationType", "cameraSetupType", "scientificName", "count", "lifeStage", "sex", "behavior", "individualID"),
    *("individualPositionRadius", "individualPositionAngle", "individualSpeed", "bboxX", "bboxY", "bboxWidth"),
    *("bboxHeight", "classificationMethod", "classifiedBy", "classificationTimestamp", "classificationProbability"),
    *("observationTags", "observationComments"),
)
TIME_LAPSE = "timeLapse"  # recorded by a plan and not because something moved: of the two values the nearer one
BLANK = {Outcome.EMPTY.value: "blank", Outcome.SKIPPED.value: "unclassified", UNREVIEWED: "unclassified"}
MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".m4a": "audio/mp4",
}
OTHER_MEDIA_TYPE = "audio/x-unknown"  # the standard wants one that begins with ``audio``


def write(batch: Batch) -> dict[str, bytes]:
    """Write the three tables, the document that describes them, and the session tables."""
    return {
        PACKAGE: write_document(_describe_package(batch)),
        DEPLOYMENTS: write_sheet(DEPLOYMENT_COLUMNS, _list_deployments(batch)),
        MEDIA: write_sheet(MEDIA_COLUMNS, _list_media(batch)),
        OBSERVATIONS: write_sheet(OBSERVATION_COLUMNS, _list_observations(batch)),
        **session_tables.write(batch),
    }


def read(name: str, data: bytes) -> Contents:
    """Read the observations of a package; its other files say nothing about calls."""
    if not {"observationID", "observationType"} <= set(read_header(name, data)):
        return Contents()
    rows = read_sheet(read_rows(name, data, required=[("observationID",), ("observationType",)]))
    blank = set(BLANK.values())
    return sort_marks(collect([row for row in rows if row.text("observationType") not in blank], _read_row))


def fits(name: str, data: bytes) -> bool:
    """Tell one of the files by its columns, or by the address of its profile."""
    if name.lower().endswith(".json"):
        document = peek_document(name, data)
        return isinstance(document, dict) and "camtrap-dp" in str(document.get("profile", ""))
    header = set(read_header(name, data))
    return "deploymentID" in header and bool({"deploymentStart", "fileMediatype", "observationType"} & header)


def _read_row(row: Row) -> FileBox | LeftOut:
    return read_box(
        row,
        _parse_tags(row.text("observationTags")),
        comment=row.text("observationComments"),
        individual=row.text("individualID"),
        call_type=row.text("behavior"),
    )


def _write_tags(said: Mapping[str, Cell]) -> str:
    """Write tags as ``key:value`` pairs; the sign that parts them is written as in an address where a value has it."""
    return " | ".join(f"{key}:{_escape(str(value))}" for key, value in said.items())


def _escape(value: str) -> str:
    return value.replace("%", "%25").replace("|", "%7C")


def _parse_tags(text: str) -> dict[str, str]:
    """Read the tags that are pairs."""
    pairs = (tag.partition(":") for tag in text.split(" | "))
    return {key.strip(): value.replace("%7C", "|").replace("%25", "%") for key, colon, value in pairs if colon}


def _name_deployment(entry: Entry) -> str:
    return entry.recording.site or "unknown site"


def _list_deployments(batch: Batch) -> Iterable[dict[str, Cell]]:
    """Give a row per site, from the start of its first recording to the end of its last."""
    sites: dict[str, dict[str, Recording]] = defaultdict(dict)
    for entry in batch.entries:
        sites[_name_deployment(entry)][entry.recording.id] = entry.recording
    coordinates = find_coordinates(batch)
    for site, recordings in sorted(sites.items()):
        starts, ends = _find_extent(recordings.values())
        place = coordinates.get(next(iter(recordings)))
        yield {
            "deploymentID": site,
            "locationID": site,
            "locationName": site,
            **({"latitude": place.latitude_deg, "longitude": place.longitude_deg} if place else {}),
            **_describe_recorder(batch.round_.find_site(next(iter(recordings.values())))),
            "deploymentStart": write_moment(starts),
            "deploymentEnd": write_moment(round_up(ends)),
            "timestampIssues": "true" if any(each.started_at is None for each in recordings.values()) else "false",
        }


def _describe_recorder(site: SiteCoordinates | None) -> dict[str, Cell]:
    """Give height or depth, recorder and calibration, where somebody said them: the recorder is the camera here."""
    if site is None:
        return {}
    elevation_m, full_scale_db = site.elevation_m, site.full_scale_db
    height: dict[str, Cell] = {}
    if elevation_m is not None:
        height = {"cameraHeight": elevation_m} if elevation_m >= 0 else {"cameraDepth": -elevation_m}
    told = [f"time zone {site.time_zone}"] if site.time_zone else []
    told += [f"full scale is {full_scale_db:g} dB re {site.reference} (peak)"] if full_scale_db is not None else []
    return {"cameraModel": site.recorder, **height, "deploymentComments": "; ".join(told)}


def _find_extent(recordings: Iterable[Recording]) -> tuple[datetime | None, datetime | None]:
    """Find when the first of the recordings began and the last one ended."""
    known = [each for each in recordings if each.started_at is not None]
    starts = [each.started_at for each in known if each.started_at]
    ends = [each.ended_at for each in known if each.ended_at]
    return min(starts, default=None), max(ends, default=None)


def _list_media(batch: Batch) -> Iterable[dict[str, Cell]]:
    seen: set[str] = set()
    for entry in batch.entries:
        recording = entry.recording
        if recording.id in seen:
            continue
        seen.add(recording.id)
        yield {
            "mediaID": recording.id,
            "deploymentID": _name_deployment(entry),
            "captureMethod": TIME_LAPSE,
            "timestamp": write_moment(recording.started_at),
            "filePath": recording.file_name,
            "filePublic": "false",
            "fileName": recording.file_name,
            "fileMediatype": MEDIA_TYPES.get(PurePath(recording.file_name).suffix.lower(), OTHER_MEDIA_TYPE),
            "mediaComments": "; ".join(recording.notes),
        }


def _list_observations(batch: Batch) -> Iterable[dict[str, Cell]]:
    taxa = list_taxa(batch.round_)
    for entry in batch.entries:
        yield from (
            _describe_observation(entry, number, box, taxa) for number, box in enumerate(entry.annotations, start=1)
        )
        if not entry.annotations and entry.outcome in BLANK:
            kind = BLANK[entry.outcome]
            who = _describe_classification(entry) if kind == "blank" else {}
            session = entry.session
            yield {**_describe_event(entry, 0, session.start_s, session.end_s), "observationType": kind, **who}


def _describe_event(entry: Entry, number: int, start_s: float, end_s: float) -> dict[str, Cell]:
    return {
        "observationID": f"{entry.session.id}-{number}",
        "deploymentID": _name_deployment(entry),
        "mediaID": entry.recording.id,
        "eventID": entry.session.id,
        "eventStart": write_moment(entry.time_at(start_s)),
        "eventEnd": write_moment(round_up(entry.time_at(end_s))),
        "observationLevel": "media",
    }


def _describe_classification(entry: Entry) -> dict[str, Cell]:
    if entry.submission is None:
        return {}
    return {
        "classificationMethod": "human",
        "classifiedBy": entry.submission.annotator,
        "classificationTimestamp": write_moment(entry.submission.submitted_at),
    }


def _describe_observation(entry: Entry, number: int, box: Annotation, taxa: Mapping[str, str]) -> dict[str, Cell]:
    return {
        **_describe_event(entry, number, box.start_s, box.end_s),
        "observationType": "animal",
        "scientificName": taxa.get(box.label, ""),
        "behavior": box.call_type,
        "individualID": box.individual,
        **_describe_classification(entry),
        "observationTags": _write_tags(describe_box(entry, box)),
        "observationComments": box.comment,
    }


def _describe_package(batch: Batch) -> dict[str, Any]:
    round_, taxa = batch.round_, list_taxa(batch.round_)
    answers = [entry.submission for entry in batch.entries if entry.submission is not None]
    boxes = [box for entry in batch.entries for box in entry.annotations]
    places = sorted({(each.longitude_deg, each.latitude_deg) for each in find_coordinates(batch).values()})
    starts, ends = _find_extent(entry.recording for entry in batch.entries)
    found = {taxa[box.label] for box in boxes if box.label in taxa}
    names = {"deployments": DEPLOYMENTS, "media": MEDIA, "observations": OBSERVATIONS}
    more = {"sessions": session_tables.SESSIONS, "predictions": session_tables.PREDICTIONS}
    return {
        "profile": f"{SCHEMAS}/camtrap-dp-profile.json",
        "name": round_.id.lower(),
        "title": round_.name,
        "description": round_.description,
        # Of the facts and not of the clock: the same facts give the same bytes.
        "created": write_moment(max((each.submitted_at for each in answers), default=round_.created_at)),
        "contributors": [
            {"title": name, "role": "contributor"} for name in sorted({each.annotator for each in answers})
        ],
        "sources": [{"title": "Pod.Cast"}],
        "project": {
            "id": round_.id,
            "title": round_.name,
            "samplingDesign": "opportunistic",
            "captureMethod": [TIME_LAPSE],
            "individualAnimals": any(box.individual for box in boxes),
            "observationLevel": ["media"],
            **({"path": round_.site_url} if round_.site_url else {}),
        },
        "spatial": {"type": "MultiPoint", "coordinates": [list(each) for each in places]},
        "temporal": {"start": _write_day(starts), "end": _write_day(ends)},
        "taxonomic": [{"scientificName": name} for name in sorted(found)],
        "resources": [
            *(
                {
                    "name": name,
                    "path": path,
                    "profile": "tabular-data-resource",
                    "format": "csv",
                    "mediatype": "text/csv",
                    "encoding": "utf-8",
                    "schema": f"{SCHEMAS}/{name}-table-schema.json",
                }
                for name, path in names.items()
            ),
            *({"name": name, "path": path, "format": "csv"} for name, path in more.items()),
        ],
    }


def _write_day(moment: datetime | None) -> str:
    return "" if moment is None else moment.date().isoformat()


FORMATS = {
    "camtrap-dp": Format(
        "Camtrap DP",
        "A data package for biodiversity archives (GBIF takes it): deployments, media and observations. Labels get the "
        "scientific names of the round's list; frequencies and parts of a second are tags.",
        (".csv",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
        main=OBSERVATIONS,
        find_missing=find_missing,
    ),
}
