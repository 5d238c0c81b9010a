"""Tiles over HTTP: how many a second six clients get, and how long somebody else waits for a trivial route."""

import http.client
import itertools
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import soundfile

from podcast_core.services.intake import ingest
from podcast_core.settings import Settings
from podcast_core.storage import recordings
from podcast_core.workspace import open_workspace
from tests.serving import serve

CLIENTS = 6
SECONDS, RATE = 600, 48_000
PICTURES, TILE_PX = 20, 600  # 800 tiles: more than can be computed meanwhile
KEPT = 100  # tiles that are asked for again and again
MEASURED_S = 6.0
TRIVIAL, EVERY_S = "/api/v1/rounds/tiles", 0.02
WANTED_MS = 10  # the trivial route, while kept tiles are loaded
ROUND = "tiles"


def get(connection: http.client.HTTPConnection, path: str) -> bytes:
    """Get a path over a connection that stays open."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"GET {path} answered {answer.status}: {body[:300]!r}")
    return body


def load(place: str, paths: list[str], is_ready: Event, is_over: Event, results: "multiprocessing.Queue[Any]") -> None:
    """Get all paths again and again with `CLIENTS` connections, in a process of its own, until it is over."""
    paths_left, lock, counts = itertools.cycle(paths), threading.Lock(), [0] * CLIENTS

    def run(client: int) -> None:
        connection = http.client.HTTPConnection(place)
        while not is_over.is_set():
            with lock:
                path = next(paths_left)
            get(connection, path)
            counts[client] += 1
        connection.close()

    is_ready.set()
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(run, range(CLIENTS)))
    results.put(sum(counts) / (time.perf_counter() - began))


def measure_trivial(place: str, seconds: float, path: str = TRIVIAL) -> list[float]:
    """Milliseconds of each request of somebody who asks for a trivial route fifty times a second."""
    connection, times = http.client.HTTPConnection(place), []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        get(connection, path)
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(max(0.0, EVERY_S - times[-1] / 1000))
    connection.close()
    return times


@contextmanager
def loading(place: str, paths: list[str]) -> Iterator[list[float]]:
    """Load tiles while the block runs; what is handed out holds tiles per second afterwards."""
    context = multiprocessing.get_context("spawn")
    is_ready, is_over, results = context.Event(), context.Event(), context.Queue()
    process = context.Process(target=load, args=(place, paths, is_ready, is_over, results))
    process.start()
    rates: list[float] = []
    try:
        is_ready.wait()
        yield rates
    finally:
        is_over.set()
        process.join()
    rates.append(results.get(timeout=10))


def list_tiles(place: str, recording_id: str) -> list[str]:
    """List the paths of all tiles of several pictures, which differ in their highest frequency."""
    connection, paths = http.client.HTTPConnection(place), []
    for picture in range(PICTURES):
        query = f"tile_width={TILE_PX}&high_hz={20_000 + 100 * picture}"
        about = json.loads(get(connection, f"/api/v1/recordings/{recording_id}/spectrogram?{query}"))
        paths += [urlsplit(tile["url"])._replace(scheme="", netloc="").geturl() for tile in about["tiles"]]
    connection.close()
    return paths


def prepare(folder: Path) -> str:
    """Make a recording of ten minutes in a round; returns its id."""
    samples = 0.05 * np.random.default_rng(0).standard_normal(SECONDS * RATE)
    soundfile.write(folder / "noise.wav", samples.astype(np.float32), RATE, subtype="PCM_16")
    workspace = open_workspace(Settings(data_dir=folder / "data"))
    ingest.ingest(workspace, paths=[folder / "noise.wav"], round_name=ROUND, labels=["call"])
    with workspace.database.reading() as connection:
        (recording,) = recordings.list_recordings(connection)
    workspace.database.close()
    return recording.id


def measure_loading(folder: Path) -> None:
    """Print tiles per second and the times of the trivial route, when tiles are computed and when they are kept."""
    recording_id = prepare(folder)
    with serve(folder / "data") as server:
        place = urlsplit(server.url).netloc
        measure_trivial(place, 1.0)  # imports
        found = {"nobody loads": (0.0, measure_trivial(place, MEASURED_S))}
        paths = list_tiles(place, recording_id)
        with loading(place, paths) as rates:
            times = measure_trivial(place, MEASURED_S)
        found["computed"] = (rates[0], times)
        connection = http.client.HTTPConnection(place)
        for path in paths[:KEPT]:
            get(connection, path)
        with loading(place, paths[:KEPT]) as rates:
            times = measure_trivial(place, MEASURED_S)
        found["kept"] = (rates[0], times)
    print(f"{CLIENTS} clients load tiles of {TILE_PX} columns over HTTP, somebody else asks for {TRIVIAL}")
    idle = statistics.median(found["nobody loads"][1])
    for title, (rate, times) in found.items():
        median, p95 = statistics.median(times), float(np.percentile(times, 95))
        waited = f"median {median:.1f} ms ({median / idle:.1f} times idle), p95 {p95:.0f} ms"
        meanwhile = f"{rate * median / 1000:.1f} tiles meanwhile"  # the same on a busy machine
        print(f"  {title:12} {rate:5.0f} tiles/s; {waited}; {meanwhile}")
    print(f"  wanted: at most {WANTED_MS} ms while kept tiles are loaded")
