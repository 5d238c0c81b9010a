"""Plotly pictures as pure functions of plain numbers: the axes of the spectrogram editor and the progress figures.

Every figure has a transparent background and takes its text colour from the page, so it reads on a light and
on a dark one. Colours come from Okabe & Ito's palette.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go  # it loads a class when it is asked for, so annotations are strings

TRANSPARENT = "rgba(0, 0, 0, 0)"
FAINT = "rgba(128, 128, 128, 0.25)"  # grid lines: visible on white and on black
AXIS_TEXT = "#7a808c"  # contrast above 3.9 on white and on Streamlit's dark background

# The order is that of the stack, the legend and the table.
OUTCOME_COLORS = {
    "labelled": "#009e73",
    "empty": "#56b4e9",
    "verified": "#cc79a7",
    "unsure": "#e69f00",
    "rejected": "#d55e00",
    "skipped": "#999999",
    "unreviewed": "rgba(128, 128, 128, 0.4)",
}
JUDGEMENT_COLORS = {
    "accepted": "#009e73",
    "edited": "#56b4e9",
    "new": "#cc79a7",
    "bulk": "#e69f00",
    "rejected": "#d55e00",
}

SPLIT_COLORS = {"train": "#0072b2", "dev": "#e69f00", "test": "#009e73"}

ROW_PX = 34  # height of one horizontal bar with its gap
BAR_PX = 18  # height of one of several bars in a row
FRAME_PX = 136  # height of what surrounds the bars: title, legend, axis
DAY_MS = 24 * 3600 * 1000
MIN_STEPS = 8  # up to here an axis that counts has a line for each one
MIN_DAYS = 7  # a time axis shows at least a week, so that the first day is not one huge block


def spectrogram_axes(duration_s: float, low_hz: float, high_hz: float) -> dict[str, Any]:
    """Make the empty plot that carries the axes of a spectrogram: seconds across, kilohertz up.

    The vertical axis counts in hertz and is written in kilohertz. Margins are fixed, so that whoever puts a
    picture below the plot knows where it lies.

    Parameters
    ----------
    duration_s
        Length of the session in seconds.
    low_hz, high_hz
        The frequencies at the lower and the upper edge of the picture.

    Returns
    -------
    dict
        JSON-ready figure (``data``, ``layout``), the caller's own copy.
    """
    figure: dict[str, Any] = json.loads(_spectrogram_axes(duration_s, low_hz, high_hz))
    return figure


@lru_cache(maxsize=256)
def _spectrogram_axes(duration_s: float, low_hz: float, high_hz: float) -> str:
    ticks_hz = kilohertz_ticks(low_hz, high_hz)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "outside", "automargin": False}
    axis |= {"ticklen": 4, "tickcolor": AXIS_TEXT, "title": {"standoff": 6}}
    figure = go.Figure(go.Scatter(x=[], y=[]))
    figure.update_layout(
        template="none",
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        font={"size": 12, "color": AXIS_TEXT},
        margin={"l": 56, "r": 12, "t": 8, "b": 40, "pad": 0, "autoexpand": False},
        dragmode=False,
        hovermode=False,
        showlegend=False,
        xaxis=axis,
        yaxis=axis,
    )
    figure.update_xaxes(range=[0, duration_s], title_text="Time in session (s)")
    figure.update_yaxes(
        range=[low_hz, high_hz],
        title_text="Frequency (kHz)",
        tickmode="array",
        tickvals=ticks_hz,
        ticktext=[f"{tick / 1000:g}" for tick in ticks_hz],
    )
    text: str = figure.to_json(validate=False)
    return text


def kilohertz_ticks(low_hz: float, high_hz: float) -> list[float]:
    """List the round frequencies (Hz) in a band that make four to nine ticks."""
    return list_ticks(low_hz, high_hz, 8)


def list_ticks(low: float, high: float, most: int) -> list[float]:
    """List the round numbers between two that make up to about ``most`` ticks, 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 9) for number in range(first, last + 1)]


def draw_outcomes(sessions: Mapping[str, int]) -> "go.Figure":
    """Draw the sessions by what they count for as one bar; each is in it once, and the legend has the numbers."""
    total = max(sum(sessions.values()), 1)
    series, colors = {}, {}
    for outcome, color in OUTCOME_COLORS.items():
        count = sessions.get(outcome, 0)
        name = f"{outcome} {count} ({count / total:.0%})"
        series[name], colors[name] = [count], color
    figure = _stack(["sessions"], series, colors)
    figure.update_traces(text=None)
    figure = finish(figure, "Sessions by outcome", rows=2, x_title="Sessions")
    figure.update_xaxes(range=[0, total])
    return figure.update_layout(showlegend=True).update_yaxes(visible=False)


