"""Tables of kinds that people of the field report, brought into a round: each box where it belongs, in true units.

The recordings are those that these tables speak of: two of a site, a stereo one, a bat, two of one name, and one with
an umlaut in its name.
"""

import unicodedata

import pytest

from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Why
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.import_plan import ImportPlan
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions

SITE = "SITE1_20220101_000000"
LATER = "SITE1_20220101_000140"
HOLE = "Höhle 1.wav"
TWIN = "20200601_050000.wav"
KINDS = (  # session, path, rate, channels, seconds
    ("site", f"/rec/{SITE}.wav", 24_000, 1, 100),
    ("later", f"/rec/{LATER}.wav", 24_000, 1, 100),
    ("stereo", "/rec/STEREO_20220101_000000.wav", 24_000, 2, 30),
    ("bat", "/rec/BAT_20220101_210000.wav", 256_000, 1, 2),
    ("twinA", f"/data/siteA/{TWIN}", 24_000, 1, 10),
    ("twinB", f"/data/siteB/{TWIN}", 24_000, 1, 10),
    ("hole", f"/rec/{HOLE}", 24_000, 1, 10),
)
RAVEN = "Selection|View|Channel|Begin Time (s)|End Time (s)|Low Freq (Hz)|High Freq (Hz)|"
TABLE = f"{SITE}.Table.1.selections.txt"


@pytest.fixture
def reports(workspace: Workspace) -> Workspace:
    """Two rounds with all the recordings: ``two`` has the labels call and whistle, ``one`` only call."""
    for name, labels in (("two", ["call", "whistle"]), ("one", ["call"])):
        rounds.add_round(workspace, name=name, labels=labels)
    for number, (name, path, rate_hz, channels, seconds) in enumerate(KINDS):
        recording = make_recording(path, seconds, digits=f"{number:x}", rate_hz=rate_hz, channels=channels)
        made = [
            Session(0.0, seconds, recording.id, channel, round_id=round_id, id=f"{round_id}-{name}-{channel}")
            for round_id in ("one", "two")
            for channel in range(channels)
        ]
        add_recording(workspace, recording, made)
    return workspace


def plan(workspace: Workspace, name: str, text: str, *, round_id: str = "two", sign: str = "\t") -> ImportPlan:
    """Plan the import of one table; columns are parted by | here."""
    files = [(name, text.replace("|", sign).encode())]
    return imports.plan_annotations(workspace, round_id=round_id, files=files, annotator="Bob")


def spell(found: ImportPlan) -> list[tuple[object, ...]]:
    return [
        (each.session_id.split("-")[1], each.start_s, each.end_s, each.label, each.low_hz, each.high_hz)
        for each in found.boxes
    ]


def test_raven_tables(reports: Workspace) -> None:
    cases: list[tuple[str, list[str], list[tuple[object, ...]]]] = [
        ("species", ["1|Spectrogram 1|1|3.0|6.0|150|11000|whistle"], [("site", 3.0, 6.0, "whistle", 150, 11_000)]),
        (
            "Begin File|Begin Path|File Offset (s)|Annotation",
            [rf"1|Spectrogram 1|1|3.0|6.25|150|11000|{TWIN}|E:\siteB\{TWIN}|3.0|call"],
            [("twinB", 3.0, 6.25, "call", 150, 11_000)],
        ),
        (
            "Common Name|Species Code|Confidence|Begin Path|File Offset (s)",
            [
                f"1|Spectrogram 1|1|3.0|6.0|150|12000|call|cal|0.8123|/rec/{SITE}.wav|3.0",
                f"2|Spectrogram 1|1|109.0|112.0|150|12000|whistle|whi|0.25|/rec/{LATER}.wav|9.0",
            ],
            [("site", 3.0, 6.0, "call", 150, 12_000), ("later", 9.0, 12.0, "whistle", 150, 12_000)],
        ),
        ("Annotation", ["1|Spectrogram 1|1|3,0|6,25|150,5|11000,0|call"], [("site", 3.0, 6.25, "call", 150.5, 11_000)]),
    ]
    for header, rows, expected in cases:
        assert spell(plan(reports, TABLE, "\n".join((RAVEN + header, *rows)))) == expected, header
    commas = f"{RAVEN}Annotation\n1|Spectrogram 1|1|3.0|6.0|100|2000|call\n"
    assert spell(plan(reports, f"{SITE}.csv", commas, sign=",")) == [("site", 3.0, 6.0, "call", 100, 2000)]


