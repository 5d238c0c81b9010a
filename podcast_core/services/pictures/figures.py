"""Spectrogram figures for papers: of a session, a part of it, a recording, or a grid of examples per label; as files.

`podcast_core.figures.spectrogram` draws what is computed here; a figure's settings say what it shows and how, so that
its file says how it was made and it can be made again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from podcast_core.audio.levels import Levels
from podcast_core.domain.box import Call, Stretch
from podcast_core.domain.display import Display
from podcast_core.domain.figure import MM_PER_INCH, MOVING, FigureFormat, FigureLook
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, NotFound, count_of
from podcast_core.figures import printing, video
from podcast_core.figures.spectrogram import DrawnBox, Panel, Units, draw_spectrograms
from podcast_core.services.labels import examples, rounds, searching, session_views
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.requests import ResolvedSpectrogram, SpectrogramRequest, resolve_session
from podcast_core.services.pictures.stretches import AudioStretch, open_recording, open_session
from podcast_core.workspace import Workspace

MAX_FIGURE_S = 600.0  # of sound in one panel; chosen: beyond, a call is narrower than a pixel
MAX_VIDEO_S = 180.0  # chosen: a minute at a third of its speed; longer films are not figures
MAX_PANELS = 60  # chosen: as many as can be told apart on a page
LOOKED_THROUGH = 500  # annotations of a label among which its examples are chosen
PANEL_PX = (2_400, 1_024)  # of a panel's picture at most: what paper shows of it
WAV_HEAD_BYTES = 44  # of what `sounds` sends, before its samples
BOX_MARGIN = 0.5  # of its length before and after a call, where nothing else is asked for
MIN_MARGIN_S = 0.05
OTHER_COLOR = "#999999"  # of labels that the round has no more


@dataclass(frozen=True, slots=True)
class DrawnFigure:
    """A figure, how it was made, and for a video what is heard."""

    figure: "go.Figure"
    look: FigureLook
    settings: dict[str, Any]
    heard: AudioStretch | None = None


def write(
    drawn: DrawnFigure,
    kind: FigureFormat,
    *,
    speed: float = 1.0,
    on_progress: Callable[[float], object] = lambda _done: None,
) -> bytes:
    """Write a figure as a file that has its settings in it.

    Parameters
    ----------
    kind
        ``png``, ``svg``, ``pdf``; or ``mp4``, ``webm``: with its sound, and a line that follows it.
    speed
        Of a video, 0.05 to 2: ultrasound is heard when it is slow enough, since frequencies are multiplied by it.
    on_progress
        Told how much of a video is done, from 0 to 1.

    Raises
    ------
    InvalidInput
        When a video would be too long or too large, or has nothing to be heard.
    """
    if kind not in MOVING:
        return printing.print_figure(drawn.figure, kind, drawn.look.dpi, drawn.settings)
    if drawn.heard is None:
        raise InvalidInput("A video is made of one picture; a grid of several has no sound.")
    if drawn.heard.duration_s > MAX_VIDEO_S * speed:
        raise InvalidInput(
            f"A video lasts up to {MAX_VIDEO_S:g} s; {drawn.heard.duration_s:g} s at speed {speed:g} last longer. "
            "Choose a part of it."
        )
    sound = sounds.render(drawn.heard, sounds.Wanted(speed=speed))
    filmed = video.film(
        drawn.figure,
        kind,
        dpi=drawn.look.dpi,
        samples=np.frombuffer(sound.data, "<i2", offset=WAV_HEAD_BYTES),
        rate_hz=sound.sample_rate_hz,
        settings={**drawn.settings, "speed": speed},
    )
    data = b""
    for each in filmed:
        if isinstance(each, bytes):
            data = each
        else:
            on_progress(each)
    return data


def read_settings(data: bytes) -> dict[str, Any]:
    """Read back the settings that a figure's file was made with; InvalidInput where it has none."""
    is_still = data.startswith((b"\x89PNG", b"%PDF", b"<"))
    return printing.read_settings(data) if is_still else video.read_settings(data)


