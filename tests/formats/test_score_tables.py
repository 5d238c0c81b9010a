"""Wide tables: a score per class."""

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import find_formats, score_tables
from podcast_core.formats.contents import Guess

WIDE = "file,start_time,end_time,call,whistle\n/x/a.wav,0,3,0.91,0.1\n/x/a.wav,3,6,0,0.8\n"


def test_each_score_is_a_prediction_of_its_class() -> None:
    assert find_formats("ops.csv", WIDE.encode()) == ["scores"]
    contents = score_tables.read("ops.csv", WIDE.encode())
    assert contents.annotations == ()
    assert [(box.name, box.start_s, box.end_s, box.label, box.score) for box in contents.predictions] == [
        ("/x/a.wav", 0.0, 3.0, "call", 0.91),
        ("/x/a.wav", 0.0, 3.0, "whistle", 0.1),
        ("/x/a.wav", 3.0, 6.0, "whistle", 0.8),
    ]
    assert contents.guesses[0] == Guess("ops.csv", "classes", "call, whistle", "columns with numbers from 0 to 1")
    assert contents.notes == ("ops.csv: of 1 of 4 scores (of 0, or none) no prediction was made.",)


def test_the_least_score_can_be_chosen() -> None:
    contents = score_tables.read("ops.csv", WIDE.encode(), least_score=0.5)
    assert [(box.label, box.score) for box in contents.predictions] == [("call", 0.91), ("whistle", 0.8)]
    assert contents.notes == ("ops.csv: of 2 of 4 scores (below 0.5, or none) no prediction was made.",)


def test_decimal_commas_and_empty_cells() -> None:
    data = b"Datei;Beginn (s);Ende (s);Buckelwal;Wind\na.wav;0,5;3,5;0,25;\na.wav;3,5;6,5;;0,75\n"
    assert find_formats("w.csv", data) == ["scores"]
    assert [(box.start_s, box.label, box.score) for box in score_tables.read("w.csv", data).predictions] == [
        (0.5, "Buckelwal", 0.25),
        (3.5, "Wind", 0.75),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "file,start,end,label,snr,entropy\na.wav,0,3,call,0.5,0.25\n",  # features beside a label
        "file,start,end,kind,snr,entropy\na.wav,0,3,call,0.5,0.25\n",  # the same with a label of another name
        "file,start,end,score,entropy,overlap\na.wav,0,3,0.5,0.25,0.5\n",  # features beside a score
        "file,start,end,call\na.wav,0,3,0.5\n",  # one column: asked for
        "file,start,end,noisy,clipped\na.wav,0,3,1,0\n",  # flags
        "file,start,end,call,whistle\na.wav,0,3,0.5,1.5\n",  # no scores: logits
        "call,whistle\n0.5,0.25\n",  # of no recording
    ],
)
def test_other_tables_are_not_taken_for_scores(text: str) -> None:
    assert "scores" not in find_formats("a.csv", text.encode())


def test_what_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="a.csv, line 1: expected a column with numbers from 0 to 1 for each class"):
        score_tables.read("a.csv", b"file,start,end,label\na.wav,0,3,call\n")
    with pytest.raises(InvalidInput, match="ops.csv, line 3: expected a number in start_time, found 'x'"):
        score_tables.read("ops.csv", WIDE.replace("a.wav,3,6", "a.wav,x,6").encode())
    monkeypatch.setattr(score_tables, "MAX_SCORES", 2)
    with pytest.raises(InvalidInput, match="ops.csv: 3 scores of 2 classes, expected 2 at most. Choose a higher least"):
        score_tables.read("ops.csv", WIDE.encode())
