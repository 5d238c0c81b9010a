"""What lint-imports does not see: circles between modules, and which imports may be inside functions."""

import subprocess
import sys
from pathlib import Path

from tests.imports import BY_NAME, Import, find_circles, list_circles, read_imports
from tests.serving import ROOT

# What may be imported inside a function, since it costs whoever does not need it: processor time of the import alone.
HEAVY = {
    "aiohttp": "0.15 s; only for buckets",
    "alembic": "0.14 s; only when tables are made or changed",
    "av": "FFmpeg's libraries, which only decoder processes load",
    "botocore": "0.05 s; only for buckets",
    "ctranslate2": "need not be installed",
    "dbos": "0.3 s; only once there are jobs",
    "faiss": "need not be installed",
    "huggingface_hub": "0.3 s with what it loads when it is used",
    "librosa": "Numba, 1 s, when it is used",
    "matplotlib": "0.6 s; only where figures become files",
    "onnx": "need not be installed",
    "onnxruntime": "starts threads of its own; only for networks of others",
    "openTSNE": "1.6 s, with scikit-learn",
    "pacmap": "2.1 s, with scikit-learn and Numba",
    "pyarrow": "50 MB of libraries; only for Parquet",
    "s3fs": "0.3 s; only for buckets",
    "safetensors.torch": "loads torch",
    "scipy": "0.1 to 1.2 s by part",
    "sklearn": "1.5 s",
    "soundevent": "0.1 s; only for AOEF",
    "torch": "2 s and 200 MB",
    "transformers": "0.7 s beside torch",
    "umap": "2.5 s, with scikit-learn and Numba",
}
PLATFORM = {
    "fcntl": "Unix only",
    "msvcrt": "Windows only",
    "resource": "Unix only",
}
BY_NAME_IN = {
    "podcast_core.plugging": "dialects are found by their folders",
    "app": "loads ahead what the first visitors would all load at the same time",
}
FRONT_DOORS = ("app", "podcast_core.cli", "podcast_core.api.server", "podcast_core.worker.worker")
LONGEST = 400  # lines of a file of tests or of what helps them; chosen


def is_in(module: str, names: dict[str, str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in names)


def find_heavy(imports: dict[str, list[Import]], name: str, seen: set[str]) -> str:
    """Find a heavy library that is loaded with a module, by itself or by what it imports at its top."""
    seen.add(name)
    for each in imports.get(name, ()):
        if each.is_deferred:
            continue
        if is_in(each.target, HEAVY):
            return f"{name} imports {each.target}"
        if each.target in imports and each.target not in seen and (found := find_heavy(imports, each.target, seen)):
            return found
    return ""


def test_no_modules_need_each_other_not_even_inside_functions() -> None:
    assert list_circles() == []


def test_the_search_for_circles_finds_those_inside_functions(tmp_path: Path) -> None:
    package = tmp_path / "podcast_core"
    package.mkdir()
    (package / "a.py").write_text("from podcast_core import b\n")
    (package / "b.py").write_text("def do():\n    import podcast_core.c\n")
    (package / "c.py").write_text("from podcast_core.a import x\nimport podcast_core.d\n")
    (package / "d.py").write_text("import torch\n")
    assert list_circles(tmp_path) == [["podcast_core.a", "podcast_core.b", "podcast_core.c"]]
    assert find_circles({"a": ["a"], "b": ["a"]}) == [["a"]]


def test_imports_inside_functions_are_of_heavy_libraries_only() -> None:
    imports = read_imports()
    wrong = [
        f"{name}, line {each.line}: {each.target}"
        for name, found in imports.items()
        for each in found
        if each.is_deferred
        and not (each.target == BY_NAME and name in BY_NAME_IN)
        and not is_in(each.target, HEAVY | PLATFORM)
        and not (each.target in imports and find_heavy(imports, each.target, set()))
    ]
    assert wrong == [], "import them at the top of the module"


def test_every_heavy_library_is_imported_inside_functions_somewhere() -> None:
    deferred = [each.target for found in read_imports().values() for each in found if each.is_deferred]
    unused = [name for name in HEAVY | PLATFORM if not any(is_in(each, {name: ""}) for each in deferred)]
    assert unused == [], "take them off the list"


def test_no_front_door_loads_a_heavy_library() -> None:
    imports = read_imports()
    plugged = [name for name in imports if name.startswith(("pages.", "podcast_core.dialects."))]
    assert [found for name in (*FRONT_DOORS, *plugged) if (found := find_heavy(imports, name, set()))] == []
    code = f"import sys, {', '.join(FRONT_DOORS)}\nprint([each for each in {list(HEAVY)} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_no_file_of_tests_is_longer_than_one_reads_at_once() -> None:
    tests = Path(__file__).parent
    lengths = {str(path.relative_to(tests)): path.read_text("utf-8").count("\n") for path in tests.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
