"""WhisperSeg checkpoints that are put into the file store, in every layout, and fetched from there."""

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.interfaces import Example
from podcast_core.ml.measuring.metrics import compare_segments
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.model_file import export_model, import_model
from podcast_core.ml.registry.versions import add_version, get_version, list_models
from podcast_core.ml.whisperseg.loading import load_folder, pack_model
from podcast_core.storage.files import FileStore

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "store"))


@pytest.fixture(scope="session")
def packed(tiny_learnt: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What has learnt, packed as the weights of a version."""
    return pack_model(Path(shutil.copytree(tiny_learnt, tmp_path_factory.mktemp("packed") / "model")))


@pytest.fixture
def place(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Copy a checkpoint into the file store."""

    def place(checkpoint: Path, name: str) -> Path:
        return Path(shutil.copytree(checkpoint, tmp_path / "store" / "models" / name))

    return place


def test_a_folder_is_a_model(files: FileStore, place: Any, tiny_learnt: Path, tiny_songs: Sequence[Example]) -> None:
    place(tiny_learnt, "whisperseg-base/final_checkpoint")
    place(tiny_learnt, "whisperseg-base/checkpoint-7")
    (_, listed) = list_models(files)
    assert (listed.id, listed.kind, listed.labels) == ("whisperseg-base/0", "whisperseg", ("high", "low"))
    assert (listed.is_placed, listed.is_built_in) == (True, False)
    assert listed.parameters["folder"] == "models/whisperseg-base/final_checkpoint"
    assert get_version(files, "whisperseg-base") == listed == get_version(files, "whisperseg-base", 0)
    detector = LoadedModels(files, "cpu").load_detector("whisperseg-base")
    found = detector.detect(tiny_songs[0].samples, tiny_songs[0].sample_rate_hz)
    assert compare_segments([tiny_songs[0].calls], [found], tolerance_s=0.01).f1 == 1


def test_versions_trained_from_a_folder_follow_it(files: FileStore, place: Any, tiny_base: Path, packed: bytes) -> None:
    place(tiny_base, "whisperseg-base")
    new = ModelVersion("whisperseg-base", 1, "whisperseg", ("high", "low"), NOW)
    with pytest.raises(Conflict, match="already"):
        add_version(files, new, is_new=True)
    added = add_version(files, new, packed)
    assert [each.id for each in list_models(files)][1:] == ["whisperseg-base/1", "whisperseg-base/0"]
    assert get_version(files, "whisperseg-base") == added
    assert LoadedModels(files, "cpu").load_detector("whisperseg-base").labels == ("high", "low")
    assert LoadedModels(files, "cpu").load_detector("whisperseg-base", 0).labels == ("vocal",)


def test_a_packed_model_is_carried_to_another_place(
    files: FileStore, place: Any, tiny_learnt: Path, packed: bytes, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    place(tiny_learnt, "placed")
    add_version(files, ModelVersion("mine", 1, "whisperseg", ("high", "low"), NOW), packed)
    with pytest.raises(InvalidInput, match="copy models/placed"):
        export_model(files, "placed")
    other = FileStore(str(tmp_path / "other"))
    import_model(other, export_model(files, "mine"), name="theirs")
    found = (
        LoadedModels(other, "cpu").load_detector("theirs").detect(tiny_songs[1].samples, tiny_songs[1].sample_rate_hz)
    )
    assert compare_segments([tiny_songs[1].calls], [found], tolerance_s=0.01).f1 == 1


def test_a_folder_that_is_no_checkpoint_is_told_by_name(files: FileStore, place: Any, tiny_base: Path) -> None:
    folder = place(tiny_base, "whisper")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("cluster_codebook", "codebook"))
    assert [each.name for each in list_models(files)] == ["energy-detector"]
    with pytest.raises(ModelUnavailable, match=r"models/whisper is no WhisperSeg checkpoint. cluster_codebook"):
        get_version(files, "whisper")
    config.write_text("{")
    with pytest.raises(ModelUnavailable, match="not JSON"):
        LoadedModels(files, "cpu").load_detector("whisper")
    config.unlink()
    with pytest.raises(NotFound, match="no model 'whisper'"):
        get_version(files, "whisper")


def test_weights_that_hold_code_are_refused(files: FileStore, place: Any, tiny_base: Path, tmp_path: Path) -> None:
    """A pickle runs what it names when it is opened: only tensors are read."""
    import torch

    class Bad:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "was-run",)

    folder = place(tiny_base, "bad")
    torch.save({"proj_out.weight": Bad()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        LoadedModels(files, "cpu").load_detector("bad")
    (folder / "pytorch_model.bin").write_bytes(b"cut off")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        LoadedModels(files, "cpu").load_detector("bad")
    assert not (tmp_path / "was-run").exists()


def test_weights_of_half_precision(files: FileStore, place: Any, tiny_learnt: Path, tiny_songs: Any) -> None:
    from safetensors.torch import load_file, save_file

    weights = place(tiny_learnt, "half") / "model.safetensors"
    half = {name: each.half() for name, each in load_file(weights).items()}
    save_file(half, weights, {"format": "pt"})
    found = LoadedModels(files, "cpu").load_detector("half").detect(tiny_songs[0].samples, 16_000)
    assert compare_segments([tiny_songs[0].calls], [found], tolerance_s=0.01).f1 == 1


def test_a_tokenizer_that_is_missing_is_told(files: FileStore, place: Any, tiny_base: Path) -> None:
    folder = place(tiny_base, "bare")
    for name in ("vocab.json", "added_tokens.json"):
        (folder / name).unlink()
    with pytest.raises(ModelUnavailable, match="tokenizer"):
        LoadedModels(files, "cpu").load_detector("bare")


@pytest.mark.parametrize("layout", ["beside", "alone"])
def test_a_converted_checkpoint(
    files: FileStore, tiny_learnt: Path, tiny_songs: Sequence[Example], tmp_path: Path, layout: str
) -> None:
    """As WhisperSeg's training leaves it: ``final_checkpoint_ct2`` with ``hf_model``, with or without the other one."""
    pytest.importorskip("ctranslate2", reason="optional: pip install ctranslate2")
    from ctranslate2.converters import TransformersConverter

    target = tmp_path / "store" / "models" / "fast" / "final_checkpoint_ct2"
    target.parent.mkdir(parents=True)
    TransformersConverter(str(tiny_learnt)).convert(str(target))
    shutil.copytree(tiny_learnt, target / "hf_model", ignore=shutil.ignore_patterns("model.safetensors"))
    if layout == "beside":
        shutil.copytree(tiny_learnt, target.parent / "final_checkpoint")
    version = get_version(files, "fast")
    assert bool(version.parameters["folder"]) == (layout == "beside")
    fast, slow = LoadedModels(files, "cpu").load_detector("fast"), load_folder(tiny_learnt)
    found = [fast.detect(song.samples, song.sample_rate_hz) for song in tiny_songs]
    assert type(fast._decoder).__name__ == "Ct2Decoder"  # type: ignore[attr-defined]
    assert compare_segments([song.calls for song in tiny_songs], found, tolerance_s=0.01).f1 == 1
    expected = [slow.detect(song.samples, song.sample_rate_hz) for song in tiny_songs]
    assert [(c.start_s, c.end_s, c.label) for calls in found for c in calls] == [
        (c.start_s, c.end_s, c.label) for calls in expected for c in calls
    ]
    assert [c.score for calls in found for c in calls] == pytest.approx(
        [c.score for calls in expected for c in calls], abs=0.1
    )
