"""Which format a file is, found out from what is in it."""

import pytest
from hypothesis import given, settings

from podcast_core.formats import FORMATS, SAME_READER, find_formats, session_tables
from podcast_core.formats.contents import Batch
from tests.conftest import SHARED_DATA
from tests.formats.builders import batches


@pytest.mark.parametrize("format_name", list(FORMATS))
@settings(max_examples=10, deadline=None)
@given(batch=batches())
def test_whatever_a_format_writes_is_told_from_all_others(format_name: str, batch: Batch) -> None:
    for name, data in FORMATS[format_name].write(batch).items():
        if name in (session_tables.SESSIONS, session_tables.PREDICTIONS) or not data:
            continue  # a label track without any label may be anything
        expected = SAME_READER.get(format_name, format_name)
        assert find_formats(name, data) == [expected], name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("bats/annotation_project.aoef.json", "aoef"),
        ("bengalese_bird0/annotations.csv", "whisperseg-csv-7"),
        ("whisperseg/pred_annotations.csv", "whisperseg-csv-7"),
        ("zebra_finch/zebra_finch_g17y2U-f00007.json", "whisperseg-json"),
        ("birds/example.Table.1.selections.txt", "raven"),
        ("podcast/example-load.json", "podcast-json"),
        ("podcast/example-submit.json", "podcast-json"),
        ("podcast/example-submit-old.json", "podcast-json"),
    ],
)
@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the folder of real recordings is not there")
def test_real_files_are_told(path: str, expected: str) -> None:
    assert find_formats(path, (SHARED_DATA / path).read_bytes()) == [expected]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.csv", b"hello\nworld\n"),
        ("a.json", b"[]"),
        ("a.json", b"{"),
        ("a.json", b"\xff\xfe\x00"),
        ("a.txt", b"\x00\x01\x02"),
        ("a.parquet", b"nothing"),
    ],
)
def test_what_is_no_format_is_none(name: str, data: bytes) -> None:
    assert find_formats(name, data) == []
