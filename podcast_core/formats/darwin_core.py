"""Darwin Core, the occurrences that biodiversity archives such as GBIF take, as an archive: a table and ``meta.xml``.

An annotation is an occurrence that a machine observed. Terms are of Darwin Core (https://dwc.tdwg.org/terms); what
has none, such as frequencies and exact times, is JSON in ``dynamicProperties``, from which it is read back. An
``eventDate`` is an interval in UTC to the millisecond; it is empty where nobody knows when a recording began, and so
are coordinates of unknown places.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.coordinates import Coordinates
from podcast_core.domain.review import Verdict
from podcast_core.formats import session_tables
from podcast_core.formats.archives import describe_box, find_coordinates, find_missing, list_taxa, read_box
from podcast_core.formats.contents import NOTES, Batch, Contents, Entry, FileBox, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.marks import sort_marks
from podcast_core.formats.tables import Cell, Row, read_header, read_rows, read_sheet, write_sheet

OCCURRENCES, META = "occurrence.csv", "meta.xml"
DWC = "http://rs.tdwg.org/dwc/terms/"
TEXT = "http://rs.tdwg.org/dwc/text/"
COLUMNS = (
    *("occurrenceID", "basisOfRecord", "occurrenceStatus", "eventID", "eventDate", "locationID", "locality"),
    *("decimalLatitude", "decimalLongitude", "geodeticDatum", "minimumDepthInMeters", "maximumDepthInMeters"),
    *("scientificName", "verbatimIdentification", "identifiedBy", "dateIdentified"),
    *("identificationVerificationStatus", "organismID", "behavior"),
    *("occurrenceRemarks", "associatedMedia", "samplingProtocol", "datasetName", "dynamicProperties"),
)
DATUM = "EPSG:4326"  # WGS 84, as receivers of GPS say


def write(batch: Batch) -> dict[str, bytes]:
    """Write the table, what says what its columns mean, and the session tables."""
    return {
        OCCURRENCES: write_sheet(COLUMNS, _list_occurrences(batch)),
        META: _write_meta(),
        **session_tables.write(batch),
    }


def read(name: str, data: bytes) -> Contents:
    """Read occurrences of ours; those without times in a recording are left out."""
    if name.lower().endswith(".xml"):
        return Contents()
    rows = read_sheet(read_rows(name, data, required=[("occurrenceID",), ("basisOfRecord",)]))
    return sort_marks(collect(rows, _read_row))


def fits(name: str, data: bytes) -> bool:
    """Tell the table by its columns, the other file by the address of its kind."""
    if name.lower().endswith(".xml"):
        return TEXT.encode() in data[:2_000]
    return {"occurrenceID", "basisOfRecord"} <= set(read_header(name, data))


def _read_row(row: Row) -> FileBox | LeftOut:
    try:
        said = json.loads(row.text("dynamicProperties") or "{}")
    except ValueError as error:
        raise row.refuse(f"expected JSON in dynamicProperties, found something else: {error}") from None
    if not isinstance(said, dict):
        raise row.refuse("expected a JSON object in dynamicProperties")
    return read_box(
        row,
        {str(key): str(value) for key, value in said.items()},
        comment=row.text("occurrenceRemarks"),
        individual=row.text("organismID"),
        call_type=row.text("behavior"),
    )


def _list_occurrences(batch: Batch) -> Iterable[dict[str, Cell]]:
    taxa, coordinates = list_taxa(batch.round_), find_coordinates(batch)
    for entry in batch.entries:
        place, site = coordinates.get(entry.recording.id), batch.round_.find_site(entry.recording)
        for number, box in enumerate(entry.annotations, start=1):
            yield {
                "occurrenceID": f"{batch.round_.id}:{entry.session.id}:{number}",
                "datasetName": batch.round_.name,
                **_describe_place(entry, place),
                **_describe_elevation(site.elevation_m if site else None),
                **_describe_identification(entry, box, taxa),
                "eventID": entry.session.id,
                "eventDate": _write_interval(entry.time_at(box.start_s), entry.time_at(box.end_s)),
                "organismID": box.individual,
                "behavior": box.call_type,
                "occurrenceRemarks": box.comment,
                "associatedMedia": entry.recording.file_name,
                "dynamicProperties": json.dumps(describe_box(entry, box), ensure_ascii=False),
            }


def _describe_place(entry: Entry, place: Coordinates | None) -> dict[str, Cell]:
    return {
        "basisOfRecord": "MachineObservation",
        "occurrenceStatus": "present",
        "samplingProtocol": "passive acoustic monitoring",
        "locationID": entry.recording.site,
        "locality": entry.recording.site,
        **(_describe_coordinates(place) if place else {}),
    }


def _describe_elevation(elevation_m: float | None) -> dict[str, Cell]:
    """Give a depth; a height above ground is no elevation above the sea, and has no term of its own."""
    if elevation_m is None or elevation_m >= 0:
        return {}
    return {"minimumDepthInMeters": -elevation_m, "maximumDepthInMeters": -elevation_m}


def _describe_coordinates(place: Coordinates) -> dict[str, Cell]:
    return {
        "decimalLatitude": place.latitude_deg,
        "decimalLongitude": place.longitude_deg,
        "geodeticDatum": DATUM,
    }


def _describe_identification(entry: Entry, box: Annotation, taxa: Mapping[str, str]) -> dict[str, Cell]:
    answer = entry.submission
    is_accepted = bool(entry.reviews) and entry.reviews[-1].verdict is Verdict.ACCEPT
    return {
        "scientificName": taxa.get(box.label, ""),
        "verbatimIdentification": box.label,
        "identifiedBy": answer.annotator if answer else "",
        "dateIdentified": answer.submitted_at.isoformat(timespec="seconds") if answer else "",
        "identificationVerificationStatus": "accepted in review" if is_accepted else "not verified",
    }


def _write_interval(starts: datetime | None, ends: datetime | None) -> str:
    """Write when something was, by ISO 8601; empty where nobody knows."""
    if starts is None or ends is None:
        return ""
    return "/".join(each.isoformat(timespec="milliseconds").replace("+00:00", "Z") for each in (starts, ends))


def _write_meta() -> bytes:
    """Write what an archive says of its table, by the text guide of Darwin Core (https://dwc.tdwg.org/text)."""
    fields = [f'    <field index="{index}" term="{DWC}{name}"/>' for index, name in enumerate(COLUMNS)]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<archive xmlns="{TEXT}">',
        f'  <core encoding="UTF-8" fieldsTerminatedBy="," linesTerminatedBy="\\r\\n" fieldsEnclosedBy=\'"\' '
        f'ignoreHeaderLines="1" rowType="{DWC}Occurrence">',
        f"    <files><location>{OCCURRENCES}</location></files>",
        '    <id index="0"/>',
        *fields,
        "  </core>",
        "</archive>",
        "",
    ]
    return "\n".join(lines).encode()


FORMATS = {
    "darwin-core": Format(
        "Darwin Core",
        "Occurrences as an archive for GBIF, OBIS and others: one row per annotation, with its label's scientific name "
        "and the coordinates of its site.",
        (".csv",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
        main=OCCURRENCES,
        find_missing=find_missing,
    ),
}
