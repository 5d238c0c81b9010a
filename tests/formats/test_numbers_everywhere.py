"""A number is a number in every text format: with point or comma, padded, signed; and nothing else is."""

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
    "das": ("a_annotations.csv", 'name,start_seconds,stop_seconds\ncall,"START","END"\n'),
}
WITH_LENGTH = ("audition", "podcast-tsv-a", "kaleidoscope")


def read(format_name: str, start: str, end: str) -> list[tuple[float, float]]:
    name, text = TABLES[format_name]
    contents = READABLE[format_name].read(name, text.replace("START", start).replace("END", end).encode())
    return [(box.start_s, box.end_s) for box in contents.annotations]


def spell(number: float, sign: str, pad: str, *, plus: bool) -> str:
    return f"{pad}{'+' if plus else ''}{number}{pad}".replace(".", sign)


@pytest.mark.parametrize("format_name", TABLES)
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


@pytest.mark.parametrize("format_name", TABLES)
@pytest.mark.parametrize("text", ["1_0.5", "nan", "inf", "0x1f", "\uff11.5", "1.2.3"])
def test_what_is_no_number_is_refused_in_every_format(format_name: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        read(format_name, "1.5", text)
