"""What the figures of Progress are made of: work, forecast, speed, review, activity with the sun, coverage, labels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import accumulation, activity, rounds, sites, work
from podcast_core.services.labels.work import By
from podcast_core.storage import reviews, submissions
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions

BAY = ProgressFilter(("bay",))
FIRST = datetime(2026, 6, 1, 23, 0, tzinfo=UTC)
ANSWERED = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
COUNT = 20
BUSH_POINT = SiteCoordinates("Bush Point", 48.03, -122.6)


@pytest.fixture
def bay(workspace: Workspace) -> Workspace:
    """Round ``bay``: twenty sessions of half an hour, ten at Bush Point from 23:00 on, and ten at no known time."""
    rounds.add_round(workspace, name="bay", labels=["call", "click", "song"])
    for letter, started_at, site in (("a", FIRST, "Bush Point"), ("b", None, "")):
        recording = make_recording(f"/{letter}.wav", 18_000, digits=letter, started_at=started_at, site=site)
        add_recording(workspace, recording, make_sessions(recording, "bay", letter + "_{}", 10))
    return workspace


def answer(
    workspace: Workspace, session_id: str, *labels: str, days: float = 0, who: str = "Ann", **fields: Any
) -> str:
    """Answer a session some days after the first answer."""
    start_s = 1800.0 * int(session_id[2:])
    individuals: Sequence[str] = fields.pop("individuals", [""] * len(labels))
    boxes = [
        Annotation(start_s + place, start_s + place + 0.5, label, individual=name)
        for place, (label, name) in enumerate(zip(labels, individuals, strict=True))
    ]
    outcome = fields.pop("outcome", Outcome.LABELLED if boxes else Outcome.EMPTY)
    answer_id = f"{session_id}-{who}-{days}"
    at = ANSWERED + timedelta(days=days)
    with workspace.database.writing() as connection:
        submissions.add_submission(
            connection, Submission(answer_id, "bay", session_id, who, outcome, tuple(boxes), submitted_at=at, **fields)
        )
    return answer_id


def judge(workspace: Workspace, answer_id: str, verdict: Verdict) -> None:
    with workspace.database.writing() as connection:
        reviews.add_review(connection, Review(f"r-{answer_id}", answer_id, "Rita", verdict))


def test_what_is_answered_adds_up_to_all_and_the_rest_has_a_date(bay: Workspace) -> None:
    today = ANSWERED.date() + timedelta(days=4)
    nothing = work.get_burn_up(bay, BAY, today=today)
    assert (nothing.days, nothing.session_count, nothing.total_s, nothing.forecast) == ((), COUNT, 36_000, None)
    assert "Not enough days yet" in nothing.says
    for day in range(5):
        for place in range(2):
            answer(bay, f"a_{2 * day + place}", "call", days=day)
    answer(bay, "b_0", days=2, who="Bob", outcome=Outcome.SKIPPED)
    found = work.get_burn_up(bay, BAY, today=today)
    assert [(each.sessions, each.seconds) for each in found.days] == [(2, 3600.0)] * 5
    assert found.answered_count == 10
    assert found.forecast is not None
    assert found.forecast.expected == today + timedelta(days=5)
    assert "10 Jul 2026" in found.says
    later = work.get_burn_up(bay, replace(BAY, date_from=today), today=today)
    assert (len(later.days), later.forecast) == (1, found.forecast)
    ann = work.get_burn_up(bay, replace(BAY, annotators=("Ann",)), today=today)
    assert (ann.forecast, "clear the filter" in ann.says) == (None, True)
    for place in range(10):
        answer(bay, f"b_{place}", days=5)
    assert work.get_burn_up(bay, BAY, today=today).says == "Every session is answered."


def test_work_is_counted_by_day_person_site_and_hour(bay: Workspace) -> None:
    answer(bay, "a_0", "call", "call", "song")
    answer(bay, "a_1", days=1)
    answer(bay, "a_2", "call", who="Bob")
    answer(bay, "b_0", "click", who="Bob", outcome=Outcome.UNSURE)
    answer(bay, "a_3", outcome=Outcome.SKIPPED)

    def count(by: By, wanted: ProgressFilter = BAY) -> dict[str, tuple[int, float | None, int]]:
        return {
            each.key: (each.sessions, each.seconds, sum(each.labels.values()))
            for each in work.list_work(bay, wanted, by)
        }

    assert count(By.DAY) == {"2026-07-01": (3, 5400, 5), "2026-07-02": (1, 1800, 0)}
    assert count(By.ANNOTATOR) == {"Ann": (2, 3600, 3), "Bob": (2, 3600, 2)}
    assert count(By.SITE) == {"": (1, 1800, 1), "Bush Point": (3, 5400, 4)}
    assert count(By.HOUR) == {"00": (1, 1800, 1), "23": (2, 3600, 3)}
    assert count(By.ANNOTATOR, replace(BAY, labels=("call",))) == {"Ann": (1, None, 2), "Bob": (1, None, 1)}
    assert work.list_names(bay, ["bay"]) == (["Ann", "Bob"], ["Bush Point"])


def test_medians_are_those_of_each_person_and_day_or_of_everybody(bay: Workspace) -> None:
    told = {("Ann", 0): (1.04, 9.94, 7.5), ("Ann", 1): (12.3, 99.7), ("Bob", 0): (432.0, 1234.0, 20.2)}
    names = (f"{letter}_{place}" for letter in "ab" for place in range(10))
    for (who, day), values in told.items():
        for edits, active_s in enumerate(values):
            answer(bay, next(names), days=day, who=who, active_s=active_s, action_count=edits)
    found = {(each.annotator, (each.begins_on - ANSWERED.date()).days): each for each in work.list_pace(bay, BAY)}
    assert list(found) == [("Ann", 0), ("Bob", 0), ("Ann", 1)]
    for key, values in told.items():
        assert found[key].sessions == len(values)
        assert found[key].median_s == pytest.approx(median(values), rel=0.03)  # as coarse as they are kept
        assert found[key].median_actions == median(range(len(values)))
    first, second = work.list_pace(bay, BAY, by_person=False)
    assert (first.annotator, first.sessions, second.sessions) == ("", 6, 2)
    assert first.median_s == pytest.approx((9.94 + 20.2) / 2, rel=0.03)
    answer(bay, next(names), days=120, active_s=5.0)
    assert {each.begins_on.weekday() for each in work.list_pace(bay, BAY)} == {0}  # weeks begin on Monday


def test_what_reviewers_find_wrong_is_a_share_of_what_they_looked_at(bay: Workspace) -> None:
    assert work.list_judged(bay, BAY) == []
    for place, verdict in enumerate((Verdict.ACCEPT, Verdict.ACCEPT, Verdict.ACCEPT, Verdict.REJECT)):
        judge(bay, answer(bay, f"a_{place}", "call"), verdict)
    answer(bay, "a_5")
    [found] = work.list_judged(bay, BAY)
    assert (found.accepted, found.corrected, found.rejected) == (3, 0, 1)
    assert found.wrong is not None
    assert found.wrong.value == 0.25
    assert 0 < found.wrong.low < 0.25 < found.wrong.high < 0.75


def test_calls_are_told_by_hour_of_the_sites_clock_and_date(bay: Workspace) -> None:
    answer(bay, "a_0", "call", "song")  # at 23:00 UTC
    answer(bay, "a_2", "call")  # at 0:00 of the next day
    answer(bay, "b_0", "call")
    found = activity.get_activity(bay, BAY)
    assert (found.offset_h, found.daylight, found.untimed) == (0, None, 1)
    heard = {(each.day.day, each.hour): (each.calls, each.answered_s, each.recorded_s) for each in found.hours}
    assert heard == {
        (1, 23): (2, 1800, 3600),
        (2, 0): (1, 1800, 3600),
        **{(2, hour): (0, 0, 3600) for hour in (1, 2, 3)},
    }
    round_ = rounds.get_round(bay, round_id="bay")
    rounds.change_round(bay, replace(round_, sites=(BUSH_POINT,)))
    there = activity.get_activity(bay, replace(BAY, labels=("call",)))
    assert there.offset_h == -8
    assert {(each.day.day, each.hour): each.calls for each in there.hours if each.calls} == {(1, 15): 1, (1, 16): 1}
    assert there.daylight is not None
    assert there.daylight.place == BUSH_POINT
    assert [each.day for each in there.daylight.days] == [date(2026, 6, 1)]
    assert activity.get_activity(bay, BAY, offset_h=3).offset_h == 3
    with pytest.raises(InvalidInput, match="between -14 and 14 h"):
        activity.get_activity(bay, BAY, offset_h=15)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "day", "offset_h", "sunrise", "sunset"),
    [  # United States Naval Observatory, rise and set of the upper edge
        (40.7128, -74.006, date(2024, 6, 20), -4, "5:25", "20:31"),
        (-33.87, 151.21, date(2024, 12, 21), 11, "5:41", "20:05"),
        (0.0, 0.0, date(2024, 3, 20), 0, "6:04", "18:11"),
        (69.65, 18.96, date(2024, 6, 21), 2, None, None),
        (69.65, 18.96, date(2024, 12, 21), 1, None, None),
    ],
)
def test_the_sun_is_where_almanacs_say(
    latitude_deg: float, longitude_deg: float, day: date, offset_h: int, sunrise: str | None, sunset: str | None
) -> None:
    found = sites.find_daylight(SiteCoordinates("x", latitude_deg, longitude_deg), [day], offset_h)
    assert found is not None
    for written, hour in ((sunrise, found.days[0].sunrise_h), (sunset, found.days[0].sunset_h)):
        if written is None:
            assert hour is None
        else:
            hours, minutes = written.split(":")
            assert hour == pytest.approx(int(hours) + int(minutes) / 60, abs=2.5 / 60)


def test_where_a_site_is_comes_from_the_round_or_from_what_its_recordings_say(bay: Workspace) -> None:
    for place, latitude_deg in enumerate((10.0, 50.0, 48.0)):
        recording = make_recording(f"/c{place}.wav", 60, digits=f"c{place}", site="Lime Kiln")
        recording = replace(recording, latitude_deg=latitude_deg, longitude_deg=-123.0)
        add_recording(bay, recording, make_sessions(recording, "bay", f"c{place}" + "_{}"))
    kiln = SiteCoordinates("Lime Kiln", 48.0, -123.0)
    assert sites.list_coordinates(bay, ["bay"]) == [kiln]
    said = (BUSH_POINT, replace(kiln, latitude_deg=48.5))
    rounds.change_round(bay, replace(rounds.get_round(bay, round_id="bay"), sites=said))
    assert sites.list_coordinates(bay, ["bay"]) == list(said)
    assert sites.find_place(bay, BAY) == BUSH_POINT  # it has more sound
    assert sites.find_place(bay, replace(BAY, sites=("Lime Kiln",))) == said[1]


def test_days_of_sites_say_how_much_of_their_sound_is_answered(bay: Workspace) -> None:
    answer(bay, "a_0", "call")
    answer(bay, "a_2")
    answer(bay, "a_3", outcome=Outcome.SKIPPED)
    found, untimed = activity.list_coverage(bay, BAY)
    assert [(each.day.day, each.site, each.sessions, each.share) for each in found] == [
        (1, "Bush Point", 2, 0.5),
        (2, "Bush Point", 8, 0.125),
    ]
    assert untimed == 10


def test_labels_and_individuals_accumulate_with_sessions(bay: Workspace) -> None:
    answer(bay, "a_0", "call", "call", individuals=["J35", ""])
    answer(bay, "a_1", "call", "click", days=1, individuals=["J35", "K7"])
    answer(bay, "a_2", days=1)
    answer(bay, "a_3", "song", days=2, outcome=Outcome.UNSURE)
    found = accumulation.get_accumulation(bay, BAY)
    assert [(each.sessions, each.kinds) for each in found.days] == [(1, 1), (3, 2), (4, 3)]
    assert found.sessions_with == {"call": 2, "click": 1, "song": 1}
    assert found.expected[-1].kinds.value == pytest.approx(3)
    named = accumulation.get_accumulation(bay, BAY, of_individuals=True)
    assert [(each.sessions, each.kinds) for each in named.days] == [(1, 1), (3, 2), (4, 2)]
    assert named.sessions_with == {"J35": 2, "K7": 1}
    only = ProgressFilter(
        ("bay",), date_from=date(2026, 7, 2), labels=("click",), annotators=("Ann",), sites=("Bush Point",)
    )
    assert accumulation.get_accumulation(bay, only, of_individuals=True).sessions_with == {"K7": 1}
    assert accumulation.get_accumulation(bay, only).sessions_with == {"click": 1}
    assert accumulation.list_labels_by_day(bay, BAY) == {
        date(2026, 7, 1): {"call": 2},
        date(2026, 7, 2): {"call": 1, "click": 1},
        date(2026, 7, 3): {"song": 1},
    }