def draw_session(
    workspace: Workspace,
    *,
    round_id: str,
    session_id: str,
    start_s: float | None = None,
    end_s: float | None = None,
    look: FigureLook | None = None,
    seen_by: str | None = None,
) -> DrawnFigure:
    """Draw a session or a part of it, with the boxes of the answer that counts, else those predicted.

    Parameters
    ----------
    start_s, end_s
        In seconds of the session; None: from its start, to its end.
    seen_by
        As for `session_views.get_view`.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When there is nothing there, or the look cannot be.
    """
    look = look or FigureLook()
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=session_id)
    boxes = _list_boxes(workspace, round_id, session_id, seen_by) if look.boxes else []
    part = Stretch(0.0 if start_s is None else start_s, stretch.duration_s if end_s is None else end_s)
    return _draw_one(stretch, part, look, round_, boxes, {"round": round_id, "session": session_id})


def draw_recording(
    workspace: Workspace,
    *,
    recording_id: str,
    channel: int = 0,
    start_s: float | None = None,
    end_s: float | None = None,
    look: FigureLook | None = None,
) -> DrawnFigure:
    """Draw a recording or a part of it, in no round; InvalidInput and NotFound as from `draw_session`."""
    stretch = open_recording(workspace, recording_id=recording_id, channel=channel)
    if not 0 <= channel < stretch.recording.channel_count:
        raise InvalidInput(
            f"There is no channel {channel}: the recording has {stretch.recording.channel_count}, counted from 0."
        )
    part = Stretch(0.0 if start_s is None else start_s, stretch.duration_s if end_s is None else end_s)
    return _draw_one(stretch, part, look or FigureLook(), None, [], {})


def draw_examples(
    workspace: Workspace,
    *,
    round_id: str,
    labels: Sequence[str] = (),
    per_label: int = 4,
    margin_s: float | None = None,
    look: FigureLook | None = None,
) -> DrawnFigure:
    """Draw calls of each label in a row, all with the same scales: those chosen as examples, then annotations.

    Parameters
    ----------
    labels
        Which; none: all of the round that have a call.
    per_label
        Pictures in a row; annotations are taken from all over the round.
    margin_s
        Of sound before and after the longest call; None: half its length.

    Raises
    ------
    NotFound
        When there is no such round, or none of the labels has a call.
    InvalidInput
        When a label is none of the round's, or there would be too many pictures.
    """
    look = replace(look or FigureLook(height_mm=120), from_zero=True, labels=False)  # rows are named
    chosen = _choose_calls(workspace, round_id, labels, per_label, margin_s)
    calls = [call for found in chosen.values() for _session, call in found]
    opened = {
        session_id: open_session(workspace, round_id=round_id, session_id=session_id)
        for found in chosen.values()
        for session_id, _call in found
    }
    round_ = next(iter(opened.values()))[1]
    longest_s = max(call.duration_s for call in calls)
    around_s = max(MIN_MARGIN_S, BOX_MARGIN * longest_s) if margin_s is None else margin_s
    span_s = min(longest_s + 2 * around_s, min(stretch.duration_s for stretch, _round in opened.values()))
    columns = max(map(len, chosen.values()))
    size = _choose_size(look, columns, len(chosen))
    panels: list[Panel | None] = []
    levels, made, wanted = [], [], None
    for label, found in chosen.items():
        for number, (session_id, call) in enumerate(found):
            stretch, _ = opened[session_id]
            start_s = min(max(0.0, (call.start_s + call.end_s - span_s) / 2), stretch.duration_s - span_s)
            part = Stretch(start_s, start_s + span_s)
            boxes = [call] if look.boxes else []
            panel, its_levels, wanted = _make_panel(stretch, part, look, round_, boxes, size)
            panels.append(replace(panel, name="" if number else label))
            levels.append(its_levels)
            made.append({"label": label, "session": session_id, "start_s": call.start_s, "end_s": call.end_s})
        panels += [None] * (columns - len(found))
    assert wanted is not None
    shared = Levels(min(each.floor_db for each in levels), max(each.ceiling_db for each in levels))
    return _finish(panels, shared, wanted, look, round_.display, {"round": round_id, "calls": made}, columns)


def _choose_calls(
    workspace: Workspace, round_id: str, labels: Sequence[str], per_label: int, margin_s: float | None
) -> dict[str, list[tuple[str, Call]]]:
    """Choose calls of each label, with their sessions; in seconds of these."""
    if per_label < 1:
        raise InvalidInput(f"per_label: expected 1 or more, found {per_label}.")
    known = rounds.get_round(workspace, round_id=round_id).label_names
    if margin_s is not None and margin_s < 0:
        raise InvalidInput(f"margin_s: expected 0 or more, found {margin_s:g}.")
    odd = [each for each in labels if each not in known]
    if odd:
        raise InvalidInput(f"Labels: expected some of {', '.join(known)}; found {odd[0][:80]!r}.")
    shown = examples.list_examples(workspace, round_id=round_id)
    chosen: dict[str, list[tuple[str, Call]]] = {}
    for label in dict.fromkeys(labels or known):
        found = [
            (each.session_id, Call(each.start_s, each.end_s, label, low_hz=each.low_hz, high_hz=each.high_hz))
            for each in shown
            if each.label == label and each.clip is None
        ][:per_label]
        others = [each for each in _search(workspace, round_id, label) if not any(_is_same(each, one) for one in found)]
        left = per_label - len(found)
        step = max(1, len(others) // left) if left else 1
        found += others[: step * left : step]
        if found:
            chosen[label] = found
        if len(chosen) * per_label > MAX_PANELS:  # told before the others are looked through
            counted = count_of(len(labels or known), "label")
            raise InvalidInput(f"A figure has up to {MAX_PANELS} pictures, not {per_label:,} of {counted} each.")
    if not chosen:
        raise NotFound(
            f"There is no annotation of {', '.join(labels) or 'this round'} to draw yet. Label some calls, or choose "
            "examples in Review."
        )
    return chosen


def _search(workspace: Workspace, round_id: str, label: str) -> list[tuple[str, Call]]:
    quoted = '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
    found = searching.search(workspace, where=f"label == {quoted}", round_ids=[round_id], limit=LOOKED_THROUGH)
    return [
        (
            each.session_id,
            Call(each.at_s, each.at_s + each.end_s - each.start_s, label, low_hz=each.low_hz, high_hz=each.high_hz),
        )
        for each in found
    ]


def _is_same(one: tuple[str, Call], two: tuple[str, Call]) -> bool:
    return one[0] == two[0] and one[1].overlaps(two[1])


def _list_boxes(workspace: Workspace, round_id: str, session_id: str, seen_by: str | None) -> list[Call]:
    """List the boxes of the answer that counts, or, where there is none, the predictions that are shown at first."""
    view = session_views.get_view(
        workspace, round_id=round_id, session_id=session_id, with_queue=False, seen_by=seen_by
    )
    if view.answer is not None:
        return [view.session.to_session(each) for each in view.answer.annotations]
    least = view.round_.display.threshold
    return [view.session.to_session(each) for each in view.predictions if each.score is None or each.score >= least]


def _draw_one(
    stretch: AudioStretch,
    part: Stretch,
    look: FigureLook,
    round_: Round | None,
    boxes: Sequence[Call],
    place: dict[str, Any],
) -> DrawnFigure:
    display = round_.display if round_ else Display()
    panel, levels, wanted = _make_panel(stretch, part, look, round_, boxes, _choose_size(look, 1, 1))
    recording = stretch.recording
    told = {
        **place,
        "recording": {"file_name": recording.file_name, "sha256": recording.sha256, "channel": stretch.channel},
        "start_s": wanted.grid.start_s,
        "end_s": wanted.grid.end_s,
        "boxes": [asdict(each) for each in panel.boxes],
    }
    if recording.started_at is not None:
        told["recording"]["started_at"] = recording.started_at.isoformat()
    found = _finish([panel], levels, wanted, look, display, told, 1)
    first_s = stretch.start_s
    heard = replace(stretch, start_s=first_s + wanted.grid.start_s, end_s=first_s + wanted.grid.end_s)
    return replace(found, heard=heard)


def _make_panel(
    stretch: AudioStretch,
    part: Stretch,
    look: FigureLook,
    round_: Round | None,
    boxes: Sequence[Call],
    size_px: tuple[int, int],
) -> tuple[Panel, Levels, ResolvedSpectrogram]:
    """Compute one picture with its waveform and boxes."""
    if part.duration_s > MAX_FIGURE_S:
        raise InvalidInput(
            f"A figure shows up to {MAX_FIGURE_S:g} s; these are {part.duration_s:,.0f} s. Choose a part of it."
        )
    display = round_.display if round_ else Display()
    request = SpectrogramRequest(
        start_s=part.start_s,
        end_s=part.end_s,
        low_hz=look.low_hz,
        high_hz=look.high_hz,
        scale=look.scale or ("log" if display.scale in ("log", "constant-q") else "linear"),
        window_samples=look.window_samples,
        window_type=look.window_type,
        overlap=look.overlap,
        denoise=look.denoise,
        width_px=size_px[0],
        height_px=size_px[1],
    )
    wanted = resolve_session(request, stretch, display)
    # What is outside counts for nothing in the levels of a recording of hours, and need not be read.
    around = stretch if round_ else replace(stretch, start_s=part.start_s, end_s=part.end_s)
    if not round_:
        moved = replace(wanted.grid, start_s=0.0, end_s=wanted.grid.end_s - wanted.grid.start_s)
        decibels, levels = spectrograms.compute_shown(around, replace(wanted, grid=moved))
    else:
        decibels, levels = spectrograms.compute_shown(stretch, wanted)
    if wanted.denoise == "none":  # the colour bar is to be read: a sine of full scale has 0 dBFS, whatever the window
        shift_db = spectrograms.find_shift_db(stretch, wanted)
        decibels = decibels - np.float32(shift_db)
        levels = Levels(levels.floor_db - shift_db, levels.ceiling_db - shift_db)
    colors = {label.name: label.color for label in round_.labels} if round_ else {}
    grid = wanted.grid
    shift_s = grid.start_s if look.from_zero else 0.0
    drawn = tuple(
        DrawnBox(
            each.start_s - shift_s,
            each.end_s - shift_s,
            text=each.label,
            color=colors.get(each.label, OTHER_COLOR),
            low_hz=each.low_hz,
            high_hz=each.high_hz,
        )
        for each in boxes
        if each.overlaps(Stretch(grid.start_s, grid.end_s))
    )
    peaks = None
    if look.waveform:
        peaks = spectrograms.measure_peaks(stretch, grid.start_s, grid.end_s, grid.width_px).read() / 32767
    panel = Panel(
        start_s=grid.start_s - shift_s,
        end_s=grid.end_s - shift_s,
        decibels=decibels,
        row_edges_hz=grid.row_edges_hz(),
        peaks=peaks,
        boxes=drawn,
    )
    return panel, levels, wanted


def _choose_size(look: FigureLook, columns: int, rows: int) -> tuple[int, int]:
    """Choose the pixels of a panel's picture: about as many as the file has there."""
    width, height = look.width_mm / MM_PER_INCH * look.dpi / columns, look.height_mm / MM_PER_INCH * look.dpi / rows
    return max(64, min(round(width), PANEL_PX[0])), max(64, min(round(height), PANEL_PX[1]))


def _finish(
    panels: Sequence[Panel | None],
    levels: Levels,
    wanted: ResolvedSpectrogram,
    look: FigureLook,
    display: Display,
    told: dict[str, Any],
    columns: int,
) -> DrawnFigure:
    floor_db = _first(look.floor_db, display.floor_db, levels.floor_db)
    ceiling_db = _first(look.ceiling_db, display.ceiling_db, levels.ceiling_db)
    if floor_db >= ceiling_db:  # one end was asked for, and the other one chosen on its wrong side
        raise InvalidInput(
            f"The colour bar would go from {floor_db:.1f} to {ceiling_db:.1f} dB. Give both of its ends."
        )
    color_map = look.color_map or display.color_map
    look = replace(look, scale="log" if wanted.grid.scale == "log" else "linear")
    units = Units()
    if wanted.denoise != "none":
        units = replace(units, decibels="dB above background" if wanted.denoise == "median" else "dB (PCEN)")
    figure = draw_spectrograms(
        panels, look, levels_db=(floor_db, ceiling_db), color_map=color_map, units=units, columns=columns
    )
    settings = {
        "program": printing.PROGRAM,
        **told,
        "look": asdict(look),
        "spectrogram": {
            "window_samples": wanted.transform.window_samples,
            "window_type": wanted.transform.window_type,
            "overlap": wanted.transform.overlap,
            "denoise": wanted.denoise,
            "scale": wanted.scale,
            "low_hz": wanted.grid.low_hz,
            "high_hz": wanted.grid.high_hz,
            "floor_db": round(floor_db, 2),
            "ceiling_db": round(ceiling_db, 2),
            "unit": units.decibels,
            "color_map": color_map,
        },
    }
    return DrawnFigure(figure, look, settings)


def _first(*values: float | None) -> float:
    return next(each for each in values if each is not None)
