"""Bat spectrograms: which recordings have one, computing many in the background, and a look at each."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import figure_form, state
from podcast_core.domain.figure import FigureLook
from podcast_core.domain.recording import Recording
from podcast_core.errors import count_of
from podcast_core.services.pictures import figures, stored_spectrograms_job
from podcast_core.services.pictures.stored_spectrograms import KeptPicture, View
from podcast_core.services.pictures.stored_spectrograms_job import PictureState, RecordingState

REFRESH_S = 2.0
FIGURE_S = 10.0  # of a recording, in the figure; chosen: bats are recorded for some seconds
TABLE = "spectrogram_table"
MARKS = {
    PictureState.ABSENT: "○ not computed",
    PictureState.QUEUED: "◔ queued",
    PictureState.RUNNING: "◑ running",
    PictureState.DONE: "● done",
    PictureState.FAILED: "✕ failed",
}


def ask_round() -> str:
    """Ask whether the round in the sidebar, or everything, is shown; return the round's id, or nothing."""
    round_ = state.current_round()
    if round_ is None:
        return ""
    of_round, everything = f"Round “{round_.name}”", "All recordings"
    chosen = st.segmented_control(
        "Recordings", [of_round, everything], default=of_round, required=True, key=f"spectrogram_round_{round_.id}"
    )
    return "" if chosen == everything else round_.id


def to_row(each: RecordingState) -> dict[str, object]:
    """Write a line of the list."""
    recording = each.recording
    return {
        "number": each.number,
        "recording": recording.file_name,
        "spectrogram": MARKS[each.state],
        "duration (s)": round(recording.duration_s, 2),
        "rate (kHz)": recording.sample_rate_hz / 1000,
        "channels": recording.channel_count,
        "site": recording.site,
        "reason": each.reason,
    }


def queue(chosen: list[RecordingState], band_khz: int, *, anew: bool) -> None:
    """Put recordings in; the page says how many."""
    _, count = stored_spectrograms_job.add_job(
        state.get_workspace(),
        recording_ids=[each.recording.id for each in chosen],
        band_khz=band_khz,
        anew=anew,
        who=state.annotator(),
    )
    st.session_state["spectrograms_queued"] = f"{count_of(count, 'recording')} queued."


def show_list(found: list[RecordingState], band_khz: int) -> list[RecordingState]:
    """Show the list and its buttons; return what is selected."""
    names = st.pills("State", [each.value for each in PictureState], selection_mode="multi", key="spectrogram_states")
    shown = [each for each in found if not names or each.state.value in names]
    if not shown:
        st.info("No recording is in this state.")
        return []
    event = st.dataframe(
        [to_row(each) for each in shown],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=TABLE,
        height=min(36 * (len(shown) + 1), 400),
    )
    rows: list[int] = [row for row in event["selection"]["rows"] if row < len(shown)]
    chosen = [shown[row] for row in rows]
    missing = [each for each in found if each.state in (PictureState.ABSENT, PictureState.FAILED)]
    with st.container(horizontal=True):
        st.button(
            f"Compute {len(chosen)} selected" if chosen else f"Compute all that are missing ({len(missing)})",
            type="primary",
            disabled=not (chosen or missing),
            on_click=queue,
            args=(chosen or missing, band_khz),
            kwargs={"anew": False},
            key="spectrograms_compute",
        )
        st.button(
            "Compute again",
            disabled=not chosen,
            on_click=queue,
            args=(chosen, band_khz),
            kwargs={"anew": True},
            help="Recomputes and replaces the selected ones.",
            key="spectrograms_again",
        )
    return chosen


def show_picture(recording: Recording, picture: KeptPicture, view: View) -> None:
    """Show the tiles of a picture, and what they show."""
    widths = [width for _, width in picture.tiles] if view == "tile" else picture.compressed_tiles[view]
    if view != "tile" and picture.nothing_found[view]:
        st.caption("Nothing stands out from the background: the whole recording is shown.")
    base = f"api/v1/recording/{recording.id}/spectrogram/{view}"
    query = f"channel={picture.channel}&band={picture.band_khz}&v={picture.params_hash}"
    images = "".join(
        f'<img src="{base}/{index}.jpg?{query}" width="{width}" height="{picture.height_px}" loading="lazy" '
        f'alt="spectrogram, part {index + 1} of {len(widths)}" style="max-width: none">'
        for index, width in enumerate(widths)
    )
    st.html(f'<div style="overflow-x: auto; white-space: nowrap; font-size: 0; background: black">{images}</div>')
    seconds = sum(widths) / picture.px_per_ms / 1000
    st.caption(
        f"{sum(widths):,} x {picture.height_px} px · {seconds:,.2f} s of {picture.duration_s:,.2f} s · "
        f"{picture.low_hz / 1000:g} to {picture.high_hz / 1000:g} kHz from bottom to top"
    )


