"""The form of a spectrogram figure: its size, look and files."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from pages.shared import state
from podcast_core.domain.display import COLOR_MAPS, DENOISERS, WINDOW_TYPES
from podcast_core.domain.figure import (
    BACKGROUNDS,
    FIGURE_FORMATS,
    FIGURE_SCALES,
    MM_PER_INCH,
    MOVING,
    Background,
    FigureFormat,
    FigureLook,
    read_look,
)
from podcast_core.errors import NotFound
from podcast_core.services.pictures import figures
from podcast_core.services.pictures.figures import DrawnFigure

SCREEN_DPI = 144  # of the picture on the page: sharp enough to judge by, and quick to send
VIDEO_DPI = 150
Draw = Callable[[FigureLook], DrawnFigure]

LOOK = "figure_look_"  # + the name of a field
SIZES = {  # widths of Elsevier's and PLOS's columns, and a slide of 16:9 as PowerPoint has it
    "One column (85 x 65 mm)": (85.0, 65.0),
    "Two columns (180 x 90 mm)": (180.0, 90.0),
    "Page (180 x 230 mm)": (180.0, 230.0),
    "Slide (254 x 143 mm)": (254.0, 143.0),
}
OWN = "Own size"
MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
NAMES = {"png": "PNG", "svg": "SVG", "pdf": "PDF", "mp4": "MP4", "webm": "WebM"}
SPEEDS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0)
ULTRASOUND_HZ = 48_000  # above, nothing would be heard of what is shown


def read_number(name: str) -> float | None:
    """Read a number of the address; None where there is none."""
    try:
        return float(st.query_params[name])
    except (KeyError, ValueError):
        return None


def ask_size() -> dict[str, Any]:
    """Ask how large the figure is."""
    named = st.selectbox("Size", [*SIZES, OWN], index=1, key="figure_size")
    width_mm, height_mm = SIZES.get(named, (180.0, 90.0))
    dpi = int(st.number_input("Resolution (dpi)", 50, 1200, 300, 50, key=f"{LOOK}dpi", help="300 to 600 for print."))
    if named == OWN:
        unit = st.segmented_control("Unit", ["mm", "px"], default="mm", required=True, key="figure_unit")
        left, right = st.columns(2)
        scale = 1.0 if unit == "mm" else MM_PER_INCH / dpi
        width_mm = scale * left.number_input(f"Width ({unit})", value=round(width_mm / scale), key=f"figure_w_{unit}")
        height_mm = scale * right.number_input(
            f"Height ({unit})", value=round(height_mm / scale), key=f"figure_h_{unit}"
        )
    font_pt = st.number_input("Letters (pt)", 4.0, 40.0, 8.0, 0.5, key=f"{LOOK}font_pt")
    return {"width_mm": width_mm, "height_mm": height_mm, "dpi": dpi, "font_pt": font_pt}


def ask_drawn() -> dict[str, Any]:
    """Ask what is drawn, and how."""
    found: dict[str, Any] = {}
    found["title"] = st.text_input("Title", key=f"{LOOK}title", max_chars=200, placeholder="None")
    names = {
        "waveform": "Waveform",
        "boxes": "Boxes",
        "labels": "Labels",
        "colorbar": "Colour bar",
    }
    chosen = st.pills(
        "Show",
        list(names),
        selection_mode="multi",
        default=list(names),
        format_func=lambda name: names[name],
        key=f"{LOOK}show",
    )
    found |= {name: name in chosen for name in names}
    found["from_zero"] = st.toggle("Time from the left edge", key=f"{LOOK}from_zero", help="Else of the session.")
    found["background"] = st.segmented_control(
        "Background", BACKGROUNDS, default="white", required=True, format_func=str.capitalize, key=f"{LOOK}background"
    )
    found["color_map"] = st.selectbox(
        "Colours", COLOR_MAPS, index=None, placeholder="As the round", key=f"{LOOK}color_map"
    )
    left, right = st.columns(2)
    found["floor_db"] = left.number_input("From (dB)", value=None, placeholder="Chosen", key=f"{LOOK}floor_db")
    found["ceiling_db"] = right.number_input("To (dB)", value=None, placeholder="Chosen", key=f"{LOOK}ceiling_db")
    return found


def choose(label: str, options: Sequence[Any], name: str) -> Any:
    """Ask for one of some; None: as the round has it, or as is usual."""
    return st.selectbox(label, options, index=None, placeholder="As the round", key=f"{LOOK}{name}")


def ask_spectrogram() -> dict[str, Any]:
    """Ask for the band and how the spectrogram is computed."""
    found: dict[str, Any] = {}
    left, right = st.columns(2)
    for column, name, label in ((left, "low_hz", "From (kHz)"), (right, "high_hz", "To (kHz)")):
        khz = column.number_input(label, 0.0, None, None, placeholder="As the round", key=f"{LOOK}{name}")
        found[name] = None if khz is None else 1000 * khz
    found["scale"] = st.selectbox(
        "Frequency axis", FIGURE_SCALES, index=None, placeholder="As the round", key=f"{LOOK}scale"
    )
    found["window_samples"] = choose("Window (samples)", [2**each for each in range(6, 15)], "window_samples")
    found["window_type"] = choose("Window function", WINDOW_TYPES, "window_type")
    found["denoise"] = st.selectbox(
        "Noise reduction", DENOISERS, index=None, placeholder="As the round", key=f"{LOOK}denoise"
    )
    return found


def ask_part(length_s: float, name: str) -> tuple[float, float]:
    """Ask which part is shown; at first what the address says."""
    start_s, end_s = read_number("from"), read_number("to")
    first = min(max(0.0, start_s or 0.0), length_s)
    last = min(length_s, first + figures.MAX_FIGURE_S if end_s is None else max(end_s, first))
    left, right = st.columns(2)
    step = max(0.001, round((last - first) / 20, 3))
    return (
        left.number_input("From (s)", 0.0, length_s, first, step, format="%.3f", key=f"figure_from_{name}"),
        right.number_input("To (s)", 0.0, length_s, last, step, format="%.3f", key=f"figure_to_{name}"),
    )


def choose_background() -> Background:
    """Choose the paper that fits the page: black where it is dark."""
    return "black" if st.context.theme.type == "dark" else "white"


def show_figure(drawn: DrawnFigure, key: str = "figure") -> None:
    """Show the figure as it is printed; wide ones can be scrolled to the side."""
    with st.container(key=f"{key}_paper"):
        st.html(f"<style>.st-key-{key}_paper {{ overflow-x: auto; }}</style>")
        st.plotly_chart(drawn.figure, width="content", theme=None, key=key, config={"displaylogo": False})


def offer_files(name: str, draw: Draw, look: dict[str, Any], rate_hz: int | None) -> None:
    """Offer the figure as a file, and as a video where it can be heard."""
    kinds = [each for each in FIGURE_FORMATS if rate_hz or each not in MOVING]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind: FigureFormat = st.segmented_control(
            "Save as",
            kinds,
            default="png",
            required=True,
            format_func=lambda each: NAMES[each],
            key="figure_format",
        )
        if kind not in MOVING:
            st.download_button(
                "Download",
                state.make_later(lambda: figures.write(draw(read_look(look)), kind)),
                f"{name}.{kind}",
                MIME[kind],
                icon=":material/download:",
                type="primary",
                on_click="ignore",
                key=f"figure_download_{kind}",
            )
            return
        slow = 0.1 if rate_hz and rate_hz > 2 * ULTRASOUND_HZ else 1.0
        speed = st.selectbox(
            "Speed", SPEEDS, SPEEDS.index(slow), format_func="{:g}x".format, key="figure_speed", width=120
        )
        wanted = st.button("Make the video", icon=":material/movie:", type="primary")
    if wanted:
        bar = st.progress(0.0, "The video is made.")
        made = draw(read_look({**look, "dpi": min(look["dpi"], VIDEO_DPI)}))
        data = figures.write(made, kind, speed=speed, on_progress=lambda done: bar.progress(done, "The video is made."))
        bar.empty()
        st.session_state["figure_video"] = (name, kind, data)
    kept = st.session_state.get("figure_video")
    if kept and kept[:2] == (name, kind):
        st.video(kept[2], format=MIME[kind], width=600)
        st.download_button(
            "Download", kept[2], f"{name}.{kind}", MIME[kind], icon=":material/download:", on_click="ignore"
        )


def offer_settings() -> None:
    """Read the settings of a figure's file, and take its look on wish."""
    with st.popover("From a file", icon=":material/settings_backup_restore:", help="Settings of a figure made here."):
        sent = st.file_uploader("A figure's PNG, SVG, PDF, MP4 or WebM", list(FIGURE_FORMATS), key="figure_file")
        if sent is None:
            return
        found = figures.read_settings(sent.getvalue())
        st.button("Use its look", type="primary", on_click=use_look, args=(found.get("look", {}),))
        st.json(found, expanded=1)


