"""The versions of all models, and one of them in detail."""

from functools import partial
from io import BytesIO

import streamlit as st

from pages.shared import state
from pages.shared.figure_card import show_figure
from pages.shared.model_figures import show_one, show_side_by_side, show_table
from pages.shared.words import escape
from podcast_core.domain.model import ModelVersion
from podcast_core.errors import PodcastError, count_of, name_some
from podcast_core.figures.models import BASELINE, draw_learning
from podcast_core.services.learning import evaluation
from podcast_core.services.models import catalogue, model_archive, promotions
from podcast_core.services.verifying import thresholds

MODEL_KEY, ADDED_KEY = "train_version", "train_added"


def show_models() -> None:
    """Show the list of versions, and the chosen one."""
    workspace = state.get_workspace()
    found = catalogue.list_versions(workspace)
    in_use = promotions.list_in_use(workspace)
    st.dataframe(
        [
            {
                "Version": each.id,
                "In use": in_use.get(each.name) == each.version,
                "Kind": each.kind,
                "Labels": name_some(each.labels),
                "F1 20 ms": find_f1(each, "test"),
                "Energy baseline": find_f1(each, "floor"),
                "Test": count_of(each.metrics["test_sessions"], "session") if "test_sessions" in each.metrics else "",
                "Thresholds": write_thresholds(each),
                "Started from": each.parent,
                "Made (UTC)": None if each.is_built_in else each.created_at,
            }
            for each in found
        ],
        column_config={
            "F1 20 ms": st.column_config.NumberColumn(
                format="%.3f", help="For segments with labels, on its own test set."
            ),
            "Energy baseline": st.column_config.NumberColumn(
                format="%.3f", help="The same for an energy detector fitted to the same sessions."
            ),
            "Thresholds": st.column_config.TextColumn(
                help="Kept from verification samples: from which score on predictions of a label are as precise as "
                "wanted."
            ),
            "Made (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        },
        hide_index=True,
        placeholder="–",
    )
    st.caption(
        "Each version was tested on its own sessions: to compare two, measure both on the same sessions "
        "under “Compare”."
    )
    by_id = {each.id: each for each in found}
    if st.session_state.get(MODEL_KEY) not in by_id:
        st.session_state[MODEL_KEY] = next((each.id for each in found if not each.is_built_in), found[0].id)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Show",
        list(by_id),
        format_func=lambda each: f"{each}, in use" if in_use.get(by_id[each].name) == by_id[each].version else each,
        key=MODEL_KEY,
    )
    with right:
        show_import()
    show_version(by_id[chosen], is_in_use=in_use.get(by_id[chosen].name) == by_id[chosen].version)
    show_archived()


def write_thresholds(version: ModelVersion) -> str:
    """Write the thresholds that are kept with a version; empty where there are none."""
    kept = thresholds.find_thresholds(state.get_workspace(), name=version.name, version=version.version)
    if kept is None:
        return ""
    told = name_some([f"{label} {value:.2f}" for label, value in kept.thresholds.items()])
    return f"{told} (precision {kept.precision:.0%})"


def find_f1(version: ModelVersion, what: str) -> float | None:
    """Find the segment F1 at 20 ms that a version had on its test; None where it was not measured."""
    figures = version.metrics.get(what)
    return evaluation.find_f1(figures) if figures else None


def show_import() -> None:
    """Offer to add a model that another server has exported."""
    if added := st.session_state.pop(ADDED_KEY, None):
        st.toast(added)
    with st.popover("Add from a file", icon=":material/upload:", use_container_width=True):
        file = st.file_uploader("A model that was exported as one file", ["zip"], key="train_import_file")
        name = st.text_input("Name of the new model", max_chars=80, key="train_import_name")
        if st.button("Add", disabled=file is None or not name) and file is not None:
            try:
                version = catalogue.import_file(
                    state.get_workspace(),
                    name=name.strip(),
                    file=BytesIO(file.getvalue()),
                    person=state.visitor().person,
                )
            except PodcastError as error:
                st.error(str(error))
                return
            st.session_state[ADDED_KEY] = f"{version.id} was added."
            st.rerun()


