"""Documents of which any part is something else: they are read or refused in words, never with another error."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.formats import READABLE, find_formats

REGION = {"id": "a", "type": "labels", "value": {"start": 1, "end": 2, "channel": 0, "labels": ["call"]}}
SAID = {"id": "a", "type": "choices", "from_name": "x", "value": {"choices": ["near"]}}
ANNOTATION = {"completed_by": {"email": "a@b.c"}, "updated_at": "2024-05-01T10:00:00Z", "result": [REGION, SAID]}
CALL = {
    "start_time": 1,
    "end_time": 2,
    "low_freq": 10,
    "high_freq": 20,
    "class": "call",
    "event": "x",
    "class_prob": 0.5,
}
DOCUMENTS: dict[str, Any] = {
    "label-studio": [
        {
            "data": {"audio": "a.wav", "podcast": {"recording_id": "", "sessions": []}},
            "annotations": [ANNOTATION, {**ANNOTATION, "ground_truth": True, "was_cancelled": False}],
            "predictions": [
                {"model_version": "m", "score": 0.5, "result": [{**REGION, "score": 0.5, "meta": {"text": ["x"]}}]}
            ],
        },
        {"audio": "a.wav", "annotation_id": 1, "annotator": 1, "label": [REGION["value"]], "weather": ["wind"]},
    ],
    "batdetect2": [
        {"id": "a.wav", "time_exp": 10, "duration": 1, "annotated": True, "issues": False, "annotation": [CALL]}
    ],
    "whisperseg-json": {"onset": [1], "offset": [2], "cluster": ["call"]},
    "coco": {
        "info": {"units": {"x": "s", "y": "Hz"}},
        "images": [{"id": 1, "file_name": "a.wav", "start_s": 0, "channel": 0}],
        "categories": [{"id": 1, "name": "call"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 10, 2, 20], "attributes": {"unsure": True}}],
    },
    "orcahello": {
        "id": "a",
        "audioUri": "a.wav",
        "state": "Positive",
        "dateModerated": "2024-05-01T10:00:00Z",
        "tags": ["x"],
        "predictions": [{"startTime": 1, "duration": 2, "confidence": 50}],
    },
    "podcast-json": {"uri": "a.wav", "annotations": [{"start_s": 1, "duration_s": 2, "label": "call"}]},
}
ODD_VALUES: list[Any] = [None, True, -1, 0, 1e400, 1.5, "", "x", "1,5", [], [1], [[]], {}, {"a": 1}, "\u0000", 10**400]
ODD = st.sampled_from(ODD_VALUES)


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for step, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from list_paths(each, (*path, step))


@pytest.mark.parametrize("format_name", DOCUMENTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_part_may_be_something_else(format_name: str, data: st.DataObject) -> None:
    document = {"top": copy.deepcopy(DOCUMENTS[format_name])}
    for _ in range(data.draw(st.integers(1, 3))):
        *steps, last = data.draw(st.sampled_from([path for path in list_paths(document) if path]))
        parent: Any = document
        for step in steps:
            parent = parent[step]
        parent[last] = copy.deepcopy(data.draw(ODD))
    text = json.dumps(document["top"]).encode()
    find_formats("a.json", text)
    with suppress(InvalidInput):
        READABLE[format_name].read("a.json", text)
