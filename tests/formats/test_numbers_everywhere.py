"""A number is a number in every format: with point or comma, padded, signed; and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.formats import READABLE

TIMES = ("START", "END")
PODCAST_TSV = "wav_filename\tstart_time_s\tduration_s\tlocation\tdate\tdata_source\tdata_source_id"
TABLES = {
    "table": ("t.csv", "file;start;end;label\na.wav;START;END;call\n"),
    "csv": ("t.csv", 'file_name,start_s,end_s,label\na.wav,"START","END",call\n'),
    "raven": ("a.txt", "Selection\tView\tBegin Time (s)\tEnd Time (s)\tAnnotation\n1\tSpectrogram\tSTART\tEND\tcall\n"),
    "audacity": ("a.txt", "START\tEND\tcall\n"),
    "audition": ("a.csv", "Name\tStart\tDuration\tTime Format\tType\tDescription\ncall\tSTART\tEND\tdecimal\tCue\t\n"),
    "textgrid": (
        "a.TextGrid",
        'File type = "ooTextFile"\nObject class = "TextGrid"\nxmin = 0\nxmax = 9\ntiers? <exists>\nsize = 1\n'
        'item []:\nitem [1]:\nclass = "IntervalTier"\nname = "call"\nxmin = 0\nxmax = 9\nintervals: size = 1\n'
        'intervals [1]:\nxmin = START\nxmax = END\ntext = "call"\n',
    ),
    "whisperseg-csv-7": ("a.csv", 'onset,offset,cluster\n"START","END",call\n'),
    "podcast-tsv-a": ("a.tsv", f"{PODCAST_TSV}\na.wav\tSTART\tEND\tx\t2020-01-01\tr\ts\n"),
    "kaleidoscope": ("id.csv", 'IN FILE,CHANNEL,OFFSET,DURATION,MANUAL ID\na.wav,0,"START","END",call\n'),
    "crowsetta": ("c.csv", 'label,onset_s,offset_s,notated_path\ncall,"START","END",a.wav\n'),
    "whisperseg-csv": (
        "a.csv",
        "onset;offset;minFrequency;maxFrequency;clustername;filename\nSTART;END;-1;-1;call;a.wav\n",
    ),
    "scores": ("a.csv", "file;start;end;call;wind\na.wav;START;END;0,5;0\n"),
    "das": ("a_annotations.csv", 'name,start_seconds,stop_seconds\ncall,"START","END"\n'),
}
# Documents in which somebody, or a program like R, has written numbers as text.
DOCUMENTS = {
    "whisperseg-json": ("a.json", '{"onset": ["START"], "offset": ["END"], "cluster": ["call"]}'),
    "podcast-json": ("a.json", '{"annotations": [{"start_s": "START", "duration_s": "END"}]}'),
    "batdetect2": (
        "a.json",
        '{"id": "a.wav", "annotation": [{"start_time": "START", "end_time": "END", "class": "call"}]}',
    ),
    "label-studio": (
        "a.json",
        '{"data": {"audio": "a.wav"}, "annotations": [{"result": [{"type": "labels", "value": '
        '{"start": "START", "end": "END", "labels": ["call"]}}]}]}',
    ),
    "coco": (
        "a.json",
        '{"info": {"units": {"x": "s", "y": null}}, "images": [{"id": 1, "file_name": "a.wav"}], '
        '"annotations": [{"image_id": 1, "bbox": ["START", 0, "END", 0]}]}',
    ),
    "orcahello": (
        "a.json",
        '{"audioUri": "a.wav", "state": "Unreviewed", "predictions": '
        '[{"startTime": "START", "duration": "END", "confidence": 0.5}]}',
    ),
}
READERS = {**TABLES, **DOCUMENTS}
WITH_LENGTH = ("audition", "podcast-tsv-a", "kaleidoscope", "podcast-json", "coco", "orcahello")


def read(format_name: str, start: str, end: str) -> list[tuple[float, float]]:
    name, text = READERS[format_name]
    contents = READABLE[format_name].read(name, text.replace("START", start).replace("END", end).encode())
    return [(box.start_s, box.end_s) for box in contents.annotations or contents.predictions]


def spell(number: float, sign: str, pad: str, *, plus: bool) -> str:
    return f"{pad}{'+' if plus else ''}{number}{pad}".replace(".", sign)


@pytest.mark.parametrize("format_name", READERS)
@given(
    st.integers(1, 3000).map(lambda ms: ms / 1000 + 0.0005),  # four decimals: a comma parts no thousands
    st.integers(4000, 8000).map(lambda ms: ms / 1000 + 0.0005),
    st.sampled_from(".,"),
    st.booleans(),
    st.booleans(),
)
def test_numbers_are_read_in_every_format(
    format_name: str, start_s: float, end_s: float, sign: str, padded: bool, plus: bool
) -> None:
    pad = " " if padded else ""
    found = read(format_name, *(spell(each, sign, pad, plus=plus) for each in (start_s, end_s)))
    expected = (start_s, start_s + end_s) if format_name in WITH_LENGTH else (start_s, end_s)
    assert found == [pytest.approx(expected)]


@pytest.mark.parametrize("format_name", READERS)
@pytest.mark.parametrize("text", ["1_0.5", "nan", "inf", "0x1f", "\uff11.5", "1.2.3"])
def test_what_is_no_number_is_refused_in_every_format(format_name: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        read(format_name, "1.5", text)
