"""Files in and out: one module per format, pure functions between nouns and bytes.

``FORMATS`` names those that a whole round can be exported to and annotations be read from, ``READABLE`` has those
that are only read as well. Libraries that only one format needs are imported when it is used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from podcast_core.errors import InvalidInput
from podcast_core.formats import (
    annotations_csv,
    aoef,
    aoef_writing,
    audacity,
    audition,
    batdetect2,
    coco,
    columns,
    crowsetta,
    das,
    kaleidoscope,
    label_studio,
    orcahello,
    other_tables,
    parquet,
    podcast_json,
    podcast_tsv,
    raven,
    score_tables,
    textgrid,
    whisperseg_csv,
    whisperseg_json,
)
from podcast_core.formats.contents import NOTES, Batch, Contents


@dataclass(frozen=True, slots=True)
class Format:
    """A format of annotations.

    ``write`` makes files (name -> bytes) of a batch; ``read`` takes one file's name and bytes, and ``fits`` tells
    whether a file looks like one. ``suffixes`` are those of files that hold annotations.
    A format of ``only_calls`` has neither labels nor frequencies, and nothing of sessions with outcome ``unsure`` or
    ``verified``: its readers take all unmarked time for silence. ``notes`` are the notes on boxes that come
    along. ``has_negatives``: rows for empty sessions can be asked for. ``loss`` says what else is left out,
    ``digits`` to how many decimals seconds are kept.
    """

    title: str
    sentence: str
    suffixes: tuple[str, ...]
    write: Callable[[Batch], dict[str, bytes]]
    read: Callable[[str, bytes], Contents]
    fits: Callable[[str, bytes], bool]
    only_calls: bool = False
    has_bands: bool = True
    notes: tuple[str, ...] = ()
    has_negatives: bool = False
    loss: str = ""
    digits: int = 6


FORMATS: Mapping[str, Format] = {
    "csv": Format(
        "CSV",
        "Everything in one table, one row per annotation and one for each session without any. Take this one if in "
        "doubt: spreadsheets, R and pandas read it, and it comes back into Pod.Cast without a loss.",
        (".csv",),
        annotations_csv.write,
        annotations_csv.read,
        annotations_csv.fits,
        notes=NOTES,
    ),
    "parquet": Format(
        "Parquet",
        "The table of the CSV format with real types, for pandas, polars, R's arrow and DuckDB.",
        (".parquet",),
        parquet.write,
        parquet.read,
        parquet.fits,
        notes=NOTES,
    ),
    "raven": Format(
        "Raven selection tables",
        "One table per recording, to be opened in Raven Lite or Raven Pro beside the audio.",
        (".txt",),
        raven.write,
        raven.read,
        raven.fits,
        notes=NOTES,
    ),
    "audacity": Format(
        "Audacity labels",
        "One label track per recording and channel, with frequencies (File > Import > Labels in Audacity).",
        (".txt",),
        audacity.write,
        audacity.read,
        audacity.fits,
    ),
    "audacity-plain": Format(
        "Audacity labels, one line each",
        "The same without frequencies, for older versions and for other programs that read such tracks.",
        (".txt",),
        audacity.write_plain,
        audacity.read,
        audacity.fits,
        has_bands=False,
    ),
    "audition": Format(
        "Adobe Audition markers",
        "One table of markers per recording and channel (Markers panel > Import).",
        (".csv",),
        audition.write,
        audition.read,
        audition.fits,
        has_bands=False,
        notes=("comment",),
        loss="Audition's times have milliseconds: starts and ends are rounded to them.",
        digits=3,
    ),
    "textgrid": Format(
        "Praat TextGrid",
        "One TextGrid per recording and channel with a tier per label, and further ones where boxes overlap.",
        (".textgrid",),
        textgrid.write,
        textgrid.read,
        textgrid.fits,
        has_bands=False,
    ),
    "aoef": Format(
        "AOEF (soundevent, Whombat)",
        "An annotation project with a clip for each session, in the exchange format of the soundevent package.",
        (".json",),
        aoef_writing.write,
        aoef.read,
        aoef.fits,
        notes=NOTES,
    ),
    "coco": Format(
        "COCO-like JSON",
        "Sessions as images, boxes in seconds and hertz, for programs that are made for boxes in pictures.",
        (".json",),
        coco.write,
        coco.read,
        coco.fits,
        notes=NOTES,
    ),
    "label-studio": Format(
        "Label Studio JSON",
        "Tasks of Label Studio, one per recording, for <Labels name='label' toName='audio'> and <Audio name='audio' "
        "value='$audio'/>. Labels of its full and its short export (JSON-MIN) are read.",
        (".json",),
        label_studio.write,
        label_studio.read,
        label_studio.fits,
        has_bands=False,
        notes=("comment",),
    ),
    "whisperseg-csv": Format(
        "WhisperSeg CSV with frequencies",
        "The table of the annotation interface around WhisperSeg, with nine columns.",
        (".csv",),
        whisperseg_csv.write,
        whisperseg_csv.read,
        whisperseg_csv.fits,
        notes=("individual",),
    ),
    "whisperseg-csv-7": Format(
        "WhisperSeg CSV without frequencies",
        "The same as earlier versions of that interface have it, with seven columns.",
        (".csv",),
        whisperseg_csv.write_seven,
        whisperseg_csv.read,
        whisperseg_csv.fits_seven,
        has_bands=False,
        notes=("individual",),
    ),
    "whisperseg-json": Format(
        "WhisperSeg JSON",
        "One document per recording and channel, to be put beside its audio for WhisperSeg's training.",
        (".json",),
        whisperseg_json.write,
        whisperseg_json.read,
        whisperseg_json.fits,
        has_bands=False,
    ),
    "podcast-json": Format(
        "Pod.Cast JSON",
        "One document per reviewed session, as the original Pod.Cast stores it: one class, no frequencies.",
        (".json",),
        podcast_json.write,
        podcast_json.read,
        podcast_json.fits,
        only_calls=True,
    ),
    "podcast-tsv-a": Format(
        "Pod.Cast TSV, rounds 2 and 3",
        "The training table of Orcasound's rounds 2 and 3, one row per call, times from the start of the session.",
        (".tsv",),
        podcast_tsv.write_a,
        podcast_tsv.read,
        podcast_tsv.fits_a,
        only_calls=True,
        has_negatives=True,
    ),
    "podcast-tsv-b": Format(
        "Pod.Cast TSV, all rounds",
        "The training table of Orcasound's combined data set, with the Pacific time of day of the recording.",
        (".tsv",),
        podcast_tsv.write_b,
        podcast_tsv.read,
        podcast_tsv.fits_b,
        only_calls=True,
        has_negatives=True,
    ),
    "orcahello": Format(
        "OrcaHello JSON",
        "One document (version 2) per session with predictions or an answer, the people's boxes beside its own fields.",
        (".json",),
        orcahello.write,
        orcahello.read,
        orcahello.fits,
        has_bands=False,
    ),
}


def _refuse(_batch: Batch) -> dict[str, bytes]:
    raise InvalidInput("This format can only be read. Export as csv or parquet instead.")


READABLE: Mapping[str, Format] = {
    **FORMATS,
    "batdetect2": Format(
        "BatDetect2 JSON",
        "One document per recording, of the detector or of its annotation tool, also for files that were slowed down.",
        (".json",),
        _refuse,
        batdetect2.read,
        batdetect2.fits,
        notes=("individual", "call_type"),
    ),
    "kaleidoscope": Format(
        "Kaleidoscope CSV",
        "Wildlife Acoustics' id.csv, meta.csv and cluster.csv, and BirdNET's tables in their form.",
        (".csv",),
        _refuse,
        kaleidoscope.read,
        kaleidoscope.fits,
    ),
    "crowsetta": Format(
        "crowsetta generic-seq",
        "The table that crowsetta makes of the formats it knows, used by vak and TweetyNet.",
        (".csv",),
        _refuse,
        crowsetta.read,
        crowsetta.fits,
        has_bands=False,
    ),
    "das": Format(
        "Deep Audio Segmenter",
        "Tables of DAS: name, start_seconds, stop_seconds. Pulses, which are points in time, are left out.",
        (".csv",),
        _refuse,
        das.read,
        das.fits,
        has_bands=False,
    ),
    "scores": Format(
        "Scores per class",
        "A table with a row per window and, for each class, a column with numbers from 0 to 1. Each is a prediction.",
        columns.SUFFIXES,
        _refuse,
        score_tables.read,
        score_tables.fits,
        has_bands=False,
    ),
    "table": Format(
        "Another table",
        "Any table, CSV, TSV or Parquet: say which column is what, or let it be guessed from the names.",
        columns.SUFFIXES,
        _refuse,
        other_tables.read,
        other_tables.fits,
        notes=("comment", "individual", "call_type"),
    ),
}

# Formats that are told apart by nothing but what they leave out when written: either reader will do.
SAME_READER = {"audacity-plain": "audacity"}


def find_formats(name: str, data: bytes) -> list[str]:
    """Find the formats that a file looks like; ``table`` only if it is nothing else."""
    found = [each for each, format_ in READABLE.items() if each not in SAME_READER and format_.fits(name, data)]
    return [each for each in found if each != "table"] or found
