from dataclasses import replace
from typing import Any

import pytest

from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.label import Label
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.intake import ingest
from podcast_core.services.labels import rounds
from podcast_core.services.store import rebuild
from podcast_core.workspace import Workspace


def test_a_rounds_id_is_made_from_its_name(workspace: Workspace) -> None:
    assert rounds.add_round(workspace, name="Haro Strait, July", labels=["call"]).id == "Haro_Strait_July"
    assert rounds.add_round(workspace, name="Haro Strait: July", labels=["call"]).id == "Haro_Strait_July-2"
    for name in ("Haro Strait, July", "haro  strait, JULY "):
        with pytest.raises(Conflict, match="already exists .id Haro_Strait_July.: choose another name"):
            rounds.add_round(workspace, name=name, labels=["call"])
    with pytest.raises(Conflict, match="already"):
        rounds.add_round(workspace, round_id="Haro_Strait_July", name="another", labels=["call"])


NAMES = {
    "Сова": "Sova",
    "Sova": "Sova-2",
    "sova!": "sova_",
    "鯨": "Jing",
    "العربية": "lrbyh",
    "עברית": "vryt",
    "🦉": "owl",
    "🐋 Orcas": "whale2_Orcas",
    "İstanbul": "Istanbul",
    "Bahía": "Bahia",
    "Bahi\u0301a 2": "Bahia_2",
    "###": "round",
    "…": "round-2",
}


def test_a_name_in_any_script_gives_a_readable_id_of_its_own(workspace: Workspace) -> None:
    made = {name: rounds.add_round(workspace, name=name, labels=["call"]).id for name in NAMES}
    assert made == NAMES
    for name, round_id in made.items():
        assert rounds.get_round(workspace, round_id=round_id).name == name
        if name != "Sova":
            assert ingest.open_round(workspace, name, ()).id == round_id  # as a command names it
        assert rounds.open_new_round(workspace, name=name, labels=["call"]).id == round_id  # empty still
    with pytest.raises(Conflict, match="id of the round 'Сова' and the name of another"):
        ingest.open_round(workspace, "Sova", ())
    with pytest.raises(Conflict, match="'Bahía'"):  # the same letters, written another way
        rounds.add_round(workspace, name="Bahi\u0301a", labels=["call"])
    report = rebuild.rebuild(workspace, replace=True)
    assert not report.problems
    assert {each.id for each in rounds.list_rounds(workspace)} == set(made.values())


@pytest.mark.parametrize("name", ["", "  ", "\n", "a\0b"])
def test_a_blank_name_is_refused_in_words(workspace: Workspace, name: str) -> None:
    with pytest.raises(InvalidInput, match="A round's name must be 1 to 120 printable characters"):
        rounds.add_round(workspace, name=name, labels=["call"])


def test_every_state_of_a_round_is_kept_in_the_file_store(workspace: Workspace) -> None:
    round_ = rounds.add_round(workspace, name="sea", labels=["call"])
    changed = replace(round_, instructions="Listen.", labels=(*round_.labels, Label("click", "#e69f00", "w")))
    rounds.change_round(workspace, changed)
    assert rounds.get_round(workspace, round_id="sea") == changed
    assert len(workspace.files.list("rounds/sea/round")) == 2


def test_a_rounds_display_is_kept(workspace: Workspace) -> None:
    shown = Display(scale="mel", window_samples=512, low_hz=100.0, high_hz=9000.0, denoise="pcen", threshold=0.25)
    round_ = rounds.add_round(workspace, name="sea", labels=["call"], display=shown)
    assert rounds.get_round(workspace, round_id="sea").display == shown
    rounds.change_round(workspace, replace(round_, name="Sea", display=replace(shown, min_box_s=0.05)))
    assert rounds.get_round(workspace, round_id="sea").display == replace(shown, min_box_s=0.05)
    assert rounds.add_round(workspace, name="plain", labels=["call"]).display == Display()


def test_a_label_that_is_in_use_stays_in_the_list(workspace: Workspace, round_of_ten: Round) -> None:
    with pytest.raises(InvalidInput, match="in use.*whistle"):
        rounds.change_round(workspace, replace(round_of_ten, labels=round_of_ten.labels[:1]))
    with pytest.raises(NotFound):
        rounds.change_round(workspace, replace(round_of_ten, id="gone"))


