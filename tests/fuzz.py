"""Every reader of foreign bytes, fed with damage: an error of ours or a result, never a crash, a hang or growth.

``make fuzz`` runs it for minutes (SEED=..., MINUTES=...), and `test_fuzz` for seconds. The cases run in a process with
a limit of memory, which is started again after one that it did not survive. A case is named by kind, seed and number,
and is made again of those alone; its bytes are left in a file.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from podcast_core.errors import PodcastError
from tests.audio.test_mutations import mutate

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
MAX_SEED_BYTES = 300_000
MORE_MEMORY_BYTES = 2 << 30  # than the process has when it begins
MAX_S = 20  # of one case on a busy machine, in computing time
PIECES = (
    *(b"9" * 400, b"-1", b"1e999", b"NaN", b"\0", b"\xff\xfe", b"\r", b'"', b"'", b"<", b"{}", b"[[[[", b"]", b",,,,"),
    *(b"&a [*a]", b"1,5", b"1.000,5", b"\xe2\x80\xa8", b"../../x", b"null", b"true", b"#EXTINF:-1,\n", b"\t\t"),
    *(b"[" * 3000, b"{" * 3000, b'{"a":' * 3000, b"(" * 3000),
)

Reader = Callable[[str, bytes], object]
Seeds = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Kind:
    """Files of a kind: what reads them, and good ones, of which damaged ones are made."""

    read: Reader
    seeds: Callable[[], Seeds]


def find_shared(*suffixes: str) -> list[tuple[str, bytes]]:
    """Find real files, where the folder of shared data is there."""
    paths = sorted(path for path in SHARED.rglob("*") if path.is_file() and path.name.endswith(suffixes))
    return [(path.name, path.read_bytes()) for path in paths if path.stat().st_size < MAX_SEED_BYTES]


def write_exports() -> dict[str, dict[str, bytes]]:
    """Write a small round in every format."""
    from podcast_core.domain.annotation import Annotation
    from podcast_core.domain.prediction import Prediction
    from podcast_core.formats import FORMATS
    from podcast_core.formats.contents import Entry, make_batch
    from tests.formats.builders import make_recording, make_round, make_session, make_submission

    recording = make_recording()
    entries = []
    for number in range(3):
        session = make_session(recording, number)
        boxes = [
            Annotation(
                session.start_s + at, session.start_s + at + 0.5, "call", low_hz=low, high_hz=high, comment="a, b"
            )
            for at, low, high in ((1.0, 100.0, 900.0), (3.25, None, None), (5.0, 2000.0, 3000.5))[:number]
        ]
        start_s = session.start_s
        found = (Prediction(start_s, start_s + 1, "call", 0.5, id=f"p{number}", session_id=session.id, model="m"),)
        entries.append(Entry(recording, session, found, make_submission(session, *boxes)))
    batch = make_batch(make_round(("call",)), entries)
    return {name: format_.write(batch) for name, format_ in FORMATS.items()}


def make_tables() -> Seeds:
    from tests.formats.test_damaged_documents import DOCUMENTS

    exports = [each for files in write_exports().values() for each in files.items()]
    documents = [(f"{name}.json", json.dumps(each).encode()) for name, each in DOCUMENTS.items()]
    return [*exports, *documents, *find_shared(".csv", ".tsv", ".txt", ".json", ".TextGrid", ".parquet")]


def read_tables(name: str, data: bytes) -> None:
    from podcast_core.formats import READABLE, find_formats
    from podcast_core.services.exchange.import_files import Reading, preview_table, read_annotations, read_predictions

    for format_name in find_formats(name, data):
        with suppress(PodcastError):
            READABLE[format_name].read(name, data)
    for read in (read_annotations, read_predictions):
        with suppress(PodcastError):
            read([(name, data)], Reading(leave_out_unreadable=len(data) % 2 == 0))
    preview_table([(name, data)])


def pack(files: Seeds) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for name, data in files:
            packed.writestr(name, data)
    return archive.getvalue()


def make_archives() -> Seeds:
    from podcast_core.domain.model import ModelVersion
    from podcast_core.domain.times import utc_now
    from podcast_core.ml.registry.versions import write_document

    model = write_document(ModelVersion("mine", 1, "energy", ("call",), utc_now()))
    exports = write_exports()
    return [
        ("model.zip", pack([("model.json", model), ("weights", b"")])),
        *((f"{name}.zip", pack(list(exports[name].items()))) for name in ("csv", "textgrid", "parquet", "aoef")),
        ("network.zip", pack([("a/models/model.json", b'{"target": "torch.ops.aten.add"}'), ("a/version", b"1")])),
    ]


def read_archives(name: str, data: bytes) -> None:
    from podcast_core.ml.external.torch_archives import check_export
    from podcast_core.ml.registry.model_file import import_model
    from podcast_core.ml.whisperseg.folders import unpack
    from podcast_core.storage.files import FileStore

    with tempfile.TemporaryDirectory() as folder:
        store = FileStore(folder)
        tries: list[Callable[[], object]] = [
            lambda: read_tables(name, data),
            lambda: import_model(store, data, name="x"),
            lambda: check_export(data),
            lambda: unpack(data).__enter__(),
        ]
        for each in tries:
            with suppress(PodcastError):
                each()


def make_models() -> Seeds:
    from tests.ml.networks import write_onnx

    card = b"format: onnx\nweights: model.onnx\nlabels: [call, click]\ninput: {kind: waveform, window_s: 2.0}\n"
    config = b'{"sr": 32000, "spec_time_step": 0.0025, "cluster_codebook": {"call": 0}, "vocab_size": 51865}'
    return [("model.yaml", card), ("config.json", config), ("model.onnx", write_onnx(10)), *find_shared("config.json")]


def read_models(name: str, data: bytes) -> None:
    from podcast_core.ml.external.card import read_card
    from podcast_core.ml.external.onnx_network import check_onnx
    from podcast_core.ml.registry.model_folder import import_folder
    from podcast_core.ml.registry.versions import read_document
    from podcast_core.ml.whisperseg.config import read_config
    from podcast_core.ml.whisperseg.folders import read_document as read_json
    from podcast_core.storage.files import FileStore
    from podcast_core.yaml_files import load_yaml

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "model")
        place.mkdir()
        (place / ("model.yaml" if name.endswith(".json") else name)).write_bytes(data)
        tries: list[Callable[[], object]] = [
            lambda: read_card(load_yaml(name, data), name),
            lambda: load_yaml(name, data, all_text=True),
            lambda: read_document(data, name),
            lambda: read_config(read_json(data)),
            lambda: check_onnx(data),
            lambda: import_folder(FileStore(folder), place, name="x"),
        ]
        for each in tries:
            with suppress(PodcastError):
                each()


def make_playlists() -> Seeds:
    head = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
    segments = b"".join(b"#EXTINF:10.005,\nlive%03d.ts\n" % number for number in range(5))
    date = b"#EXT-X-PROGRAM-DATE-TIME:2021-07-17T00:00:00Z\n#EXT-X-DISCONTINUITY\n#EXT-X-BYTERANGE:100@5\n"
    return [("live.m3u8", head + segments + date + segments + b"#EXT-X-ENDLIST\n"), ("live.m3u8", head)]


def read_playlists(name: str, data: bytes) -> None:
    from podcast_core.services.hls.playlists import parse_playlist, read_stamp

    parse_playlist(data.decode(errors="replace"), name)
    read_stamp(data[:20].decode(errors="replace").strip())


def make_audio() -> Seeds:
    from tests.audio.test_lengths import CONTAINERS, make_mp3, write

    made = [(f"{kind}.wav", write(kind)) for kind in ("WAV", *CONTAINERS, "FLAC")]
    made += [("a.ogg", write("OGG", "VORBIS")), ("a.mp3", make_mp3(1))]
    return [*made, *find_shared(".wav", ".flac", ".ogg", ".mp3")]


def read_audio(name: str, data: bytes) -> None:
    from podcast_core.audio.files import inspect_audio, read_samples
    from podcast_core.audio.metadata import find_start

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name[-60:])
        path.write_bytes(data)
        info = inspect_audio(str(path), take_cut=len(data) % 2 == 0)
        find_start(str(path))
        last = info.frame_count / info.sample_rate_hz
        read_samples(str(path), channel=info.channel_count - 1, start_s=max(0.0, last - 0.1), end_s=last)


KINDS = {
    "tables": Kind(read_tables, make_tables),
    "archives": Kind(read_archives, make_archives),
    "models": Kind(read_models, make_models),
    "playlists": Kind(read_playlists, make_playlists),
    "audio": Kind(read_audio, make_audio),
}


def damage(seeds: Seeds, chance: random.Random) -> tuple[str, bytes]:
    """Make a damaged file of good ones."""
    name, data = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data = data[:at] + chance.choice(PIECES) + data[at:]
            case 1:
                piece = chance.choice(PIECES)
                data = data[:at] + piece + data[at + len(piece) :]
            case 2:  # a part again and again
                piece = data[at : at + chance.choice((1, 10, 200))]
                data = data[:at] + piece * chance.choice((2, 50, 1000)) + data[at:]
            case 3:  # half of one, half of another
                other = chance.choice(seeds)[1]
                data = data[:at] + other[chance.randrange(len(other) + 1) :]
            case _:
                data = mutate(data, chance)
    if chance.random() < 0.1:
        name = chance.choice(seeds)[0]
    return name, data


def run_case(kind: str, seeds: Seeds, seed: int, number: int, left: Path) -> str:
    """Run a case; what was wrong, or nothing."""
    name, data = damage(seeds, random.Random(f"{kind} {seed} {number}"))
    (left / "case").write_bytes(data)  # here if nothing else is said any more
    began = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, 10 * MAX_S)
    try:
        KINDS[kind].read(name, data)
    except PodcastError as error:
        fault = "" if str(error) and len(str(error)) < 20_000 else "an error without words, or with thousands"
    except BaseException:  # noqa: BLE001  # whatever it is, it is what is looked for
        fault = traceback.format_exc()
    else:
        fault = ""
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took_s = time.process_time() - began
    if not fault and took_s > MAX_S:
        fault = f"it took {took_s:.0f} s of computing"
    if fault:
        (left / f"{kind}-{seed}-{number}-{Path(name).name[-60:]}").write_bytes(data)
    return fault


def work(kinds: Sequence[str], seed: int, first: int, left: Path) -> None:
    """In a process of its own: run cases until it is ended. Says each before it begins, and what was wrong."""
    signal.signal(signal.SIGALRM, _give_up)
    seeds = {kind: KINDS[kind].seeds() for kind in kinds}
    for kind in kinds:  # what they load counts as there already
        with suppress(PodcastError):
            KINDS[kind].read(*seeds[kind][0])
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY_BYTES,) * 2)
    number = first
    while True:
        for kind in kinds:
            print(f"case {kind} {number}", flush=True)
            if fault := run_case(kind, seeds[kind], seed, number, left):
                print(f"fault {kind} {number} {fault!r}", flush=True)
        number += 1


def _give_up(*_: object) -> None:
    raise TimeoutError("it takes for ever")


def fuzz(kinds: Sequence[str], seed: int, left: Path, *, most_cases: int = 10**9, most_s: float = 10**9) -> list[str]:
    """Run cases of each kind; the faults that were found."""
    faults: list[str] = []
    number, until = 0, time.monotonic() + most_s
    while number < most_cases and time.monotonic() < until:
        words = [sys.executable, "-m", "tests.fuzz", "--work", "--seed", str(seed), "--first", str(number)]
        process = subprocess.Popen(
            [*words, "--left", str(left), "--only", *kinds], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        last = ""
        for line in _read_lines(process):
            if line.startswith("fault "):
                faults.append(line.strip())
                print(line, flush=True)
            elif line.startswith("case "):
                last, number = line.strip(), int(line.split()[2])
                if number >= most_cases or time.monotonic() > until:
                    break
        else:
            faults.append(f"{last}: the process ended with {process.wait()}")
            print(faults[-1], flush=True)
            number += 1
        process.kill()
        process.wait()
    print(f"{number} cases of each of {', '.join(kinds)}: {len(faults)} faults")
    return faults


def _read_lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    with process.stdout:
        yield from process.stdout


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--left", type=Path, default=Path(tempfile.gettempdir(), f"podcast-fuzz-{os.getpid()}"))
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help="number of the first case, to repeat one")
    asked = parser.parse_args()
    asked.left.mkdir(exist_ok=True)
    if asked.work:
        work(asked.only, asked.seed, asked.first, asked.left)
    elif fuzz(asked.only, asked.seed, asked.left, most_s=60 * asked.minutes):
        sys.exit(f"The files are in {asked.left}.")


if __name__ == "__main__":
    main()