def test_tables_of_others(reports: Workspace) -> None:
    band = (None, None)
    cases: list[tuple[str, list[tuple[object, ...]]]] = [
        (
            f"file,start,end,label\n/data/siteA/{TWIN},3.5,4.25,call\n/data/siteB/{TWIN},5,6,whistle\n",
            [("twinA", 3.5, 4.25, "call", *band), ("twinB", 5, 6, "whistle", *band)],
        ),
        (
            f"Site,file,start,end,label\nSITEA,{TWIN},3.5,4.25,call\nsiteB,{TWIN},5,6,whistle\n",
            [("twinA", 3.5, 4.25, "call", *band), ("twinB", 5, 6, "whistle", *band)],
        ),
        (
            f"location,file,start,end,label\nBush Point,{SITE}.wav,3.5,4.25,call\n",
            [("site", 3.5, 4.25, "call", *band)],
        ),
        (f"Datei;Beginn (s);Ende (s);Art\n{SITE}.wav;3,5;4,25;call\n", [("site", 3.5, 4.25, "call", *band)]),
        (
            f"filename,start,end,label\n{unicodedata.normalize('NFD', HOLE)},3.5,4.25,call\n",
            [("hole", 3.5, 4.25, "call", *band)],
        ),
        (
            f"file,start,end,low_freq (kHz),high_freq (kHz),label\n{SITE}.wav,3.5,4.25,1.5,7.25,call\n",
            [("site", 3.5, 4.25, "call", 1500, 7250)],
        ),
        (
            "file,start,end,fmin,fmax,class\nBAT_20220101_210000.wav,0.5,0.75,25.3,60.2,whistle\n",
            [("bat", 0.5, 0.75, "whistle", 25_300, 60_200)],
        ),
    ]
    for table, expected in cases:
        assert spell(plan(reports, "t.csv", table)) == expected, table


def test_what_is_not_in_the_recording_is_told_as_that(reports: Workspace) -> None:
    found = plan(reports, "e.csv", f"file,start,end,label\n{SITE}.wav,99,102,call\n{SITE}.wav,102,105,call\n")
    assert spell(found) == [("site", 99.0, 100.0, "call", None, None)]
    [left_out] = found.report.left_out
    assert (left_out.why, left_out.where) == (Why.OUTSIDE, "e.csv, line 3")
    assert left_out.detail == "from 102.000 s; the recording has 100.000 s"


def test_two_recordings_of_one_name_that_nothing_tells_apart_are_refused(reports: Workspace) -> None:
    with pytest.raises(InvalidInput, match=r"may be several recordings.*siteA.*siteB.*Name its folder as well"):
        plan(reports, "t.csv", f"file,start,end,label\n{TWIN},1,2,call\n")


def test_a_site_of_which_the_round_has_no_recording_is_nobody_elses(reports: Workspace) -> None:
    """The names are the same on every site."""
    recording = make_recording("/flat/x_1.wav", 10, digits="ef", rate_hz=24_000, site="siteA")
    add_recording(reports, recording, make_sessions(recording, "two", "two-x"))
    found = plan(reports, "t.csv", "site,file,start,end,label\nsiteA,x_1.wav,1,2,call\nsiteB,x_1.wav,3,4,call\n")
    assert [(box[0], box[1]) for box in spell(found)] == [("x", 1.0)]
    assert [(each.why, each.where) for each in found.report.left_out] == [(Why.NO_FILE, "t.csv, line 3")]


def test_a_number_without_end_is_refused_in_words(reports: Workspace) -> None:
    for row in (f"{SITE}.wav,1e999,2,call,0.5", f"{SITE}.wav,1,2,call,1e999"):
        with pytest.raises(InvalidInput, match=r"t\.csv, line 2: expected a finite number in .*, found '1e999'"):
            plan(reports, "t.csv", f"file,start,end,label,score\n{row}\n")


def test_the_only_label_of_a_round_never_replaces_another(reports: Workspace) -> None:
    found = plan(reports, TABLE, f"{RAVEN}species\n1|Spectrogram 1|1|3.0|6.0|150|11000|whistle", round_id="one")
    assert [(each.name, each.count) for each in found.open_labels] == [("whistle", 1)]


def test_a_band_that_a_bat_has_in_khz_is_doubted_in_hz(reports: Workspace) -> None:
    bat = "BAT_20220101_210000.wav"
    found = plan(reports, "t.csv", f"file,start,end,low (Hz),high (Hz),label\n{bat},0.5,0.75,25,60,call\n")
    assert [note for note in found.report.notes if "kHz" in note] == [
        "Bands below 300 Hz in recordings of ultrasound: 1 box (e.g. t.csv, line 2: 25 to 60 Hz). If they are in kHz, "
        "say so: frequency_unit=kHz."
    ]
