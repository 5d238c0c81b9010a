"""Measurements of a round's annotations: made as a job, kept, searched for, exported; and of boxes that are drawn."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Box, Call
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.measurement import measure_intervals
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.exchange import datasets
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import rounds, searching
from podcast_core.services.measuring import measurements
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_sessions, make_sound, submit, write_recording

CALLS = [(1.0, 1.5), (4.0, 4.25)]


@pytest.fixture
def sea(workspace: Workspace) -> Workspace:
    """Three sessions of 10 s with tones of 1 kHz at the same times; the first two have answers."""
    rounds.add_round(workspace, name="sea", labels=["call"])
    spans = [(start_s + 10 * n, end_s + 10 * n) for n in range(3) for start_s, end_s in CALLS]
    recording = write_recording(workspace.settings.data_dir / "sea.wav", make_sound(30, spans))
    add_recording(workspace, recording, make_sessions(recording, "sea", "s{}", 3))
    for name in ("s0", "s1"):
        boxes = [AnswerBox(*span, "call", low_hz=500.0, high_hz=2000.0) for span in CALLS]
        submit(workspace, "sea", name, *boxes, AnswerBox(6.0, 7.0, "call"))
    return workspace


def run(workspace: Workspace) -> dict[str, object]:
    return measurements.run(workspace, {"round_id": "sea"}, InProcessJob())


def show(workspace: Workspace, *names: str) -> None:
    known = rounds.get_round(workspace, round_id="sea")
    rounds.change_round(workspace, replace(known, display=Display(measurements=names)))


def test_a_job_measures_what_is_not_measured(sea: Workspace) -> None:
    assert measurements.count_unmeasured(sea, round_id="sea") == 2
    assert run(sea) == {"measured": 6, "failed_count": 0, "failed": []}
    assert measurements.count_unmeasured(sea, round_id="sea") == 0
    assert run(sea)["measured"] == 0
    submit(sea, "sea", "s0", AnswerBox(1.0, 1.5, "call"), who="Bob")  # another answer counts now
    assert measurements.count_unmeasured(sea, round_id="sea") == 1
    assert run(sea)["measured"] == 1


def test_boxes_are_measured_as_they_are_drawn(sea: Workspace) -> None:
    """In seconds of the session."""
    tone, noise = measurements.measure_boxes(
        sea, round_id="sea", session_id="s1", boxes=[Box(1.0, 1.5, low_hz=500.0, high_hz=2000.0), Box(6.0, 7.0)]
    )
    assert tone["peak_hz"] == pytest.approx(1000, abs=8)
    assert tone["f0_hz"] == pytest.approx(1000, abs=2)
    assert tone["centre_time_s"] == pytest.approx(1.25, abs=0.03)
    assert tone["snr_db"] > 25
    assert noise["snr_db"] == pytest.approx(0, abs=1)
    with pytest.raises(InvalidInput, match="No sample lies between 40 and 41 s"):
        measurements.measure_boxes(sea, round_id="sea", session_id="s1", boxes=[Box(30.0, 31.0)])
    with pytest.raises(InvalidInput, match=r"up to 120 s can be measured; this one has 900\.0 s"):
        measurements.measure_boxes(sea, round_id="sea", session_id="s1", boxes=[Box(0.0, 900.0)])
    with pytest.raises(NotFound):
        measurements.measure_boxes(sea, round_id="sea", session_id="s9", boxes=[])


def test_what_was_measured_can_be_searched_for(sea: Workspace) -> None:
    where = "snr_db > 10 and peak_hz > 990 and peak_hz < 1010 and duration90_s < 0.3"
    assert not searching.search(sea, where=where, limit=9)  # nothing is measured yet
    run(sea)
    assert [(box.session_id, box.at_s) for box in searching.search(sea, where=where, limit=9)] == [
        ("s0", 4.0),
        ("s1", 4.0),
    ]
    assert searching.count(sea, where="not snr_db > 10").total == 2


@pytest.mark.parametrize(("format_name", "column"), [("csv", "peak_hz"), ("raven", "Peak Freq (Hz)")])
def test_exports_have_what_the_round_measures(sea: Workspace, format_name: str, column: str) -> None:
    show(sea, "peak_hz", "snr_db")
    export = datasets.export_round(sea, round_id="sea", format_name=format_name)
    assert "The annotations of 2 sessions are not measured: their cells are empty." in " ".join(export.notes)
    run(sea)
    export = datasets.export_round(sea, round_id="sea", format_name=format_name)
    assert "not measured" not in " ".join(export.notes)
    name = next(each for each in export.files if each.endswith((".selections.txt", "annotations.csv")))
    text = export.files[name].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t" if format_name == "raven" else ","))
    values = [row[column] for row in rows if row[column]]
    assert len(values) == 6
    assert sum(abs(float(each) - 1000) < 8 for each in values) >= 4


def test_parquet_has_numbers(sea: Workspace) -> None:
    import pandas

    show(sea, "snr_db")
    run(sea)
    files = datasets.export_round(sea, round_id="sea", format_name="parquet").files
    table = pandas.read_parquet(io.BytesIO(files["annotations.parquet"]))
    assert table["snr_db"].dtype == "float64"
    assert table["snr_db"].notna().sum() == 6


def test_a_recording_that_is_gone_is_reported(sea: Workspace) -> None:
    (sea.settings.data_dir / "sea.wav").unlink()
    result = run(sea)
    assert result["measured"] == 0
    assert result["failed_count"] == 2


def test_a_round_shows_measurements_that_there_are(sea: Workspace) -> None:
    show(sea, "peak_hz", "peak_hz", "snr_db")
    assert rounds.get_round(sea, round_id="sea").display.measurements == ("peak_hz", "snr_db")
    with pytest.raises(InvalidInput, match="No measurement is called 'pitch'"):
        Display(measurements=("pitch",))


def test_a_calibrated_site_gives_sound_pressure_levels_and_calls_have_intervals(sea: Workspace) -> None:
    assert run(sea)["measured"] == 6
    (first, second, third) = measurements.list_measured(sea, searching.search(sea, round_ids=["sea"], limit=3))
    assert "interval_s" not in first
    assert "peak_level_db" not in first
    assert (second["interval_s"], second["gap_s"]) == pytest.approx((3.0, 2.5))
    assert (third["interval_s"], third["gap_s"]) == pytest.approx((2.0, 1.75))
    known = rounds.get_round(sea, round_id="sea")
    calibrated = SiteCoordinates("Bush Point", 48.0, -122.6, full_scale_db=176.0, reference="1 µPa")
    rounds.change_round(sea, replace(known, site="Bush Point", sites=(calibrated,)))
    assert measurements.count_unmeasured(sea, round_id="sea") == 2  # by another calibration, so anew
    assert run(sea)["measured"] == 6
    loud = searching.search(sea, where="rms_level_db > 150", round_ids=["sea"], limit=10)
    assert len(loud) == 4  # not the noise
    (values, *_others) = measurements.list_measured(sea, loud)
    # A sine of 0.3 of full scale, in weak noise.
    assert values["peak_level_db"] == pytest.approx(176 + 20 * np.log10(0.3), abs=1)
    assert values["rms_level_db"] == pytest.approx(176 + 20 * np.log10(0.3 / np.sqrt(2)), abs=0.2)
    drawn = measurements.measure_boxes(
        sea, round_id="sea", session_id="s0", boxes=[Box(1.0, 1.5, low_hz=500.0, high_hz=2000.0)]
    )
    assert drawn[0]["rms_level_db"] == pytest.approx(values["rms_level_db"], abs=0.01)
    rounds.change_round(sea, replace(rounds.get_round(sea, round_id="sea"), description="as it was"))
    assert measurements.count_unmeasured(sea, round_id="sea") == 0


def test_intervals_are_told_of_each_label_by_itself() -> None:
    calls = [Call(5.0, 5.5, "a"), Call(1.0, 4.0, "a"), Call(2.0, 2.1, "b"), Call(3.5, 3.6, "a")]
    found = measure_intervals(calls)
    assert found == [
        {"interval_s": 1.5, "gap_s": pytest.approx(1.4)},
        {},
        {},
        {"interval_s": 2.5, "gap_s": -0.5},
    ]
