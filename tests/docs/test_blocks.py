"""Every block of code in README and on the pages runs as it stands there."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn

from podcast_core.api.server import create_api
from podcast_core.audio.synthesis import SCENES
from podcast_core.services import access
from podcast_core.services.intake import demo
from podcast_core.settings import Settings
from tests.building import make_sound, opened, with_settings, write_sound
from tests.docs.pages import PAGES, ROOT, Page
from tests.docs.shell import URL, Shell, run_command
from tests.ml.networks import write_onnx

# Blocks that tests of their own run: language, page, and a test that does.
ELSEWHERE = {
    ("yaml", "docs/models.md"): "tests/cli/test_models.py::test_every_card_on_the_page_can_be_read",
    ("python", "docs/models.md"): "tests/cli/test_models.py::test_the_class_on_the_page_is_a_model",
    ("toml", "docs/models.md"): "tests/cli/test_models.py::test_the_class_on_the_page_is_a_model",
    ("python", "docs/api.md"): "tests/docs/test_blocks.py::test_the_client_of_the_api_page_lists_rounds",
    ("toml", "docs/deployment/access.md"): "tests/pages/test_providers.py::test_the_section_on_the_page_is_a_provider",
    ("nginx", "docs/deployment/proxies.md"): "tests/docs/test_nginx.py::test_the_app_works_behind_it",
}
RATE, LENGTH_S, CALLS_S = 8000, 60, range(5, 60, 10)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with what the pages speak of: recordings, tables, models, and a round with answers."""
    home = tmp_path_factory.mktemp("home")
    calls = [(start_s, start_s + 1) for start_s in range(5, LENGTH_S, 10)]
    for seed, name in enumerate(("20260601_050000.wav", "20260601_070000.wav", "20260602_050000.wav")):
        samples = make_sound(LENGTH_S, calls, call_hz=900, noise_level=0.005, rate_hz=RATE, seed=seed)
        write_sound(home / "recordings" / name, samples, RATE)
    names = sorted(path.name for path in (home / "recordings").iterdir())
    shutil.copy(home / "recordings" / names[0], home / "night.wav")
    rows = [(name, at) for name in names for at in CALLS_S]
    table = [f"{name}\t{at}\t1\t0.9\tcall" for name, at in rows]
    text = "\n".join(["wav_filename\tstart_time_s\tduration_s\tconfidence\tlabel", *table, ""])
    (home / "predictions.tsv").write_text(text)
    text = "\n".join(["filename,start_s,end_s,label", *(f"{name},{at},{at + 1},call" for name, at in rows), ""])
    (home / "truth.csv").write_text(text)
    (home / "annotations.csv").write_text(text)
    (home / "orca").mkdir()
    (card,) = [each.text for each in Page(ROOT / "docs/models.md").blocks if "weights: model.onnx" in each.text]
    (home / "orca" / "model.yaml").write_text(card)
    (home / "orca" / "model.onnx").write_bytes(write_onnx(2 * 20_000))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PODCAST_DATA_DIR", str(home / "data"))
        monkeypatch.chdir(home)
        labels = ["--labels", "call,whistle,noise"]
        run_command(["ingest", "recordings", "--round", "first-try", *labels], monkeypatch)
        run_command(["import-annotations", "--round", "first-try", "--annotator", "Ann", "truth.csv"], monkeypatch)
        run_command(["import-predictions", "--round", "first-try", "--model", "m", "predictions.tsv"], monkeypatch)
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prepared folder, for one test."""
    folder = tmp_path / "home"
    shutil.copytree(prepared, folder)
    monkeypatch.setenv("PODCAST_DATA_DIR", str(folder / "data"))
    monkeypatch.chdir(folder)
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the HTTP routes of a data folder; the address, and a token that may do everything."""
    with opened(Settings(data_dir=folder)) as workspace, socket.create_server(("127.0.0.1", 0)) as listener:
        _, token = access.create_token(workspace, person="Ann", scope="admin")
        unlocked = with_settings(workspace, access="open")
        server = uvicorn.Server(uvicorn.Config(create_api(lambda: unlocked), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", token
        server.should_exit = True
        thread.join()


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[[], tuple[str, str]]]:
    """Serve when somebody asks for the first time."""
    with ExitStack() as stack:
        found: list[tuple[str, str]] = []

        def start() -> tuple[str, str]:
            if not found:
                found.append(stack.enter_context(serving(home / "data")))
            return found[0]

        yield start


@pytest.mark.parametrize("page", [page for page in PAGES if page.lines], ids=lambda page: page.name)
def test_every_line_of_its_shell_blocks_works(
    page: Page,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[[], tuple[str, str]],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(demo, "SCENES", SCENES[:1])  # the whole demo takes 10 s
    if page.path.name == "whisperseg.md":
        shutil.copytree(request.getfixturevalue("tiny_base"), home / "my-model" / "final_checkpoint")
    shell = Shell(home, monkeypatch, serve)
    for line in page.lines:
        shell.run(line)


@pytest.mark.parametrize(
    "line", ["train m --rond first-try", "ingest hls s3://a/b --from now", "nothing", "jobs undo 1"]
)
def test_a_line_that_is_not_run_is_checked(line: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell(home, monkeypatch, lambda: ("", ""))
    with pytest.raises(Exception, match="No such|Missing"):
        shell.run(f"python -m podcast_core {line} # needs the internet")


def test_every_other_block_is_run_by_a_test() -> None:
    others = {
        (block.language, page.name) for page in PAGES for block in page.blocks if block.language not in ("sh", "text")
    }
    assert others == set(ELSEWHERE)
    for named in ELSEWHERE.values():
        path, _, test = named.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_the_client_of_the_api_page_lists_rounds(
    serve: Callable[[], tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = [each.text for each in Page(ROOT / "docs/api.md").blocks if each.language == "python"]
    exec(block.replace(URL, serve()[0]), {})
    assert "first-try" in capsys.readouterr().out


def test_examples_in_python_are_run_by_tests() -> None:
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    examples = [path.name for path in (ROOT / "docs").glob("example_*.py")]
    assert len(examples) == 3
    assert [name for name in examples if not any(name.removesuffix(".py") in text for text in tests)] == []
