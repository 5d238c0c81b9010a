"""Tables of sounds, as hover's guide has them: they come in as collections and go out again."""

import csv
import io
import json
import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.clip import Subset
from podcast_core.errors import InvalidInput
from podcast_core.services.explore import collections as service
from podcast_core.services.explore import columns, notebooks, table_intake
from podcast_core.services.explore.table_intake import Columns, Entry
from podcast_core.workspace import Workspace
from tests.building import make_sound, write_sound


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder with four sounds, two of which are the same."""
    folder = tmp_path / "media"
    for number in range(4):
        tone = make_sound(0.25, [(0, 0.25)], call_hz=500 + 300 * min(number, 2), noise_level=0)
        write_sound(folder / f"{number}.wav", tone)
    return folder


def add(workspace: Workspace, entries: list[Entry]) -> str:
    made = table_intake.add_table(workspace, round_name="Digits", name="digits", entries=entries, embedder="mean-mfcc")
    notebooks.describe(workspace, collection_id=made.id)
    return made.id


def test_rows_of_four_subsets_come_in_with_their_labels_and_go_out_again(workspace: Workspace, sounds: Path) -> None:
    """Rows 1, 2, 3 and 10 of the reference: subsets, column names, raw labels kept, every file reads back the same."""
    table = (
        "url,digit,SUBSET\n0.wav,zero,raw\n1.wav,one,train\n2.wav,,dev\n3.wav,ABSTAIN,test\n"
        f"{sounds / '0.wav'},nought,train\n"
    )
    named = Columns(audio="url", label="digit")
    entries = table_intake.read_entries("digits.csv", table.encode(), named, folder=sounds)
    assert [(each.label, each.subset.value) for each in entries] == [
        ("zero", "raw"),
        ("one", "train"),
        ("", "dev"),
        ("", "test"),
        ("nought", "train"),
    ]
    made = table_intake.add_table(
        workspace, round_name="Digits", name="d", entries=entries, columns=named, embedder="mean-mfcc"
    )
    notebooks.describe(workspace, collection_id=made.id)
    subset = columns.read_column(workspace, collection_id=made.id, name="subset")
    told = Counter(subset.categories[place] for place in subset.values)
    assert told == {"raw": 1, "train": 2, "dev": 1, "test": 1}
    found = service.list_clips(workspace, collection_id=made.id, numbers=list(range(5)))
    assert [each.given_label for each in found] == ["zero", "one", "", "", "nought"]
    assert found[0].session_id == found[4].session_id  # one file under two addresses
    assert found[2].recording_id == found[3].recording_id  # row 6: two names, and the same bytes
    for as_json in (False, True):
        out = table_intake.export_table(workspace, collection_id=made.id, as_json=as_json)
        assert table_intake.read_entries("out", out, named) == entries
    rows = list(csv.DictReader(io.StringIO(table_intake.export_table(workspace, collection_id=made.id).decode())))
    assert list(rows[0]) == ["url", "digit", "SUBSET"]


def test_a_thousand_rows_have_the_sizes_of_the_guide(sounds: Path) -> None:
    """Row 2 of the reference: 1,000 rows in subsets of 500, 300, 100 and 100, of a CSV, of JSON and of a DataFrame."""
    sizes = {"raw": 500, "train": 300, "dev": 100, "test": 100}
    rows = [
        {"audio": f"https://example.org/{subset}{number}.wav", "label": "7", "SUBSET": subset}
        for subset, size in sizes.items()
        for number in range(size)
    ]
    text = "audio,label,SUBSET\n" + "".join(f"{each['audio']},{each['label']},{each['SUBSET']}\n" for each in rows)
    by_subset = {subset: [each for each in rows if each["SUBSET"] == subset] for subset in sizes}
    import pandas as pd

    frame = pd.DataFrame(rows).assign(extra=np.nan)
    for entries in (
        table_intake.read_entries("a.csv", text.encode(), folder=sounds),
        table_intake.read_entries("a.json", json.dumps(rows).encode()),
        table_intake.read_entries("a.json", json.dumps(by_subset).encode()),
        table_intake.make_entries(frame.to_dict("records")),  # type: ignore[arg-type]  # pandas names them Hashable
    ):
        assert Counter(each.subset.value for each in entries) == sizes
        assert {each.label for each in entries} == {"7"}


def test_audio_that_is_not_there_is_a_row_with_an_error(workspace: Workspace, sounds: Path) -> None:
    """Row 4 of the reference: one file by several addresses, and missing ones stop nothing."""
    (sounds / "text.wav").write_text("no audio")
    table = f"audio,label\n0.wav,a\n./0.wav,a\n{sounds}/0.wav,a\nnone.wav,b\ntext.wav,c\n,d\ns3:/x,e\n"
    entries = table_intake.read_entries("t.csv", table.encode(), folder=sounds)
    made = add(workspace, entries)
    found = service.list_clips(workspace, collection_id=made, numbers=list(range(7)))
    assert len({each.recording_id for each in found[:3]}) == 1
    assert [each.error == "" for each in found] == [True] * 3 + [False] * 4
    assert "text, not audio" in found[4].error
    assert found[5].error == "The row names no audio."
    assert [each.given_label for each in found] == ["a", "a", "a", "b", "c", "d", "e"]
    told = columns.read_column(workspace, collection_id=made, name="error")
    assert told.categories[told.values[0]] == ""


def test_a_table_that_cannot_be_used_is_refused_whole(workspace: Workspace, sounds: Path) -> None:
    for text, message in (
        ("audio,SUBSET\na.wav,holdout\n", "Row 1: a subset is one of raw, train, dev, test, found 'holdout'"),
        ("file,label\na.wav,x\n", "expected the column audio"),
        ("audio,label\n", "The table has no rows"),
        (f"audio,label\na.wav,{'x' * 81}\n", "Row 1: A label must be 1 to 80"),
        ('[{"url": "a.wav"}]', "Row 1 has no column 'audio'"),
        ("[1, 2]", "expected a list of rows"),
        ("[", "not valid JSON"),
    ):
        with pytest.raises(InvalidInput, match=message):
            table_intake.read_entries("t", text.encode(), folder=sounds)
    assert table_intake.make_entries([{"audio": None, "label": float("nan")}]) == [Entry("", "", Subset.RAW)]
    with pytest.raises(InvalidInput, match="no rows"):
        table_intake.add_table(workspace, round_name="x", name="x", entries=[])


def test_labels_of_a_table_are_offered_in_its_round(workspace: Workspace, sounds: Path) -> None:
    first = add(workspace, table_intake.make_entries([{"audio": "0.wav", "label": "a"}], folder=sounds))
    second = add(workspace, table_intake.make_entries([{"audio": "1.wav", "label": "b"}], folder=sounds))
    assert service.get_collection(workspace, collection_id=first).round_id == "Digits"
    colors = columns.read_column(workspace, collection_id=second, name="given_label")
    assert colors.categories == ("b", "")
    assert colors.colors[0] == "#e69f00"


def test_the_documented_example_goes_through_the_steps_of_the_guide(
    workspace: Workspace, sounds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd

    explore = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "example_explore.py"))["explore"]
    table = pd.DataFrame(
        [
            {"audio": f"{number}.wav", "label": label, "SUBSET": subset}
            for number, (label, subset) in enumerate((("a", "raw"), ("b", "train"), ("c", "dev"), (None, "test")))
        ]
    )
    found = explore(workspace, table, sounds)
    told = capsys.readouterr().out
    nearest = json.loads(told.partition("nearest of the first: ")[2].splitlines()[0])
    assert nearest[0] == 0
    assert found["label"].tolist() == ["a" if at in nearest else was for at, was in enumerate(["a", "b", "c", ""])]
    assert found["SUBSET"].tolist() == ["raw", "train", "dev", "test"]
    assert found[["embed_2d_0", "embed_2d_1"]].notna().all().all()
    assert "'described': 4, 'copied': 0, 'failed': 0" in told
    assert "labelled: 2" in told
    assert "{'raw': 1, 'train': 1, 'dev': 1, 'test': 1}" in told
    again = table_intake.make_entries(found.to_dict("records"), folder=sounds)  # hover's own columns are no trouble
    assert [each.label for each in again] == found["label"].tolist()
