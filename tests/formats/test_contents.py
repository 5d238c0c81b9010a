import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import FileAnswer


def test_answers_that_contradict_each_other_are_refused() -> None:
    one = FileAnswer("a.wav", "empty", "s1", where="a.csv, line 2")
    other = FileAnswer("a.wav", "labelled", "s1", annotator="Ann", where="sessions.csv, line 5")
    with pytest.raises(InvalidInput, match="sessions.csv, line 5: outcome of s1 is 'labelled', but a.csv, line 2 says"):
        one.merge(other)
    assert one.merge(FileAnswer("a.wav", "empty", "s1", annotator="Ann")).annotator == "Ann"
