"""Trainings that are broken off and taken up again: what they give, and what is done with a checkpoint that is bad."""

from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.ml.segmenter.checkpoints import Checkpoint
from podcast_core.ml.segmenter.training import Trained, TrainingProgress, train_segmenter
from tests.ml.sounds import make_song

SONGS = [make_song(1)]
STEPS = 6  # of all three networks: two on parts, and the one that is kept


class Killed(BaseException):
    """Stands for a kill: what is not on the disk is lost."""


def train(checkpoint: Checkpoint | None = None, *, killed_at: int = 0, seed: int = 4) -> tuple[Trained, int]:
    """Train, and count the steps."""
    steps = 0

    def tell(_: TrainingProgress) -> None:
        nonlocal steps
        steps += 1
        if steps == killed_at:
            raise Killed

    made = train_segmenter(SONGS, held_out=SONGS, epochs=2, seed=seed, on_progress=tell, checkpoint=checkpoint)
    return made, steps


def is_same(one: Trained, other: Trained) -> bool:
    """Compare all but the processor's time."""
    names = ("curve", "checked", "held_out")
    return (one.weights, one.parameters, [one.metrics[name] for name in names]) == (
        other.weights,
        other.parameters,
        [other.metrics[name] for name in names],
    )


@pytest.fixture(scope="module")
def whole() -> Trained:
    made, steps = train()
    assert steps == STEPS
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "one"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("kept") / "one"
    with pytest.raises(Killed):
        train(Checkpoint(path, every_s=0), killed_at=5)
    return path.read_bytes()


@pytest.mark.parametrize("kills", [[2], [3], [4, 2], [6]])
def test_it_goes_on_as_if_nothing_had_happened(whole: Trained, path: Path, kills: list[int]) -> None:
    for killed_at in kills:
        with pytest.raises(Killed):
            train(Checkpoint(path, every_s=0), killed_at=killed_at)
    said: list[str] = []
    checkpoint = Checkpoint(path, say=said.append, every_s=0)
    again, steps = train(checkpoint)
    assert steps == STEPS - sum(killed_at - 1 for killed_at in kills)
    assert len(said) == 1
    assert said[0].startswith("The training goes on from its checkpoint: network ")
    assert is_same(again, whole)
    checkpoint.delete()
    assert list(path.parent.iterdir()) == []


def flip(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


@pytest.mark.parametrize("spoil", [flip, lambda data: data[:2000], lambda _: b"", lambda data: data[32:]])
def test_a_damaged_one_is_not_believed(kept: bytes, path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path.parent.mkdir()
    path.write_bytes(spoil(kept))
    said: list[str] = []
    checkpoint = Checkpoint(path, say=said.append)
    checkpoint.open({})
    assert said == ["The checkpoint cannot be read, the training begins again: it is damaged."]
    assert checkpoint.notes == {}


def test_with_a_damaged_one_the_training_begins_again(whole: Trained, kept: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(flip(kept))
    again, steps = train(Checkpoint(path))
    assert steps == STEPS
    assert is_same(again, whole)


def test_one_of_another_training_is_not_taken_up(kept: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(kept)
    said: list[str] = []
    with pytest.raises(Killed):
        train(Checkpoint(path, say=said.append), killed_at=1, seed=3)
    assert said == ["The checkpoint is of other data or another version of Pod.Cast: the training begins again."]


def test_it_is_written_now_and_then_and_after_each_network(path: Path) -> None:
    with pytest.raises(Killed):
        train(Checkpoint(path), killed_at=2)
    assert not path.exists()
    with pytest.raises(Killed):
        train(Checkpoint(path), killed_at=4)
    assert train(Checkpoint(path))[1] == STEPS - 2


def test_where_nothing_can_be_written_the_training_is_done(whole: Trained, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("no folder")
    said: list[str] = []
    again, _ = train(Checkpoint(tmp_path / "checkpoints" / "one", say=said.append, every_s=0))
    assert len(said) == 2
    assert is_same(again, whole)
