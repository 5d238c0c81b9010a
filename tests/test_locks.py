"""What is installed: the locks hold what requirements*.txt ask for, each file by its hash, and CUDA only for a card."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from locks import install

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"requirements.txt": "run", "requirements-dev.txt": "dev"}
HASHES = r"(?: ;.*)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
ENTRY = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;]+)" + HASHES, re.MULTILINE)


def read_lock(name: str) -> str:
    return (ROOT / "locks" / f"{name}.txt").read_text()


def list_versions(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in ENTRY.findall(text):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize(("requirements", "lock"), LOCKS.items())
def test_a_lock_holds_each_pin_in_its_version(requirements: str, lock: str) -> None:
    pins = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)$", (ROOT / requirements).read_text(), re.MULTILINE)
    locked = list_versions(read_lock(lock))
    assert pins
    assert [f"{name}=={version}" for name, version in pins if version not in locked.get(name, ())] == [], "make lock"


@pytest.mark.parametrize("lock", ["run", "dev", "torch-cpu"])
def test_everything_in_a_lock_has_hashes_and_nothing_else_stands_there(lock: str) -> None:
    left = [line for line in ENTRY.sub("", read_lock(lock)).splitlines() if not re.match(r" *#|$", line)]
    assert left == []  # no address of a package index either


def test_the_locks_agree() -> None:
    run, dev, cpu = (list_versions(read_lock(lock)) for lock in ("run", "dev", "torch-cpu"))
    assert {name: dev.get(name) for name in run} == run
    assert cpu == {"torch": {f"{version}+cpu" for version in run["torch"]}}


def test_only_pytorch_and_cuda_are_left_out_where_there_is_no_card() -> None:
    lock = read_lock("run")
    kept, whole = list_versions(install.drop_cuda(lock)), list_versions(lock)
    left_out = set(whole) - set(kept)
    assert {"torch", "triton", "nvidia-cublas", "cuda-toolkit"} < left_out
    assert all(re.match(r"(torch|triton|nvidia-|cuda-)", name) for name in left_out)
    assert all(whole[name] == versions for name, versions in kept.items())
    # what is left needs none of it: each of their entries says who asked for it
    for entry in re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)[1:]:
        name, asked_by = entry.partition("==")[0], set(re.findall(r"#(?: via|  ) ([a-z][\w.-]*)$", entry, re.MULTILINE))
        assert name not in left_out - {"torch"} or asked_by <= left_out, name


@pytest.mark.skipif(sys.platform != "linux", reason="PyPI's PyTorch has CUDA on Linux only")
def test_a_card_is_looked_for_and_the_choice_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "WSL", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TORCH", raising=False)
    assert not install.wants_cuda()
    lister = tmp_path / "nvidia-smi"
    for told, has_card in (("No devices were found", False), ("GPU 0: NVIDIA H200 (UUID: GPU-1)", True)):
        lister.write_text(f"#!/bin/sh\necho '{told}'\n")
        lister.chmod(0o755)
        assert install.wants_cuda() == has_card
    monkeypatch.setenv("TORCH", "cpu")
    assert not install.wants_cuda()
    monkeypatch.setenv("TORCH", "gpu")
    with pytest.raises(SystemExit, match="found 'gpu'"):
        install.wants_cuda()


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    """Nothing is fetched: the package lies beside its lock."""
    (tmp_path / "small-1.0-py3-none-any.whl").write_bytes(b"not what was locked")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"small==1.0 --hash=sha256:{'0' * 64}\n")
    command = [*install.EXACT, "--no-index", "--find-links", str(tmp_path), "--dry-run", "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr
