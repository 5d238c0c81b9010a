"""Networks of strangers run in a process that can do nothing but compute, and whose parent does not wait for ever."""

import gc
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.external import conversion
from podcast_core.ml.external.card import ModelCard, read_card
from podcast_core.ml.external.files import NetworkProcess, open_network
from podcast_core.sandbox import receive, send, spawn
from tests.ml.networks import make_card, write_export, write_onnx, write_torchscript

WINDOW = 800


def read(kind: str, **values: Any) -> ModelCard:
    values = {"window_s": WINDOW / 8000, "hop_s": WINDOW / 8000, **values}
    return read_card(make_card(kind, **values), "card")


def write_with(*nodes: Any, constants: dict[str, np.ndarray], output: tuple[str, list[Any]]) -> bytes:
    """Write an ONNX network of a few nodes on ``windows``."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["batch", WINDOW])],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


def test_a_network_with_numbers_in_another_file_is_refused_and_the_file_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime reads them from the working directory, or from wherever the path leads."""
    from onnx import TensorProto, external_data_helper, helper

    (tmp_path / "secret.bin").write_bytes(np.arange(WINDOW, dtype=np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    for location in ("secret.bin", str(tmp_path / "secret.bin"), "../" * 9 + str(tmp_path / "secret.bin")):
        tensor = helper.make_tensor("c", TensorProto.FLOAT, [WINDOW], b"\0" * 4 * WINDOW, raw=True)
        external_data_helper.set_external_data(tensor, location=location, length=4 * WINDOW)
        tensor.ClearField("raw_data")
        graph = helper.make_graph(
            [helper.make_node("Add", ["windows", "c"], ["y"])],
            "g",
            [helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["batch", WINDOW])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", WINDOW])],
            [tensor],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        with pytest.raises(ModelUnavailable, match="keeps numbers in another file"):
            open_network(read("onnx"), model.SerializeToString(), "cpu")


@pytest.mark.parametrize("kind", ["onnx", "torch-export"])
def test_a_fault_is_told_and_the_network_goes_on(kind: str) -> None:
    network = open_network(read(kind), {"onnx": write_onnx, "torch-export": write_export}[kind](WINDOW), "cpu")
    with pytest.raises(ModelUnavailable, match=r"cannot take an input of shape \(1, 7\)"):
        network.run(np.zeros((1, 7), np.float32), [0])
    with pytest.raises(ModelUnavailable, match="no output 9"):
        network.run(np.zeros((1, WINDOW), np.float32), [9])
    scores, vectors = network.run(np.zeros((3, WINDOW), np.float32), [0, 1])
    assert (scores.shape, vectors.shape) == ((3, 2), (3, 5))


def test_a_network_that_wants_too_much_memory_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from onnx import helper

    monkeypatch.setenv("PODCAST_NETWORK_MEMORY_MB", "2000")
    shape = np.array([1 << 32], np.int64)
    greedy = write_with(
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("ReduceSum", ["large"], ["sum"], keepdims=1),
        constants={"shape": shape},
        output=("sum", [1]),
    )
    network = open_network(read("onnx"), greedy, "cpu")
    with pytest.raises(ModelUnavailable, match="memory|cannot take|allocate"):
        network.run(np.zeros((1, WINDOW), np.float32), [0])


def test_a_network_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from onnx import TensorProto, helper

    monkeypatch.setenv("PODCAST_NETWORK_S", "6")  # starting takes one of them
    body = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}_out"]) for name in ("going", "value")],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, ["batch", WINDOW]),
        ],
        [
            helper.make_tensor_value_info("going_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value_out", TensorProto.FLOAT, ["batch", WINDOW]),
        ],
    )
    endless = write_with(
        helper.make_node("Loop", ["", "yes", "windows"], ["y"], body=body),
        constants={"yes": np.array(True)},
        output=("y", ["batch", WINDOW]),
    )
    network = open_network(read("onnx"), endless, "cpu")
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"longer than 6 s \(PODCAST_NETWORK_S\)"):
        network.run(np.zeros((1, WINDOW), np.float32), [0])
    assert time.monotonic() - began < 60


def test_its_process_ends_with_it() -> None:
    network = open_network(read("onnx"), write_onnx(WINDOW), "cpu")
    assert isinstance(network, NetworkProcess)
    process = network._process
    assert process.poll() is None
    del network
    gc.collect()
    assert process.poll() is not None


@pytest.mark.parametrize("most_files", [0, 64])
def test_the_process_itself_can_write_reach_and_start_nothing(tmp_path: Path, most_files: int) -> None:
    """What somebody who got code to run in it could do; with 64 files it is Python that says no."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        process = spawn("tests.ml.test_network_process", PYTHONPATH=os.getcwd())
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin as asking, process.stdout as answering:
            send(asking, {"most_files": most_files, "folder": str(tmp_path), "port": listening.getsockname()[1]})
            told, _ = receive(answering)
        process.wait()
        with pytest.raises(TimeoutError):
            listening.accept()
    assert set(told.values()) == {"refused"}, told
    assert list(tmp_path.iterdir()) == []


def main() -> None:
    """Try everything, in such a process."""
    import subprocess
    import sys

    from podcast_core.ml.external.process import _refuse
    from podcast_core.sandbox import give_up, take_pipes

    asking, answering = take_pipes()
    wanted, _ = receive(asking)
    give_up(memory_bytes=8_000_000_000, most_files=wanted["most_files"])
    if wanted["most_files"]:
        sys.addaudithook(_refuse)
    tries: dict[str, Callable[[], object]] = {
        "write": lambda: Path(wanted["folder"], "made").write_bytes(b"x"),
        "read": lambda: Path("/etc/hostname").read_bytes(),
        "connect": lambda: socket.create_connection(("127.0.0.1", wanted["port"]), 1),
        "start": lambda: subprocess.run(["touch", wanted["folder"] + "/started"], check=True),
        "system": lambda: 1 / (os.system(f"touch {wanted['folder']}/system") == 0),
    }
    told = {}
    for name, attempt in tries.items():
        try:
            attempt()
            told[name] = "done"
        except (OSError, ZeroDivisionError, subprocess.SubprocessError):
            told[name] = "refused"
    send(answering, told)


def test_torchscript_that_one_trusts_becomes_onnx(tmp_path: Path) -> None:
    weights, out = tmp_path / "level.pt", tmp_path / "level.onnx"
    weights.write_bytes(write_torchscript(WINDOW))
    conversion.convert_script(read("torchscript"), weights, out)
    network = open_network(read("onnx"), out.read_bytes(), "cpu")
    windows = np.random.default_rng(2).uniform(-1, 1, (5, WINDOW)).astype(np.float32)
    direct = open_network(read("onnx"), write_onnx(WINDOW), "cpu")
    assert network.run(windows, [0])[0] == pytest.approx(direct.run(windows, [0])[0], abs=1e-4)
    out.unlink()
    weights.write_bytes(b"no script")
    with pytest.raises(InvalidInput, match="cannot be written as ONNX"):
        conversion.convert_script(read("torchscript"), weights, out)
    assert not out.exists()