def draw_labels(counts: Mapping[str, int], colors: Mapping[str, str]) -> "go.Figure":
    """Draw the number of annotations per label, each in its label's colour."""
    labels = list(counts)
    figure = go.Figure(
        go.Bar(
            x=list(counts.values()),
            y=labels,
            orientation="h",
            marker_color=[colors[label] for label in labels],
            text=list(counts.values()),
            textposition="auto",
            hovertemplate="%{y}: %{x}<extra></extra>",
        )
    )
    figure.update_xaxes(count_axis(counts.values()))
    return finish(figure, "Annotations per label", rows=len(labels), x_title="Annotations")


def draw_annotators(counts: Mapping[str, Mapping[str, int]], colors: Mapping[str, str]) -> "go.Figure":
    """Draw the number of annotations per annotator, the busiest first, split by label."""
    names = sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
    series = {label: [counts[name].get(label, 0) for name in names] for label in colors}
    figure = _stack(names, series, colors)
    return finish(figure, "Annotations per annotator", rows=len(names), x_title="Annotations")


def draw_origins(counts: Mapping[str, Mapping[str, int]]) -> "go.Figure":
    """Draw what people did with the model's boxes: label -> accepted, edited, new, bulk, rejected -> number."""
    labels = list(counts)
    series = {kind: [counts[label].get(kind, 0) for label in labels] for kind in JUDGEMENT_COLORS}
    figure = finish(
        _stack(labels, series, JUDGEMENT_COLORS),
        "Where annotations come from",
        rows=len(labels),
        x_title="Annotations and rejected predictions",
    )
    return figure.update_layout(showlegend=True, margin_t=66)  # one colour alone says nothing without its name


def draw_balance(counts: Mapping[str, Mapping[str, int]]) -> "go.Figure":
    """Draw the class balance of a data set, split -> label -> annotations: each label's share of each split."""
    labels = list(dict.fromkeys(label for by_label in counts.values() for label in by_label))
    figure = go.Figure()
    for split, by_label in counts.items():
        found = [by_label.get(label, 0) for label in labels]
        total = max(sum(found), 1)
        figure.add_bar(
            name=split,
            x=[100 * count / total for count in found],
            y=labels,
            orientation="h",
            marker_color=SPLIT_COLORS.get(split, AXIS_TEXT),
            customdata=found,
            text=found,
            textposition="outside",
            textfont_size=11,
            cliponaxis=False,
            hovertemplate="%{y}: %{customdata} (%{x:.1f} %)",
        )
    figure = finish(
        figure,
        "Class balance: share and number of annotations",
        rows=math.ceil(len(labels) * max(len(counts), 1) * BAR_PX / ROW_PX),
        x_title="Share of the split's annotations (%)",
    )
    most = max((max(bar.x, default=0) for bar in figure.data), default=0)  # beside it is room for its number
    return figure.update_layout(barmode="group", uniformtext={"mode": False}).update_xaxes(
        range=[0, max(most * 1.12, 1)]
    )


def draw_days(counts: Mapping[date, Mapping[str, int]], colors: Mapping[str, str]) -> "go.Figure":
    """Draw the number of annotations per day (UTC), split by label."""
    days = list(counts)
    series = {label: [counts[day].get(label, 0) for day in days] for label in colors}
    figure = go.Figure(
        [
            go.Bar(
                name=label,
                x=days,
                y=heights,
                marker_color=colors[label],
                width=0.7 * DAY_MS,
                hovertemplate="%{x|%-d %b %Y}: %{y}",
            )
            for label, heights in series.items()
            if any(heights)
        ]
    )
    set_days(figure, days)
    figure.update_yaxes(count_axis(map(sum, zip(*series.values(), strict=True))))
    return finish(figure, "Annotations per day", rows=5, x_title="Day (UTC)", y_title="Annotations")