def use_look(look: dict[str, Any]) -> None:
    """Put the look of a file into the form."""
    read_look(look)
    kept = st.session_state
    kept["figure_size"], kept["figure_unit"] = OWN, "mm"
    kept["figure_w_mm"], kept["figure_h_mm"] = look["width_mm"], look["height_mm"]
    shown = ("waveform", "boxes", "labels", "colorbar")
    kept[f"{LOOK}show"] = [name for name in shown if look[name]]
    for each in fields(FigureLook):
        value = look[each.name]
        if each.name in (*shown, "width_mm", "height_mm", "overlap"):
            continue
        kept[LOOK + each.name] = value / 1000 if value is not None and each.name in ("low_hz", "high_hz") else value


def ask_look() -> dict[str, Any]:
    """Ask for the look, in three parts."""
    parts = st.tabs(["Size", "Look", "Spectrogram"])
    look: dict[str, Any] = {}
    for part, ask in zip(parts, (ask_size, ask_drawn, ask_spectrogram), strict=True):
        with part:
            look |= ask()
    return look


def split() -> list[Any]:
    """Split the page into the form and the paper."""
    return st.columns([1, 2.6], gap="large")


def show(name: str, draw: Draw, look: dict[str, Any], rate_hz: int | None) -> None:
    """Show a figure as it is printed, and offer its files; ``rate_hz`` of what is heard, None where nothing is."""
    try:
        show_figure(draw(read_look({**look, "dpi": SCREEN_DPI})))
    except NotFound as error:
        st.info(str(error))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offer_files(name, draw, look, rate_hz)
        offer_settings()
