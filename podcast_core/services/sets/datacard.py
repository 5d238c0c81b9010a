"""The data card: the README of a release, written from its plan. The same plan gives the same text."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from podcast_core import __version__
from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.release import GroupBy
from podcast_core.domain.standing import REJECTED
from podcast_core.domain.submission import Outcome
from podcast_core.errors import count_of
from podcast_core.formats import FORMATS
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU
from podcast_core.services.labels.agreement import Agreement
from podcast_core.services.sets.release_plan import Item, Plan
from podcast_core.services.sets.release_store import INDEX, MANIFEST, SUMS

OUTCOME_WORDS = {
    Outcome.LABELLED.value: "every call in it is marked",
    Outcome.EMPTY.value: "fully searched, no call in it",
    Outcome.UNSURE.value: "**the annotator is unsure: rely neither on its annotations nor on their absence**",
    Outcome.VERIFIED.value: "**only predictions were judged, the rest was not searched: do not rely on silence**",
}


def write_card(plan: Plan, *, name: str, version: str, title: str, held_out: Sequence[str], clipped: int) -> bytes:
    """Write the data card as Markdown. ``clipped`` samples were beyond full scale and cut off."""
    request = plan.request
    licence = request.licence if request.licence != "unknown" else "unknown (not stated; ask before you use it)"
    parts = [
        f"# {title}",
        f"Release **{name}**, version **{version}**. Newest answer: {plan.created_at:%Y-%m-%d %H:%M} UTC. "
        f"Licence: {licence}.",
        _describe_held_out(held_out),
        request.description.strip(),
        "## Contents",
        _describe_splits(plan),
        "A session is a piece of one channel of a recording that one person answered as a whole. Outcomes:",
        _list(f"{outcome}: {OUTCOME_WORDS[outcome]}" for outcome in request.outcomes),
        _describe_gold(plan.items),
        "### Class balance",
        "Annotations, and in brackets the sessions with at least one and their seconds in all:",
        _describe_labels(plan),
        "### Sites and dates",
        _describe_sites(plan.items),
        "## Labels",
        _define_labels(plan),
        "## Split",
        _describe_method(plan),
        "## Agreement",
        _describe_agreement(plan.agreement),
        "## Left out",
        _list(f"{count_of(count, 'session')}: {reason}" for reason, count in plan.left_out.items())
        or "Nothing: all sessions are included.",
        "## Known limits",
        _list(_list_limits(plan, clipped)),
        "## Reading it",
        _describe_files(plan),
        "## Citation",
        request.citation or f"{title}, version {version} (made with Pod.Cast {__version__}).",
        "## Provenance",
        f"Pod.Cast {__version__}; digest of all inputs `{plan.digest}`. The same inputs give the same bytes; all "
        f"parameters are in `{MANIFEST}`.",
    ]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _describe_held_out(held_out: Sequence[str]) -> str:
    if not held_out:
        return ""
    return f"**Held out: {', '.join(held_out)}. Never train on it, and never choose a model or a threshold by it.**"


def _describe_splits(plan: Plan) -> str:
    rows = [
        (
            split,
            each.sessions,
            each.recordings,
            each.groups,
            f"{each.duration_s / 60:.1f}",
            ", ".join(f"{count} {outcome}" for outcome, count in each.outcomes.items()) or "–",
            sum(each.labels.values()),
        )
        for split, each in plan.balance.items()
    ]
    return _table(("split", "sessions", "recordings", "groups", "minutes", "outcomes", "annotations"), rows)


def _describe_gold(items: Sequence[Item]) -> str:
    gold = sum(item.answer.is_gold for item in items)
    return f"Gold, decided by somebody between several people's answers: {gold} of {count_of(len(items), 'session')}."


def _describe_labels(plan: Plan) -> str:
    balance = plan.balance
    rows = [
        (
            label.name,
            *(
                f"{each.labels[label.name]} ({each.label_sessions[label.name]}, {each.label_s[label.name]:.1f} s)"
                for each in balance.values()
            ),
        )
        for label in plan.labels
    ]
    return _table(("label", *balance), rows)


def _describe_sites(items: Sequence[Item]) -> str:
    by_site: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_site[item.site].append(item)
    rows = []
    for site, at_site in sorted(by_site.items()):
        days = sorted(
            {began.date() for item in at_site if (began := item.entry.time_at(item.entry.session.start_s)) is not None}
        )
        recordings = len({item.entry.recording.id for item in at_site})
        minutes = sum(item.entry.session.duration_s for item in at_site) / 60
        rates = sorted({item.entry.recording.sample_rate_hz for item in at_site})
        rows.append(
            (
                site or "unknown",
                recordings,
                f"{minutes:.1f}",
                f"{days[0]} to {days[-1]} ({len(days)} days, UTC)" if days else "unknown",
                ", ".join(f"{rate / 1000:g}" for rate in rates),
            )
        )
    return _table(("site", "recordings", "minutes", "dates", "sample rates (kHz)"), rows)


def _define_labels(plan: Plan) -> str:
    rows = []
    for label in plan.labels:
        for round_ in plan.rounds:
            own = next((each for each in round_.labels if each.name == label.name), None)
            if own is not None:
                rows.append((label.name, own.description or "no definition was written", round_.id))
    table = _table(("label", "definition", "asked for in round"), rows)
    if len({round_.label_names for round_ in plan.rounds}) == 1:
        return table
    warning = "The rounds asked for different labels: in a session, absence of another round's labels means nothing."
    return f"{table}\n\n{warning}"


def _describe_method(plan: Plan) -> str:
    request = plan.request
    kept = {
        GroupBy.RECORDING: "recording",
        GroupBy.ENCOUNTER: f"encounter (recordings of one site with less than {request.gap_s / 3600:g} h between them)",
        GroupBy.SITE: "site",
    }[GroupBy(request.group_by)]
    wanted = ", ".join(f"{split} {share / sum(request.proportions):.0%}" for split, share in request.wanted.items())
    base = f" Recordings of release {plan.based_on} stay in the split they had there." if plan.based_on else ""
    return (
        f"By {kept}, never by time of day: groups stay in one split. Wanted: {wanted}; seed "
        f"`{request.seed}`. Groups are placed by digests within strata of their most frequent label, so that new "
        f"recordings move as few others as possible.{base} Checked: no group, no recording (SHA-256) and no audio of "
        "one site and time is in two splits, and no training audio is in a held-out set of another release."
    )


def _describe_agreement(agreement: Agreement) -> str:
    if not agreement.pair_count:
        return "Unknown: no session was answered by two people."
    rows = [
        (
            each.label,
            each.box_count,
            "–"
            if each.f1 is None
            else f"{_percent(each.f1.value)} ({_percent(each.f1.low)} to {_percent(each.f1.high)})",
            f"{each.both} / {each.one} / {each.neither}",
            _with_interval(each.kappa),
            _with_interval(each.alpha),
            _with_interval(each.ac1),
        )
        for each in agreement.labels
    ]
    figures = ("Cohen's kappa", "Krippendorff's alpha", "Gwet's AC1")
    table = _table(("label", "boxes", "matched", "present for both / one / neither", *figures), rows)
    return (
        f"{count_of(agreement.pair_count, 'pair')} of answers by different people for "
        f"{count_of(agreement.session_count, 'session')}; in "
        f"{agreement.independent_count} of them neither had another answer on screen. Matched: share of boxes with a "
        f"partner of the same label and an IoU in time of at least {DEFAULT_MIN_IOU:g}. Kappa, alpha and AC1: of the "
        f"label being in the session at all; 1 is full agreement, 0 chance. In brackets: intervals of 95 %.\n\n{table}"
    )


def _with_interval(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _list_limits(plan: Plan, clipped: int) -> list[str]:
    request, limits = plan.request, list(plan.warnings)
    boxes = [box for item in plan.items for box in item.answer.annotations]
    doubted = sum(box.unsure for box in boxes)
    if doubted:
        limits.append(f"Marked unsure by their annotators: {count_of(doubted, 'annotation')} (column `unsure`).")
    limits += _list_origins(boxes)
    unreviewed = sum(len(item.answer.unreviewed) for item in plan.items)
    if unreviewed:
        limits.append(f"Hidden or not judged: {count_of(unreviewed, 'prediction')} (`predictions.csv`: not reviewed).")
    rejected = sum(item.entry.standing == REJECTED for item in plan.items)
    if rejected:
        tables = " or ".join(sorted({f"`{FORMATS[name].outcomes_in}`" for name in request.format_names}))
        limits.append(f"**Answers rejected in review: {count_of(rejected, 'session')}** ({tables}: review).")
    for outcome in (Outcome.UNSURE.value, Outcome.VERIFIED.value):
        count = sum(item.entry.outcome == outcome for item in plan.items)
        if count:
            limits.append(
                f"With outcome {outcome}: {count_of(count, 'session')}; leave them out where silence must be certain."
            )
    if request.audio == "clips":
        limits.append(
            f"Clips are pieces of sessions. A box that extends beyond its clip is cropped; the same call can appear "
            f"in several clips of one split. `{INDEX}` gives the exact position of each."
        )
    if request.audio != "none" and request.audio_container == "flac":
        limits.append("FLAC files hold the samples exactly; their bytes depend on the version of the encoder.")
    if clipped:
        limits.append(
            f"{count_of(clipped, 'sample')} exceeded full scale, which integers cannot hold, and were clipped."
        )
    limits.append(
        "Sessions that were not answered, or were skipped, are not included: they are neither calls nor silence."
    )
    return limits


def _list_origins(boxes: Sequence[Annotation]) -> list[str]:
    """Say how many annotations began as predictions, and whose were taken over unchanged."""
    told = []
    from_model = sum(box.prediction_id is not None for box in boxes)
    if from_model:
        told.append(
            f"{from_model} of {count_of(len(boxes), 'annotation')} began as a model's prediction that a person kept "
            "or changed (column `origin`); their edges may be those of the model's windows."
        )
    in_bulk = sum(box.origin is Origin.BULK for box in boxes)
    if in_bulk:
        acts = len({box.bulk_id for box in boxes if box.bulk_id})
        told.append(
            f"Labelled in bulk: {in_bulk} of {count_of(len(boxes), 'annotation')} ({in_bulk / len(boxes):.0%})"
            f"{_count_acts(acts)}, many at a time, few of which were heard (column `origin`: bulk). Some may have "
            f"the wrong label, and their edges are those of the clips shown."
        )
    taken_over = Counter(box.model for box in boxes if box.is_taken_over)
    if taken_over:
        by_model = ", ".join(f"{count} of {model or 'an unnamed model'}" for model, count in sorted(taken_over.items()))
        told.append(
            f"Unchanged predictions that a person accepted, one by one or in bulk: {taken_over.total()} of "
            f"{count_of(len(boxes), 'annotation')} ({taken_over.total() / len(boxes):.0%}), {by_model}. Do not "
            "evaluate these models, or models derived from them, on these."
        )
    return told


def _count_acts(count: int) -> str:
    return f", in {count_of(count, 'act')}" if count else ""


def _describe_files(plan: Plan) -> str:
    request = plan.request
    where = {
        "sessions": "one file per session" if not request.is_orcasound else "one file per session, all in `wav/`",
        "clips": f"one file per annotation with {request.padding_s:g} s before and after it, in a folder per label; "
        "sessions without any call in `_no_calls`",
        "none": "none; `recording_sha256`, `recording_uri`, `channel`, `start_s` and `end_s` say where it is",
    }[request.audio]
    times = "recording" if request.audio == "none" else "file"
    lines = [
        f"Audio: {where}; one channel each, at the sample rate of the recording, nothing filtered or scaled."
        if request.audio != "none"
        else f"Audio: {where}.",
        f"`{INDEX}`: one row per piece of audio: split, group, outcome, and which piece of which recording it is; its "
        "column `channel` counts from 0.",
        f"`annotations/FORMAT/SPLIT/`: the annotations, with times in seconds from the start of the {times}, "
        "frequencies in Hz, points in time in UTC. Formats: "
        + "; ".join(f"`{name}` ({FORMATS[name].title})" for name in request.format_names)
        + "."
        + ("" if request.audio == "none" else f" They name files without folders; `{INDEX}` has the folder of each."),
        f"`{SUMS}`: checksums of all files (`sha256sum -c {SUMS}`); `{MANIFEST}`: everything, for programs.",
    ]
    if request.is_orcasound:
        lines.append(
            "`train.tsv`, `dev.tsv`, `test.tsv`: as in Orcasound's data sets; a row `0.0 0.0` is a wav without calls."
        )
    elif request.audio != "none" and request.audio_container == "flac":
        lines.append("Pod.Cast's own formats know `.wav` only: their `NAME.wav` is the file `NAME.flac`.")
    return _list(lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(each) for each in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split()) or " "
