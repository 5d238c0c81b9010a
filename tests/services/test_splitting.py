import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.domain.release import GroupBy
from podcast_core.errors import InvalidInput
from podcast_core.services.sets.splitting import Group, Unit, assign_splits, check_proportions, make_groups

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
SHARES = {"train": 0.7, "dev": 0.15, "test": 0.15}


def unit(
    key: str,
    minute: float | None = None,
    *,
    site: str = "bay",
    minutes: float = 10,
    labels: dict[str, int] | None = None,
) -> Unit:
    started_at = None if minute is None else NOON + timedelta(minutes=minute)
    return Unit(key, site, started_at, 60 * minutes, 60 * minutes, labels or {})


def keys(groups: list[Group]) -> list[tuple[str, ...]]:
    return [group.units for group in groups]


units = st.lists(
    st.builds(
        unit,
        st.uuids().map(str),
        st.none() | st.integers(0, 3000),
        site=st.sampled_from(["bay", "sound", ""]),
        minutes=st.sampled_from([1, 10, 60]),
        labels=st.dictionaries(st.sampled_from(["call", "whistle", "click"]), st.integers(1, 9)),
    ),
    min_size=3,
    max_size=60,
    unique_by=lambda each: each.key,
)


class TestGroups:
    def test_recordings_closer_than_the_gap_at_one_site_are_one_encounter(self) -> None:
        day = [unit("a", 0), unit("b", 60), unit("c", 200), unit("d", 60, site="sound"), unit("e")]
        assert keys(make_groups(day, GroupBy.ENCOUNTER, 3600)) == [("a", "b"), ("c",), ("d",), ("e",)]
        assert keys(make_groups(day, GroupBy.ENCOUNTER, 50 * 60)) == [("a",), ("b",), ("c",), ("d",), ("e",)]

    def test_a_long_recording_bridges_the_short_ones_in_it(self) -> None:
        day = [unit("a", 0, minutes=300), unit("b", 10), unit("c", 350)]
        assert keys(make_groups(day, GroupBy.ENCOUNTER, 3600)) == [("a", "b", "c")]

    def test_by_recording_only_what_overlaps_in_time_stays_together(self) -> None:
        day = [unit("a", 0), unit("b", 5), unit("c", 15), unit("d", 5, site="sound")]
        assert keys(make_groups(day, GroupBy.RECORDING, 3600)) == [("a", "b"), ("c",), ("d",)]

    def test_by_site_all_of_a_site_stays_together_with_or_without_a_time(self) -> None:
        day = [unit("a", 0), unit("b"), unit("c", 9000), unit("d", 5, site="sound")]
        found = make_groups(day, GroupBy.SITE, 0)
        assert [(group.key, group.units) for group in found] == [("site:bay", ("a", "b", "c")), ("site:sound", ("d",))]

    @settings(deadline=None)
    @given(units, st.sampled_from(list(GroupBy)), st.randoms())
    def test_every_recording_is_in_one_group_whatever_the_order(
        self, day: list[Unit], by: GroupBy, generator: random.Random
    ) -> None:
        groups = make_groups(day, by, 7200)
        assert sorted(key for group in groups for key in group.units) == sorted(each.key for each in day)
        shuffled = generator.sample(day, len(day))
        assert keys(make_groups(shuffled, by, 7200)) == keys(groups)


