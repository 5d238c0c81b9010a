"""Training a WhisperSeg checkpoint further: targets, classes, ends of a training, and what it leaves behind."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.measuring.metrics import compare_frames, compare_segments
from podcast_core.ml.running import run_detector
from podcast_core.ml.whisperseg.config import WhisperSegConfig, join_cluster
from podcast_core.ml.whisperseg.decoding import load_network
from podcast_core.ml.whisperseg.finetuning import Batches, Plan, Step, finetune_whisperseg, plan_config
from podcast_core.ml.whisperseg.loading import load_folder
from podcast_core.ml.whisperseg.tokens import Grammar, read_sequence, read_tokens
from tests.conftest import SHARED_DATA
from tests.whisperseg_tiny import VOCABULARY, write_checkpoint

QUICK = Plan(epochs=1, least_steps=2, learning_rate=1e-3)


def example(*calls: tuple[float, float, str], rate_hz: int = 16_000) -> Example:
    return Example(np.zeros(rate_hz, np.float32), rate_hz, [Found(*call) for call in calls])


def test_targets_are_where_the_calls_are(tiny_base: Path, tiny_songs: Sequence[Example]) -> None:
    """Whatever the crop: the tone is heard between the tokens of its call, half a frame longer, and nowhere else."""
    config = plan_config(tiny_songs, WhisperSegConfig({"vocal": 0}), {})
    tokens = read_tokens(tiny_base, config)
    batches = Batches(tiny_songs, config, tokens, Plan(seed=3), {})
    levels: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(6):
        features, read, write = batches.next()
        assert read[:, :4].tolist() == [[*tokens.prompt, tokens.unknown_species]] * len(read)
        assert (read[:, 1:][write[:, :-1] >= 0] == write[:, :-1][write[:, :-1] >= 0]).all()
        for picture, sequence in zip(features.numpy(), write.tolist(), strict=True):
            is_call = np.zeros(1000, bool)
            for call in read_sequence(Grammar(tokens, VOCABULARY), sequence[2:]):
                is_call[2 * call.on : 2 * call.off] = True
            loudest = picture.max(axis=0)
            levels[True] += loudest[is_call].tolist()
            levels[False] += loudest[~is_call].tolist()
    inside, outside = np.array(levels[True]), np.array(levels[False])
    assert len(inside) > 1000
    assert np.quantile(inside, 0.05) > np.quantile(outside, 0.98)


def test_a_label_keeps_its_number_where_the_base_knows_it() -> None:
    known = WhisperSegConfig({"A": 0, "C": 2})
    assert plan_config([example((0, 0.1, "B"), (0.2, 0.3, "A"))], known, {}).clusters == {"A": 0, "C": 2, "B": 1}
    assert plan_config([example((0, 0.1, "Y"), (0.2, 0.3, "X"))], known, {}).clusters == {"X": 0, "Y": 1}
    named = {"finch A": join_cluster("finch", "Unknown", "A")}
    assert plan_config([example((0, 0.1, "finch A"))], known, named).clusters == {named["finch A"]: 0}


def test_rate_and_window_suit_the_calls() -> None:
    known = WhisperSegConfig({"vocal": 0})
    short, long = example((0, 0.1, "a")), example((0, 0.11, "a"), rate_hz=44_100)
    assert (plan_config([short], known, {}).sample_rate_hz, plan_config([short], known, {}).step_s) == (16_000, 0.0025)
    planned = plan_config([long], known, {})
    assert (planned.sample_rate_hz, planned.step_s) == (44_000, 0.003)  # a whole number of samples per step
    assert planned.hop_samples(44_000) == 132
    own = replace(known, sample_rate_hz=32_000)
    assert plan_config([long], own, {}) == replace(own, clusters={"a": 0})


def test_what_is_left_behind_can_be_trained_again(
    tiny_base: Path, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    named = {"high": join_cluster("finch", "Ann", "high")}
    finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "one", plan=QUICK, clusters=named)
    one = load_folder(tmp_path / "one")
    assert one.labels == ("finch Ann high", "low")
    assert (one.sample_rate_hz, one.config.step_s) == (16_000, 0.002)
    assert {each.name for each in (tmp_path / "one").iterdir()} >= {
        "config.json", "model.safetensors", "vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json",
    }  # fmt: skip
    settings = json.loads((tmp_path / "one" / "config.json").read_text())["default_segmentation_config"]
    assert settings == {"sr": 16_000, "min_frequency": 0.0, "spec_time_step": 0.002}
    calls = [Found(0.1, 0.3, "finch Ann high"), Found(0.5, 0.6, "new")]
    two = finetune_whisperseg([replace(tiny_songs[0], calls=calls)], tmp_path / "one", tmp_path / "two", plan=QUICK)
    assert two.clusters == {named["high"]: 0, "low": 1, "new": 2}


def test_the_same_seed_gives_the_same_model(tiny_base: Path, tiny_songs: Sequence[Example], tmp_path: Path) -> None:
    steps: list[list[Step]] = [[], [], []]
    for index, seed in enumerate((1, 1, 2)):
        plan = replace(QUICK, seed=seed)
        finetune_whisperseg(tiny_songs, tiny_base, tmp_path / str(index), plan=plan, on_step=steps[index].append)
    first, again, other = ([each.loss for each in taken] for taken in steps)
    assert first == again != other
    left, right = (load_network(tmp_path / name, "cpu").state_dict() for name in ("0", "1"))
    assert all(left[name].equal(right[name]) for name in left)


def test_a_frozen_encoder_stays_as_it_is(tiny_base: Path, tiny_songs: Sequence[Example], tmp_path: Path) -> None:
    finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "new", plan=replace(QUICK, freeze_encoder=True))
    before, after = (load_network(each, "cpu").state_dict() for each in (tiny_base, tmp_path / "new"))
    changed = {name for name in before if not before[name].equal(after[name])}
    assert any(name.startswith("model.decoder") for name in changed)
    assert not any(name.startswith("model.encoder") for name in changed)


@pytest.mark.parametrize("plan", [replace(QUICK, least_steps=10_000, budget_s=0.3), replace(QUICK, least_steps=3)])
def test_a_training_ends_by_budget_or_steps(
    tiny_base: Path, tiny_songs: Sequence[Example], tmp_path: Path, plan: Plan
) -> None:
    steps: list[Step] = []
    finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "new", plan=plan, on_step=steps.append)
    assert steps[-1].share == 1
    assert [each.share for each in steps] == sorted(each.share for each in steps)
    assert len(steps) == 3 if plan.budget_s is None else len(steps) < 50


def test_a_training_that_is_given_up_leaves_nothing(
    tiny_base: Path, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    class Cancelled(Exception):
        pass

    def cancel(_step: Step) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "new", plan=QUICK, on_step=cancel)
    assert list(tmp_path.iterdir()) == []
    finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "new", plan=QUICK, should_stop=lambda: True)
    assert load_folder(tmp_path / "new").labels == ("high", "low")  # stopped: what was learnt so far


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda tiny_base, here: finetune_whisperseg([example()], tiny_base, here / "new"),
            InvalidInput,
            "at least one",
        ),
        (
            lambda tiny_base, here: finetune_whisperseg([example((0, 1, "a"))], tiny_base, here),
            InvalidInput,
            "exists already",
        ),
        (
            lambda _, here: finetune_whisperseg([example((0, 1, "a"))], here, here / "n"),
            ModelUnavailable,
            "Hugging Face",
        ),
    ],
)
def test_a_training_that_cannot_be_is_refused(
    tiny_base: Path, tmp_path: Path, make: Callable[[Path, Path], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(tiny_base, tmp_path)


def test_broken_weights_are_told(tiny_songs: Sequence[Example], tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    tiny_base = write_checkpoint(tmp_path / "base", as_bin=False)
    weights = load_file(tiny_base / "model.safetensors")
    weights["model.encoder.conv1.weight"] = torch.full_like(weights["model.encoder.conv1.weight"], float("nan"))
    save_file(weights, tiny_base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelUnavailable, match="the loss became nan at step 0"):
        finetune_whisperseg(tiny_songs, tiny_base, tmp_path / "new", plan=QUICK)
    del weights["model.encoder.conv1.weight"]
    save_file(weights, tiny_base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelUnavailable, match=r"has no weights for model.encoder.conv1.weight\."):
        load_folder(tiny_base)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_DATA.exists(), reason="needs ../shared/data (real recordings)")
def test_real_finches_are_learnt_by_heart(tmp_path: Path) -> None:
    """From labels in a file to the same labels found in the recording, through blocks: 30 s of a processor."""
    examples, paths = [], sorted((SHARED_DATA / "zebra_finch").glob("*.wav"))[:2]
    for path in paths:
        samples, rate_hz = soundfile.read(path, dtype="float32")
        told = json.loads(path.with_suffix(".json").read_text())
        times = zip(told["onset"], told["offset"], strict=True)
        examples.append(Example(samples, rate_hz, [Found(start_s, end_s, "song") for start_s, end_s in times]))
    losses: list[float] = []
    finetune_whisperseg(
        examples,
        write_checkpoint(tmp_path / "base", width=96),
        tmp_path / "finch",
        plan=Plan(learning_rate=3e-3, least_steps=400, epochs=1, random_crops=False),
        on_step=lambda step: losses.append(step.loss),
        should_stop=lambda: bool(losses) and losses[-1] < 0.03,
    )
    detector = load_folder(tmp_path / "finch")
    found = []
    for path, example in zip(paths, examples, strict=True):
        end_s = len(example.samples) / example.sample_rate_hz
        blocks = run_detector(detector, str(path), channel=0, sample_rate_hz=32_000, end_s=end_s, block_s=3)
        found.append([call for _, calls in blocks for call in calls])
    known = [example.calls for example in examples]
    assert sum(map(len, known)) == 26
    assert compare_segments(known, found, tolerance_s=0.01).f1 == 1
    assert compare_frames(known, found).f1 > 0.98
