"""What a file really holds: the parts in which its sound is, and what is wrong with its header.

A layout is found from the bytes alone, the same at every opening. Where it has no parts, the file is read as it is.
"""

from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.audio.containers import measure_size
from podcast_core.audio.extents import find_extent
from podcast_core.audio.flac_frames import measure_flac
from podcast_core.audio.mp3_frames import measure_mp3
from podcast_core.audio.ogg import find_links
from podcast_core.audio.views import View

_NAMES = {b"RF64": "RF64", b"BW64": "RF64", b"riff": "W64"}  # of what is shown to a decoder as WAV
TOLERANCE_S = 0.2  # headers of lossy files may count the codec's lead-in; a file that was cut misses more


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the file that is a file of its own, behind a head that tells the truth."""

    start: int
    size: int
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Layout:
    """``notes`` are sentences about the file; ``cut`` says what is missing when it was cut, or is empty."""

    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    cut: str = ""
    name: str = ""

    def open(self, file: BinaryIO) -> list[View]:
        """Make a view of each part."""
        return [View(file, part.start, part.size, part.head) for part in self.parts]


def find_layout(file: BinaryIO, *, is_far: bool = False) -> Layout:
    """Find the layout of any file. Of an MP3 far away no more than the beginning is read where that looks right."""
    file.seek(0)
    head = file.read(4)
    if head == b"OggS":
        return _find_ogg(file)
    extent = find_extent(file)
    if extent is not None:
        parts = (Part(extent.start, extent.size, extent.head),) if extent.head else ()
        notes = (extent.note,) if extent.note else ()
        return Layout(parts, notes, extent.cut, _NAMES.get(head, "") if parts else "")
    return _find_flac(file) or _find_mp3(file, is_thorough=not is_far) or Layout()


def _find_ogg(file: BinaryIO) -> Layout:
    found = find_links(file)
    if found is None:
        return Layout()
    notes, cut = [], ""
    if len(found.links) > 1:
        notes.append(f"The file is a chain of {len(found.links)} streams, read as one after the other.")
    if found.missing_bytes:
        size_bytes = measure_size(file)
        needed = size_bytes - found.end + found.missing_bytes
        cut = f"its last page needs {needed:,} bytes, found {size_bytes - found.end:,}"
        notes.append("Truncated: the last page of the file is incomplete and is skipped.")
    elif not found.has_end:
        notes.append("The stream has no end mark: the recorder was stopped without one, or the file was truncated.")
    if len(found.links) == 1 and not found.missing_bytes:
        return Layout((), tuple(notes))
    return Layout(tuple(Part(start, end - start) for start, end in found.links), tuple(notes), cut)


def _find_flac(file: BinaryIO) -> Layout | None:
    length = measure_flac(file)
    if length is None:
        return None
    declared = length.declared
    if declared == length.found and length.is_whole:
        return Layout()
    rest = length.start + len(length.head)
    parts = (Part(rest, length.end - rest, length.head),)
    found = f"{length.found / length.sample_rate_hz:,.2f} s"
    if declared is None and length.is_whole:
        return Layout(parts, (f"The header gives no length (written as a stream): {found} are there.",))
    if declared is None:
        return Layout(
            parts,
            (f"Truncated: the last frame is incomplete and is skipped; {found} are present.",),
            "its last frame is incomplete",
        )
    promised = f"{declared / length.sample_rate_hz:,.2f} s"
    if declared > length.found:
        cut = f"its header promises {promised} of audio, found {found}"
        return Layout(parts, (f"Truncated: the header promises {promised}, {found} are there.",), cut)
    if declared == length.found:  # something else follows the last frame
        return Layout()
    return Layout(parts, (f"The header says {promised}, {found} are there.",))


def _find_mp3(file: BinaryIO, *, is_thorough: bool) -> Layout | None:
    length = measure_mp3(file, is_thorough=is_thorough)
    if length is None:
        return None
    rest = length.start + len(length.head)
    parts = (Part(rest, length.end - rest, length.head),)
    promised, found = (f"{count * length.frame_s:,.2f} s" for count in (length.declared, length.found))
    if (length.declared - length.found) * length.frame_s > TOLERANCE_S:
        cut = f"its header promises {promised} of audio, found {found}"
        return Layout(parts, (f"Truncated: the header promises {promised}, {found} are there.",), cut)
    if length.declared > length.found:
        return Layout(parts)
    return Layout(parts, (f"The header says {promised}, {found} are there.",))