def test_typed_labels_get_colours_and_empty_rows_are_left_out() -> None:
    labels = rounds.read_labels([{"name": " call ", "color": None, "hotkey": "k"}, {"name": ""}, {"name": None}])
    assert labels == (Label("call", "#56b4e9", "k"),)


def test_two_labels_with_one_key_are_refused(round_of_ten: Round) -> None:
    typed = rounds.read_labels([{"name": "a", "hotkey": "1"}, {"name": "b", "hotkey": "1"}])
    with pytest.raises(InvalidInput, match="same hotkey twice"):
        replace(round_of_ten, labels=typed)


def test_a_label_cannot_have_a_key_of_the_editor(workspace: Workspace, round_of_ten: Round) -> None:
    for key in "sS?":
        with pytest.raises(InvalidInput, match="itself uses these keys.*'song'.*Choose from 1 to 9"):
            rounds.add_round(workspace, name="sea", labels=[Label("song", "#e69f00", key)])
        changed = replace(round_of_ten, labels=(*round_of_ten.labels, Label("song", "#e69f00", key)))
        with pytest.raises(InvalidInput, match="'song'"):
            rounds.change_round(workspace, changed)
    assert rounds.add_round(workspace, name="sea", labels=[Label("song", "#e69f00", "w")]).labels[0].hotkey == "w"


def test_a_round_knows_where_its_sites_are(workspace: Workspace) -> None:
    made = rounds.add_round(workspace, name="sea", labels=["call"])
    typed: list[dict[str, Any]] = [
        {"site": " Bush Point ", "latitude_deg": 48, "longitude_deg": -122.6},
        {"site": "Lime Kiln", "latitude_deg": None, "longitude_deg": None},
    ]
    sites = (SiteCoordinates("Bush Point", 48.0, -122.6),)
    rounds.change_round(workspace, replace(made, sites=rounds.read_sites(typed)))
    assert rounds.get_round(workspace, round_id="sea").sites == sites
    rebuild.rebuild(workspace, replace=True)
    assert rounds.get_round(workspace, round_id="sea").sites == sites
    assert rounds.add_round_like(workspace, replace(made, name="lake", sites=sites)).sites == sites
    wrong: dict[str, dict[str, Any]] = {
        "needs a latitude and a longitude": {"site": "Bush Point", "latitude_deg": 48.0},
        "name of a site": {"latitude_deg": 48.0, "longitude_deg": 1.0},
        "latitude of Bush Point must be": {"site": "Bush Point", "latitude_deg": 122.6, "longitude_deg": 48.0},
    }
    for reason, row in wrong.items():
        with pytest.raises(InvalidInput, match=reason):
            rounds.read_sites([row])
    with pytest.raises(InvalidInput, match="same site with coordinates twice"):
        replace(made, sites=sites * 2)


def test_a_site_has_its_recorder_and_calibration_or_says_what_is_wrong_with_them() -> None:
    row = {
        "site": "Bush Point",
        "latitude_deg": 48.0,
        "longitude_deg": -122.6,
        "elevation_m": -8,
        "recorder": " SoundTrap ",
    }
    (found,) = rounds.read_sites(
        [{**row, "time_zone": "America/Los_Angeles", "full_scale_db": 176, "reference": "1 µPa"}]
    )
    assert found == SiteCoordinates(
        *("Bush Point", 48.0, -122.6, -8.0, "America/Los_Angeles", "SoundTrap", 176.0, "1 µPa"),
    )
    for wrong, reason in (
        ({"time_zone": "Pacific"}, "'Pacific' is no time zone"),
        ({"full_scale_db": 176.0}, "needs the level of full scale and its reference"),
        ({"reference": "1 µPa"}, "needs the level of full scale and its reference"),
        ({"full_scale_db": 94.0, "reference": "1 Pa"}, "dB re 1 µPa or 20 µPa"),
        ({"elevation_m": -20_000.0}, "between -11000 and 9000 m"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            rounds.read_sites([{**row, **wrong}])
