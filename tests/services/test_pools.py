import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.domain.pool import Pool
from podcast_core.domain.score import SessionScore
from podcast_core.domain.session import Session
from podcast_core.domain.submission import UNREVIEWED
from podcast_core.errors import InvalidInput
from podcast_core.services.runs.pools import HIGH, LOW, Criteria, Sampling, choose, count_pools, suggest_start

START = datetime(2021, 7, 17, tzinfo=UTC)


def make(number: int, score: float | None, *, timed: bool = True) -> SessionScore:
    start_s = 60.0 * (number % 60)
    session = Session(start_s, start_s + 60, f"{number // 60:016x}", 0, round_id="sea", id=f"s{number:05d}")
    recorded_at = START + timedelta(hours=number // 60) if timed else None
    return SessionScore(session, recorded_at, "lab", "a.flac", score, 0 if score is None else 1, UNREVIEWED)


scores = st.lists(st.none() | st.floats(0, 1) | st.sampled_from([0.0, 0.09, 0.2, 1.0]), max_size=150)


@given(
    found=scores,
    limits=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    quiet=st.booleans(),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 5),
)
def test_every_second_is_in_exactly_one_pool_and_no_pool_is_dropped(
    found: list[float | None], limits: list[float], quiet: bool, shares: tuple[float, float], seed: int
) -> None:
    low, high = limits
    everything = [make(number, score, timed=number % 7 > 0) for number, score in enumerate(found)]
    chosen = choose(everything, Criteria(high, low, quiet), Sampling(*shares, seed))
    assert [each.scored for each in chosen] == everything
    totals = count_pools(chosen)
    assert sum(each.seconds for each in totals.values()) == pytest.approx(60.0 * len(everything))
    for each in chosen:
        score = each.scored.score
        is_candidate = score is not None and score >= high
        is_negative = not is_candidate and (quiet if score is None else score < low)
        expected = Pool.CANDIDATE if is_candidate else Pool.NEGATIVE if is_negative else Pool.UNREVIEWED
        assert each.pool is expected
    assert totals[Pool.CANDIDATE].chosen_sessions == totals[Pool.CANDIDATE].sessions
    for pool, share in ((Pool.NEGATIVE, shares[0]), (Pool.UNREVIEWED, shares[1])):
        size, drawn = totals[pool].sessions, totals[pool].chosen_sessions
        assert (drawn == 0) == (size == 0 or share == 0)
        assert abs(drawn - share * size) <= 1
    assert chosen == choose(everything, Criteria(high, low, quiet), Sampling(*shares, seed))


def test_a_sample_is_spread_over_time_and_another_seed_draws_another() -> None:
    everything = [make(number, 0.01) for number in range(600)]
    draws = []
    for seed in range(2):
        chosen = choose(everything, Criteria(), Sampling(0.05, 0, seed))
        drawn = [number for number, each in enumerate(chosen) if each.chosen]
        assert [number // 20 for number in drawn] == list(range(30))
        draws.append(drawn)
    assert draws[0] != draws[1]


def test_windows_of_time_that_touch_share_no_session_and_lose_none() -> None:
    everything = [make(number, 0.5) for number in range(200)]
    cuts = [START + timedelta(minutes=minute) for minute in (0, 37, 61, 200)]
    inside = [
        choose(everything, Criteria(from_at=a, to_at=b), Sampling()) for a, b in zip(cuts, cuts[1:], strict=False)
    ]
    assert [each.scored for window in inside for each in window] == everything
    untimed = [make(number, 0.5, timed=False) for number in range(3)]
    assert choose(untimed, Criteria(from_at=START), Sampling()) == []


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (lambda: Criteria(0.1, 0.2), "must not be above"),
        (lambda: Criteria(1.5, 0.2), "between 0 and 1"),
        (lambda: Sampling(negatives=5), "between 0 and 1"),
        (lambda: Criteria(from_at=START, to_at=START), "must begin before it ends"),
    ],
)
def test_impossible_choices_are_refused(make_it: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make_it()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("found", "threshold", "expected"),
    [
        ([], None, (LOW, HIGH)),
        ([None, None], 0.5, (0.25, 0.5)),
        ([0.9, 0.1, 0.05, None], None, (LOW, HIGH)),
        ([0.9, 0.8, *[None] * 8], 0.45, (0.22, 0.45)),  # most sessions are quiet: its own threshold does well
        ([0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.6, 0.61], 0.45, (0.55, 0.6)),
        ([0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.6, 0.61], None, (0.55, 0.6)),
        ([0.01, 0.02, 0.03, 0.031, 0.04], 0.9, (0.03, 0.04)),  # nothing would be a candidate
        ([0.7, 0.7, 0.7], None, (LOW, HIGH)),
        ([0.7, 0.701], None, (0.7, 0.7)),
    ],
)
def test_thresholds_start_where_they_tell_sessions_apart(
    found: list[float | None], threshold: float | None, expected: tuple[float, float]
) -> None:
    start = suggest_start([make(number, score) for number, score in enumerate(found)], threshold=threshold)
    assert (start.low, start.high) == expected
    assert start.why.startswith("They start at ")


@given(found=scores, threshold=st.none() | st.floats(0, 1))
def test_thresholds_to_start_with_can_be_used_and_make_candidates_of_few(
    found: list[float | None], threshold: float | None
) -> None:
    everything = [make(number, score) for number, score in enumerate(found)]
    start = suggest_start(everything, threshold=threshold)
    chosen = choose(everything, Criteria(start.high, start.low), Sampling())
    known = {math.floor(100 * score + 1e-7) for score in found if score is not None}
    candidates = count_pools(chosen)[Pool.CANDIDATE].sessions
    assert candidates or not known or len(known) == 1
    if len(known) == len([score for score in found if score is not None]) > 1:  # no two scores in the same hundredth
        assert candidates <= max(1, len(found) / 2)