def show_archive(version: ModelVersion, *, is_in_use: bool) -> None:
    """Offer to take a version, or all of the model, out of sight."""
    if version.is_built_in:
        return
    with st.popover("Archive", icon=":material/archive:"):
        st.write("Removes it from lists and forms. Nothing is deleted; it can be restored.")
        st.button(
            f"Archive {version.id}",
            on_click=archive,
            args=(version.name, version.version),
            disabled=is_in_use,
            help="In use: promote another version first." if is_in_use else None,
        )
        st.button(f"Archive all of {version.name}", on_click=archive, args=(version.name, None))


def archive(name: str, version: int | None) -> None:
    """Archive a model or a version of it."""
    set_archived(name, version, is_archived=True)


def set_archived(name: str, version: int | None, *, is_archived: bool) -> None:
    """Archive a model or a version of it, or bring it back."""
    who = state.annotator()
    try:
        model_archive.archive_model(state.get_workspace(), name=name, version=version, who=who, is_archived=is_archived)
    except PodcastError as error:
        st.toast(str(error))


def show_archived() -> None:
    """Offer to see what is archived, and to bring it back."""
    acts = model_archive.list_archived(state.get_workspace())
    if not acts or not st.toggle(f"Show {len(acts)} archived", key="train_archived"):
        return
    for act in acts:
        name, version = act.subject.model, act.subject.version
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(
                f"{name if version is None else f'{name}/{version}'}, by {escape(act.who)} on {act.acted_at:%Y-%m-%d}"
            )
            st.button(
                "Restore",
                icon=":material/unarchive:",
                key=f"restore_{name}_{version}",
                on_click=set_archived,
                args=(name, version),
                kwargs={"is_archived": False},
            )


def show_version(version: ModelVersion, *, is_in_use: bool) -> None:
    """Show one version: how good it is, what it learnt from, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(version.id, anchor=False, width="content")
        if is_in_use:
            st.badge("in use", icon=":material/check:", color="green")
        st.badge(version.kind, color="gray")
    with st.container(horizontal=True):
        st.button(
            "Promote",
            type="primary",
            icon=":material/publish:",
            disabled=is_in_use,
            help="Model runs and the API use this version when none is given. Other versions stay available.",
            on_click=promote,
            args=(version,),
        )
        st.download_button(
            "Download as one file",
            state.make_later(
                partial(catalogue.export_file, state.get_workspace(), name=version.name, version=version.version)
            ),
            f"{version.name}-{version.version}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            disabled=version.is_built_in,
        )
        show_archive(version, is_in_use=is_in_use)
    if "test" in version.metrics:
        show_measured(version)
    else:
        st.info("Not measured when it was made. Measure it on labelled sessions under “Compare”.")
    show_origin(version)


def promote(version: ModelVersion) -> None:
    """Use a version from now on."""
    promotions.promote(state.get_workspace(), name=version.name, version=version.version, who=state.annotator())


def show_measured(version: ModelVersion) -> None:
    """Show the figures of the test, beside the baseline and what it started from."""
    metrics = version.metrics
    st.caption(
        f"Measured on {count_of(metrics['test_sessions'], 'session')} ({metrics['test_s'] / 60:.1f} min) held out. F1 "
        "takes labels into account: a call counts when its label and both its ends are right."
    )
    for warning in metrics.get("warnings", ()):
        st.warning(warning, icon=":material/warning:")
    names = {"test": version.id, "base": version.parent, "floor": BASELINE}
    found = {names[what]: metrics[what] for what in names if what in metrics}
    show_table(found)
    show_side_by_side(found, f"{version.name}-{version.version}")
    show_one(metrics["test"], f"{version.name}-{version.version}")
    if metrics.get("curve"):
        show_figure(draw_learning(metrics["curve"]), f"{version.name}-{version.version}-learning", metrics["curve"])


def show_origin(version: ModelVersion) -> None:
    """Show what a version was made of, its parameters, and when which version was promoted."""
    told = version.training
    with st.expander("Training data"):
        if told.get("sessions"):
            st.dataframe(list(told["sessions"]), hide_index=True)
        rest = {name: value for name, value in told.items() if name not in ("sessions", "recordings")}
        st.json(rest, expanded=1)
    with st.expander("Parameters"):
        st.json({"weights_sha256": version.weights_sha256, **version.parameters}, expanded=1)
    history = promotions.list_history(state.get_workspace(), name=version.name)
    if history:
        with st.expander(f"Promotions of {version.name}"):
            st.dataframe(
                [
                    {"Version": each.version, "By": each.who, "Date (UTC)": each.promoted_at}
                    for each in reversed(history)
                ],
                hide_index=True,
            )
