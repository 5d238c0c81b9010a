"""Columns: a value for every clip, packed for a browser."""

import json
import math

import numpy as np
import pytest

from podcast_core.domain import Outcome
from podcast_core.errors import NotFound
from podcast_core.exploring import Subset
from podcast_core.services.explore import columns
from podcast_core.services.labels import labelling
from podcast_core.services.labels.labelling import Answer, Box
from podcast_core.workspace import Workspace
from tests.services.exploring import add_collection, move_clips


@pytest.mark.usefixtures("round_of_ten")
def test_every_column_has_a_value_for_every_clip(workspace: Workspace) -> None:
    name = add_collection(workspace, "ten")
    move_clips(workspace, name, [4, 5], Subset.DEV, "m")
    answer = Answer("one", "ten", "ten_0001", "Ann", Outcome.LABELLED, (Box(0.0, 0.5, "whistle"),))
    labelling.submit(workspace, answer)
    kinds = columns.list_columns(workspace, collection_id=name)
    found = {each: columns.read_column(workspace, collection_id=name, name=each) for each in kinds}
    assert {each: column.kind for each, column in found.items()} == kinds
    assert {len(column.values) for column in found.values()} == {40}

    def told(column: str, number: int) -> object:
        value = found[column].values[number]
        return found[column].categories[value] if found[column].categories else float(value)

    assert [told("label", number) for number in (3, 4, 5, 6)] == ["", "whistle", "whistle", ""]
    assert [told("prediction", number) for number in (3, 4, 6)] == ["", "call", "whistle"]
    assert told("score", 4) == pytest.approx(0.9)
    assert math.isnan(found["score"].values[0])
    assert (told("subset", 4), told("subset", 0), told("evicted", 5), told("duplicate_of", 5)) == (
        "dev",
        "raw",
        "evicted",
        4.0,
    )
    assert (told("annotator", 4), told("recording", 0), told("session", 4)) == ("Ann", "ten.wav", "ten_0001")
    assert (told("duration", 0), told("error", 39)) == (0.25, "made up")
    assert found["label"].categories == ("whistle", "")
    with pytest.raises(NotFound, match="no column 'weight'"):
        columns.read_column(workspace, collection_id=name, name="weight")


def test_a_column_is_read_as_it_was_packed() -> None:
    for values in (np.arange(5, dtype=np.uint16), np.array([1.5, np.nan], np.float32)):
        data = columns.pack({"kind": "x", "name": "é"}, values)
        length = int.from_bytes(data[:4], "little")
        header = json.loads(data[4 : 4 + length])
        assert (length % 4, header["name"]) == (0, "é")
        assert np.array_equal(np.frombuffer(data[4 + length :], header["dtype"]), values, equal_nan=True)


def test_more_than_65_535_different_texts_have_numbers() -> None:
    """Row 36 of the reference: hover knows 256 labels."""
    column = columns._to_category([f"label {number}" for number in range(70_000)])
    assert column.values.dtype == np.uint32
    assert len(set(column.values.tolist())) == 70_000
