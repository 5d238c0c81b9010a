"""Annotations: search the boxes of all answers that count, open one, export what was found, give it another label."""

import base64
import uuid
from typing import Any

import streamlit as st

from pages.shared import annotation_measurements, state
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, PodcastError, count_of
from podcast_core.figures.measurements import name_axis
from podcast_core.services.labels import label_acts, rounds, searching
from podcast_core.services.labels.searching import FoundBox
from podcast_core.services.measuring import measurements
from podcast_core.services.pictures import contrast, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest

ROWS = 20  # on a page, each with a picture
MARGIN_S = 0.5  # of sound around a box in its picture
PICTURE_PX = (160, 80)
CELL_PX = 10  # that a cell leaves free beside a picture
OTHER_COLOR = "#ffffff"  # of a label that is not in the round's list
EMPTY_AT_TIMES = ("Low (Hz)", "High (Hz)", "Site", "Day (UTC)", "Comment", "Round")
WHERE, AFTER = "where", "annotations_after"
RELATIONS = {
    "in_session": "in the same session as",
    "near": "within some seconds of",
    "after": "after the end of",
    "before": "before the beginning of",
    "overlaps": "overlapping with",
    "overlaps_prediction": "overlapping with a prediction of",
}
EXAMPLES = """
| to find | write |
|---|---|
| calls longer than half a second | `label == "call" and duration > 0.5` |
| two labels | `label in ["call", "song"]` |
| calls in sessions without noise | `label == "call" and not in_session("noise")` |
| A within 2 s after B | `label == "A" and after("B", 2)` |
| a band, at night | `low >= 2000 and high <= 8000 and (hour < 6 or hour >= 20)` |
| by person, site, day | `annotator == "Ann" and site == "Bush Point" and date == "2026-06-01"` |
| notes | `contains("faint") or individual == "A30" or unsure` |
| what a model missed | `label == "call" and not overlaps_prediction("call")` |
| what was measured | `snr_db < 6 or peak_hz > 9000` |

Other names: `start` (s in the session), `score`, `model`, `origin`, `call_type`, `outcome`, `review`, `session`,
and all measurements, where they have been made.
"""


