"""What imports make of files: other encodings, files that hold no labels, rows that cannot be read."""

import io
import zipfile

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Why
from podcast_core.services.exchange.import_files import (
    Found,
    Reading,
    make_reading,
    preview_table,
    read_annotations,
    read_predictions,
)

TABLE = "file,start,end,label\na.wav,1,2,call\n"
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tAnnotation\n1\tSpectrogram 1\t1\t3.0\t6.0\tcall\n"
PARAMETERS = "File splitting duration,Segment length,Sample rate,Minimum Confidence\n600,3.0,48000,0.25\n"


def read(*files: tuple[str, str | bytes], **options: object) -> Found:
    packed = [(name, data if isinstance(data, bytes) else data.encode()) for name, data in files]
    return read_annotations(packed, Reading(**options))  # type: ignore[arg-type]


def list_left_out(found: Found) -> list[tuple[Why, str]]:
    return [(each.why, each.where) for each in found.contents.left_out]


@pytest.mark.parametrize("name", ["t.csv", "t.Table.1.selections.txt"])
def test_text_that_is_not_utf_8_says_so_and_what_it_may_be(name: str) -> None:
    data = (TABLE if name == "t.csv" else RAVEN).replace("call", "H\xf6hle").encode("windows-1252")
    with pytest.raises(InvalidInput) as caught:
        read((name, data))
    assert f"{name}, line 2: expected text in UTF-8, found byte f6" in str(caught.value)
    assert "in Windows-1252 it reads" in str(caught.value)
    assert "H\xf6hle" in str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("windows-1252", "H\xf6hle"), ("windows-1251", "\u0421\u043e\u0432\u0430"), ("shift_jis", "\u9be8")],
)
def test_text_is_read_in_the_encoding_that_is_said(encoding: str, word: str) -> None:
    old, new = (TABLE.replace("call", word).encode(each) for each in (encoding, "utf-8"))
    found = read(("old.csv", old), ("new.csv", new), encoding=encoding)
    assert [box.label for box in found.contents.annotations] == [word, word]


def test_an_encoding_that_there_is_not_or_that_does_not_fit_is_refused() -> None:
    for encoding in ("windows-1", "base64", "\0"):
        with pytest.raises(InvalidInput, match="There is no encoding"):
            Reading(encoding=encoding)
    with pytest.raises(InvalidInput, match="t.csv: expected text in ascii, found byte e9"):
        read(("t.csv", b"file,start,end,label\na.wav,1,2,\xe9\n"), encoding="ascii")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("BirdNET_analysis_params.csv", PARAMETERS),
        ("CONFIG.TXT", "Device ID                       : 24F3190361CBEA9B\nFirmware : AudioMoth\n"),
        ("settings.json", '{"threshold": 0.5}'),
        ("notes.txt", "Went out at 5.\n"),
        ("binary.txt", b"\x00\x01\x02\xff"),
        ("empty.csv", ""),
    ],
)
def test_a_file_that_holds_no_labels_is_left_out_and_named_beside_others(name: str, data: str | bytes) -> None:
    found = read(("a.Table.1.selections.txt", RAVEN), (name, data))
    assert [box.label for box in found.contents.annotations] == ["call"]
    assert list_left_out(found) == [(Why.FOREIGN, name)]
    assert found.formats == {"raven": 1}
    with pytest.raises(InvalidInput, match="the format cannot be detected"):
        read((name, data))


def test_foreign_files_in_an_archive_and_beside_a_format_that_is_said() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b/BirdNET_analysis_params.csv", PARAMETERS)
        archive.writestr("b/a.Table.1.selections.txt", RAVEN)
    found = read(("b.zip", packed.getvalue()), ("CONFIG.TXT", "Gain : high\n"), format_name="raven")
    assert [box.label for box in found.contents.annotations] == ["call"]
    assert list_left_out(found) == [(Why.FOREIGN, "b.zip/b/BirdNET_analysis_params.csv"), (Why.FOREIGN, "CONFIG.TXT")]


@pytest.mark.parametrize("words", [["unit=s"], ["file=file", "start=start"]])
def test_foreign_files_beside_tables_whose_columns_are_said(words: list[str]) -> None:
    files = [("t.csv", TABLE.encode()), ("CONFIG.TXT", b"Gain : high\n"), ("p.csv", PARAMETERS.encode())]
    found = read_annotations(files, make_reading("auto", words, None))
    assert [box.label for box in found.contents.annotations] == ["call"]
    assert list_left_out(found) == [(Why.FOREIGN, "CONFIG.TXT"), (Why.FOREIGN, "p.csv")]


def test_a_table_that_only_shares_a_column_with_ours_is_not_taken_for_it() -> None:
    table = TABLE.replace("label", "label,decision,annotation_count").replace("call", "call,yes,3")
    assert [box.label for box in read(("t.csv", table)).contents.annotations] == ["call"]


def test_a_damaged_file_beside_others_refuses_all() -> None:
    for name, data in (("a.json", '{"onset": [1.5], "off'), ("b.csv", "file,start,end,label\na.wav,x,2,call\n")):
        with pytest.raises(InvalidInput, match=name):
            read(("t.csv", TABLE), (name, data))


def test_rows_that_cannot_be_read_are_left_out_when_somebody_chose_so() -> None:
    bad = TABLE + "a.wav,x,2,call\na.wav,5,4,call\na.wav,6,7,call,more\na.wav,8,9,call\n"
    with pytest.raises(InvalidInput):
        read(("t.csv", bad))
    found = read(("t.csv", bad), leave_out_unreadable=True)
    assert [box.start_s for box in found.contents.annotations] == [1.0, 8.0]
    assert {each.where: each.why for each in found.contents.left_out} == {
        f"t.csv, line {line}": Why.UNREADABLE for line in (3, 4, 5)
    }
    assert all(each.detail for each in found.contents.left_out)


def test_what_is_said_of_columns_counts_and_the_rest_is_guessed() -> None:
    reading = make_reading("auto", ["label=what"], None)
    [box] = read_annotations(
        [("t.csv", b"file,start,end,what,why\na.wav,1,2,call,loud\n")], reading
    ).contents.annotations
    assert (box.name, box.start_s, box.label) == ("a.wav", 1.0, "call")
    raven = RAVEN.replace("Annotation", "Foo\tBar").replace("call", "call\tloud").encode()
    [box] = read_annotations([("t.txt", raven)], make_reading("auto", ["label=Bar"], None)).contents.annotations
    assert (box.label, box.channel) == ("loud", 0)


def test_an_empty_label_of_a_form_is_not_said_to_be_none() -> None:
    table = [("t.csv", b"file,start,end,what\na.wav,1,2,call\n")]
    reading = make_reading("auto", {"file": "file", "start": "start", "end": "end", "label": ""}, None)
    assert [box.label for box in read_annotations(table, reading).contents.annotations] == ["call"]
    preview = preview_table(table)
    assert preview is not None
    assert preview.guess.label == "what"


@pytest.mark.parametrize("column", ["label", "species", "Class"])
def test_labels_of_predictions_are_found_as_those_of_annotations(column: str) -> None:
    table = f"wav_filename,start_time_s,duration_s,confidence,{column}\na.wav,1,2,0.5,whistle\n".encode()
    [box] = read_predictions([("p.csv", table)], Reading()).contents.predictions
    assert (box.name, box.start_s, box.end_s, box.label, box.score) == ("a.wav", 1.0, 3.0, "whistle", 0.5)
