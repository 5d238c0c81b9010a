"""Install a lock into the Python that runs this: exactly its versions, each file checked against its hash.

Run by ``make``, as ``python locks/install.py run`` (or ``dev``). For Linux, PyPI has PyTorch only with several GB of
CUDA; a machine without an NVIDIA card gets PyTorch's own build without it, whose hashes are in ``torch-cpu.txt``.
``TORCH=cpu`` or ``TORCH=cuda`` in the environment chooses without looking for a card.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
OF_CUDA = re.compile(r"(torch|triton|cuda-.*|nvidia-.*)==")  # what only PyTorch with CUDA needs, and PyTorch itself
WSL = "/usr/lib/wsl/lib"  # where Windows puts nvidia-smi for Linux
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
EXACT = (*PIP, "--no-deps", "--require-hashes")  # what fits together was found out when the lock was made
NO_TORCH = f"""
PyTorch's build without CUDA could not be installed (the lines above say why); it comes from {TORCH_INDEX}.
Try again when that can be reached, or take PyPI's build, which brings several GB of CUDA: TORCH=cuda make run"""


def wants_cuda() -> bool:
    """Tell whether PyPI's PyTorch is right here: by ``TORCH``, or because this is not Linux, or there is a card."""
    chosen = os.environ.get("TORCH", "")
    if chosen not in ("", "cpu", "cuda"):
        raise SystemExit(f"TORCH is 'cpu' or 'cuda', or not set; found {chosen!r}.")
    if chosen:
        return chosen == "cuda"
    if sys.platform != "linux":
        return True  # PyPI's builds for other systems have no CUDA
    lister = shutil.which("nvidia-smi", path=os.pathsep.join((os.environ.get("PATH", ""), WSL)))
    listed = lister and subprocess.run([lister, "--list-gpus"], capture_output=True, text=True, check=False)
    return bool(listed and "GPU " in listed.stdout)


def drop_cuda(lock: str) -> str:
    """Leave PyTorch and what it needs for CUDA out of a lock."""
    entries = re.split(r"^(?=[^\s#])", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if not OF_CUDA.match(entry))


def install(lock: Path) -> None:
    """Install a lock, on Linux without a card less what is CUDA's."""
    if wants_cuda():
        subprocess.run([*EXACT, "--requirement", str(lock)], check=True)
        return
    torch = [*EXACT, "--extra-index-url", TORCH_INDEX, "--requirement", str(HERE / "torch-cpu.txt")]
    if subprocess.run(torch, check=False).returncode:
        raise SystemExit(NO_TORCH)
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder, lock.name)
        rest.write_text(drop_cuda(lock.read_text()))
        subprocess.run([*EXACT, "--requirement", str(rest)], check=True)


if __name__ == "__main__":
    install(HERE / f"{sys.argv[1]}.txt")
