"""Which recordings the names in tables mean."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput
from podcast_core.formats.names import Names
from tests.formats.builders import make_recording


def record(number: int, path: str, **fields: str) -> Recording:
    """Make a recording that lies at a path."""
    return replace(make_recording(number, path.rpartition("/")[2]), **{"uri": path, **fields})  # type: ignore[arg-type]


A = record(1, "/data/siteA/20200601_050000.wav")
B = record(2, "/data/siteB/20200601_050000.wav")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("siteA/20200601_050000.wav", [A.id]),
        (r"E:\data\siteB\20200601_050000.wav", [B.id]),
        ("file:///mnt/SITEB/20200601_050000.wav", [B.id]),
        ("./siteB/20200601_050000", [B.id]),
        ("/data/siteA/june/20200601_050000.wav", [A.id]),
        ("/data/siteC/20200601_050000.wav", [A.id, B.id]),
        ("20200601_050000.wav", [A.id, B.id]),
        ("siteA/20200601_050001.wav", []),
    ],
)
def test_folders_tell_two_recordings_of_one_name_apart(name: str, expected: list[str]) -> None:
    assert Names([A, B]).find(name) == expected


def test_uploads_are_told_apart_by_the_folders_they_were_sent_with_or_by_their_site() -> None:
    stored = [replace(each, uri=f"store:uploads/{each.sha256}/x.wav") for each in (A, B)]
    sent = [replace(each, original_name=f"{site}/x.wav") for each, site in zip(stored, ("siteA", "siteB"), strict=True)]
    assert Names(sent).find("d/siteB/x.wav") == [B.id]
    at_site = [replace(each, site=site) for each, site in zip(stored, ("siteA", "siteB"), strict=True)]
    assert Names(at_site).find(r"d:\siteA\day 1\20200601_050000.wav") == [A.id]
    assert Names(stored).find("uploads/20200601_050000.wav") == [A.id, B.id]


def test_a_table_that_names_two_files_of_one_name_means_one_recording_by_one_of_them_only() -> None:
    names = Names([A])
    for folder in ("siteA", "siteC"):
        names.hear(f"{folder}/{A.file_name}", "t.csv, line 2")
    assert names.find(f"siteA/{A.file_name}", "t.csv, line 2") == [A.id]
    assert names.find(f"siteC/{A.file_name}", "t.csv, line 9") == []
    assert names.find(f"siteC/{A.file_name}", "another.csv, line 9") == [A.id]


def test_two_folders_of_which_neither_is_the_recordings_are_refused() -> None:
    names = Names([A])
    for folder in ("siteC", "siteD"):  # neither is the recording's
        names.hear(f"{folder}/{A.file_name}", "t.csv, line 2")
    with pytest.raises(InvalidInput, match=r"t.csv, line 3: there is sitec/2020.*sited/2020.*nothing tells which"):
        names.find(f"siteC/{A.file_name}", "t.csv, line 3")


def test_one_file_by_a_long_and_a_short_path_is_one() -> None:
    names = Names([A])
    for name in ("other/siteX/20200601_050000.wav", "siteX/20200601_050000.wav", "20200601_050000.wav"):
        names.hear(name, "t.csv")
        assert names.find(name, "t.csv") == [A.id]


@given(st.sampled_from(["NFC", "NFD"]), st.sampled_from(["NFC", "NFD"]), st.booleans())
def test_unicode_forms_are_one(one: str, other: str, upper: bool) -> None:
    recording = record(3, f"/x/{unicodedata.normalize(one, 'Höhle 1.wav')}")  # type: ignore[arg-type]
    name = unicodedata.normalize(other, "Höhle 1.wav")  # type: ignore[arg-type]
    assert Names([recording]).find(name.upper() if upper else name) == [recording.id]


def test_case_counts_only_where_it_must() -> None:
    one, other = record(3, "/x/Sea.wav"), record(4, "/x/sea.wav")
    assert Names([one]).find("SEA.WAV") == [one.id]
    assert Names([one, other]).find("sea.wav") == [other.id]
    assert Names([one, other]).find("SEA.wav") == [one.id, other.id]


@pytest.mark.parametrize("name", ["it's & 50% #2.wav", "it's & 50_ _2.wav"])
def test_names_with_signs_that_an_upload_had_to_change(name: str) -> None:
    changed = record(3, "/x/it's & 50_ _2.wav")
    kept = replace(changed, uri="store:uploads/1/2.wav", original_name="it's & 50% #2.wav")
    assert Names([changed]).find(name) == Names([kept]).find(name) == [changed.id]


def test_files_named_after_recordings_are_told_apart_by_their_own_folders() -> None:
    names = Names([A])
    for folder in ("siteA", "siteB"):
        names.hear(f"{folder}/20200601_050000", f"{folder}/20200601_050000.txt, line 1")
    assert names.find("siteA/20200601_050000", "siteA/20200601_050000.txt, line 7") == [A.id]
    assert names.find("siteB/20200601_050000", "siteB/20200601_050000.txt, line 7") == []


def test_two_folders_with_one_end_are_two() -> None:
    names = Names([record(3, "/data/siteB/june/x.wav")])
    for site in ("siteC", "siteD"):
        names.hear(f"{site}/june/x.wav", "t.csv")
    with pytest.raises(InvalidInput, match="nothing tells which"):
        names.find("siteC/june/x.wav", "t.csv")
