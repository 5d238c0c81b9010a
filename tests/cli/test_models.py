"""Models by commands, and everything that docs/models.md says."""

import re
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from podcast_core.dialects.whisperseg import models
from podcast_core.ml.external.card import read_card
from podcast_core.ml.interfaces import Example
from podcast_core.workspace import Workspace
from tests import building
from tests.building import write_sound
from tests.cli.conftest import Run
from tests.ml.networks import RATE, make_card, make_sound, write_onnx

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "models.md").read_text(encoding="utf-8")


def list_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_becomes_a_model_and_finds_its_band(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, sound = tmp_path / "band", tmp_path / "sea.wav"
    monkeypatch.setattr(sys, "argv", ["example_model.py", str(folder)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch about itself
        runpy.run_path(str(DOCS / "example_model.py"), run_name="__main__")  # here, where PyTorch is imported once
    assert capsys.readouterr().out == f"{folder}: band.pt2, model.yaml\n"
    samples = building.make_sound(10, [(4, 6)], call_hz=3000, noise_level=0, rate_hz=44_100)
    write_sound(sound, samples + 0.1 * np.sin(2 * np.pi * 500 / 44_100 * np.arange(len(samples))), 44_100)
    assert run("models", "import", folder, "--name", "band") == (0, "band/1 (torch-export) finds: call\n", "")
    status, out, _ = run("models", "try", "band", sound)
    assert status == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert rows[0] == ["start_s", "end_s", "label", "score"]
    assert len(rows) == 2
    assert (float(rows[1][0]), float(rows[1][1])) == pytest.approx((4, 6), abs=0.51)

    status, out, _ = run("models", "list")
    assert [line.split("\t")[:2] for line in out.splitlines()] == [
        ["energy-detector/0", "energy"],
        ["band/1", "torch-export"],
    ]
    assert [line.split("\t")[-1] for line in out.splitlines()] == ["in use", "in use"]
    assert run("models", "export", "band/1", "--out", tmp_path / "band.zip")[0] == 0
    assert run("models", "export", "band/1", "--out", tmp_path / "band.zip")[0] == 1
    assert run("models", "import", tmp_path / "band.zip", "--name", "other")[0] == 0
    assert run("models", "try", "other/1", sound)[1].splitlines() == ["\t".join(row) for row in rows]
    status, _, err = run("models", "try", "other/x", sound)
    assert (status, err) == (1, "Error: Expected NAME or NAME/VERSION with a number, found 'other/x'.\n")


def test_a_minute_is_positive_from_three_seconds_on(run: Run, tmp_path: Path) -> None:
    sound = tmp_path / "sea.wav"
    write_sound(sound, make_sound([(10, 2), (70, 6)], 130), RATE, "FLOAT")
    (tmp_path / "model.onnx").write_bytes(write_onnx(2 * RATE))
    card = make_card("onnx", weights="model.onnx", preset="orcahello")
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(card))
    run("models", "import", tmp_path, "--name", "orca")
    _, out, err = run("models", "try", "orca", sound)
    assert [line.split("\t")[:2] for line in out.splitlines()[1:]] == [["10.000", "12.000"], ["70.000", "76.000"]]
    verdicts = [line.rpartition(", confidence")[0] for line in err.splitlines()]
    assert verdicts == [
        "0-60 s: not call, 2.0 s positive",
        "60-120 s: call, 6.0 s positive",
        "120-130 s: not call, 0.0 s positive",
    ]


def test_every_card_on_the_page_can_be_read() -> None:
    cards = [yaml.safe_load(block) for block in list_blocks("yaml")]
    ours = [card for card in cards if card["format"] == "onnx"]
    assert len(ours) == 3
    for card in ours:
        labels = card["labels"] if isinstance(card["labels"], list) else ["a", "b"]
        assert read_card({**card, "labels": labels}, "docs/models.md").weights


def test_the_class_on_the_page_is_a_model(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    """As an installed package: a module, and its entry points in a folder beside it."""
    package, information = tmp_path / "package", tmp_path / "package" / "my_package-1.0.dist-info"
    information.mkdir(parents=True)
    (package / "my_package.py").write_text(list_blocks("python")[0])
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    group, point = re.findall(r'entry-points\."(.*)"\]\n(.*)\n', list_blocks("toml")[0])[0]
    (information / "entry_points.txt").write_text(f"[{group}]\n{point.replace(chr(34), '')}\nbroken = not_there:x\n")
    monkeypatch.syspath_prepend(package)

    card = tmp_path / "model.yaml"
    card.write_text(list_blocks("yaml")[-1])
    assert run("models", "import", card, "--name", "my-clicks") == (0, "my-clicks/1 (clicks) finds: click\n", "")
    samples = np.zeros(1000)
    samples[[100, 700]] = 0.9, 0.5
    write_sound(tmp_path / "a.wav", samples, 1000, "FLOAT")
    assert run("models", "try", "my-clicks", tmp_path / "a.wav")[1].splitlines()[1:] == ["0.100\t0.110\tclick\t0.900"]
    card.write_text("format: broken\nlabels: [x]\n")
    status, _, err = run("models", "import", card, "--name", "broken")
    assert status == 1
    assert "not_there:x, fails: No module named 'not_there'" in err
    assert [key for key in workspace.files.list("models") if "broken" in key] == []


def test_a_whisperseg_checkpoint_is_brought_in_and_takes_the_place_of_its_stand_in(
    run: Run, workspace: Workspace, tiny_learnt: Path, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    assert models.resolve(workspace, "whisperseg-base")[1]  # a note: something else answers
    said = run("models", "import", tiny_learnt, "--name", "whisperseg-base")
    assert said == (0, "whisperseg-base/0 (whisperseg) finds: high, low\n", "")
    assert [(each.name, bool(each.note)) for each in models.list_ready(workspace)] == [
        ("whisperseg-large", True),
        ("energy-detector", False),
        ("whisperseg-base", False),
    ]
    assert models.resolve(workspace, "whisperseg-base")[1] == ""
    write_sound(tmp_path / "song.wav", tiny_songs[0].samples, 16_000)
    rows = run("models", "try", "whisperseg-base", tmp_path / "song.wav")[1].splitlines()[1:]
    assert [row.split("\t")[2] for row in rows] == [call.label for call in tiny_songs[0].calls]
    assert run("models", "import", tiny_learnt, "--name", "whisperseg-base")[0] == 1


def test_a_hub_that_cannot_be_reached_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    status, _, err = run("models", "fetch", "nccratliri/whisperseg-base-animal-vad")
    assert status == 1
    assert "put the checkpoint's folder into the file store as models/whisperseg-base-animal-vad" in " ".join(
        err.split()
    )
