import io

import pandas as pd

from podcast_core.domain.annotation import Annotation
from podcast_core.formats import podcast_tsv
from podcast_core.formats.contents import Batch, Entry, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission


def read_table(data: bytes, sep: str = ",") -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), sep=sep)


def test_tsv_a_has_the_columns_of_rounds_2_and_3(batch: Batch) -> None:
    table = read_table(podcast_tsv.write_a(batch)["annotations.tsv"], "\t")
    assert ",".join(table.columns) == ("wav_filename,start_time_s,duration_s,location,date,data_source,data_source_id")
    assert table.to_numpy().tolist() == [
        ["s0_0_0000.wav", 1.5, 0.5, "Bush Point", "2020-07-04", "r1", "OS_1"],
        ["s0_0_0000.wav", 5.5, 0.75, "Bush Point", "2020-07-04", "r1", "OS_1"],
    ]


def test_tsv_b_has_the_pacific_time_of_the_recording(batch: Batch) -> None:
    table = read_table(podcast_tsv.write_b(batch)["annotations.tsv"], "\t")
    assert ",".join(table.columns) == (
        "dataset,wav_filename,start_time_s,duration_s,location,date,pst_or_master_tape_identifier"
    )
    assert set(table["pst_or_master_tape_identifier"]) == {"23:59:59"}
    assert set(table["date"]) == {"2020-07-04"}


def test_tsv_names_the_tape_where_the_time_is_not_known() -> None:
    recording = make_recording(file_name="60012.wav")
    object.__setattr__(recording, "started_at", None)
    session = make_session(recording)
    entry = Entry(recording, session, (), make_submission(session, Annotation(1, 2, "call")))
    table = read_table(podcast_tsv.write_b(make_batch(make_round(), [entry]))["annotations.tsv"], "\t")
    assert table["pst_or_master_tape_identifier"].tolist() == [60012]
    assert table["date"].isna().all()


def test_tsv_says_verified_empty_on_request_and_never_for_sessions_nobody_looked_at(batch: Batch) -> None:
    asked = make_batch(batch.round_, batch.entries, negatives=True)
    data = podcast_tsv.write_b(asked)["annotations.tsv"]
    table = read_table(data, "\t")
    assert table[["wav_filename", "start_time_s", "duration_s"]].to_numpy().tolist()[2:] == [
        ["s0_0_0001.wav", 0.0, 0.0]
    ]
    contents = podcast_tsv.read("a.tsv", data)
    assert [(answer.name, answer.outcome) for answer in contents.answers] == [("s0_0_0001.wav", "empty")]
    assert len(contents.annotations) == 2
