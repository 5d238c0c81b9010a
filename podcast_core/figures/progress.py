"""Plotly pictures of how the work on rounds goes on, and of when calls are heard."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import plotly.graph_objects as go

from podcast_core.figures import (
    AXIS_TEXT,
    DAY_MS,
    FAINT,
    FRAME_PX,
    OUTCOME_COLORS,
    ROW_PX,
    count_axis,
    finish,
    set_days,
)
from podcast_core.figures.models import COLORS

DONE, DONE_FAINT = OUTCOME_COLORS["labelled"], "rgba(0, 158, 115, 0.2)"
FORECAST = "#0072b2"
SUNRISE, SUNSET = "#e69f00", "#d55e00"
BAND = "rgba(0, 114, 178, 0.15)"
HOURS = 24
MAX_LINES = 12  # that can be told apart; the rest is one line
OTHERS = "other labels"
Point = tuple[date, float]
Interval = tuple[float, float, float]


def draw_burn_up(
    done: Mapping[date, float],
    total: float,
    unit: str,
    *,
    before: float = 0.0,
    expected: tuple[date | None, date | None, date | None] | None = None,
) -> "go.Figure":
    """Draw how much was answered by the end of each day (UTC), of how much, and when the rest is expected.

    Parameters
    ----------
    before
        What was done before the first of the days.
    expected
        The first day, the likeliest and the last (None: never in sight), with 90 % probability.
    """
    days = sorted(done)
    reached = [before + value for value in accumulate(done[day] for day in days)]
    if days:
        days, reached = [days[0] - timedelta(days=1), *days], [before, *reached]
    figure = go.Figure(
        go.Scatter(
            name="answered",
            x=days,
            y=reached,
            mode="lines",
            line={"color": DONE, "width": 3},
            fill="tozeroy",
            fillcolor=DONE_FAINT,
            hovertemplate="%{x|%-d %b %Y}: %{y:,.4~g} " + unit + "<extra></extra>",
        )
    )
    ends = [day for day in expected or () if day is not None]
    if expected and expected[1] and days:
        figure.add_scatter(
            name="forecast",
            x=[days[-1], expected[1]],
            y=[reached[-1], total],
            mode="lines",
            line={"color": FORECAST, "dash": "dot", "width": 2},
            hoverinfo="skip",
        )
    if len(ends) > 1:
        figure.add_scatter(
            name="90 % of forecasts",
            x=[ends[0], ends[-1]],
            y=[total, total],
            mode="lines+markers",
            line={"color": FORECAST, "width": 6},
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 3, "color": FORECAST}},
            hovertemplate="%{x|%-d %b %Y}<extra></extra>",
        )
    figure.add_hline(total, line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        text=f"all {total:,.4g} {unit}" if total < 1000 else f"all {total:,.0f} {unit}",
        x=0,
        xref="paper",
        xanchor="left",
        y=total,
        yanchor="bottom",
        showarrow=False,
    )
    set_days(figure, [*days, *ends[-1:]])
    figure.update_yaxes(range=[0, max(total, 1e-9) * 1.15])
    return finish(figure, "Answered so far", rows=6, x_title="Day (UTC)", y_title=f"Answered ({unit})")


def draw_work(
    rows: Mapping[str, Mapping[str, float]], title: str, *, by: str, x_title: str, unit: str, colors: Mapping[str, str]
) -> "go.Figure":
    """Draw what was done by day, annotator, site or hour of the day: stacked bars, one colour for each series."""
    series = {name: [row.get(name, 0) for row in rows.values()] for name in colors}
    series = {name: values for name, values in series.items() if any(values)}
    is_flat = by in ("annotator", "site")
    keys: list[Any] = list(rows)
    if by == "day":
        keys = [date.fromisoformat(key) for key in keys]
    figure = go.Figure()
    for name, values in series.items():
        place = {"x": values, "y": [key or "no site" for key in keys]} if is_flat else {"x": keys, "y": values}
        shown = "%{y}: %{x:,.4~g}" if is_flat else "%{x}: %{y:,.4~g}"
        figure.add_bar(
            name=name,
            orientation="h" if is_flat else "v",
            marker_color=colors[name],
            hovertemplate=f"{shown} {unit}",
            **({"width": 0.8 * DAY_MS} if by == "day" else {}),
            **place,
        )
    if is_flat:
        figure.update_xaxes(rangemode="tozero")
        return finish(figure, title, rows=len(rows), x_title=x_title)
    if by == "day":
        set_days(figure, keys)
    else:
        figure.update_xaxes(type="category", categoryarray=[f"{hour:02}" for hour in range(HOURS)], range=[-0.6, 23.6])
        figure.update_xaxes(tickvals=[f"{hour:02}" for hour in range(0, HOURS, 3)])
    totals = [sum(values) for values in zip(*series.values(), strict=True)]
    figure.update_yaxes(count_axis([round(each) for each in totals]) if unit != "h" else {"rangemode": "tozero"})
    return finish(figure, title, rows=6, x_title=x_title, y_title=unit.capitalize() if unit != "h" else "Audio (h)")


def draw_activity(
    calls: Mapping[tuple[date, int], float | None],
    sun: Sequence[tuple[date, float | None, float | None]],
    *,
    clock: str,
    title: str,
    unit: str,
) -> "go.Figure":
    """Draw calls by date and hour of the day, with sunrise and sunset: a diel plot.

    Parameters
    ----------
    calls
        (Day, hour) -> calls, or calls in an hour of sound; None: there is sound, and nobody has answered it yet.
    sun
        Day, sunrise and sunset in hours of the day.
    clock
        By which clock: written on the axes.
    """
    days = sorted({day for day, _ in calls})
    every_day = _list_days(days)
    known = [[calls.get((day, hour)) for day in every_day] for hour in range(HOURS)]
    open_ = [
        [0 if (day, hour) in calls and calls[day, hour] is None else None for day in every_day] for hour in range(HOURS)
    ]
    grid = {"x": every_day, "y0": 0.5, "dy": 1, "hoverongaps": False}
    figure = go.Figure()
    if any(each is not None for row in open_ for each in row):
        told = "%{x|%-d %b %Y}, %{y:.0f} h: recorded, not answered<extra></extra>"
        grey = [[0, FAINT], [1, FAINT]]
        figure.add_heatmap(z=open_, colorscale=grey, showscale=False, hovertemplate=told, **grid)
    if days:
        bar = {"title": {"text": unit, "side": "right"}, "thickness": 12, "len": 1, "outlinewidth": 0}
        told = "%{x|%-d %b %Y}, hour %{customdata}: %{z:,.3~g} " + unit + "<extra></extra>"
        hours = [[hour] * len(every_day) for hour in range(HOURS)]
        most = max((each for each in calls.values() if each is not None), default=0) or 1
        figure.add_heatmap(
            z=known, colorscale="Viridis", zmin=0, zmax=most, colorbar=bar, customdata=hours, hovertemplate=told, **grid
        )
    for name, color, values in (
        ("sunrise", SUNRISE, [rise for _, rise, _ in sun]),
        ("sunset", SUNSET, [down for _, _, down in sun]),
    ):
        if any(each is not None for each in values):
            told = "%{x|%-d %b %Y}: " + name + " at %{y:.2f} h<extra></extra>"
            place = {"x": [day for day, _, _ in sun], "y": _break_jumps(values), "mode": "lines", "connectgaps": False}
            figure.add_scatter(name=name, line={"color": color, "width": 2.5}, hovertemplate=told, **place)
    set_days(figure, days)
    figure = finish(figure, title, rows=9, x_title=f"Date ({clock})", y_title=f"Hour of the day ({clock})")
    has_sun = any(each.type == "scatter" for each in figure.data)
    figure.update_layout(showlegend=has_sun, margin_t=66 if has_sun else 40)
    return figure.update_yaxes(range=[0, HOURS], dtick=3, showgrid=False).update_xaxes(showgrid=False)


def _break_jumps(hours: Sequence[float | None]) -> list[float | None]:
    """Leave a gap where a curve passes midnight."""
    kept = list(hours)
    for place, (before, after) in enumerate(zip(hours, hours[1:], strict=False)):
        if before is not None and after is not None and abs(after - before) > HOURS / 2:
            kept[place] = None
    return kept


def _list_days(days: Sequence[date]) -> list[date]:
    count = (days[-1] - days[0]).days + 1 if days else 0
    return [days[0] + timedelta(days=each) for each in range(count)]


def draw_coverage(shares: Mapping[tuple[date, str], tuple[float, float, int]]) -> "go.Figure":
    """Draw which days of which sites have sound, and how much of it has an answer.

    Parameters
    ----------
    shares
        (Day, site) -> share answered (0 to 1), hours recorded, sessions.
    """
    sites = sorted({site for _, site in shares})
    days = _list_days(sorted({day for day, _ in shares}))
    found = [[shares.get((day, site)) for day in days] for site in sites]
    bar = {"title": {"text": "answered", "side": "right"}, "thickness": 12, "len": 1, "tickformat": ".0%"}
    figure = go.Figure(
        go.Heatmap(
            x=days,
            y=[site or "no site" for site in sites],
            z=[[each and each[0] for each in row] for row in found],
            customdata=[[(each or (0, 0, 0))[1:] for each in row] for row in found],
            zmin=0,
            zmax=1,
            colorscale=[[0, "rgba(128, 128, 128, 0.35)"], [1, DONE]],
            colorbar=bar,
            xgap=1 if len(days) < 100 else 0,
            ygap=2,
            hoverongaps=False,
            hovertemplate="%{y}, %{x|%-d %b %Y}: %{z:.0%} answered of %{customdata[0]:,.1f} h, "
            "sessions: %{customdata[1]:,}<extra></extra>",
        )
    )
    set_days(figure, days)
    figure = finish(figure, "Recorded days, and how much is answered", rows=max(len(sites), 2), x_title="Day (UTC)")
    figure.update_layout(height=FRAME_PX + max(ROW_PX * len(sites), 80))
    return figure.update_xaxes(showgrid=False, tickangle=0)


def draw_labels_so_far(counts: Mapping[date, Mapping[str, int]], colors: Mapping[str, str]) -> "go.Figure":
    """Draw the annotations of each label up to the end of each day (UTC)."""
    days = sorted(counts)
    sums = {label: sum(each.get(label, 0) for each in counts.values()) for label in colors}
    first = sorted((label for label in sums if sums[label]), key=lambda label: -sums[label])
    lines = {label: [counts[day].get(label, 0) for day in days] for label in first[:MAX_LINES]}
    if len(first) > MAX_LINES:
        lines[OTHERS] = [sum(counts[day].get(label, 0) for label in first[MAX_LINES:]) for day in days]
    figure = go.Figure()
    for label, values in lines.items():
        figure.add_scatter(
            name=label,
            x=[days[0] - timedelta(days=1), *days],
            y=[0, *accumulate(values)],
            mode="lines",
            line={"color": colors.get(label, AXIS_TEXT), "width": 2.5},
            hovertemplate="%{x|%-d %b %Y}: %{y:,}<extra>" + label + "</extra>",
        )
    set_days(figure, days)
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, "Annotations so far", rows=6, x_title="Day (UTC)", y_title="Annotations")


def draw_accumulation(
    found: Sequence[tuple[int, int]], expected: Sequence[tuple[int, Interval]], estimated: float, kind: str
) -> "go.Figure":
    """Draw how many different labels, or individuals, are known after so many sessions.

    Parameters
    ----------
    found
        Sessions answered and kinds known at the end of each day.
    expected
        The same for sessions in any order: sessions, and the number with its interval.
    estimated
        How many kinds there are in all.
    """
    figure = go.Figure()
    sizes = [size for size, _ in expected]
    if expected:
        band = [low for _, (_, low, _) in expected], [high for _, (_, _, high) in expected]
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=sizes, y=band[1], **edge)
        figure.add_scatter(x=sizes, y=band[0], fill="tonexty", fillcolor=BAND, **edge)
        figure.add_scatter(
            name="in any order, with 95 % interval",
            x=sizes,
            y=[value for _, (value, _, _) in expected],
            mode="lines",
            line={"color": FORECAST, "width": 2.5},
            hovertemplate="sessions: %{x:,}, %{y:.1f} " + kind + "<extra></extra>",
        )
    figure.add_scatter(
        name="as they were answered",
        x=[0, *(size for size, _ in found)],
        y=[0, *(kinds for _, kinds in found)],
        mode="lines+markers",
        line={"color": DONE, "width": 2, "shape": "hv"},
        hovertemplate="sessions: %{x:,}, %{y} " + kind + "<extra></extra>",
    )
    figure.add_hline(estimated, line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5})
    text = f"about {estimated:.0f} in all (Chao2)"
    figure.add_annotation(text=text, x=1, xref="paper", xanchor="right", y=estimated, yanchor="bottom", showarrow=False)
    highest = max([estimated, *(high for _, (_, _, high) in expected)])
    title = f"Different {kind} found"
    figure = finish(figure, title, rows=6, x_title="Sessions answered", y_title=f"Different {kind}")
    return figure.update_yaxes(range=[0, highest * 1.15]).update_xaxes(rangemode="tozero")


def draw_pace(lines: Mapping[str, Sequence[Point]], title: str, y_title: str) -> "go.Figure":
    """Draw medians of each person over time."""
    figure = go.Figure()
    for place, (name, points) in enumerate(lines.items()):
        figure.add_scatter(
            name=name,
            x=[day for day, _ in points],
            y=[value for _, value in points],
            mode="lines+markers",
            line={"color": COLORS[place % len(COLORS)], "width": 2},
            hovertemplate="%{x|%-d %b %Y}: %{y:.1f}<extra>" + name + "</extra>",
        )
    set_days(figure, sorted({day for points in lines.values() for day, _ in points}))
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, title, rows=6, x_title="Day (UTC)", y_title=y_title).update_layout(showlegend=True)


def draw_shares(rows: Iterable[tuple[date, Interval, int]], title: str, y_title: str, unit: str) -> "go.Figure":
    """Draw a share over time with its 95 % interval, and of how many it is."""
    listed = list(rows)
    figure = go.Figure(
        go.Scatter(
            x=[day for day, _, _ in listed],
            y=[value for _, (value, _, _), _ in listed],
            error_y={
                "array": [high - value for _, (value, _, high), _ in listed],
                "arrayminus": [value - low for _, (value, low, _), _ in listed],
                "color": FORECAST,
                "thickness": 1,
                "width": 2,
            },
            customdata=[count for _, _, count in listed],
            mode="lines+markers",
            cliponaxis=False,
            line={"color": FORECAST, "width": 2},
            hovertemplate="%{x|%-d %b %Y}: %{y:.1%} of %{customdata:,} " + unit + "<extra></extra>",
        )
    )
    set_days(figure, [day for day, _, _ in listed])
    figure = finish(figure, title, rows=6, x_title="Day (UTC)", y_title=y_title)
    most = max([high for _, (_, _, high), _ in listed], default=1)
    return figure.update_yaxes(range=[0, min(1.03, most * 1.1)], tickformat=".0%")


def draw_versions(
    series: Mapping[str, Sequence[tuple[str, float]]], people: Interval | None, title: str, y_title: str
) -> "go.Figure":
    """Draw a figure of model versions, one line for each set of sessions that they were measured on; and of people."""
    names = sorted({name for points in series.values() for name, _ in points}, key=_by_version)
    figure = go.Figure()
    if people is not None:
        value, low, high = people
        figure.add_hrect(low, high, fillcolor=DONE_FAINT, line_width=0)
        figure.add_hline(value, line={"color": DONE, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            text="two people", x=0, xref="paper", xanchor="left", y=value, yanchor="bottom", showarrow=False
        )
    for place, (name, points) in enumerate(series.items()):
        ordered = sorted(points, key=lambda each: names.index(each[0]))
        figure.add_scatter(
            name=name,
            x=[version for version, _ in ordered],
            y=[value for _, value in ordered],
            mode="lines+markers" if len({version.partition("/")[0] for version, _ in ordered}) == 1 else "markers",
            marker={"size": 9},
            cliponaxis=False,
            line={"color": COLORS[place % len(COLORS)], "width": 2},
            hovertemplate="%{x}: %{y:.3f}<extra>" + name + "</extra>",
        )
    figure = finish(figure, title, rows=6, x_title="Version", y_title=y_title)
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=names)
    return figure.update_yaxes(range=[0, 1.03]).update_layout(showlegend=True, margin_t=66)


def draw_kept(rows: Sequence[tuple[str, Interval, int]]) -> "go.Figure":
    """Draw the share of each model's judged predictions that kept their label, with its 95 % interval."""
    figure = go.Figure(
        go.Scatter(
            x=[value for _, (value, _, _), _ in rows],
            y=[model for model, _, _ in rows],
            error_x={
                "array": [high - value for _, (value, _, high), _ in rows],
                "arrayminus": [value - low for _, (value, low, _), _ in rows],
                "color": FORECAST,
            },
            customdata=[count for _, _, count in rows],
            mode="markers",
            marker={"size": 10, "color": FORECAST},
            hovertemplate="%{y}: %{x:.1%} of %{customdata:,} judged<extra></extra>",
        )
    )
    figure = finish(figure, "Predictions that kept their label", rows=len(rows), x_title="Share of those judged")
    return figure.update_xaxes(range=[0, 1.02], tickformat=".0%")


def _by_version(name: str) -> tuple[str, int, str]:
    model, _, version = name.partition("/")
    return model, int(version) if version.isdecimal() else 0, name
