"""Files in and out: one module per format, pure functions between nouns and bytes.

``FORMATS`` names those that a whole round can be exported to and annotations be read from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from podcast_core.formats import annotations_csv, audacity, podcast_json, podcast_tsv, raven
from podcast_core.formats.contents import Batch, Contents


@dataclass(frozen=True, slots=True)
class Format:
    """A format of annotations.

    ``write`` makes files (name -> bytes) of a batch; ``read`` takes one file's name and bytes. ``suffix`` is
    that of the files that hold annotations. A format of ``only_calls`` has neither labels nor frequencies, and
    nothing of sessions with outcome ``unsure`` or ``verified``: its readers take all unmarked time for verified
    silence. ``has_notes``: comments and other notes on boxes come along. ``has_negatives``: rows for verified-empty
    sessions can be asked for.
    """

    title: str
    sentence: str
    suffix: str
    write: Callable[[Batch], dict[str, bytes]]
    read: Callable[[str, bytes], Contents]
    only_calls: bool = False
    has_notes: bool = False
    has_negatives: bool = False


FORMATS: Mapping[str, Format] = {
    "csv": Format(
        "CSV",
        "Everything in one table, one row per annotation and one for each session without any. Take this one if in "
        "doubt: spreadsheets, R and pandas read it, and it comes back into Pod.Cast without a loss.",
        ".csv",
        annotations_csv.write,
        annotations_csv.read,
        has_notes=True,
    ),
    "raven": Format(
        "Raven selection tables",
        "One table per recording, to be opened in Raven Lite or Raven Pro beside the audio.",
        ".txt",
        raven.write,
        raven.read,
        has_notes=True,
    ),
    "audacity": Format(
        "Audacity labels",
        "One label track per recording and channel, with frequencies (File > Import > Labels in Audacity).",
        ".txt",
        audacity.write,
        audacity.read,
    ),
    "podcast-json": Format(
        "Pod.Cast JSON",
        "One document per reviewed session, as the original Pod.Cast stores it: one class, no frequencies.",
        ".json",
        podcast_json.write,
        podcast_json.read,
        only_calls=True,
    ),
    "podcast-tsv-a": Format(
        "Pod.Cast TSV, rounds 2 and 3",
        "The training table of Orcasound's rounds 2 and 3, one row per call, times from the start of the session.",
        ".tsv",
        podcast_tsv.write_a,
        podcast_tsv.read,
        only_calls=True,
        has_negatives=True,
    ),
    "podcast-tsv-b": Format(
        "Pod.Cast TSV, all rounds",
        "The training table of Orcasound's combined data set, with the Pacific time of day of the recording.",
        ".tsv",
        podcast_tsv.write_b,
        podcast_tsv.read,
        only_calls=True,
        has_negatives=True,
    ),
}
