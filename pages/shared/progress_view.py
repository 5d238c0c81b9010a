"""The figures of *Progress*, by section: what is not shown is not read. Also what somebody with a link sees."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

import streamlit as st

from pages.shared.figure_card import show_figure
from pages.shared.progress_filter import ANNOTATORS, DATES, LABELS, SITES, Shown, ask_filter
from pages.shared.words import escape
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.errors import count_of
from podcast_core.figures import progress as draw
from podcast_core.figures.agreement import draw_over_time as draw_agreement
from podcast_core.figures.sites import PlacedSite, draw_sites
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.services.labels import accumulation, activity, agreement, sites, work
from podcast_core.services.labels.activity import DayCovered
from podcast_core.services.labels.work import By
from podcast_core.services.learning import model_progress
from podcast_core.services.verifying import audits

EVERYBODY = "everybody"
BYS = {By.DAY: "Day", By.ANNOTATOR: "Annotator", By.SITE: "Site", By.HOUR: "Hour of the day"}
X_TITLES = {By.DAY: "Day of the answer (UTC)", By.HOUR: "Hour in which it was recorded (UTC)"}
LINKED = 3  # audits, the newest
AUTO = "as the site"
FLAT = "#009e73"


def show_forecast(shown: Shown, wanted: ProgressFilter) -> None:
    """Show sessions or hours answered so far, of how many, and when the rest is expected."""
    found = work.get_burn_up(shown.workspace, wanted)
    if not found.session_count:
        st.info("There are no sessions here yet.")
        return
    everything = found if not wanted.date_from else work.get_burn_up(shown.workspace, replace(wanted, date_from=None))
    is_hours = st.segmented_control("Count", ["Sessions", "Hours"], default="Sessions", required=True) == "Hours"
    done = {each.day: each.seconds / 3600 if is_hours else each.sessions for each in found.days}
    whole = {each.day: each.seconds / 3600 if is_hours else each.sessions for each in everything.days}
    total = found.total_s / 3600 if is_hours else found.session_count
    ahead = found.forecast
    figure = draw.draw_burn_up(
        done,
        total,
        "h" if is_hours else "sessions",
        before=sum(whole.values()) - sum(done.values()),
        expected=(ahead.earliest, ahead.expected, ahead.latest) if ahead else None,
    )
    rows = [{"day": each.day, "sessions": each.sessions, "audio_h": each.seconds / 3600} for each in found.days]
    show_figure(figure, f"{shown.name}-burn-up", rows)
    st.caption(found.says)


def show_work(shown: Shown, wanted: ProgressFilter) -> None:
    """Show what was done by day, annotator, site or hour of the day."""
    bys = [each for each in By if shown.with_names or each is not By.ANNOTATOR]
    with st.container(horizontal=True):
        by = st.segmented_control("By", bys, format_func=BYS.__getitem__, default=By.DAY, required=True, key="work-by")
        what = st.segmented_control("Count", ["Sessions", "Hours", "Annotations"], default="Sessions", required=True)
    found = work.list_work(shown.workspace, wanted, by)
    if not found:
        st.info("Nothing is answered here yet, or nothing that fits the filter.")
        return
    if what == "Hours" and wanted.labels and by is not By.HOUR:
        st.info("Hours are not counted by label: clear the filter of labels.")
        return
    labels = list(dict.fromkeys(label for each in found for label in each.labels))
    if what == "Annotations":
        values: Mapping[str, Mapping[str, float]] = {each.key: each.labels for each in found}
        colors = shown.color(labels)
    else:
        colors = {what: FLAT}
        values = {
            each.key: {what: each.sessions if what == "Sessions" else (each.seconds or 0) / 3600} for each in found
        }
    unit = "h" if what == "Hours" else what.lower()
    title = f"{'Audio' if what == 'Hours' else what} answered by {BYS[by].lower()}"
    x_title = X_TITLES.get(by, "Audio (h)" if what == "Hours" else what)
    figure = draw.draw_work(values, title, by=by.value, x_title=x_title, unit=unit, colors=colors)
    rows = [
        {by.value: each.key, "sessions": each.sessions, "audio_h": each.seconds and each.seconds / 3600, **each.labels}
        for each in found
    ]
    show_figure(figure, f"{shown.name}-by-{by.value}", rows)


def show_activity(shown: Shown, wanted: ProgressFilter) -> None:
    """Show calls by date and hour of the day, with sunrise and sunset."""
    with st.container(horizontal=True):
        counts = ["Calls", "Calls per hour of sound"]
        is_rate = st.segmented_control("Count", counts, default=counts[1], required=True) == counts[1]
        clock = st.selectbox(
            "Clock",
            [AUTO, *range(-12, activity.MAX_OFFSET_H + 1)],
            format_func=lambda each: "As the site, or UTC" if each == AUTO else name_clock(each),
            key="progress-clock",
            persist_state="session",
            width=220,
            help="By the longitude of the site with most sound, where its coordinates are known.",
        )
    found = activity.get_activity(shown.workspace, wanted, offset_h=None if clock == AUTO else clock)
    if not found.hours:
        st.info("No recording here has a known start, so nobody can say at which hour its calls were.")
        return
    by_hour = {
        (each.day, each.hour): (each.calls / (each.answered_s / 3600) if is_rate else each.calls)
        if each.answered_s
        else None
        for each in found.hours
    }
    sun = [(each.day, each.sunrise_h, each.sunset_h) for each in found.daylight.days] if found.daylight else []
    title, unit = ("Calls per hour of answered sound", "calls/h") if is_rate else ("Calls", "calls")
    figure = draw.draw_activity(by_hour, sun, clock=name_clock(found.offset_h), title=title, unit=unit)
    rows = [
        {
            "day": each.day,
            "hour": each.hour,
            "utc_offset_h": found.offset_h,
            "calls": each.calls,
            "answered_s": each.answered_s,
            "recorded_s": each.recorded_s,
        }
        for each in found.hours
    ]
    show_figure(figure, f"{shown.name}-activity", rows)
    said = ["Grey: recorded, but not answered yet. Empty: no recording."]
    if found.daylight:
        said.append(f"Sunrise and sunset at {escape(found.daylight.place.site)}.")
    else:
        said.append("Sunrise and sunset appear once a site has coordinates: Rounds, Edit, “Where sites are”.")
    if found.untimed:
        said.append(f"{count_of(found.untimed, 'call')} of recordings without a known start: not shown.")
    st.caption(" ".join(said))


def to_interval(estimate: Estimate) -> tuple[float, float, float]:
    """Give a value and its interval."""
    return estimate.value, estimate.low, estimate.high


def name_clock(offset_h: int) -> str:
    """Name a clock that is ahead of UTC."""
    return f"UTC{offset_h:+d}" if offset_h else "UTC"


def show_coverage(shown: Shown, wanted: ProgressFilter) -> None:
    """Show which days of which sites have sound, and how much of it is answered."""
    found, untimed = activity.list_coverage(shown.workspace, wanted)
    if not found:
        st.info("No recording here has a known start." if untimed else "There are no recordings here yet.")
        show_map(shown, found)
        return
    shares = {(each.day, each.site): (each.share, each.recorded_s / 3600, each.sessions) for each in found}
    rows = [
        {
            "day": each.day,
            "site": each.site,
            "sessions": each.sessions,
            "recorded_s": each.recorded_s,
            "answered_s": each.answered_s,
        }
        for each in found
    ]
    show_figure(draw.draw_coverage(shares), f"{shown.name}-coverage", rows)
    told = [f"{count_of(len({each.day for each in found}), 'day')} with recordings.", "Empty: no recording."]
    told += [f"Without a known start, and not shown: {count_of(untimed, 'session')}."] if untimed else []
    st.caption(" ".join(told))
    show_map(shown, found)


def show_map(shown: Shown, found: Sequence[DayCovered]) -> None:
    """Show where the sites are whose place is known; whoever came by a link sees no places, which may be secret."""
    if shown.is_shared:
        return
    known = {each.site: each for each in sites.list_coordinates(shown.workspace, shown.round_ids)}
    recorded_s, answered_s = defaultdict[str, float](float), defaultdict[str, float](float)
    for each in found:
        recorded_s[each.site] += each.recorded_s
        answered_s[each.site] += each.answered_s
    unknown = sorted(name or "no site" for name in recorded_s if name not in known)
    places = [
        PlacedSite(
            name,
            place.latitude_deg,
            place.longitude_deg,
            recorded_s[name] / 3600,
            answered_s[name] / recorded_s[name] if recorded_s[name] else 0.0,
            "".join(f"<br>{escape(each)}" for each in place.describe()),
        )
        for name, place in known.items()
    ]
    if places:
        rows = [asdict(known[each.name]) | {"recorded_h": each.recorded_h} for each in places]
        show_figure(draw_sites(places), f"{shown.name}-sites", rows)
    if unknown:
        st.caption(f"Without coordinates: {escape(', '.join(unknown))}. Add them on Rounds, Edit, “Where sites are”.")


def show_labels(shown: Shown, wanted: ProgressFilter) -> None:
    """Show how annotations, and different labels and individuals, add up."""
    by_day = accumulation.list_labels_by_day(shown.workspace, wanted)
    if not by_day:
        st.info("There are no annotations here yet, or none that fits the filter.")
        return
    rows = [
        {"day": day, "label": label, "annotations": count}
        for day, counts in by_day.items()
        for label, count in counts.items()
    ]
    colors = shown.color(list(dict.fromkeys(label for counts in by_day.values() for label in counts)))
    show_figure(draw.draw_labels_so_far(by_day, colors), f"{shown.name}-labels-by-day", rows)
    kind = st.segmented_control("Different", ["labels", "individuals"], default="labels", required=True)
    found = accumulation.get_accumulation(shown.workspace, wanted, of_individuals=kind == "individuals")
    if not found.sessions_with:
        st.info("No annotation names an individual yet. The editor's table of boxes has a column for it.")
        return
    figure = draw.draw_accumulation(
        [(each.sessions, each.kinds) for each in found.days],
        [(each.sessions, to_interval(each.kinds)) for each in found.expected],
        found.estimated,
        kind,
    )
    named = [{kind.removesuffix("s"): name, "sessions": count} for name, count in found.sessions_with.items()]
    show_figure(figure, f"{shown.name}-{kind}-found", named)
    st.caption(
        f"In any order: the mean over all orders of the sessions (rarefaction), so that it does not matter with which "
        f"one began. Where it is flat, more sessions hardly bring new {kind}. Chao2 estimates how many there are from "
        f"those found in one or two sessions only."
    )


def show_speed(shown: Shown, wanted: ProgressFilter) -> None:
    """Show medians of seconds and edits per session over time."""
    by_person = shown.with_names and st.toggle("By person", True)
    found = work.list_pace(shown.workspace, wanted, by_person=by_person)
    if not found:
        st.info("No answer here tells how long it took. Those given on the page Label do.")
        return
    rows = [
        {
            "from": each.begins_on,
            **({"annotator": each.annotator} if by_person else {}),
            "sessions": each.sessions,
            "median_s": each.median_s,
            "median_edits": each.median_actions,
        }
        for each in found
    ]
    figures: tuple[tuple[str, str, str, str], ...] = (
        ("median_s", "Time per session (median)", "Time (s)", "seconds"),
        ("median_actions", "Edits per session (median)", "Edits", "edits"),
    )
    for attribute, title, y_title, name in figures:
        lines: dict[str, list[tuple[date, float]]] = {}
        for each in found:
            value = getattr(each, attribute)
            if value is not None:
                lines.setdefault(each.annotator or EVERYBODY, []).append((each.begins_on, value))
        show_figure(draw.draw_pace(lines, title, y_title), f"{shown.name}-{name}", rows)
    st.caption("Time counts while the page is in use. Days are those of the answers; of a long time, weeks.")


def show_quality(shown: Shown, wanted: ProgressFilter) -> None:
    """Show how far people agree, and how much reviewers find wrong, over time."""
    judged = work.list_judged(shown.workspace, wanted)
    if judged:
        counts = {each.begins_on: each.accepted + each.corrected + each.rejected for each in judged}
        points = [(each.begins_on, to_interval(each.wrong), counts[each.begins_on]) for each in judged if each.wrong]
        rows = [
            {"from": each.begins_on, "accepted": each.accepted, "corrected": each.corrected, "rejected": each.rejected}
            for each in judged
        ]
        title = "Answers that review changed"
        figure = draw.draw_shares(points, title, "Share of reviewed answers", "reviewed answers")
        show_figure(figure, f"{shown.name}-reviewed", rows)
        st.caption(
            "By the day of the answer, with 95 % intervals (Wilson). Reviewers choose what they look at, not chance."
        )
    else:
        st.info("No answer here was reviewed yet.")
        if not shown.is_shared:
            st.page_link("review.py", label="Review answers", icon=":material/fact_check:")
    show_audits(shown)
    if len(shown.rounds) > 1:
        st.caption("How far people agree is measured within a round: choose one.")
        return
    found, _ = agreement.get_agreement(shown.workspace, agreement.Asked(shown.rounds[0].id))
    everybody = sorted({each.person for each in found.over_time})
    people = {name: f"person {place}" for place, name in enumerate(everybody, start=1)}
    lines: dict[str, list[tuple[date, Estimate, int]]] = {}
    for each in found.over_time:
        name = each.person if shown.with_names else people[each.person]
        lines.setdefault(name, []).append((each.starts_on, each.f1, each.session_count))
    if not lines:
        st.info("No session has been searched by two people yet, so nobody can say how far people agree.")
        return
    rows = [
        {"person": name, "from": day, "sessions": count, "match": f1.value, "low": f1.low, "high": f1.high}
        for name, points in lines.items()
        for day, f1, count in points
    ]
    show_figure(draw_agreement(lines), f"{shown.name}-agreement", rows)
    st.caption("Boxes of each person beside those of all others in sessions that several searched; not filtered.")


def show_audits(shown: Shown) -> None:
    """Show the error rates of audits over time, and lead to the newest."""
    found = audits.list_audits(shown.workspace, round_ids=shown.round_ids)
    if not found:
        st.info("No audit was drawn yet: answers chosen at random, whose verdicts give an error rate.")
        if not shown.is_shared:
            here = {"round": shown.rounds[0].id, "of": "answers"} if len(shown.rounds) == 1 else {}
            st.page_link(
                "verification_samples.py", label="Draw an audit", icon=":material/checklist:", query_params=here
            )
        return
    points = [
        (each.sample.drawn_at.date(), to_interval(each.share.wilson), each.judged) for each in found if each.share
    ]
    rows = [
        {
            "round": each.sample.round_id,
            "drawn_at": each.sample.drawn_at.isoformat(),
            "judged": each.judged,
            "wrong": each.errors,
            "low": each.share.wilson.low if each.share else None,
            "high": each.share.wilson.high if each.share else None,
        }
        for each in found
    ]
    figure = draw.draw_shares(points, "Error rate of audits", "Share of answers that are wrong", "judged answers")
    show_figure(figure, f"{shown.name}-audits", rows)
    st.caption("By the day on which the audit was drawn, with 95 % intervals (Wilson): chance chose the answers.")
    if not shown.is_shared:
        for each in found[: -LINKED - 1 : -1]:
            st.page_link(
                "verification_samples.py",
                label=f"Audit of {each.sample.drawn_at:%-d %b %Y}: {each.errors} of {each.judged} wrong",
                icon=":material/fact_check:",
                query_params={"round": each.sample.round_id, "sample": each.sample.id},
            )


def show_models(shown: Shown, _wanted: ProgressFilter) -> None:
    """Show how good models were from version to version, beside people."""
    measured = model_progress.list_measured(shown.workspace, shown.round_ids)
    if measured:
        series: dict[str, list[tuple[str, float]]] = {}
        for each in measured:
            series.setdefault(each.measured_on, []).append((each.model, each.f1))
        people = None
        if len(shown.rounds) == 1:
            found, _ = agreement.get_agreement(shown.workspace, agreement.Asked(shown.rounds[0].id))
            pair = next((each.f1 for each in found.people if each.f1), None) if len(found.people) == 1 else None
            people = to_interval(pair) if pair else None
        figure = draw.draw_versions(series, people, "F1 at 20 ms by version", "F1 with labels")
        rows = [{"measured_on": each.measured_on, "model": each.model, "f1_20_ms": each.f1} for each in measured]
        show_figure(figure, f"{shown.name}-versions", rows)
        st.caption(
            "One line for each evaluation: compare versions on one line only. Two people: boxes that overlap by half."
        )
    else:
        st.info("No model was measured on these sessions yet: Train, “Compare”.")
    shares = model_progress.list_kept_shares(shown.workspace, shown.round_ids)
    if shares:
        figure = draw.draw_kept([(each.model, to_interval(each.precision), each.judged) for each in shares])
        rows = [
            {
                "model": each.model,
                "judged": each.judged,
                "precision": each.precision.value,
                "low": each.precision.low,
                "high": each.precision.high,
            }
            for each in shares
        ]
        show_figure(figure, f"{shown.name}-precision", rows)


SECTIONS: dict[str, tuple[Callable[[Shown, ProgressFilter], None], tuple[str, ...]]] = {
    "Forecast": (show_forecast, (DATES, ANNOTATORS, SITES)),
    "Work": (show_work, (DATES, ANNOTATORS, SITES, LABELS)),
    "Activity": (show_activity, (DATES, ANNOTATORS, SITES, LABELS)),
    "Coverage": (show_coverage, (DATES, SITES)),
    "Labels": (show_labels, (DATES, ANNOTATORS, SITES, LABELS)),
    "Speed": (show_speed, (DATES, ANNOTATORS, SITES)),
    "Quality": (show_quality, (DATES, SITES)),
    "Models": (show_models, ()),
}
OVERVIEW = "Overview"


def show(shown: Shown, show_overview: Callable[[Shown], None]) -> None:
    """Show the section that is chosen, and only this."""
    section = st.segmented_control(
        "Figures",
        [OVERVIEW, *SECTIONS],
        default=OVERVIEW,
        required=True,
        key="figures",
        label_visibility="collapsed",
        bind="query-params",
    )
    if section == OVERVIEW:
        show_overview(shown)
        return
    draw_section, offered = SECTIONS[section]
    draw_section(shown, ask_filter(shown, offered))