def show_figure(recording: Recording, channel: int) -> None:
    """Show the beginning of a recording with axes and a colour bar."""
    drawn = figures.draw_recording(
        state.get_workspace(),
        recording_id=recording.id,
        channel=channel,
        end_s=min(recording.duration_s, FIGURE_S),
        look=FigureLook(dpi=figure_form.SCREEN_DPI, background=figure_form.choose_background()),
    )
    figure_form.show_figure(drawn, f"figure_{channel}")
    st.page_link(
        "figures.py",
        label="Save it as PNG, SVG, PDF or a video, or show another part",
        icon=":material/image:",
        query_params={"recording": recording.id, "channel": str(channel)},
    )


def show_detail(recording: Recording, band_khz: int) -> None:
    """Show both pictures of a recording and all that is known about them."""
    st.header(recording.file_name, anchor=False)
    for picture in stored_spectrograms_job.get_pictures(state.get_workspace(), recording=recording, band_khz=band_khz):
        if recording.channel_count > 1:
            st.markdown(f"**Channel {picture.channel + 1}**")
        whole, compressed, original, figure, fields = st.tabs(
            ["Whole", "Compressed", "Compressed as in bats_ai", "Figure", "Details"]
        )
        with whole:
            show_picture(recording, picture, "tile")
        with compressed:
            show_picture(recording, picture, "snr")
        with original:
            show_picture(recording, picture, "original")
        with figure:
            show_figure(recording, picture.channel)
        with fields:
            st.table(
                {
                    "recording": recording.id,
                    "width, height (px)": f"{picture.width_px:,} x {picture.height_px}",
                    "duration (s)": f"{picture.duration_s:.6f}",
                    "band (Hz)": f"{picture.low_hz:,.0f} to {picture.high_hz:,.0f}",
                    "window, hop (samples)": f"{picture.window_samples}, {picture.hop_samples} (Hamming)",
                    "pixels per ms": f"{picture.px_per_ms:g}",
                    "parts with sound": f"{len(picture.runs['snr'])} ({len(picture.runs['original'])} as bats_ai)",
                    "parameters": picture.params_hash,
                    "computed at": picture.created_at,
                }
            )


st.title("Bat spectrograms", anchor=False)
st.caption(
    "For ultrasound: whole recordings at 4 pixels per millisecond, and compressed views of only the parts with "
    "sound, as bats_ai shows bat calls. For other sound the Label page draws its own spectrograms; nothing needs to "
    "be computed here."
)
band = int(st.segmented_control("Band up to (kHz)", ["200", "120"], default="200", key="spectrogram_band") or "200")
shown_round = ask_round()
states = stored_spectrograms_job.list_states(state.get_workspace(), band_khz=band, round_id=shown_round)
if not states:
    st.info("There are no recordings here yet. Add some on the Data page; their spectrograms can be computed here.")
    st.page_link("data.py", label="Add recordings", icon=":material/library_add:")
else:
    if st.session_state.get("spectrograms_queued"):
        st.success(st.session_state.pop("spectrograms_queued"), icon=":material/check:")
    selected = show_list(states, band)
    if len(selected) == 1 and selected[0].state is PictureState.DONE:
        show_detail(selected[0].recording, band)
    elif not selected:
        st.caption("Select a finished recording to see its spectrogram.")
    if any(each.state in (PictureState.QUEUED, PictureState.RUNNING) for each in states):
        waiting = [each.state for each in states if each.state in (PictureState.QUEUED, PictureState.RUNNING)]

        @st.fragment(run_every=REFRESH_S)
        def watch(before: Sequence[PictureState]) -> None:
            """Look again while something waits or runs."""
            now = stored_spectrograms_job.list_states(state.get_workspace(), band_khz=band, round_id=shown_round)
            if [each.state for each in now if each.state in (PictureState.QUEUED, PictureState.RUNNING)] != before:
                st.rerun()
            st.caption(f"{len(before)} still to compute. The Jobs page shows the progress.")

        watch(waiting)
