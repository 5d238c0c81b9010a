"""What is in a release: files, annotations, tables, the data card."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, StorageUnavailable
from podcast_core.formats import FORMATS
from podcast_core.services.exchange import imports
from podcast_core.services.intake import ingest
from podcast_core.services.labels import rounds
from podcast_core.services.sets import release_store
from podcast_core.services.sets.release_plan import plan_release, publish_uri
from podcast_core.services.sets.release_request import read_request
from podcast_core.services.sets.release_store import MANIFEST, list_releases, read_file
from podcast_core.storage import reviews
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.building import submit, write_sound
from tests.conftest import SHARED_DATA
from tests.s3 import Bucket, after, say
from tests.services.releases import RECORDING_COUNT, answer, ask, create, make_bay, read_all, read_index

MakeWav = Callable[..., Path]
BATS = ["Desmodus rotundus", "Lasiurus blossevillii", "Carollia castanea", "Carollia sowelli"]
REAL = {  # split -> sessions (one per recording), annotations
    "zebra_finch": {"train": (13, 420), "dev": (2, 34), "test": (3, 44)},
    "bats": {"train": (2, 94), "dev": (1, 20), "test": (1, 17)},
}


@pytest.mark.usefixtures("bay")
class TestContent:
    def test_sessions_are_files_with_the_very_samples_of_their_recordings(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        for container in ("flac", "wav"):
            release = create(workspace, name=container, container=container)
            rows = read_index(workspace, release)
            assert len(rows) == 3 * RECORDING_COUNT
            for row in rows:
                found, rate = soundfile.read(io.BytesIO(read_file(workspace, release, row["file"])), dtype="int16")
                source, _ = soundfile.read(tmp_path / "bay" / row["recording_file_name"], dtype="int16")
                first = round(float(row["start_s"]) * 8000)
                assert rate == 8000
                assert np.array_equal(found, source[first : first + 8000])
                assert row["file"] == f"audio/{row['split']}/{row['session_id']}.{container}"

    def test_annotations_come_in_every_format_and_speak_of_the_files_of_the_release(self, workspace: Workspace) -> None:
        release = create(workspace)
        folders = {tuple(path.split("/")[1:3]) for path in release.files if path.startswith("annotations/")}
        assert {name for name, _ in folders} == set(FORMATS)
        assert {split for _, split in folders} == {"train", "dev", "test"}
        files = {row["name"]: row for row in read_index(workspace, release)}
        boxes = Counter[str]()
        for split in ("train", "dev", "test"):
            data = read_file(workspace, release, f"annotations/csv/{split}/annotations.csv")
            for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
                file = files[row["session_id"]]
                assert file["split"] == split
                assert Path(file["file"]).name == row["file_name"]
                assert file["sha256"].startswith(row["recording_id"])
                if row["label"]:
                    boxes[row["label"]] += 1
                    assert 0 <= float(row["start_s"]) < float(row["end_s"]) <= float(file["duration_s"])
        assert boxes == {"call": 2 * RECORDING_COUNT, "whistle": RECORDING_COUNT}

    def test_clips_are_cut_around_each_annotation_and_stay_in_their_session(self, workspace: Workspace) -> None:
        release = create(workspace, audio="clips", padding_s=0.5)
        rows = read_index(workspace, release)
        assert Counter(row["label"] for row in rows) == {"call": 16, "whistle": 8, "": 8}
        first = next(row for row in rows if row["session_id"].endswith("0000") and row["label"] == "call")
        assert (first["start_s"], first["end_s"], first["annotation_count"]) == ("0.0", "1.0", "2")
        short = next(row for row in rows if row["session_id"].endswith("0002"))
        assert float(short["duration_s"]) == pytest.approx(0.7)
        assert {row["file"].split("/")[2] for row in rows} == {"call", "whistle", "_no_calls"}
        data = read_file(workspace, release, f"annotations/csv/{short['split']}/annotations.csv").decode()
        own = [row for row in csv.DictReader(io.StringIO(data, newline="")) if row["session_id"] == short["name"]]
        assert [(row["start_s"], row["end_s"]) for row in own] == [("0.1", "0.2")]

    def test_without_audio_it_refers_to_the_recordings_and_not_to_this_machine(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        release = create(workspace, audio="none")
        rows = read_index(workspace, release)
        assert not any(path.startswith(("audio/", "wav/")) for path in release.files)
        assert {len(row["recording_sha256"]) for row in rows} == {64}
        assert {row["recording_uri"] for row in rows} == {row["recording_file_name"] for row in rows}
        assert {(float(row["start_s"]), float(row["end_s"])) for row in rows} == {(0, 1), (1, 2), (2, 3)}
        assert not any(str(tmp_path).encode() in data for data in read_all(workspace, release).values())

    def test_the_layout_of_orcasound_has_wavs_and_three_tables(self, workspace: Workspace) -> None:
        release = create(workspace, layout="orcasound-a")
        wavs = {path for path in release.files if path.startswith("wav/")}
        seen = set()
        for split in ("train", "dev", "test"):
            text = read_file(workspace, release, f"{split}.tsv").decode()
            rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
            assert rows == sorted(rows, key=lambda row: (row["wav_filename"], float(row["start_time_s"])))
            assert {f"wav/{row['wav_filename']}" for row in rows} <= wavs
            assert any(row["duration_s"] == "0.0" for row in rows) == (split != "test")
            seen |= {row["wav_filename"] for row in rows}
        assert len(seen) >= 2 * RECORDING_COUNT
        with pytest.raises(InvalidInput, match="Orcasound's layout"):
            ask(layout="orcasound-b", outcomes=("labelled", "unsure"))

    def test_what_nobody_answered_or_only_skipped_is_never_in_it_and_unsure_only_when_asked_for(
        self, workspace: Workspace
    ) -> None:
        answer(workspace, "20240601_120000_0003", Outcome.UNSURE, AnswerBox(0.1, 0.2, "call"))
        answer(workspace, "20240602_120000_0003", Outcome.SKIPPED)
        answer(workspace, "20240603_120000_0003", Outcome.VERIFIED)
        plan = plan_release(workspace, request=ask())
        assert plan.left_out == {"skipped": 1, "unreviewed": 5, "unsure": 1, "verified": 1}
        release = create(workspace, outcomes=("labelled", "empty", "unsure", "verified"))
        marks = {row["session_id"]: row["outcome"] for row in read_index(workspace, release)}
        assert marks["20240601_120000_0003"] == "unsure"
        assert marks["20240603_120000_0003"] == "verified"
        assert "20240602_120000_0003" not in marks
        assert b"rely neither on its annotations" in read_file(workspace, release, "README.md")
        with pytest.raises(InvalidInput, match="found unreviewed"):
            ask(outcomes=("labelled", "unreviewed"))

    def test_an_answer_that_a_reviewer_rejected_is_left_out(self, workspace: Workspace) -> None:
        with workspace.database.writing() as connection:
            reviews.add_review(connection, Review("r", "Ann-20240601_120000_0000", "Rae", Verdict.REJECT))
        plan = plan_release(workspace, request=ask())
        assert plan.left_out["rejected in review"] == 1
        assert all(item.entry.session.id != "20240601_120000_0000" for item in plan.items)

    def test_the_same_sound_under_two_names_is_in_one_split_or_it_is_silence(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        rounds.add_round(workspace, name="twice", labels=["call"])
        sound = np.random.default_rng(1).integers(-999, 999, 8000, np.int16)
        for name, samples, rest in (("a", sound, 1), ("b", sound, 2), ("c", 0 * sound, 3), ("d", 0 * sound, 4)):
            path = write_sound(tmp_path / f"{name}.wav", np.append(samples, np.full(8000, rest, np.int16)))
            ingest.ingest(workspace, paths=[str(path)], round_name="twice", session_length_s=1)

        def close(name: str) -> None:
            submit(workspace, "twice", f"{name}_0000", submission_id=f"t{name}")

        for name in "cd":
            close(name)
        asked: dict[str, object] = {"round_ids": ("twice",), "name": "twice", "proportions": (1, 0, 1)}
        assert len(create(workspace, **asked).sessions) == 2
        for name in "ab":
            close(name)
        asked |= {"based_on": "none"}

        def tears_apart(seed: str) -> bool:
            splits = {item.name: item.split for item in plan_release(workspace, request=ask(**asked, seed=seed)).items}
            return splits["a_0000"] != splits["b_0000"]

        seed = next(str(seed) for seed in range(50) if tears_apart(str(seed)))
        with pytest.raises(Conflict, match=r"a_0000\.flac and .*b_0000\.flac are the same sound"):
            create(workspace, **asked, seed=seed)

    def test_people_can_be_numbers(self, workspace: Workspace) -> None:
        release = create(workspace, annotators="numbers")
        assert {row["annotator"] for row in read_index(workspace, release)} == {"person 1"}
        contents = read_all(workspace, release)
        del contents[MANIFEST]  # it names the submissions, whose ids these tests make of the name
        for path, data in contents.items():
            if path.startswith("annotations/") and not path.endswith("predictions.csv"):
                assert b",Ann," not in data, path

    def test_rounds_with_sessions_of_the_same_name_go_together(self, workspace: Workspace, make_wav: MakeWav) -> None:
        other = rounds.add_round(workspace, name="other", labels=["call", "click"])
        path = make_wav("bay/20240601_120000.wav", seconds=4, seed=0)
        ingest.ingest(workspace, paths=[str(path)], round_name="other", session_length_s=1)
        box = AnswerBox(0.1, 0.2, "click")
        submit(workspace, other.id, "20240601_120000_0000", box, who="Bo", submission_id="o")
        release = create(workspace, round_ids=("bay", "other"))
        same = [row for row in read_index(workspace, release) if row["session_id"] == "20240601_120000_0000"]
        assert len({row["name"] for row in same}) == len({row["file"] for row in same}) == 2
        assert len({row["split"] for row in same}) == 1
        card = read_file(workspace, release, "README.md").decode()
        assert "The audio of 1 session is that of another session" in card
        assert "in a session, absence of another round's labels means nothing" in card

    def test_the_card_tells_what_a_user_of_the_data_needs(self, workspace: Workspace) -> None:
        answer(workspace, "20240601_120000_0000", Outcome.LABELLED, AnswerBox(0.25, 0.8, "call"), who="Bo")
        release = create(
            workspace, title="Calls of the bay", description="From June.", licence="unknown", held_out="test"
        )
        card = read_file(workspace, release, "README.md").decode()
        for part in (
            "# Calls of the bay",
            "From June.",
            "Held out: test",
            "not stated",
            "2024-06-01 to 2024-06-08",
        ):
            assert part in card
        for heading in ("Class balance", "Labels", "Split", "Agreement", "Left out", "Known limits", "Citation"):
            assert f"# {heading}\n" in card
        assert "1 pair of answers by different people for 1 session" in card

    @pytest.mark.parametrize("format_name", ["csv", "raven"])
    def test_the_card_names_no_file_that_is_not_there(self, workspace: Workspace, format_name: str) -> None:
        with workspace.database.writing() as connection:
            reviews.add_review(connection, Review("r", "Ann-20240601_120000_0000", "Rae", Verdict.REJECT))
        release = create(workspace, rejected="keep", audio="clips", formats=(format_name,))
        card = read_file(workspace, release, "README.md").decode()
        assert "rejected in review: 1 session** (`" in card
        assert "{" not in card
        named = {each for each in re.findall(r"`([\w-]+\.\w+)`", card) if not each.startswith(("NAME", "20240"))}
        assert "index.csv" in named
        assert named <= {MANIFEST, *(path.rpartition("/")[2] for path in release.files)}

    def test_balance_and_manifest_count_what_is_in_the_files(self, workspace: Workspace) -> None:
        release = create(workspace)
        rows = read_index(workspace, release)
        for split, balance in release.splits.items():
            mine = [row for row in rows if row["split"] == split]
            assert balance["sessions"] == len(mine)
            assert balance["duration_s"] == sum(float(row["duration_s"]) for row in mine)
            assert sum(balance["labels"].values()) == sum(int(row["annotation_count"]) for row in mine)
        assert list(release.splits) == ["train", "dev", "test"]
        assert len(release.document["inputs"]["submissions"]) == len(rows)


@pytest.mark.parametrize(
    ("uri", "published"),
    [
        ("/home/ann/secret/a.wav", "a.wav"),
        ("file:///home/ann/a.wav", "a.wav"),
        ("store:audio/x.flac", "a.wav"),
        ("s3://bucket/x/a.wav", "s3://bucket/x/a.wav"),
        ("https://ann:pass@host:8443/x/a.wav?X-Amz-Signature=abc#f", "https://host:8443/x/a.wav"),
    ],
)
def test_addresses_are_published_without_what_is_private(uri: str, published: str) -> None:
    assert publish_uri(Recording("a" * 64, uri, "a.wav", 8000, 1, 8000, "WAV/PCM_16")) == published


def test_a_release_in_a_bucket_survives_a_server_that_fails_and_is_the_same_to_the_byte(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav, tmp_path: Path
) -> None:
    make_bay(s3_workspace, make_wav, count=4)
    bucket.proxy.fault = after(9, say(503, "SlowDown"), "PUT")
    with pytest.raises(StorageUnavailable, match=bucket.name):
        create(s3_workspace, formats=("csv",))
    assert not list_releases(s3_workspace)
    bucket.proxy.fault = None
    assert not list_releases(s3_workspace)
    release = create(s3_workspace, formats=("csv",))
    assert release_store.verify_release(s3_workspace, name="bay/1") == []
    assert release_store.list_unfinished(s3_workspace) == []
    local = replace(s3_workspace, files=FileStore(str(tmp_path / "local")))
    assert read_all(local, create(local, formats=("csv",))) == read_all(s3_workspace, release)


def test_requests_say_what_is_wrong_with_them() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"licence": " "}, 'use "unknown"'),
        ({"round_ids": ()}, "at least one round"),
        ({"name": "a/b"}, "not a valid id"),
        ({"audio": "mp3"}, "must be sessions, clips or none"),
        ({"proportions": (1, 1)}, "Proportions are 3 numbers"),
        ({"proportions": (0, 0, 0)}, "Proportions"),
        ({"padding_s": -1}, "padding"),
        ({"formats": ("csv", "xls")}, "found xls"),
    ]
    for changes, message in wrong:
        with pytest.raises(InvalidInput, match=message):
            ask(**changes)
    assert read_request(ask(seed="9").to_params()) == ask(seed="9")
    with pytest.raises(InvalidInput, match="no parameter colour"):
        read_request({**ask().to_params(), "colour": "red"})


def test_a_round_without_answers_makes_no_release(workspace: Workspace, round_of_ten: Round) -> None:
    with pytest.raises(InvalidInput, match="labelled, empty are requested, found 10 unreviewed"):
        create(workspace, round_ids=(round_of_ten.id,))


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real recordings are not here")
@pytest.mark.parametrize(("folder", "pattern"), [("zebra_finch", "*.json"), ("bats", "*.aoef.json")])
def test_real_recordings_make_a_release_with_their_samples(workspace: Workspace, folder: str, pattern: str) -> None:
    labels = {"zebra_finch": ["zebra_finch_0"], "bats": BATS}[folder]
    paths = [str(SHARED_DATA / folder)]
    ingest.ingest(workspace, paths=paths, round_name="bay", labels=labels, session_length_s=60)
    files = [(path.name, path.read_bytes()) for path in sorted((SHARED_DATA / folder).glob(pattern))]
    imports.import_annotations(workspace, round_id="bay", files=files, annotator="them", label=labels[0])
    release = create(workspace)
    found = {split: (each["sessions"], sum(each["labels"].values())) for split, each in release.splits.items()}
    assert found == REAL[folder]
    rows = read_index(workspace, release)
    for row in rows:
        source, rate = soundfile.read(SHARED_DATA / folder / row["recording_file_name"], dtype="int16")
        cut, cut_rate = soundfile.read(io.BytesIO(read_file(workspace, release, row["file"])), dtype="int16")
        assert rate == cut_rate
        assert np.array_equal(cut, source)
    assert release_store.verify_release(workspace, name="bay") == []
