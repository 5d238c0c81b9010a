import random
from datetime import date, timedelta
from itertools import combinations

import pytest

from podcast_core.ml.measuring.accumulation import estimate_kinds, list_expected
from podcast_core.ml.measuring.forecast import HORIZON_DAYS, forecast_end

TODAY = date(2026, 7, 31)


def days(*counts: int, last: date = TODAY) -> dict[date, int]:
    """Say what was done on the days up to one."""
    first = last - timedelta(days=len(counts) - 1)
    return {first + timedelta(days=place): count for place, count in enumerate(counts)}


def test_days_that_are_alike_give_one_date() -> None:
    found = forecast_end(days(*[10] * 28), 95, today=TODAY)
    assert found is not None
    assert {found.expected, found.earliest, found.latest} == {TODAY + timedelta(days=10)}
    assert (found.per_day, found.days) == (10, 28)


def test_days_that_differ_give_a_range_with_the_mean_pace_in_it() -> None:
    found = forecast_end(days(*[0, 30, 10, 0, 20] * 5), 240, today=TODAY)
    assert found is not None
    assert found.earliest is not None
    assert found.expected is not None
    assert found.latest is not None
    assert found.earliest < found.expected < found.latest
    assert abs((found.expected - TODAY).days - 20) <= 3
    assert found == forecast_end(days(*[0, 30, 10, 0, 20] * 5), 240, today=TODAY)


def test_the_range_holds_the_truth_as_often_as_it_says() -> None:
    chance, held, tries = random.Random(5), 0, 120
    for _ in range(tries):
        found = forecast_end(days(*(chance.choice((0, 0, 4, 8, 12, 30)) for _ in range(28))), 180, today=TODAY)
        left, took = 180, 0
        while left > 0:
            left, took = left - chance.choice((0, 0, 4, 8, 12, 30)), took + 1
        assert found is not None
        assert found.earliest is not None
        assert found.latest is not None
        held += found.earliest <= TODAY + timedelta(days=took) <= found.latest
    assert 0.82 <= held / tries <= 0.98  # 90 % are meant; of so many tries, three standard errors are 8 %


@pytest.mark.parametrize(
    ("done", "left"),
    [({}, 5), (days(5, 5, 5, 5), 5), (days(*[5] * 20, last=TODAY - timedelta(days=40)), 5), (days(*[0] * 30), 1)],
)
def test_too_few_days_give_none(done: dict[date, int], left: int) -> None:
    assert forecast_end(done, left, today=TODAY) is None


def test_a_day_that_has_just_begun_does_not_count_and_idle_days_do() -> None:
    yesterday = TODAY - timedelta(days=1)
    found = forecast_end(days(*[10] * 8, last=yesterday), 20, today=TODAY)
    assert found is not None
    assert (found.days, found.per_day) == (8, 10)
    idle = forecast_end(days(*[10] * 8, *[0] * 8), 20, today=TODAY)
    assert idle is not None
    assert idle.days == 15
    assert idle.per_day == pytest.approx(80 / 15)


def test_what_takes_more_than_five_years_has_no_date() -> None:
    found = forecast_end(days(*[1] * 28), HORIZON_DAYS + 1, today=TODAY)
    assert found is not None
    assert (found.expected, found.earliest, found.latest) == (None, None, None)


def test_the_expected_number_is_the_mean_over_all_choices_of_sessions() -> None:
    sessions = [{"call", "click"}, {"call"}, set(), {"song"}, {"call", "song"}, {"click"}]
    counts = [sum(label in each for each in sessions) for label in ("call", "click", "song")]
    expected = {each.sessions: each.kinds.value for each in list_expected(counts, len(sessions))}
    for size in range(len(sessions) + 1):
        chosen = [len(set().union(*each)) for each in combinations(sessions, size)]
        assert expected[size] == pytest.approx(sum(chosen) / len(chosen))
    assert list_expected([], 0) == []


def test_what_is_estimated_in_all_is_chao2_and_no_less_than_what_was_found() -> None:
    assert estimate_kinds([3, 5, 2], 10) == 3  # none was found once
    assert estimate_kinds([1, 1, 1, 2, 5], 10) == pytest.approx(5 + 9 / 10 * 3 * 2 / (2 * 2))
    assert estimate_kinds([], 0) == 0


def test_a_curve_of_many_sessions_ends_at_what_was_found() -> None:
    found = list_expected([1, 40, 90_000], 100_000)
    assert (found[0].kinds.value, found[-1].sessions) == (0, 100_000)
    assert found[-1].kinds.value == pytest.approx(3)
    values = [each.kinds.value for each in found]
    assert values == sorted(values)
    assert all(each.kinds.low <= each.kinds.value <= each.kinds.high for each in found)
    assert len(found) < 100
