"""The import tabs of the Data page: predictions of models and annotations of people, in.

What is asked belongs to one round and one import: another round, or an import that is done, begins with empty fields.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.shared import label_choice, state
from pages.shared.import_plan import show_plan, show_report
from pages.shared.import_reading import Asked, ask_files
from pages.shared.job_card import escape
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, PodcastError, count_of
from podcast_core.progress import Progress
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.import_plan import ImportPlan, list_people

TOLD_EACH_S = 0.3


def show_predictions_import(round_: Round) -> None:
    """Take a model's predictions."""
    st.write(
        "A model's boxes, in any of these formats; the format of each file is detected. They appear as boxes on the "
        "Label page."
    )
    key = begin("predictions", round_)
    asked = ask_files(key)
    model = st.text_input("Model", placeholder="as the files say", max_chars=120, key=f"{key}_model").strip()
    options = {"model": model, "label": choose_label(round_, key)}
    if asked.files:
        finish(Form("predictions", key, round_, asked, imports.plan_predictions, options))


def show_annotations_import(round_: Round) -> None:
    """Take people's annotations, from other programs or another workspace."""
    st.write(
        "Each session in the files gets an answer. Pod.Cast's own exports carry the outcome, annotator and time of "
        "every session; files of other programs count as labelled, under the name given here."
    )
    key = begin("annotations", round_)
    asked = ask_files(key)
    name = st.text_input(
        "Annotator, if the files name none", state.annotator(), max_chars=80, key=f"{key}_annotator"
    ).strip()
    form = Form("annotations", key, round_, asked, imports.plan_annotations, {"annotator": name})
    form.options["label"] = choose_label(round_, key)
    form.options["supersede"] = bool(st.session_state.get(form.name("supersede")))
    if asked.files:
        finish(form)


@dataclass(frozen=True)
class Form:
    """What was asked for an import; ``plan`` works out what it would do."""

    kind: str
    key: str
    round_: Round
    asked: Asked
    plan: Callable[..., ImportPlan]
    options: dict[str, Any]

    def name(self, what: str) -> str:
        """Name what is decided for these files: others are another question."""
        return f"{self.key}_{what}_{self.asked.ids}"

    def make_plan(self, tell: Progress, *, again: bool = False) -> ImportPlan:
        """Work out what it would do; the same question is not worked out again, unless it is asked to.

        What is to be shown is kept, and not the million boxes that it is about.
        """
        reading = self.asked.make_reading()
        labels = label_choice.get_choice(self.name("labels"))
        question = (self.round_, self.asked.ids, reading, labels, self.options)
        known = st.session_state.get(f"{self.kind}_plan")
        if known is not None and known[0] == question and not again:
            plan: ImportPlan = known[1]
            return plan
        plan = self.plan(
            state.get_workspace(),
            round_id=self.round_.id,
            files=self.asked.files,
            reading=reading,
            labels=labels,
            on_progress=tell,
            **self.options,
        )
        st.session_state[f"{self.kind}_plan"] = (question, replace(plan, sets=(), answers=(), recording_ids={}))
        return plan


@contextmanager
def told(what: str) -> Iterator[Progress]:
    """Show that something is being done, and how far it is; a browser is told a few times a second at most."""
    place, told_at = st.empty(), time.monotonic()

    def tell(done: int, total: int, name: str) -> None:
        nonlocal told_at
        if time.monotonic() > told_at + TOLD_EACH_S:
            told_at = time.monotonic()
            place.progress(done / max(total, 1), escape(f"{name} ({done:,} of {total:,})"))

    with st.spinner(what, show_time=True):
        try:
            yield tell
        finally:
            place.empty()


def begin(kind: str, round_: Round) -> str:
    """Name the round that is the target, show what the last import did, and give the key of this one's fields."""
    st.markdown(f"To round **{escape(round_.name)}**")
    done = st.session_state.get(_name_done(kind, round_))
    if done is not None:
        show_report(done, round_.name)
    return f"{kind}_{round_.id}_{st.session_state.get(_name_count(kind), 0)}"


def choose_label(round_: Round, key: str) -> str:
    """Ask which label is meant where a file has none; there is nothing to ask with just one."""
    if len(round_.labels) == 1:
        return ""
    names = round_.label_names
    chosen = st.selectbox(
        "Label for boxes without one", names, None, placeholder="no box lacks a label", key=f"{key}_label"
    )
    return chosen or ""


def finish(form: Form) -> None:
    """Show what an import would do, ask what is to be decided, and do it."""
    try:
        with told("Reading the files") as tell:
            plan = form.make_plan(tell)
    except InvalidInput as error:
        st.error("Nothing can be imported this way.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    st.markdown("**What will be imported**")
    show_plan(plan)
    label_choice.choose_labels(form.round_, plan.open_labels, form.name("labels"))
    if plan.superseding:
        sessions = count_of(sum(plan.superseding.values()), "session")
        st.checkbox(
            f"Replace the answers that count now in {sessions} ({escape(list_people(plan.superseding))})",
            key=form.name("supersede"),
            help="Otherwise both are kept and the existing answers continue to count. Nothing is ever lost: answers "
            "that do not count stay in the history on the Review page.",
        )
    if st.button(
        f"Import into {escape(form.round_.name)}",
        type="primary",
        icon=":material/upload:",
        disabled=bool(plan.open_labels),
        key=f"{form.kind}_import",
    ):
        do(form, plan)


def do(form: Form, shown: ImportPlan) -> None:
    """Import, unless it would supersede answers that were not on screen; the fields are empty then."""
    try:
        with told("Importing") as tell:
            plan = form.make_plan(tell, again=True)
            if plan.report.superseded != shown.report.superseded:
                st.warning(
                    "New answers arrived in the meantime. Check again whose answers would be superseded, then import."
                )
                return
            report = imports.apply_plan(state.get_workspace(), plan, person=state.visitor().person, on_progress=tell)
    except PodcastError as error:
        st.error("Nothing was imported.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    del st.session_state[f"{form.kind}_plan"]
    st.session_state[_name_done(form.kind, form.round_)] = report
    st.session_state[_name_count(form.kind)] = st.session_state.get(_name_count(form.kind), 0) + 1
    st.rerun()


def _name_done(kind: str, round_: Round) -> str:
    return f"imported_{kind}_{round_.id}"


def _name_count(kind: str) -> str:
    return f"{kind}_imports"
