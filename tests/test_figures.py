import json
import math
from datetime import date

import pytest

from podcast_core import figures
from podcast_core.figures import runs as run_figures
from podcast_core.figures.sites import PlacedSite, draw_sites


@pytest.mark.parametrize(
    "sample_rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 256_000, 384_000, 500_000]
)
def test_frequency_ticks_are_few_round_and_inside_the_band(sample_rate_hz: int) -> None:
    ticks = figures.kilohertz_ticks(0.0, sample_rate_hz / 2)
    assert 4 <= len(ticks) <= 9
    assert ticks[0] == 0
    assert ticks[-1] <= sample_rate_hz / 2
    steps = {round(b - a, 6) for a, b in zip(ticks, ticks[1:], strict=False)}
    assert len(steps) == 1
    assert f"{steps.pop():.0e}"[0] in "125"


def test_a_band_that_starts_above_zero_has_ticks_inside_it() -> None:
    assert figures.kilohertz_ticks(200.0, 3400.0) == [500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0]


def test_spectrogram_axes_are_in_hertz_written_in_kilohertz() -> None:
    layout = figures.spectrogram_axes(60.0, 0.0, 12_000.0)["layout"]
    assert layout["xaxis"]["range"] == [0, 60]
    assert layout["yaxis"]["range"] == [0, 12_000]
    assert layout["yaxis"]["tickvals"] == [0, 2000, 4000, 6000, 8000, 10_000, 12_000]
    assert layout["yaxis"]["ticktext"] == ["0", "2", "4", "6", "8", "10", "12"]
    assert layout["xaxis"]["title"]["text"] == "Time in session (s)"
    assert layout["yaxis"]["title"]["text"] == "Frequency (kHz)"


def test_spectrogram_axes_cover_nothing_and_stay_where_they_are() -> None:
    figure = figures.spectrogram_axes(10.0, 0.0, 4000.0)
    layout = figure["layout"]
    assert {key: layout["margin"][key] for key in "lrtb"} == {"l": 56, "r": 12, "t": 8, "b": 40}
    assert layout["plot_bgcolor"] == layout["paper_bgcolor"] == "rgba(0, 0, 0, 0)"
    assert layout["dragmode"] is False
    for axis in (layout["xaxis"], layout["yaxis"]):
        assert axis["fixedrange"] is True
        assert axis["showgrid"] is False
        assert axis["automargin"] is False
    assert json.loads(json.dumps(figure)) == figure


def test_everybody_gets_a_copy_of_the_axes() -> None:
    figures.spectrogram_axes(10.0, 0.0, 4000.0)["layout"]["xaxis"]["range"] = "spoilt"
    assert figures.spectrogram_axes(10.0, 0.0, 4000.0)["layout"]["xaxis"]["range"] == [0, 10]


def test_the_outcome_bar_holds_every_session_once() -> None:
    figure = figures.draw_outcomes({"labelled": 3, "empty": 1, "unsure": 0, "skipped": 0, "unreviewed": 6})
    assert {bar.name: bar.x[0] for bar in figure.data} == {
        "labelled 3 (30%)": 3,
        "empty 1 (10%)": 1,
        "unreviewed 6 (60%)": 6,
    }


def test_labels_are_drawn_in_their_colours() -> None:
    figure = figures.draw_labels({"call": 2, "click": 1}, {"call": "#56b4e9", "click": "#e69f00"})
    assert figure.data[0].marker.color == ("#56b4e9", "#e69f00")


def test_the_busiest_annotator_comes_first() -> None:
    figure = figures.draw_annotators({"Ann": {"call": 1}, "Bob": {"call": 5}}, {"call": "#56b4e9"})
    assert figure.data[0].y == ("Bob", "Ann")


def test_labelled_time_adds_up_and_starts_from_nothing() -> None:
    figure = figures.draw_labelled_time({date(2026, 5, 2): 120.0, date(2026, 5, 1): 60.0}, 600.0)
    assert figure.data[0].x == (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 2))
    assert figure.data[0].y == (0, 1, 3)
    assert figure.layout.yaxis.title.text == "Audio (min)"


def test_long_rounds_are_measured_in_hours() -> None:
    figure = figures.draw_labelled_time({date(2026, 5, 1): 7200.0}, 36_000.0)
    assert figure.data[0].y == (0, 2)
    assert figure.layout.yaxis.title.text == "Audio (h)"


