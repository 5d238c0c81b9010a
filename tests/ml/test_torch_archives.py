"""PyTorch's files that would do more than compute are refused before they are loaded."""

import json
import pickle
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external.card import read_card
from podcast_core.ml.external.files import open_network
from podcast_core.ml.external.torch_archives import check_export
from podcast_core.ml.external.torch_network import load
from tests.ml.networks import make_card, write_export, write_onnx, write_torchscript


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


def change(data: bytes, edits: dict[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """Write an archive anew with members changed or added; names are without the first folder."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        prefix = old.namelist()[0].partition("/")[0]
        for name in old.namelist():
            edit = edits.pop(name.removeprefix(f"{prefix}/"), None)
            content = old.read(name)
            new.writestr(name, edit(content) if callable(edit) else edit if edit is not None else content)
        for name, edit in edits.items():
            assert isinstance(edit, bytes)
            new.writestr(f"{prefix}/{name}", edit)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "call",
    [
        "torch.from_file('made', size=4)",
        "(torch.from_file)('made', size=4)",
        "torch . from_file ('made', shared=True, size=4)",
        "getattr(torch, 'from_file')('made', size=4)",
    ],
)
def test_no_torchscript_is_run_however_it_is_spelled(tmp_path: Path, call: str) -> None:
    """A check of its code by patterns was passed in several spellings; now nothing of it runs at all."""
    path, buffer = tmp_path / "made", BytesIO()
    with zipfile.ZipFile(BytesIO(write_torchscript(16_000))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            code = f"return {call.replace('made', str(path))}".encode()
            new.writestr(name, re.sub(rb"return .*", code, old.read(name)) if name.endswith(".py") else old.read(name))
    card = read_card(make_card("torchscript"), "card")
    with pytest.raises(ModelUnavailable, match="is not run here any more.*models convert"):
        open_network(card, buffer.getvalue(), "cpu")
    assert not path.exists()


def test_exports_with_pickles_are_refused_and_never_unpickled(tmp_path: Path) -> None:
    data = write_export(10)
    path = tmp_path / "made"
    evil = pickle.dumps((Touch(path),), protocol=2)
    torch_evil = BytesIO()
    import torch

    torch.save((Touch(path),), torch_evil)

    def ask_for_pickle(config: bytes) -> bytes:
        entry: dict[str, Any] = {
            "path_name": "opaque_obj_0",
            "is_param": False,
            "use_pickle": True,
            "tensor_meta": None,
        }
        return json.dumps({"config": {**json.loads(config)["config"], "x": entry}}).encode()

    edits: list[dict[str, Any]] = [
        {"data/sample_inputs/model.pt": torch_evil.getvalue()},
        {"data/sample_inputs/model.pt": evil},
        {"data/weights/model.pt": torch_evil.getvalue()},
        {"data/constants/opaque_obj_0": evil, "data/constants/model_constants_config.json": ask_for_pickle},
        {"data/constants/tensor_0": evil, "data/constants/model_constants_config.json": ask_for_pickle},
        {"data/aotinductor/model/x.so": b""},
        {"models/other.json": b"{}"},
    ]
    for edit in edits:
        with pytest.raises(ModelUnavailable, match="refused"):
            load(change(data, edit), "cpu")
    assert not path.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"torch.ops.aten.pow.Tensor_Scalar"', '"torch.os.system"'),
        ('"torch.ops.aten.pow.Tensor_Scalar"', '"torch.ops.aten.from_file.default"'),
        ('"torch.ops.aten.pow.Tensor_Scalar"', '"torch.ops.other.run"'),
        ("Symbol('s", "__import__('os').system('s"),
        ("Symbol('s", "open('s"),
        ("Symbol('s", "9**9**9**9 + Symbol('s"),
        ("Symbol('s", "Pow(9, Pow(9, Pow(9, 9))) + Symbol('s"),
        ("Symbol('s", "Integer(" + "9" * 40 + ") + Symbol('s"),
        ("Symbol('s", "1+" * 900 + "Symbol('s"),
    ],
)
def test_exports_that_call_something_else_are_refused(old: str, new: str) -> None:
    data = write_export(10)
    edited = change(data, {"models/model.json": lambda text: text.replace(old.encode(), new.encode())})
    assert edited != data
    with pytest.raises(ModelUnavailable, match="refused"):
        load(edited, "cpu")


def test_real_files_pass() -> None:
    check_export(write_export(10))


def test_what_is_none_is_refused() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/a", b"")
    whole = write_export(10)
    for data in (b"", b"PK\3\4", write_onnx(10), buffer.getvalue(), whole[: len(whole) // 2], whole[:-30]):
        with pytest.raises(ModelUnavailable):
            check_export(data)


def test_an_archive_that_cannot_be_read_is_refused_with_the_reason() -> None:
    whole = write_export(2000)
    encrypted = re.sub(rb"(?<=PK\x01\x02.{4}).{2}", b"\x01\x00", whole, flags=re.DOTALL)
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(whole)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with zipfile.ZipFile(packed) as archive:
        config = next(each for each in archive.infolist() if each.filename.endswith("weights_config.json"))
    broken = bytearray(packed.getvalue())
    start = config.header_offset + 30 + len(config.filename.encode())
    broken[start : start + 8] = b"\xff" * 8
    for data in (encrypted, bytes(broken)):
        with pytest.raises(ModelUnavailable, match="cannot be read: .*(password|found something else)"):
            check_export(data)
