"""The numbers behind the figures of models as tables, one row each, to be taken out as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

SHARES = ("precision", "recall", "f1", "f1_without_labels")
Row = Mapping[str, Any]
Figures = Mapping[str, Any]


def write_csv(rows: Sequence[Row]) -> bytes:
    """Write rows as CSV; the columns are those of all rows, in the order in which they come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def list_segments(models: Mapping[str, Figures]) -> list[Row]:
    """List precision, recall and F1 of segments by tolerance, and of frames, for each model."""
    rows: list[Row] = []
    for name, figures in models.items():
        told = [("segments", each["tolerance_s"], each) for each in figures["segments"]]
        for what, tolerance_s, shares in (*told, ("frames", None, figures["frames"])):
            row = {"model": name, "what": what, "tolerance_s": tolerance_s}
            rows.append(row | {column: shares[column] for column in SHARES})
    return rows


def list_labels(models: Mapping[str, Figures]) -> list[Row]:
    """List what was found of each label at 20 ms, for each model."""
    return [
        {"model": name, "label": label, **told}
        for name, figures in models.items()
        for label, told in figures["per_label"].items()
    ]


def list_confusions(figures: Figures) -> list[Row]:
    """List how many calls of one label were found as which other."""
    told = figures["confusions"]
    names = [*told["labels"], "nothing"]
    return [
        {"known": known, "found": found, "calls": count}
        for known, row in zip(names, told["matrix"], strict=True)
        for found, count in zip(names, row, strict=True)
    ]


def list_precision_recall(models: Mapping[str, Figures]) -> list[Row]:
    """List precision and recall over thresholds, of each label, for each model."""
    return [
        {"model": name, "label": label, **point}
        for name, figures in models.items()
        for label, points in figures["precision_recall"].items()
        for point in points
    ]


def list_reliability(figures: Figures) -> list[Row]:
    """List the bins of the reliability plot."""
    return list(figures["reliability"]["bins"])
