"""JSON of other programs: what is wrong with a value is told with file, line, column and path."""

import time

import pytest

from podcast_core.dialects.orcahello import formats as orcahello
from podcast_core.errors import InvalidInput
from podcast_core.formats import aoef, coco, podcast_json, whisperseg_json
from podcast_core.formats.documents import read_document

AOEF = b'{"version": "1.1.0", "data": {"uuid": "%s", "collection_type": "annotation_set", "%s": [%s]}}'
UUID = b"4340f36b-883b-54ce-a421-7e10cb7f1232"


@pytest.mark.parametrize(
    ("read", "data", "reason"),
    [
        (
            whisperseg_json.read,
            b'{"onset": [1,\n  "x"], "offset": [2, 3]}',
            r"a.json, line 2, column 3 \(onset\[1\]\): expected a number, found 'x'",
        ),
        (
            whisperseg_json.read,
            b'{"onset": [1], "offset": []}',
            "the same length, found 1 in onset, 0 in offset",
        ),
        (whisperseg_json.read, b'{"onset": [1]}', "line 1, column 1: expected 'offset', found 'onset'"),
        (whisperseg_json.read, b'{"onset": [3], "offset": [2]}', r"\(onset\[0\]\): A box needs 0 <= start < end"),
        (whisperseg_json.read, b'{"onset": [1,\n]}', r"a.json, line 2, column 1: expected JSON"),
        (
            orcahello.read,
            b'[{"audioUri": "a.wav", "predictions": [{"startTime": 1, "duration": 1,\n "confidence": 300}]}]',
            r"line 2, column 16 \(\[0\].predictions\[0\].confidence\): expected a confidence from 0 to 1",
        ),
        (
            orcahello.read,
            b'{"audioUri": "a.wav", "predictions": [],\n"SRKWFound": "perhaps"}',
            r"line 2, column 14 \(SRKWFound\): expected Positive, .* found 'perhaps'",
        ),
        (
            coco.read,
            b'{"info": {"units": {"x": "px"}}, "images": [], "annotations": []}',
            r"\(info.units\): expected x in s, ms, samples, found 'px'",
        ),
        (coco.read, b'{"info": {}, "images": [], "annotations": []}', r"\(info\): expected 'units'"),
        (
            coco.read,
            b'{"info": {"units": {"x": "s"}}, "images": [],\n "annotations": [{"image_id": 7}]}',
            r"line 2, column 31 \(annotations\[0\].image_id\): expected the id of one of 'images', found '7'",
        ),
        (
            aoef.read,
            b'{"data": {"collection_type": "evaluation"}}',
            r"\(data\): expected a collection_type of annotation_set",
        ),
        (
            aoef.read,
            AOEF % (UUID, b"sound_events", b'{"uuid": "%s",\n "recording": "no"}' % UUID),
            r"line 2, column 15 \(data.sound_events\[0\].recording\): Input should be a valid UUID",
        ),
        (
            aoef.read,
            AOEF % (UUID, b"clip_annotations", b'{"uuid": "%s", "clip": "%s"}' % (UUID, UUID)),
            r"\(data.clip_annotations\[0\].clip\): expected the uuid of something in this file",
        ),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(read: object, data: bytes, reason: str) -> None:
    assert callable(read)
    with pytest.raises(InvalidInput, match=reason):
        read("a.json", data)


def test_a_place_is_found_behind_any_value() -> None:
    text = '{"a": {"b\\"c": [1, {"d": "]}"}]},\n\n  "e": [[], {},\n   null, true]}'
    document = read_document("x.json", text.encode())
    last = list(document.get("e").elements())[3]
    assert str(last.refuse("wrong")) == "x.json, line 4, column 10 (e[3]): wrong"
    inner = list(document.get("a").get('b"c').elements())[1].get("d")
    assert str(inner.refuse("wrong")).startswith("x.json, line 1, column 26 (")


def test_many_wrong_values_are_found_as_quickly_as_one() -> None:
    """Each place is found from the one before: from the start, these would take hours."""
    data = b'{"onset": [\n' + b",\n".join([b'"x"'] * 20_000) + b'], "offset": [' + b",".join([b"1"] * 20_000) + b"]}"
    began = time.process_time()
    with pytest.raises(InvalidInput, match=r"a.json, line 21, column 1 \(onset\[19\]\): expected a number") as caught:
        whisperseg_json.read("a.json", data)
    assert time.process_time() - began < 4  # half a second; without the memory of the last place it is minutes
    assert "19980 more" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"[" + b"[]," * 5_000_001 + b"[]]", b'{"a":[' + b"{}," * 5_000_001 + b"{}]}"], ids=["lists", "objects"]
)
def test_a_document_that_would_be_gigabytes_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"a.json: expected at most 5,000,000 values"):
        read_document("a.json", data)
    assert podcast_json.fits("a.json", data) is False


def test_an_old_document_is_read_only_when_it_is_short() -> None:
    assert podcast_json.read("a.json", b"{'uri': 'a.wav', 'annotations': []}").answers
    for data in (b"[" + b"''," * 100_000 + b"]", b"-" * 100_000 + b"1", b"(" * 1000):
        with pytest.raises(InvalidInput, match="expected JSON"):
            podcast_json.read("a.json", data)