def draw_labelled_time(labelled_s: Mapping[date, float], total_s: float) -> "go.Figure":
    """Draw how much audio was labelled or found empty by the end of each day (UTC), and how much there is."""
    unit, unit_s = ("h", 3600) if total_s >= 2 * 3600 else ("min", 60)
    days = sorted(labelled_s)
    reached = [seconds / unit_s for seconds in accumulate(labelled_s[day] for day in days)]
    if days:  # nothing was labelled before the first day: a single day is a line too
        days, reached = [days[0] - timedelta(days=1), *days], [0.0, *reached]
    color = OUTCOME_COLORS["labelled"]
    figure = go.Figure(
        go.Scatter(
            x=days,
            y=reached,
            mode="lines+markers",
            line={"color": color, "width": 3},
            marker={"size": 8},
            fill="tozeroy",
            fillcolor="rgba(0, 158, 115, 0.2)",
            hovertemplate="%{x|%-d %b %Y}: %{y:.1f} " + unit + "<extra></extra>",
        )
    )
    total = total_s / unit_s
    figure.add_hline(total, line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        text=f"all {total:,.1f} {unit}", x=1, xref="paper", xanchor="right", y=total, yanchor="top", showarrow=False
    )
    set_days(figure, days)
    figure.update_yaxes(range=[0, total * 1.08])
    return finish(figure, "Audio labelled so far", rows=5, x_title="Day (UTC)", y_title=f"Audio ({unit})")


def _stack(names: Sequence[str], series: Mapping[str, Sequence[int]], colors: Mapping[str, str]) -> "go.Figure":
    """Stack horizontal bars; a series without any count is left out, also of the legend."""
    figure = go.Figure(
        [
            go.Bar(
                name=name,
                x=list(counts),
                y=list(names),
                orientation="h",
                marker_color=colors[name],
                text=[str(count or "") for count in counts],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                hovertemplate="%{y}: %{x}",
            )
            for name, counts in series.items()
            if any(counts)
        ]
    )
    return figure.update_xaxes(count_axis(map(sum, zip(*series.values(), strict=True))))


def set_days(figure: "go.Figure", days: Sequence[date]) -> None:
    """Show whole days, with a date at each when there are few."""
    if not days:
        return
    first, last = days[0], days[-1]
    first = min(first, last - timedelta(days=MIN_DAYS - 1))
    half = timedelta(hours=12)
    edges = [datetime.combine(first, time()) - half, datetime.combine(last, time()) + half]
    figure.update_xaxes(range=edges, type="date", tickformat="%-d %b<br>%Y")
    if (last - first).days <= 2 * MIN_DAYS:
        figure.update_xaxes(dtick=2 * DAY_MS, tick0=last)


def finish(figure: "go.Figure", title: str, *, rows: int, x_title: str, y_title: str = "") -> "go.Figure":
    """Give a progress figure its common frame: title, legend on top, quiet axes, no zoom (it would catch scrolling).

    ``rows`` is the height in horizontal bars. Figures without ``y_title`` are horizontal bars with names.
    """
    height = FRAME_PX + ROW_PX * max(rows, 1)
    top = {"xref": "container", "x": 0, "yref": "container", "yanchor": "top"}
    figure.update_layout(
        title=top | {"text": title, "y": 1 - 6 / height},
        legend=top | {"orientation": "h", "y": 1 - 34 / height, "traceorder": "normal", "title": None},
        showlegend=len(figure.data) > 1,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        barmode="stack",
        bargap=0.25,
        uniformtext={"mode": "hide", "minsize": 11},  # a number that does not fit is left out
        dragmode=False,
        height=height,
        margin={"l": 8, "r": 16, "t": 66 if len(figure.data) > 1 else 40, "b": 48},
        modebar={"bgcolor": TRANSPARENT, "color": AXIS_TEXT, "activecolor": OUTCOME_COLORS["labelled"]},
    )
    quiet = {"fixedrange": True, "automargin": True, "gridcolor": FAINT, "zeroline": False}
    figure.update_xaxes(quiet, title_text=x_title)
    figure.update_yaxes(quiet, title_text=y_title)
    if not y_title:  # the first name on top, lines only along the counts
        figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    if not figure.data:
        figure.update_xaxes(visible=False).update_yaxes(visible=False)
        figure.add_annotation(text="Nothing yet", showarrow=False, font={"color": AXIS_TEXT})
    return figure


def count_axis(totals: Iterable[int]) -> dict[str, Any]:
    """Set up an axis that counts: from zero, and without halves when the numbers are small."""
    return {"rangemode": "tozero"} | ({"dtick": 1} if max(totals, default=0) <= MIN_STEPS else {})
