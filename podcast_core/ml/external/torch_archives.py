"""What is refused in PyTorch's files before PyTorch sees them.

A torch.export file may hold pickles and expressions that are evaluated, with which anything can be done. Real networks
need none of it.
"""

import json
import pickle
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.zips import open_zip, read_member

MAX_TEXT_BYTES = 256 << 20  # chosen: the description of a large network has some megabytes
MAX_EXPRESSION_LENGTH = 1000  # characters; those of real networks have a few dozen
MAX_POWERS = 2  # chosen: powers of powers are numbers of any length

_EXPORT_MEMBERS = re.compile(
    r"data/weights/(weight_\d+|model_weights_config\.json)|data/constants/(tensor_\d+|model_constants_config\.json)"
    r"|models/model\.json|data/sample_inputs/model\.pt|archive_format|archive_version|version|byteorder|\.data/\w+"
    r"|\.format_version|\.storage_alignment"
)
_TARGET = re.compile(r"torch\.ops\.(aten|prims)\.\w+(\.\w+)?|torch\.sym_\w+|_operator\.\w+|math\.\w+")
_FILE_TARGET = re.compile(r"from_file|save|load")
_EXPRESSION_CHARACTERS = re.compile(r"[\w\s'(),=+\-*/.%<>]*")
_SYMBOL = re.compile(r"'[a-z]+\d+'")
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """Symbol Integer Rational Float Add Mul Pow Max Min Mod positive negative nonnegative nonpositive integer real
        zero nonzero finite True False FloorDiv ModularIndexing Where PythonMod CleanDiv CeilToInt FloorToInt CeilDiv
        PowByNatural FloatPow FloatTrueDiv IntTrueDiv TruncToFloat TruncToInt RoundToInt ToFloat Identity int_oo""",
    )
)


def check_export(data: bytes) -> None:
    """Check a torch.export file.

    Raises
    ------
    ModelUnavailable
        When it is none, holds pickled objects or compiled code, or calls what is not PyTorch's own arithmetic.
    """
    with _open(data) as archive:
        prefix = archive.namelist()[0].partition("/")[0] + "/"
        for name in archive.namelist():
            if not name.startswith(prefix) or not _EXPORT_MEMBERS.fullmatch(name.removeprefix(prefix)):
                raise ModelUnavailable(f"This torch.export file holds {name!r}, which is not needed: refused.")
        for kind in ("weights", "constants"):
            config = _read_json(archive, f"{prefix}data/{kind}/model_{kind}_config.json")
            if any(value for key, value in _walk(config) if key == "use_pickle"):
                raise ModelUnavailable("This torch.export file holds pickled objects: refused.")
        _check_sample_inputs(_read(archive, f"{prefix}data/sample_inputs/model.pt"))
        for key, value in _walk(_read_json(archive, f"{prefix}models/model.json")):
            if key == "target" and isinstance(value, str) and not _is_arithmetic(value):
                raise ModelUnavailable(f"This torch.export file calls {value[:80]!r}, which we do not know: refused.")
            if key == "expr_str" and not _is_plain(str(value)):
                raise ModelUnavailable(f"This torch.export file holds the expression {value[:80]!r}: refused.")


def _check_sample_inputs(data: bytes) -> None:
    """Check that PyTorch's strict reader takes them: where it does not, torch.export turns to one that is not."""
    import torch

    if not data:
        return
    try:
        torch.load(BytesIO(data), weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise ModelUnavailable("This torch.export file holds pickled objects as sample inputs: refused.") from error


def _is_arithmetic(target: str) -> bool:
    return bool(_TARGET.fullmatch(target)) and not _FILE_TARGET.search(target)


def _is_plain(expression: str) -> bool:
    """Whether an expression has only sizes, numbers and arithmetic: what evaluates it would do anything."""
    # A tower of powers is short and takes for ever to compute.
    if len(expression) > MAX_EXPRESSION_LENGTH or "**" in expression or expression.count("Pow") > MAX_POWERS:
        return False
    if re.search(r"\d{16}", expression):
        return False
    rest = _SYMBOL.sub("", expression)
    words = re.findall(r"[^\W\d]\w*", rest)
    has_attributes = re.search(r"\.\s*[^\W\d]", rest)
    known = all(word in _WORDS or re.fullmatch(r"[a-z]+\d+", word) for word in words)
    return known and not has_attributes and "'" not in rest and bool(_EXPRESSION_CHARACTERS.fullmatch(rest))


@contextmanager
def _open(data: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with open_zip(data, "expected a zip archive") as archive:
            counts = Counter(archive.namelist())
            if not counts or max(counts.values()) > 1:
                raise InvalidInput("expected the files of a network, found none, or a name twice")
            yield archive
    except InvalidInput as error:
        raise ModelUnavailable(f"The torch.export file cannot be read: {error}.") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return read_member(archive, archive.getinfo(name), MAX_TEXT_BYTES)
    except KeyError as error:
        raise ModelUnavailable(f"The file is cut off or of an older kind: it has no {name}.") from error


def _read_json(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return json.loads(_read(archive, name))
    except (ValueError, RecursionError) as error:
        raise ModelUnavailable(f"{name} in the file is not JSON: {error}.") from error


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Go through all names and values of a JSON document."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield from here.items()
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
