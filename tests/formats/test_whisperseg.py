import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.errors import InvalidInput
from podcast_core.formats import whisperseg_csv, whisperseg_json
from podcast_core.formats.contents import Batch, Entry, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission

SEVEN = b"onset,offset,species,individual,clustername,filename,channelIndex\n"


def test_nine_and_seven_columns_as_the_interface_has_them(batch: Batch) -> None:
    assert whisperseg_csv.write(batch)["annotations.csv"].decode().splitlines() == [
        "onset,offset,minFrequency,maxFrequency,species,individual,clustername,filename,channelIndex",
        "1.5,2.0,-1,-1,Unknown,Unknown,call,OS_1.wav,0",
        "5.5,6.25,100.0,2000.0,Unknown,Unknown,click,OS_1.wav,0",
    ]
    seven = whisperseg_csv.write_seven(batch)["annotations.csv"]
    assert seven.startswith(SEVEN.strip())
    assert b"\r\n1.5,2.0,Unknown,Unknown,call,OS_1.wav,0\r\n" in seven


def test_what_the_interface_means_by_its_special_rows() -> None:
    rows = b"-1,-1,Unknown,,,a.wav,0\n0,9,Annotated Area,,,a.wav,1\n"
    rows += b"1,2,finch,Bird0,Unknown,a.wav,1\n3,4,finch,Unknown,U,a.wav,1\n"
    contents = whisperseg_csv.read("x.csv", SEVEN + rows)
    assert [(box.start_s, box.label, box.individual, box.channel) for box in contents.annotations] == [
        (1.0, "finch", "Bird0", 1),
        (3.0, "U", "", 1),
    ]
    assert [(answer.name, answer.outcome, answer.channel) for answer in contents.answers] == [("a.wav", "empty", 0)]


def test_whispersegs_own_table_is_named_after_the_recording() -> None:
    [box] = whisperseg_csv.read("in/bird.csv", b"onset,offset,cluster\n0.5,1,zebra_finch_0\n").annotations
    assert (box.name, box.label, box.end_s) == ("in/bird", "zebra_finch_0", 1.0)


def test_a_wrong_row_is_refused_with_line_and_column() -> None:
    with pytest.raises(InvalidInput, match="x.csv, line 2: expected a number in onset, found 'a'"):
        whisperseg_csv.read("x.csv", SEVEN + b"a,2,f,b,U,a.wav,0\n")
    with pytest.raises(InvalidInput, match="x.csv, line 1: expected the column offset, found onset"):
        whisperseg_csv.read("x.csv", b"onset\n1\n")


def test_a_document_per_channel() -> None:
    recording = make_recording(file_name="duet.wav", channels=2)
    session = make_session(recording, channel=1)
    entry = Entry(recording, session, (), make_submission(session, Annotation(1.0, 2.0, "U")))
    files = whisperseg_json.write(make_batch(make_round(("U",)), [entry]))
    [box] = whisperseg_json.read("x/duet.ch2.json", files["duet.ch2.json"]).annotations
    assert (box.name, box.channel, box.start_s, box.end_s, box.label) == ("x/duet", 1, 1.0, 2.0, "U")
    assert b'"sr": 48000' in files["duet.ch2.json"]