def test_days_and_origins_are_split() -> None:
    days = figures.draw_days(
        {date(2026, 5, 1): {"call": 2}, date(2026, 5, 3): {"click": 1}}, {"call": "#000000", "click": "#ffffff"}
    )
    assert [bar.y for bar in days.data] == [(2, 0), (0, 1)]
    origins = figures.draw_origins({"call": {"accepted": 2, "new": 1, "rejected": 3}})
    assert [bar.name for bar in origins.data] == ["accepted", "new", "rejected"]
    assert figures.draw_origins({"call": {"new": 1}}).layout.showlegend  # one colour says nothing by itself


def test_figures_without_numbers_can_be_drawn() -> None:
    for figure in (
        figures.draw_outcomes({}),
        figures.draw_labels({}, {}),
        figures.draw_annotators({}, {}),
        figures.draw_origins({}),
        figures.draw_days({}, {}),
        figures.draw_labelled_time({}, 0.0),
    ):
        assert figure.to_json()


def test_figures_take_their_text_colour_from_the_page_and_leave_scrolling_alone() -> None:
    layout = figures.draw_labels({"call": 2}, {"call": "#56b4e9"}).layout
    assert layout.font.color is None
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert layout.xaxis.fixedrange
    assert layout.yaxis.fixedrange


def test_small_counts_have_no_halves_between_them() -> None:
    assert figures.draw_annotators({"Ann": {"call": 3}}, {"call": "#56b4e9"}).layout.xaxis.dtick == 1
    assert figures.draw_annotators({"Ann": {"call": 300}}, {"call": "#56b4e9"}).layout.xaxis.dtick is None


def test_the_class_balance_compares_the_shares_of_each_label() -> None:
    figure = figures.draw_balance({"train": {"call": 30, "click": 10}, "test": {"call": 1, "click": 1}})
    assert [(bar.name, list(bar.x), list(bar.customdata)) for bar in figure.data] == [
        ("train", [75, 25], [30, 10]),
        ("test", [50, 50], [1, 1]),
    ]
    assert figure.layout.xaxis.range[1] > 75
    assert figures.draw_balance({"train": {}}).layout.xaxis.range[1] == 1


def test_the_scores_of_a_run_are_stacked_by_label_with_its_threshold() -> None:
    figure = run_figures.draw_scores({"call": [0, 150, 2, 0], "whistle": [1, 0, 0, 4]}, 0.45)
    assert [(trace.name, list(trace.y)) for trace in figure.data] == [
        ("call", [0, 150, 2, 0]),
        ("whistle", [1, 0, 0, 4]),
    ]
    assert list(figure.data[0].x) == [0.125, 0.375, 0.625, 0.875]
    assert figure.layout.shapes[0].x0 == 0.45
    assert figure.layout.yaxis.type != "log"  # stacked bars have no logarithm
    assert run_figures.draw_scores({"call": [0, 150, 2, 0]}, 0.45).layout.yaxis.type == "log"
    assert run_figures.draw_scores({}, 0.5).layout.annotations[-1].text == "Nothing yet"
    many = run_figures.draw_scores({str(label): [label, 1] for label in range(10)}, 0.5).data
    assert [trace.name for trace in many] == [*"3456789", "other labels"]
    assert list(many[-1].y) == [3, 3]
    assert len({trace.marker.color for trace in many}) == 8


def test_sites_are_true_to_scale_and_as_large_as_what_was_recorded() -> None:
    bush, kiln = (
        PlacedSite("Bush Point", 48.0, -122.6, 4.0, 0.5, "<br>8 m deep"),
        PlacedSite("Kiln", 48.5, -123.1, 1.0, 0.0),
    )
    figure = draw_sites([bush, kiln])
    (points,) = figure.data
    assert (list(points.x), list(points.y), list(points.text)) == (
        [-122.6, -123.1],
        [48.0, 48.5],
        ["Bush Point", "Kiln"],
    )
    assert points.marker.size[0] > points.marker.size[1]
    assert list(points.marker.color) == [0.5, 0.0]
    assert figure.layout.yaxis.scaleratio == pytest.approx(1 / math.cos(math.radians(48.25)))
    assert figure.layout.xaxis.range[0] < -123.1
    alone = draw_sites([kiln]).layout
    assert alone.xaxis.range[0] < -123.1 < alone.xaxis.range[1]