def quote(text: str) -> str:
    """Write a text as one of an expression."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def add_condition() -> None:
    """Add what the form says to the expression."""
    kept = st.session_state
    label, relation = kept["annotations_label"], kept["annotations_relation"]
    parts = [f"label == {quote(label)}"] if label else []
    if relation and kept["annotations_other"]:
        apart = f", {kept['annotations_apart']:g}" if relation in ("near", "after", "before") else ""
        negated = "not " if kept["annotations_not"] else ""
        parts.append(f"{negated}{relation}({quote(kept['annotations_other'])}{apart})")
    kept[WHERE] = " and ".join([each for each in [kept.get(WHERE, "").strip(), *parts] if each])
    kept[AFTER] = []


def ask(round_: Round) -> tuple[str, list[str]]:
    """Ask what is looked for, and in which rounds."""
    if WHERE not in st.session_state:
        st.session_state[WHERE] = st.query_params.get(WHERE, "")
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    where = left.text_input(
        "Search",
        key=WHERE,
        placeholder='label == "call" and not near("noise", 2)',
        help="Empty: all annotations of the answers that count.",
        on_change=lambda: st.session_state.update({AFTER: []}),
    )
    everywhere = right.toggle("In all rounds", key="annotations_everywhere", help="Archived rounds are left out.")
    with st.container(horizontal=True), st.popover("Add a condition", icon=":material/add:"):
        st.selectbox("Label", round_.label_names, index=None, placeholder="Any", key="annotations_label")
        st.selectbox(
            "Which lies", list(RELATIONS), index=None, format_func=RELATIONS.__getitem__, key="annotations_relation"
        )
        st.selectbox("Other label", round_.label_names, index=None, key="annotations_other")
        st.number_input("Seconds", 0.0, 3600.0, 2.0, key="annotations_apart")
        st.toggle("Not so", key="annotations_not")
        st.button("Add", on_click=add_condition, type="primary")
    with st.expander("What can be searched for"):
        st.markdown(EXAMPLES)
    if where != st.query_params.get(WHERE, ""):
        st.query_params[WHERE] = where
    return where, [] if everywhere else [round_.id]


def leave_out_empty(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Leave those columns out that have nothing in any row, so that there is room for the others."""
    empty = {name for name in names if all(row[name] in (None, "") for row in rows)}
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def show_found(round_: Round, where: str, round_ids: list[str], measured: tuple[str, ...]) -> bool:
    """Show a page of what was found, with some measurements; False where there is nothing."""
    workspace = state.get_workspace()
    keys = st.session_state.setdefault(AFTER, [])
    counted = searching.count(workspace, where=where, round_ids=round_ids)
    if not counted.total and counted.is_all:
        st.info("No annotation matches. Take a condition away, or search in all rounds.")
        return False
    found = searching.search(
        workspace, where=where, round_ids=round_ids, limit=ROWS + 1, after=keys[-1] if keys else None
    )
    shown = found[:ROWS]
    values = measurements.list_measured(workspace, shown) if measured else [{} for _ in shown]
    at_least = "" if counted.is_all else "At least "
    first = len(keys) * ROWS
    st.caption(f"{at_least}{count_of(counted.total, 'annotation')}; {first + 1:,} to {first + len(shown):,} are shown.")
    colors = {label.name: label.color for label in round_.labels}
    rows = [
        {
            "Picture": draw(each, colors.get(each.label, OTHER_COLOR)),
            "Label": each.label,
            "Session": each.session_id,
            "Start (s)": each.at_s,
            "Length (s)": each.end_s - each.start_s,
            "Low (Hz)": each.low_hz,
            "High (Hz)": each.high_hz,
            **{name_axis(name): known.get(name) for name in measured},
            "Annotator": each.annotator,
            "Site": each.site,
            "Day (UTC)": each.starts_on,
            "Origin": each.origin,
            "Comment": each.comment,
            "Round": "" if round_ids else each.round_id,
        }
        for each, known in zip(shown, values, strict=True)
    ]
    st.dataframe(
        leave_out_empty(rows, EMPTY_AT_TIMES),
        column_config={
            **{name_axis(name): st.column_config.NumberColumn(format="%.4g") for name in measured},
            "Picture": st.column_config.ImageColumn(
                width=PICTURE_PX[0] + 2 * CELL_PX, help="In its frame, with half a second before and after."
            ),
            "Start (s)": st.column_config.NumberColumn(format="%.2f", help="From the session's start."),
            "Length (s)": st.column_config.NumberColumn(format="%.3f"),
            "Low (Hz)": st.column_config.NumberColumn(format="%.0f"),
            "High (Hz)": st.column_config.NumberColumn(format="%.0f"),
        },
        row_height=PICTURE_PX[1],
        hide_index=True,
        placeholder="",
        key=f"annotations_table-{len(keys)}-{where}",
        on_select=lambda: remember(shown, f"annotations_table-{len(keys)}-{where}"),
        selection_mode=["single-row", "single-cell"],
    )
    show_way(found, keys)
    return True


def remember(shown: list[FoundBox], table: str) -> None:
    """Remember which row was clicked."""
    chosen = st.session_state[table].selection
    rows = [*chosen.rows, *(row for row, _column in chosen.cells)]
    st.session_state["annotations_chosen"] = shown[rows[0]] if rows else None


