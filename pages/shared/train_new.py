"""The form of a training: what is learnt from, how, and what that would be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.device import ask_device
from pages.shared.round_picker import ask_rounds, start_from
from pages.shared.working_out import work_out
from podcast_core import figures
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.learning import training
from podcast_core.services.learning.pieces import TEST, TRAIN
from podcast_core.services.learning.training_data import VERIFIED_HINT, TrainingPlan
from podcast_core.services.learning.training_request import (
    DEFAULT_BUDGET_S,
    DEFAULT_BUDGETS_S,
    GROUPS,
    KINDS,
    NEED_BASE,
    TrainingRequest,
    list_bases,
    list_choices,
)
from podcast_core.services.models import catalogue
from podcast_core.services.sets import release_store

VIEW_KEY, JOB_KEY = "train_view", "train_job"
NEW, RUNNING, MODELS, COMPARE = "New training", "Trainings", "Models", "Compare"
ROUNDS, RELEASE = "Rounds", "A release"
NEW_MODEL, FROM_NOTHING = "a new model", "nothing"
SECONDS, EPOCHS = "seconds", "epochs"


def show_new(all_rounds: Sequence[Round]) -> None:
    """Ask what is wanted, and show what would be learnt from before it begins."""
    request = ask(all_rounds)
    if request is None:
        return
    asked = {"key": "train_planned", "action": "Show what it would train on", "doing": "Reading the labels"}
    learnt = replace(request, name="any", is_new=False, device="", budget_s=None, epochs=None)  # what decides on data
    try:
        training.check_name(state.get_workspace(), request)
        outline = work_out(learnt, learnt.round_ids, lambda: outline_training(learnt), **asked)
    except PodcastError as error:
        st.warning(str(error))
        return
    if outline is not None:
        show_plan(*outline)
    st.button("Start training", type="primary", icon=":material/school:", on_click=start, args=(request,))


def start(request: TrainingRequest) -> None:
    """Put the training into the queue, and look at it."""
    job_id = training.add_training(state.get_workspace(), request=request, who=state.annotator())
    st.session_state[VIEW_KEY], st.session_state[JOB_KEY] = RUNNING, job_id


def ask(all_rounds: Sequence[Round]) -> TrainingRequest | None:
    """Ask for the parameters; None while there is too little."""
    source = ask_source(all_rounds)
    if source is None:
        return None
    labels = ask_labels(source)
    with st.container(border=True):
        found = catalogue.list_versions(state.get_workspace())
        model = ask_model(source, found)
        kind, base = ask_kind(model["name"], found)
        fields = {
            **source,
            **model,
            "labels": labels,
            "kind": kind,
            "base": base,
            **ask_budget(kind),
            "device": "" if kind == "energy" else ask_device("train_device"),
            **ask_more(source),
        }
    try:
        return TrainingRequest(**fields)
    except PodcastError as error:
        st.warning(str(error))
        return None


def ask_source(all_rounds: Sequence[Round]) -> dict[str, Any] | None:
    """Ask for rounds or a release."""
    releases = [each.id for each in release_store.list_releases(state.get_workspace())]
    kind = ROUNDS
    if releases:
        kind = st.segmented_control("Train on", [ROUNDS, RELEASE], default=ROUNDS, key="train_source") or ROUNDS
    if kind == RELEASE:
        help_ = "Trains on its train split and tests on its test split."
        return {"release": st.selectbox("Release", releases, key="train_release", help=help_)}
    chosen = ask_rounds(
        "Rounds",
        all_rounds,
        key="train_rounds",
        help="Uses sessions that are labelled or empty, with the answer that counts.",
    )
    if not chosen:
        st.info("Choose at least one round to train on.")
        return None
    return {"round_ids": tuple(chosen)}


def ask_labels(source: Mapping[str, Any]) -> dict[str, str]:
    """Ask what each label is called by the model; only what differs is returned."""
    counts = training.count_labels(state.get_workspace(), **source)
    if len(counts) < 2:
        return {}
    with st.expander(f"Labels: {', '.join(counts)}"):
        st.caption(
            "Give two labels the same name to merge them. Calls of a label that is not learned count as background."
        )
        edited = st.data_editor(
            [{"Label": label, "Annotations": count, "Learn": True, "Name": label} for label, count in counts.items()],
            disabled=["Label", "Annotations"],
            column_config={"Name": st.column_config.TextColumn("Name in the model", max_chars=80)},
            hide_index=True,
            key=f"train_labels_{'_'.join(source.get('round_ids', ()))}{source.get('release', '')}",
        )
    wanted = {str(row["Label"]): str(row["Name"] or row["Label"]).strip() if row["Learn"] else "" for row in edited}
    return {label: name for label, name in wanted.items() if name != label}


def ask_model(source: Mapping[str, Any], found: Sequence[ModelVersion]) -> dict[str, Any]:
    """Ask for a new model's name, or which model gets its next version."""
    names = list(dict.fromkeys(each.name for each in found if not each.is_built_in))
    left, right = st.columns(2)
    chosen = left.selectbox("Train", [NEW_MODEL, *names], key="train_model", format_func=name_choice)
    if chosen != NEW_MODEL:
        return {"name": chosen}
    first = source.get("round_ids", ("",))[0] or source.get("release", "").partition("/")[0]
    start_from("train_name", training.suggest_name(first, names), basis=first)
    name = right.text_input(
        "Name of the model",
        max_chars=80,
        key="train_name",
        help="Small letters, digits, '.', '_' and '-'.",
    )
    return {"name": name.strip(), "is_new": True}


