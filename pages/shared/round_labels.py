"""Labels of a round: rename, merge or delete one, with what that changes before it is done, a record and a way back."""

import uuid
from collections.abc import Callable

import streamlit as st

from pages.shared import state
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.labels import archive, label_acts
from podcast_core.services.labels.label_acts import Record

RENAME, MERGE, DELETE = "Rename", "Merge", "Delete"
WHAT = {
    RENAME: "All answers, predictions, counts and exports use the new name. Files and answers that still use the old "
    "name are read as the new one.",
    MERGE: "All answers and predictions with this label get the other one. Annotators and verdicts stay as they are. "
    "Undo parts the two again.",
    DELETE: "Its boxes leave the answers that count, by new answers in your name, and it leaves the list. A session "
    "without another box opens again. Predictions and earlier answers keep it. Undo brings both back.",
}
SHOWN = 5  # records, the newest


def ask_labels(round_: Round) -> None:
    """Ask for a label and what becomes of it."""
    with st.container(border=True):
        st.markdown("**Labels**")
        left, right = st.columns([2, 3], vertical_alignment="bottom")
        label = left.selectbox("Label", round_.label_names, key=f"labels-{round_.id}-label")
        what = right.segmented_control(
            "What to do", list(WHAT), default=RENAME, required=True, key=f"labels-{round_.id}-what", width="stretch"
        )
        st.caption(f"{WHAT[what]} Releases never change.")
        try:
            use = label_acts.preview(state.get_workspace(), round_id=round_.id, label=label)
        except PodcastError as error:  # somebody else has just renamed it
            st.error(str(error), icon=":material/error:")
            return
        st.write(
            f"**{escape(label)}**: {count_of(use.annotations, 'annotation')} in {count_of(use.sessions, 'session')}, "
            f"{count_of(use.predictions, 'prediction')}."
        )
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        workspace, round_id, who = state.get_workspace(), round_.id, state.annotator()
        if what == RENAME:
            new = left.text_input("New name", max_chars=80, key=f"rename-{round_.id}-new").strip()
            if right.button(RENAME, icon=":material/edit:", key=f"rename-{round_.id}", width="stretch") and new:
                do(lambda: archive.rename_label(workspace, round_id=round_id, old=label, new=new, who=who))
        elif what == MERGE:
            others = [each for each in round_.label_names if each != label]
            into = left.selectbox(
                "Into", others, index=None, placeholder="Choose a label", key=f"merge-{round_.id}-new"
            )
            is_chosen = into is not None
            if right.button(MERGE, icon=":material/merge:", key=f"merge-{round_.id}", disabled=not is_chosen) and into:
                do(lambda: label_acts.merge_label(workspace, round_id=round_id, old=label, new=into, who=who))
        else:
            sure = left.checkbox(f"Delete {escape(label)}", key=f"delete-{round_.id}-{label}-sure")
            if right.button(DELETE, icon=":material/delete:", key=f"delete-{round_.id}", disabled=not sure):
                act_id = str(uuid.uuid4())
                do(lambda: label_acts.delete_label(workspace, act_id=act_id, round_id=round_id, label=label, who=who))
        show_records(round_)


def show_records(round_: Round) -> None:
    """Show what was done to the labels of a round, with a way back."""
    found = label_acts.list_records(state.get_workspace(), round_id=round_.id)
    for each in found[:SHOWN]:
        left, right = st.columns([4, 1], vertical_alignment="center")
        undone = " (undone)" if each.undone else ""
        left.caption(f"{each.at:%-d %b %Y %H:%M} UTC: {escape(each.who)} {escape(each.what)}{undone}")
        if each.can_undo and right.button("Undo", icon=":material/undo:", key=f"undo-{each.id}", width="stretch"):
            undo(round_, each)


def undo(round_: Round, record: Record) -> None:
    """Take back what a record tells."""
    workspace, who = state.get_workspace(), state.annotator()
    if record.is_bulk:
        do(lambda: label_acts.undo_deletion(workspace, act_id=str(uuid.uuid4()), undoes=record.id, who=who))
    else:
        do(lambda: label_acts.undo_act(workspace, round_id=round_.id, act_id=record.id, who=who))


def do(act: Callable[[], object]) -> None:
    """Do something that only administrators may, and draw the page anew; or say why not."""
    try:
        state.visitor().need("admin")
        act()
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()