def show_way(found: list[FoundBox], keys: list[tuple[str, int, str, int]]) -> None:
    """Lead to the parts before and after, and to the session that was clicked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Previous", icon=":material/arrow_back:", disabled=not keys):
            keys.pop()
            st.rerun()
        if st.button("Next", icon=":material/arrow_forward:", disabled=len(found) <= ROWS):
            keys.append(found[ROWS - 1].key)
            st.rerun()
        chosen: FoundBox | None = st.session_state.get("annotations_chosen")
        if chosen is None:
            st.caption("Click a row to open its session.")
            return
        page = "review.py" if state.may("review") else "label.py"
        st.page_link(
            page,
            label=f"Open {chosen.session_id} ({chosen.label} at {chosen.at_s:.1f} s)",
            icon=":material/open_in_new:",
            query_params={"round": chosen.round_id, "session": chosen.session_id},
        )
        around_s = max(MARGIN_S, (chosen.end_s - chosen.start_s) / 2)
        st.page_link(
            "figures.py",
            label="Figure",
            icon=":material/image:",
            query_params={
                "round": chosen.round_id,
                "session": chosen.session_id,
                "from": f"{max(0.0, chosen.at_s - around_s):.3f}",
                "to": f"{min(chosen.session_s, chosen.at_s + chosen.end_s - chosen.start_s + around_s):.3f}",
            },
        )


def draw(box: FoundBox, color: str) -> str | None:
    """Draw the sound of a box, in a frame, with some before and after; None where the recording cannot be read."""
    width_px, height_px = PICTURE_PX
    request = SpectrogramRequest(
        start_s=max(0.0, box.at_s - MARGIN_S),
        end_s=min(box.session_s, box.at_s + (box.end_s - box.start_s) + MARGIN_S),
        width_px=width_px,
        height_px=height_px,
    )
    try:
        drawn = spectrograms.get_picture(
            state.get_workspace(), round_id=box.round_id, session_id=box.session_id, request=request
        )
    except PodcastError:  # it may be elsewhere now, and its boxes are here still
        return None
    end_s = box.at_s + (box.end_s - box.start_s)
    return f"data:image/jpeg;base64,{base64.b64encode(contrast.mark_box(drawn, box.at_s, end_s, color)).decode()}"


def write_csv(where: str, round_ids: list[str]) -> bytes:
    """Write all that was found as a table."""
    return "".join(searching.write_csv(state.get_workspace(), where=where, round_ids=round_ids)).encode("utf-8-sig")


def offer_split(round_: Round, where: str) -> None:
    """Offer to give what was found in this round another label, or to take it away."""
    with st.popover("Give another label", icon=":material/call_split:"):
        st.write(
            f"In “{escape(round_.name)}” only. Each session gets one new answer in your name, which waits for review."
        )
        label = st.selectbox("Label", round_.label_names, index=None, placeholder="None: remove", key="annotations_to")
        if not st.toggle("Preview", key="annotations_preview"):
            return
        found = searching.preview_split(state.get_workspace(), round_id=round_.id, where=where)
        st.write(
            f"{count_of(found.annotations, 'annotation')} in {count_of(found.sessions, 'session')}. Predictions and "
            "releases stay as they are."
        )
        what = f"Make them {label}" if label else "Remove them"
        if st.button(what, type="primary", disabled=not found.annotations):
            state.visitor().need("admin")
            done = searching.split_label(
                state.get_workspace(),
                act_id=str(uuid.uuid4()),
                round_id=round_.id,
                where=where,
                label=label or "",
                who=state.annotator(),
            )
            st.session_state["annotations_done"] = done.act
            st.rerun()


def show_done() -> None:
    """Say what was done last, with a way back."""
    act = st.session_state.get("annotations_done")
    if act is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"{count_of(act.changed, 'annotation')} changed.", icon=":material/check:")
        if st.button("Undo", icon=":material/undo:"):
            label_acts.undo_deletion(
                state.get_workspace(), act_id=str(uuid.uuid4()), undoes=act.id, who=state.annotator()
            )
            del st.session_state["annotations_done"]
            st.rerun()


def show(round_: Round) -> None:
    """Search, and show what is found."""
    where, round_ids = ask(round_)
    show_done()
    try:
        if not show_found(round_, where, round_ids, round_.display.measurements if round_ids else ()):
            return
        with st.container(horizontal=True):
            st.download_button(
                "Export CSV",
                state.make_later(lambda: write_csv(where, round_ids)),
                "annotations.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
            if where.strip() and state.may("admin"):
                offer_split(round_, where)
        if not st.session_state.get("annotations_everywhere"):
            annotation_measurements.show(round_, where)
    except InvalidInput as error:
        st.error(str(error), icon=":material/error:")


st.title("Annotations", anchor=False)
chosen_round = state.current_round()
if chosen_round is None:
    st.info("There is no round yet, so there is nothing to search.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    show(rounds.get_round(state.get_workspace(), round_id=chosen_round.id))
