"""Files in and out: one module per format, pure functions between nouns and bytes.

``FORMATS`` names those that a whole round can be exported to and annotations be read from, ``READABLE`` has those
that are only read as well. Libraries that only one format needs are imported when it is used. A new format is a module
with its own ``FORMATS`` and a line in ``MODULES``; a dialect brings its own in its module ``formats``.
"""

from collections.abc import Mapping
from importlib import import_module

from podcast_core.formats.format import Format
from podcast_core.plugging import load_parts

# In the order in which people choose from them.
MODULES = (
    "annotations_csv",
    "parquet",
    "raven",
    "audacity",
    "audition",
    "textgrid",
    "aoef_writing",
    "coco",
    "label_studio",
    "whisperseg_csv",
    "whisperseg_json",
    "podcast_json",
    "podcast_tsv",
    "camtrap_dp",
    "darwin_core",
    "batdetect2",
    "kaleidoscope",
    "crowsetta",
    "das",
    "score_tables",
    "other_tables",
)

_MODULES = (*(import_module(f"{__name__}.{name}") for name in MODULES), *load_parts("formats"))
_ALL = {name: each for module in _MODULES for name, each in module.FORMATS.items()}
FORMATS: Mapping[str, Format] = {name: each for name, each in _ALL.items() if each.is_writable}
READABLE: Mapping[str, Format] = {**FORMATS, **_ALL}

# Formats that are told apart by nothing but what they leave out when written: either reader will do.
SAME_READER = {"audacity-plain": "audacity"}


def find_formats(name: str, data: bytes) -> list[str]:
    """Find the formats that a file looks like; ``table`` only if it is nothing else."""
    found = [each for each, format_ in READABLE.items() if each not in SAME_READER and format_.fits(name, data)]
    return [each for each in found if each != "table"] or found
