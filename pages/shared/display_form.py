"""The part of a form that says how a round's sessions are shown at first."""

from collections.abc import Callable

import streamlit as st

from podcast_core.domain.display import COLOR_MAPS, DENOISERS, MAX_WINDOW, MIN_WINDOW, SCALES, WINDOW_TYPES, Display
from podcast_core.domain.measurement import MEASUREMENTS

WINDOWS = [None, *(1 << power for power in range(MIN_WINDOW.bit_length() - 1, MAX_WINDOW.bit_length()))]
OVERLAPS = [0.0, 0.5, 0.75, 0.9, 0.95]
AXES = {"constant-q": "log, constant-Q"}
NOISE = {"none": "off", "median": "median per band", "pcen": "PCEN"}


def ask_display(display: Display) -> Callable[[], Display]:
    """Show the fields; what is returned makes the `Display` of them, or raises InvalidInput."""
    st.caption("Initial view: annotators can change it for themselves and return to it with Reset.")
    left, middle, right = st.columns(3)
    scale = left.selectbox(
        "Frequency axis",
        SCALES,
        SCALES.index(display.scale),
        format_func=lambda name: AXES.get(name, name),
        help="Constant-Q: finer in frequency at the bottom, finer in time at the top; window length and overlap "
        "have no effect.",
    )
    low_khz = middle.number_input(
        "Lowest frequency (kHz)", value=_to_khz(display.low_hz), min_value=0.0, placeholder="0"
    )
    high_khz = right.number_input(
        "Highest frequency (kHz)", value=_to_khz(display.high_hz), min_value=0.0, placeholder="half the sample rate"
    )
    window = left.selectbox(
        "Window (samples)",
        WINDOWS,
        WINDOWS.index(display.window_samples),
        format_func=lambda value: str(value or "automatic"),
        help="Longer: finer in frequency. Shorter: finer in time. Automatic: balanced at every zoom.",
    )
    overlaps = sorted({*OVERLAPS, display.overlap})
    overlap = middle.selectbox(
        "Window overlap", overlaps, overlaps.index(display.overlap), format_func=lambda value: f"{value:.0%}"
    )
    denoise = right.selectbox(
        "Noise reduction", DENOISERS, DENOISERS.index(display.denoise), format_func=lambda name: NOISE[name]
    )
    window_type = left.selectbox("Window function", WINDOW_TYPES, WINDOW_TYPES.index(display.window_type))
    maps = list(dict.fromkeys([*COLOR_MAPS, display.color_map]))
    color_map = left.selectbox("Colours", maps, maps.index(display.color_map))
    floor_db = middle.number_input("Black at (dB)", value=display.floor_db, step=5.0, placeholder="automatic")
    ceiling_db = right.number_input("White at (dB)", value=display.ceiling_db, step=5.0, placeholder="automatic")
    min_box_s = middle.number_input(
        "Minimum length of new boxes (s)", value=display.min_box_s, min_value=0.0, step=0.1, format="%.3f"
    )
    threshold = right.slider(
        "Hide predictions with a score below",
        0.0,
        1.0,
        display.threshold,
        0.05,
        help="Hidden predictions are not rejected.",
    )
    measured = st.multiselect(
        "Measurements",
        list(MEASUREMENTS),
        list(display.measurements),
        format_func=lambda name: f"{MEASUREMENTS[name].title} ({MEASUREMENTS[name].unit})",
        help="Shown of a selected box, and columns of exports.",
    )

    def make() -> Display:
        return Display(
            scale=scale,
            window_samples=window,
            overlap=overlap,
            low_hz=_to_hz(low_khz) or None,
            high_hz=_to_hz(high_khz),
            denoise=denoise,
            color_map=color_map,
            floor_db=floor_db,
            ceiling_db=ceiling_db,
            min_box_s=min_box_s,
            threshold=threshold,
            window_type=window_type,
            measurements=tuple(measured),
        )

    return make


def _to_khz(hertz: float | None) -> float | None:
    return None if hertz is None else hertz / 1000


def _to_hz(kilohertz: float | None) -> float | None:
    return None if kilohertz is None else round(kilohertz * 1000, 3)
