"""Camtrap DP and Darwin Core: what the standards require is there, and what nobody knows is said to be missing."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.label import Label
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.formats import FORMATS
from podcast_core.formats.contents import Batch, Entry, Why, make_batch
from tests.formats.builders import make_recording, make_session, make_submission

ORCA = Label("call | loud", "#56b4e9", scientific_name="Orcinus orca")
# Camtrap DP 1.0: columns whose cells must not be empty.
REQUIRED = {
    "deployments.csv": ("deploymentID", "latitude", "longitude", "deploymentStart", "deploymentEnd"),
    "media.csv": ("mediaID", "deploymentID", "timestamp", "filePath", "filePublic", "fileMediatype"),
    "observations.csv": (
        *("observationID", "deploymentID", "eventStart", "eventEnd", "observationLevel", "observationType"),
    ),
}


def make_round(*sites: SiteCoordinates) -> Round:
    return Round("r1", "Winter, 2020", (ORCA, Label("ship", "#e69f00")), site="Bush Point", sites=sites)


def make_archive(round_: Round) -> Batch:
    recording = replace(make_recording(), site="Bush Point")
    heard, silent, left = (make_session(recording, number) for number in range(3))
    box = Annotation(1.25, 2.5, ORCA.name, low_hz=500.5, high_hz=2000, individual="J35", call_type="S01", comment="a|b")
    return make_batch(
        round_,
        [
            Entry(recording, heard, (), make_submission(heard, box, Annotation(3, 4, "ship"))),
            Entry(recording, silent, (), make_submission(silent, outcome=Outcome.EMPTY)),
            Entry(recording, left),
        ],
    )


def read_table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_recorder_has_its_depth_and_calibration() -> None:
    hydrophone = SiteCoordinates(
        *("Bush Point", 48.03, -122.61, -8.0, "America/Los_Angeles", "SoundTrap ST600", 176.0, "1 µPa")
    )
    batch = make_archive(make_round(hydrophone))
    [deployment] = read_table(FORMATS["camtrap-dp"].write(batch)["deployments.csv"])
    assert (deployment["cameraDepth"], deployment["cameraHeight"]) == ("8.0", "")
    assert deployment["cameraModel"] == "SoundTrap ST600"
    assert "full scale is 176 dB re 1 µPa" in deployment["deploymentComments"]
    occurrence = read_table(FORMATS["darwin-core"].write(batch)["occurrence.csv"])[0]
    assert (occurrence["minimumDepthInMeters"], occurrence["maximumDepthInMeters"]) == ("8.0", "8.0")


def test_a_package_has_all_that_the_standard_requires() -> None:
    batch = make_archive(make_round(SiteCoordinates("Bush Point", 48.03, -122.61)))
    files = FORMATS["camtrap-dp"].write(batch)
    for name, columns in REQUIRED.items():
        rows = read_table(files[name])
        assert [(name, column) for row in rows for column in columns if not row[column]] == []
    [deployment] = read_table(files["deployments.csv"])
    assert (deployment["latitude"], deployment["longitude"]) == ("48.03", "-122.61")
    assert (deployment["deploymentStart"], deployment["deploymentEnd"]) == (
        "2020-07-05T06:59:59Z",
        "2020-07-05T07:00:59Z",
    )
    call, ship, blank, unseen = read_table(files["observations.csv"])
    assert (call["eventStart"], call["eventEnd"]) == ("2020-07-05T07:00:00Z", "2020-07-05T07:00:02Z")  # around 1.25-2.5
    assert (call["scientificName"], call["behavior"], call["individualID"]) == ("Orcinus orca", "S01", "J35")
    assert call["observationTags"].startswith("fileName:sea.wav | ")
    assert "frequencyLow:500.5 | frequencyHigh:2000 | label:call %7C loud | origin:new" in call["observationTags"]
    assert (ship["scientificName"], ship["observationType"], ship["classifiedBy"]) == ("", "animal", "Ann")
    assert (blank["observationType"], blank["classificationMethod"]) == ("blank", "human")
    assert (unseen["observationType"], unseen["classificationMethod"]) == ("unclassified", "")
    package = json.loads(files["datapackage.json"])
    assert {each["name"]: each["path"] for each in package["resources"]}.keys() >= {
        "deployments",
        "media",
        "observations",
    }
    assert all(each["path"] in files for each in package["resources"])
    assert package["taxonomic"] == [{"scientificName": "Orcinus orca"}]
    assert package["temporal"] == {"start": "2020-07-05", "end": "2020-07-05"}
    assert package["spatial"] == {"type": "MultiPoint", "coordinates": [[-122.61, 48.03]]}


def test_occurrences_have_place_time_and_name_and_the_archive_says_what_columns_mean() -> None:
    batch = make_archive(make_round(SiteCoordinates("Bush Point", 48.03, -122.61)))
    files = FORMATS["darwin-core"].write(batch)
    call, ship = read_table(files["occurrence.csv"])
    assert call["eventDate"] == "2020-07-05T07:00:00.250Z/2020-07-05T07:00:01.500Z"
    assert (call["decimalLatitude"], call["decimalLongitude"], call["geodeticDatum"]) == (
        "48.03",
        "-122.61",
        "EPSG:4326",
    )
    assert (call["scientificName"], call["verbatimIdentification"]) == ("Orcinus orca", "call | loud")
    assert call["basisOfRecord"] == "MachineObservation"
    assert call["occurrenceID"] != ship["occurrenceID"]
    core = ET.fromstring(files["meta.xml"])[0]
    space = "{http://rs.tdwg.org/dwc/text/}"
    terms = [field.attrib["term"].rpartition("/")[2] for field in core.findall(f"{space}field")]
    assert terms == list(call)
    assert core.findtext(f"{space}files/{space}location") == "occurrence.csv"


def test_what_nobody_has_entered_is_said_and_left_empty() -> None:
    batch = make_archive(make_round())
    for name in ("camtrap-dp", "darwin-core"):
        labels, sites = FORMATS[name].find_missing(batch)
        assert labels.endswith(": ship.")
        assert sites.endswith(": Bush Point.")
    nameless = [replace(each, recording=replace(each.recording, started_at=None)) for each in batch.entries]
    assert "1. Their times" in FORMATS["camtrap-dp"].find_missing(replace(batch, entries=tuple(nameless)))[-1]
    files = FORMATS["camtrap-dp"].write(replace(batch, entries=tuple(nameless)))
    assert {row["eventStart"] for row in read_table(files["observations.csv"])} == {""}
    assert read_table(files["deployments.csv"])[0]["timestampIssues"] == "true"


def test_observations_of_others_that_name_no_seconds_are_left_out() -> None:
    head = "observationID,deploymentID,mediaID,observationType,scientificName,observationTags"
    foreign = f"{head}\no1,d1,m1,animal,Vulpes vulpes,travelDirection:left\no2,d1,m1,blank,,\n".encode()
    found = FORMATS["camtrap-dp"].read("observations.csv", foreign)
    assert [each.why for each in found.left_out] == [Why.GEOMETRY]
    assert (found.annotations, found.answers) == ((), ())
    foreign = b"occurrenceID,basisOfRecord,dynamicProperties\n1,HumanObservation,\n"
    assert [each.why for each in FORMATS["darwin-core"].read("o.csv", foreign).left_out] == [Why.GEOMETRY]


def test_a_moment_of_review_does_not_change_a_package() -> None:
    batch = make_archive(make_round())
    created = json.loads(FORMATS["camtrap-dp"].write(batch)["datapackage.json"])["created"]
    assert created == datetime(2024, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
