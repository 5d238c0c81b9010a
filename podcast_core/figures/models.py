"""Plotly pictures of how models learn and how good they are (see `podcast_core.ml.measuring.evaluation`)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from podcast_core.figures import AXIS_TEXT, FAINT, finish
from podcast_core.figures.matrices import draw_matrix

Figures = Mapping[str, Any]

# Okabe & Ito's palette in an order in which neighbours differ most; models keep their colour in all pictures.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b")
BASELINE, BASELINE_COLOR = "energy baseline", "#999999"
LOSS_COLOR, F1_COLOR = "#d55e00", "#0072b2"


def draw_learning(curve: Sequence[Mapping[str, Any]]) -> "go.Figure":
    """Draw a learning curve: the loss, and the F1 on held-out sessions, over the CPU seconds that were spent.

    Each stage has a line of the loss of its own; the F1 is known in the last one only.
    """
    figure = go.Figure()
    for stage, dash in (("checking", "dot"), ("training", "solid")):
        points = [each for each in curve if each["stage"] == stage]
        # Each part that is checked has a network of its own, whose line begins anew.
        ends = [after["epoch"] < each["epoch"] for each, after in zip(points, points[1:], strict=False)]
        if points:
            figure.add_scatter(
                name=f"Loss ({stage})",
                x=_break([each["spent_s"] for each in points], ends),
                y=_break([each["train_loss"] for each in points], ends),
                mode="lines",
                line={"color": LOSS_COLOR, "width": 2, "dash": dash},
                hovertemplate="%{x:.1f} s: loss %{y:.4f}<extra></extra>",
            )
    known = [each for each in curve if each["held_out_f1"] is not None]
    if known:
        figure.add_scatter(
            name="F1 on held-out sessions (20 ms)",
            x=[each["spent_s"] for each in known],
            y=[each["held_out_f1"] for each in known],
            yaxis="y2",
            mode="lines",
            line={"color": F1_COLOR, "width": 3},
            hovertemplate="%{x:.1f} s: F1 %{y:.3f}<extra></extra>",
        )
    figure = finish(figure, "Learning curve", rows=6, x_title="Time of the processor (s)", y_title="Loss")
    figure.update_yaxes(rangemode="tozero")
    right = {"title": "F1", "overlaying": "y", "side": "right", "range": [0, 1.02], "dtick": 0.25}
    quiet = {"showgrid": False, "automargin": True, "fixedrange": True}
    return figure.update_layout(yaxis2=right | quiet, showlegend=True)


def _color(index: int, name: str) -> str:
    """Give a model its colour; the baseline is grey, whatever it is beside."""
    return BASELINE_COLOR if name == BASELINE else COLORS[index % len(COLORS)]


def _break(values: Sequence[float], ends: Sequence[bool]) -> list[float | None]:
    """Put a gap after each value at which a line ends."""
    broken: list[float | None] = []
    for value, is_end in zip(values, (*ends, False), strict=True):
        broken += [value, None] if is_end else [value]
    return broken


def draw_growth(
    rows: Sequence[Mapping[str, Any]], law: Sequence[tuple[float, float]], versions: Mapping[str, tuple[int, float]]
) -> "go.Figure":
    """Draw F1 against sessions learnt from.

    Parameters
    ----------
    rows
        ``sessions``, ``f1`` and the ``least`` and ``greatest`` of the trainings with as many.
    law
        Points (sessions, F1) of the line that was fitted; it may reach further than what was measured.
    versions
        Sessions and F1 of models that were trained, by name.
    """
    figure = go.Figure()
    if law:
        figure.add_scatter(
            name="Expected",
            x=[sessions for sessions, _ in law],
            y=[f1 for _, f1 in law],
            mode="lines",
            line={"color": F1_COLOR, "width": 2, "dash": "dot"},
            hovertemplate="sessions: %{x:.0f}, F1 %{y:.3f} expected<extra></extra>",
        )
    figure.add_scatter(
        name="Measured (least to greatest)",
        x=[row["sessions"] for row in rows],
        y=[row["f1"] for row in rows],
        error_y={
            "array": [row["greatest"] - row["f1"] for row in rows],
            "arrayminus": [row["f1"] - row["least"] for row in rows],
            "color": F1_COLOR,
        },
        mode="markers",
        cliponaxis=False,  # a point at 0 is seen whole
        marker={"size": 9, "color": F1_COLOR},
        hovertemplate="sessions: %{x}, F1 %{y:.3f}<extra></extra>",
    )
    if versions:
        figure.add_scatter(
            name="Trained models",
            x=[sessions for sessions, _ in versions.values()],
            y=[f1 for _, f1 in versions.values()],
            text=list(versions),
            mode="markers",
            cliponaxis=False,
            marker={"symbol": "diamond", "size": 11, "color": LOSS_COLOR},
            hovertemplate="%{text}: sessions: %{x}, F1 %{y:.3f} on its own test<extra></extra>",
        )
    title = "F1 at 20 ms by sessions learnt from"
    figure = finish(figure, title, rows=7, x_title="Sessions learnt from", y_title="F1 on held-out sessions")
    return figure.update_yaxes(range=[0, 1.03], dtick=0.25).update_xaxes(rangemode="tozero")


def draw_segments(models: Mapping[str, Figures]) -> "go.Figure":
    """Draw segment F1 by tolerance, and frame F1, for each model: with labels."""
    figure = go.Figure()
    for index, (name, figures) in enumerate(models.items()):
        names = [f"{1000 * each['tolerance_s']:g} ms" for each in figures["segments"]]
        values = [each["f1"] for each in figures["segments"]]
        figure.add_bar(
            name=name,
            x=[*names, "frames"],
            y=[*values, figures["frames"]["f1"]],
            marker_color=_color(index, name),
            text=[f"{value:.2f}" for value in (*values, figures["frames"]["f1"])],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: F1 %{y:.3f}<extra>" + name + "</extra>",
        )
    figure = finish(figure, "F1 by tolerance at both ends", rows=6, x_title="Tolerance", y_title="F1 with labels")
    figure.update_xaxes(type="category")
    return figure.update_layout(barmode="group").update_yaxes(range=[0, 1.08])


def draw_labels(models: Mapping[str, Figures]) -> "go.Figure":
    """Draw the F1 of each label at 20 ms for each model, of those of which there is any known call."""
    told = [each for figures in models.values() for each in figures["per_label"].items()]
    labels = sorted({label for label, counts in told if counts["known"]})
    figure = go.Figure()
    for index, (name, figures) in enumerate(models.items()):
        found = [figures["per_label"].get(label) for label in labels]
        figure.add_bar(
            name=name,
            y=labels,
            x=[each["f1"] if each else None for each in found],
            orientation="h",
            marker_color=_color(index, name),
            customdata=[each["known"] if each else 0 for each in found],
            hovertemplate="%{y}: F1 %{x:.3f}, calls: %{customdata}<extra>" + name + "</extra>",
        )
    rows = max(1, len(labels) * (1 + len(models)) // 2)
    figure = finish(figure, "F1 of each label at 20 ms", rows=rows, x_title="F1")
    return figure.update_layout(barmode="group").update_xaxes(range=[0, 1.02])


def draw_confusions(figures: Figures) -> "go.Figure":
    """Draw which label known calls were called; colours are shares of the known calls of a label."""
    told = figures["confusions"]
    matrix, names = told["matrix"], [*told["labels"], "nothing"]
    totals = [sum(row) for row in matrix]
    totals[-1] = max(totals)  # of what was found where nothing is, there is no whole
    shares = [[count / total if total else None for count in row] for row, total in zip(matrix, totals, strict=True)]
    return draw_matrix(
        f"Confusions: calls whose ends agree within {1000 * told['tolerance_s']:.0f} ms",
        names,
        shares,
        texts=[[str(count) if count else "" for count in row] for row in matrix],
        told=matrix,
        under_pointer="known %{y}, found %{x}: calls: %{customdata} (%{z:.0%})<extra></extra>",
        x_title="Found as",
        y_title="Known as",
    )


def draw_precision_recall(models: Mapping[str, Figures], label: str) -> "go.Figure":
    """Draw precision over recall of a label, for each model; the points are thresholds on the score."""
    figure = go.Figure()
    for index, (name, figures) in enumerate(models.items()):
        points = [each for each in figures["precision_recall"].get(label, ()) if each["recall"] or each["precision"]]
        figure.add_scatter(
            name=name,
            x=[each["recall"] for each in points],
            y=[each["precision"] for each in points],
            customdata=[each["threshold"] for each in points],
            mode="lines+markers",
            line={"color": _color(index, name), "width": 2},
            hovertemplate="score from %{customdata:.2f}: recall %{x:.3f}, precision %{y:.3f}<extra>"
            + name
            + "</extra>",
        )
    figure = finish(figure, f"Precision and recall of {label}", rows=6, x_title="Recall", y_title="Precision")
    return figure.update_xaxes(range=[0, 1.02]).update_yaxes(range=[0, 1.02]).update_layout(showlegend=True)


def draw_reliability(figures: Figures) -> "go.Figure":
    """Draw what share of the boxes with a score is right: on the diagonal, scores mean what they say."""
    bins = [each for each in figures["reliability"]["bins"] if each["count"]]
    most = max((each["count"] for each in bins), default=1)
    figure = go.Figure(
        [
            go.Bar(
                name="boxes",
                x=[(each["low"] + each["high"]) / 2 for each in bins],
                y=[each["count"] / most for each in bins],
                width=0.1,
                customdata=[each["count"] for each in bins],
                marker={"color": FAINT, "line": {"width": 0}},
                hovertemplate="score %{x:.2f}: boxes: %{customdata}<extra></extra>",
            ),
            go.Scatter(
                name="as it should be",
                showlegend=False,
                x=[0, 1],
                y=[0, 1],
                mode="lines",
                line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5},
                hoverinfo="skip",
            ),
            go.Scatter(
                name="share that is right",
                x=[each["mean_score"] for each in bins],
                y=[each["share_right"] for each in bins],
                customdata=[each["count"] for each in bins],
                mode="markers",  # no line: bins of few boxes jump
                cliponaxis=False,
                marker={"size": [6 + 14 * math.sqrt(each["count"] / most) for each in bins], "color": COLORS[0]},
                hovertemplate="score %{x:.2f}: %{y:.0%} of %{customdata} are right<extra></extra>",
            ),
        ]
    )
    error = figures["reliability"]["error"]
    title = "Reliability of the scores" + ("" if error is None else f" (mean error {error:.3f})")
    figure = finish(figure, title, rows=6, x_title="Score", y_title="Share that is right")
    return figure.update_xaxes(range=[0, 1.02]).update_yaxes(range=[0, 1.05]).update_layout(bargap=0)