class TestSplits:
    @settings(deadline=None)
    @given(units, st.sampled_from(list(GroupBy)), st.text(max_size=5))
    def test_no_encounter_is_in_two_splits(self, day: list[Unit], by: GroupBy, seed: str) -> None:
        groups = make_groups(day, by, 7200)
        if len(groups) < 3:
            with pytest.raises(InvalidInput, match="groups cannot be split"):
                assign_splits(groups, SHARES, seed)
            return
        result = assign_splits(groups, SHARES, seed)
        split_of = {key: result[group.key] for group in groups for key in group.units}
        assert set(split_of) == {each.key for each in day}
        assert set(result.values()) == {"train", "dev", "test"}
        timed = [(each, each.started_at) for each in day if each.started_at]
        for one, start in timed:
            for other, later in timed:
                overlap = start <= later < start + timedelta(seconds=one.duration_s)
                if one.site == other.site and overlap:
                    assert split_of[one.key] == split_of[other.key]

    @settings(max_examples=30, deadline=None)
    @given(st.integers(40, 200), st.integers(0, 10_000))
    def test_shares_are_near_what_was_asked_and_one_more_recording_moves_few(self, count: int, seed: int) -> None:
        generator = random.Random(seed)
        day = [
            unit(
                f"{generator.random()}",
                minutes=generator.choice([1, 1, 2, 5]),
                labels={"call": generator.randint(1, 9)} if generator.random() < 0.5 else {},
            )
            for _ in range(count + 1)
        ]
        before = assign_splits(make_groups(day[1:], GroupBy.RECORDING, 0), SHARES, "1")
        after = assign_splits(make_groups(day, GroupBy.RECORDING, 0), SHARES, "1")
        total = sum(each.weight_s for each in day[1:])
        for split, share in SHARES.items():
            found = sum(each.weight_s for each in day[1:] if before[each.key] == split) / total
            assert abs(found - share) < 0.02 + 4 * 300 / total
        assert sum(before[key] != after[key] for key in before) <= max(5, count * 0.15)

    def test_what_was_test_stays_test_also_when_an_encounter_grows_together(self) -> None:
        day = [unit("a", 0), unit("b", 300), *(unit(f"x{number}") for number in range(20))]
        fixed = {"a": "train", "b": "test", "x1": "dev"}
        assert assign_splits(make_groups(day, GroupBy.ENCOUNTER, 60), SHARES, "1", fixed)["a"] == "train"
        grown = make_groups([*day, unit("c", 150)], GroupBy.ENCOUNTER, 3 * 3600)
        result = assign_splits(grown, SHARES, "1", fixed)
        assert result["a"] == "test"
        assert result["x1"] == "dev"

    def test_each_label_is_in_each_split_as_far_as_groups_allow(self) -> None:
        for seed in range(20):
            day = [
                unit(f"{seed}-{number}", labels={"call": 5, **({"rare": 1} if number < 4 else {})})
                for number in range(40)
            ]
            result = assign_splits(make_groups(day, GroupBy.RECORDING, 0), SHARES, str(seed))
            assert {result[each.key] for each in day if "rare" in each.label_counts} == {"train", "dev", "test"}

    def test_a_group_that_is_larger_than_a_split_does_not_go_there(self) -> None:
        for seed in range(20):
            day = [unit("huge", minutes=500), *(unit(f"{seed}-{number}") for number in range(50))]
            assert assign_splits(make_groups(day, GroupBy.RECORDING, 0), SHARES, str(seed))["huge"] == "train"

    def test_a_split_that_is_not_wanted_stays_empty(self) -> None:
        groups = make_groups([unit("a"), unit("b")], GroupBy.RECORDING, 0)
        assert set(assign_splits(groups, {"train": 1, "test": 1}, "1").values()) == {"train", "test"}
        assert set(assign_splits(groups, {"test": 1}, "1").values()) == {"test"}

    def test_another_seed_gives_another_split(self) -> None:
        groups = make_groups([unit(f"{number}") for number in range(30)], GroupBy.RECORDING, 0)
        assert assign_splits(groups, SHARES, "1") == assign_splits(groups, SHARES, "1")
        assert assign_splits(groups, SHARES, "1") != assign_splits(groups, SHARES, "2")

    @pytest.mark.parametrize(
        "bad", [{"train": -1, "test": 2}, {}, {"train": 0.0}, {"eval": 1.0}, {"train": float("nan")}]
    )
    def test_proportions_that_make_no_sense_are_refused(self, bad: dict[str, float]) -> None:
        with pytest.raises(InvalidInput, match="Proportions"):
            check_proportions(bad)