def name_choice(name: str) -> str:
    """Write what is trained, as people read it."""
    return NEW_MODEL if name == NEW_MODEL else f"the next version of {name}"


def ask_kind(name: str, found: Sequence[ModelVersion]) -> tuple[str, str]:
    """Ask for the kind of model, and the version from whose weights it starts."""
    left, right = st.columns(2)
    kind = left.selectbox("Kind", list_choices(found), format_func=KINDS.__getitem__, key="train_kind")
    bases = list_bases(found, kind)
    own = [each for each in bases if each.startswith(f"{name}/")]
    choices = [*([] if kind in NEED_BASE else [FROM_NOTHING]), *bases]
    base = right.selectbox(
        "Start from",
        choices,
        choices.index(own[0]) if own else 0,
        key=f"train_base_{kind}_{name if own else ''}",
        disabled=not bases,
        help="Training is faster from an existing version. Sessions it was trained on are never used for testing.",
    )
    return kind, "" if base == FROM_NOTHING else base


def ask_budget(kind: str) -> dict[str, Any]:
    """Ask how long it may take."""
    if kind == "energy":
        return {}
    left, right = st.columns(2)
    unit = left.segmented_control("Budget in", [SECONDS, EPOCHS], default=SECONDS, key="train_unit") or SECONDS
    if unit == SECONDS:
        help_ = "CPU time: half a minute is enough for a first model, a few minutes for a good one."
        usual = round(DEFAULT_BUDGETS_S.get(kind, DEFAULT_BUDGET_S))
        key = f"train_seconds_{kind}" if kind in DEFAULT_BUDGETS_S else "train_seconds"
        found = right.number_input("Seconds", 1, 86_400, usual, 10, key=key, help=help_)
        return {"budget_s": float(found)}
    help_ = "Passes over all the audio. The same seed then gives exactly the same model."
    return {"epochs": right.number_input("Epochs", 1, 10_000, 20, key="train_epochs", help=help_)}


BULK_CHOICES: Mapping[str, Mapping[str, bool]] = {
    "Use them where the whole session was searched": {},
    "Use all of them, even where the rest of the session was not searched": {"with_bulk": True},
    "Leave out sessions that have any": {"without_bulk": True},
}


def ask_more(source: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what most leave as it is."""
    with st.expander("More"):
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="train_seed", help="A different seed gives a different model."
        )
        chosen = st.selectbox(
            "Bulk labels",
            list(BULK_CHOICES),
            key="train_bulk",
            help="Labels given to many clips at once on Explore, few of which were heard. Where nobody searched the "
            "session, only the labelled stretches can be used for training, and they are never used for testing.",
        )
        bulk = BULK_CHOICES[chosen]
        if "release" in source:
            return {"seed": seed, **bulk}
        left, right = st.columns(2)
        by = left.selectbox(
            "Hold out whole",
            list(GROUPS),
            key="train_by",
            help="Test data is never used for training. Sessions of one recording hold the same animals: holding "
            "out by session gives better figures than new recordings would.",
        )
        share = right.slider("Share used for testing (%)", 5, 50, 20, 5, key="train_share")
    return {"seed": seed, **bulk, "group_by": by, "test_share": share / 100}


Sizes = Mapping[str, tuple[int, float]]


def outline_training(request: TrainingRequest) -> tuple[TrainingPlan, Sizes]:
    """Work out what would be learnt from: a plan without its sessions, and their number and seconds by split."""
    plan = training.preview(state.get_workspace(), request=request)
    return replace(plan, pieces=()), {split: (plan.count(split), plan.seconds(split)) for split in (TRAIN, TEST)}


def show_plan(plan: TrainingPlan, sizes: Sizes) -> None:
    """Show what would be learnt from and tested on."""
    st.header("What it would train on", anchor=False)
    with st.container(horizontal=True):
        for split, word in ((TRAIN, "Training"), (TEST, "Test")):
            calls = sum(plan.counts[split].values())
            count, seconds = sizes[split]
            st.metric(
                word,
                count_of(count, "session"),
                f"{seconds / 60:.1f} min, {count_of(calls, 'call')}",
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
    counts = {split: {label: plan.counts[split].get(label, 0) for label in plan.labels} for split in (TRAIN, TEST)}
    figure = figures.draw_balance(counts)
    st.plotly_chart(figure, config={"displayModeBar": False}, key="train_balance", alt=figure.layout.title.text)
    if plan.left_out:
        left_out = ", ".join(f"{number} {reason}" for reason, number in plan.left_out.items())
        hint = f" {VERIFIED_HINT}" if plan.left_out.get(Outcome.VERIFIED.value) else ""
        st.caption(f"Sessions not used: {left_out}.{hint}")
    for warning in plan.warnings:
        st.warning(warning, icon=":material/warning:")
