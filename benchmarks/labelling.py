"""Measure how fast a person labels: a scripted annotator in headless Chromium against a server of its own.

Parts (``--parts``, all by default):

latency
    From the submit key to the frame after the next session is ready, while somebody listens to every session. The
    reference, in the same run and on the same sessions: what a page does that waits, one after the other, for the
    acknowledgement, the next claim, and its picture and sound.
mouse, keys
    A scripted annotator who knows the truth corrects sessions: leaves right boxes, drags or nudges wrong edges, deletes
    false boxes, draws missed ones. Every click, drag and key counts; what is stored is compared with the truth.
verify
    The same person in rapid verify: one key per prediction; wrong edges and missed sounds stay as they are.
demo
    The keys for one demo session: right boxes accepted, one fixed, one deleted, one added, submitted.
training
    The same latency, and that of a trivial route, with nothing else to do and while a worker trains a model.
flat
    200 sessions in quick succession: latency, heap after garbage collection, DOM nodes and listeners do not grow.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.parts.annotators import ANNOTATORS, correct_demo, correct_round
from benchmarks.parts.busy import LEARNT, LEARNT_SESSIONS, measure_busy
from benchmarks.parts.sea import SESSION_S, SPARE, STRIDE_S, add_round, make_recording, plan_sounds
from podcast_core.services.intake import demo
from podcast_core.settings import Settings
from podcast_core.workspace import open_workspace
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.editor_page import EditorPage
from tests.serving import serve

# The stopwatch -------------------------------------------------------------------------------------------------

# From a key to the frame after the next session is ready; times in milliseconds in window.swaps.
STOPWATCH = """
  window.swaps = [];
  let began = 0, left = "";
  const all = () => [...document.querySelectorAll("*")];
  const find = () => all().map((node) => node.shadowRoot?.querySelector(".podcast-editor"));
  let editor = null;
  const look = () => {
    if (!began || editor.dataset.state !== "ready" || editor.dataset.sessionId === left) return;
    const start = began;
    began = 0;
    requestAnimationFrame(() => window.swaps.push(performance.now() - start));
  };
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (!editor?.isConnected) {
      editor = find().find(Boolean);
      new MutationObserver(look).observe(editor, { attributes: true });
    }
    if (editor.dataset.state !== "ready") return;
    began = event.timeStamp;
    left = editor.dataset.sessionId;
  }, { capture: true });
"""


def describe(times: list[float]) -> str:
    """Say median, 95th percentile and maximum in milliseconds."""
    return f"median {statistics.median(times):.0f}, p95 {np.percentile(times, 95):.0f}, max {max(times):.0f} ms"


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """Open a page with a stopwatch, that is closed in the end."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(STOPWATCH)
    yield page
    context.close()


def answer_one(editor: EditorPage, count: int) -> None:
    """Press the submit key and wait until the ``count``-th swap was measured."""
    editor.press("Enter")
    editor.page.wait_for_function("count => window.swaps.length >= count", arg=count, timeout=60_000)


# The parts -----------------------------------------------------------------------------------------------------


# What a page does that waits for everything; returns milliseconds.
WAITING = """async ([base, holder]) => {
  const post = async (path, body) => {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    return (await fetch(`${base}/${path}`, options)).json();
  };
  const claim = async () => (await post("claims", { holder, annotator: "Ann", count: 1 })).sessions[0];
  const now = await claim();
  const answer = {
    submission_id: crypto.randomUUID(), annotator: "Ann", outcome: "empty",
    rejected_prediction_ids: now.predictions.map(({ id }) => id),
  };
  const began = performance.now();
  await post(`sessions/${now.session_id}/submissions`, answer);
  const next = await claim();
  const url = (path) => new URL(path, new URL("/", document.baseURI));
  const picture = fetch(url(next.picture.url)).then((got) => got.blob()).then((blob) => createImageBitmap(blob));
  const sound = fetch(url(next.audio.url)).then((got) => got.blob()).then((blob) => new Promise((resolve) => {
    const audio = new Audio();
    audio.oncanplay = () => resolve(audio);
    audio.src = URL.createObjectURL(blob);
  }));
  await Promise.all([picture, sound]);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now() - began;
}"""


def measure_latency(browser: Browser, url: str, count: int, listen_s: float) -> None:
    """Answer ``count`` sessions, listening to each; then the same by waiting."""
    with new_page(browser) as page:
        editor = EditorPage(page, url).open("latency")
        editor.wait_ready()
        page.wait_for_timeout(4_000)
        cdp = page.context.new_cdp_session(page)
        cdp.send("Network.enable")
        sizes: list[int] = []
        cdp.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        for number in range(count):
            editor.press("Space")
            page.wait_for_timeout(1000 * listen_s)
            answer_one(editor, number + 1)
        times: list[float] = page.evaluate("window.swaps")
        received = round(sum(sizes) / count / 1000)
        base = f"{url}/api/v1/rounds/waiting"
        page.goto(f"{url}/_stcore/health")
        reference = []
        for _ in range(min(count, 20)):
            reference.append(page.evaluate(WAITING, [base, "waiting"]))
            page.wait_for_timeout(500)
    print(f"Submit to painted and playable, {count} sessions of 60 s at 48 kHz, {listen_s:g} s listened to each")
    print(f"  {describe(times)}")
    ratio = statistics.median(reference) / statistics.median(times)
    print(f"  waiting for acknowledgement, claim, picture and sound: {describe(reference)}; ratio {ratio:.1f}")
    print(f"  {received} kB received per session")


def read_metrics(cdp: CDPSession) -> dict[str, float]:
    """Read what Chromium counts, after garbage collection."""
    cdp.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}
    return {
        "heap (MB)": found["JSHeapUsedSize"] / 1e6,
        "listeners": found["JSEventListeners"],
        "DOM nodes": found["Nodes"],
    }


def measure_growth(browser: Browser, url: str, count: int) -> None:
    """Answer ``count`` sessions in quick succession and read the metrics at the beginning and in the end."""
    with new_page(browser) as page:
        editor = EditorPage(page, url).open("flat")
        editor.wait_ready()
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable")
        readings = []
        for number in range(count):
            answer_one(editor, number + 1)
            page.wait_for_timeout(600)
            if number + 1 in (20, count // 2, count):
                readings.append(read_metrics(cdp))
        times: list[float] = page.evaluate("window.swaps")
    print(f"After 20, {count // 2} and {count} sessions in quick succession")
    for name in readings[0]:
        print(f"  {name}: " + ", ".join(f"{reading[name]:.1f}" for reading in readings))
    for name, part in (("first", times[:50]), ("last", times[-50:])):
        print(f"  {name} 50 swaps: {describe(part)}")


def measure_swaps(browser: Browser, url: str, count: int, listen_s: float, round_id: str) -> list[float]:
    """Answer ``count`` sessions, listening to each: milliseconds from submit to painted and playable."""
    with new_page(browser) as page:
        editor = EditorPage(page, url).open(round_id)
        editor.wait_ready()
        page.wait_for_timeout(4_000)
        for number in range(count):
            editor.press("Space")
            page.wait_for_timeout(1000 * listen_s)
            answer_one(editor, number + 1)
        times: list[float] = page.evaluate("window.swaps")
    return times


PARTS = ("latency", "keys", "mouse", "verify", "demo", "training", "flat")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated: " + ", ".join(PARTS))
    parser.add_argument("--sessions", type=int, default=50, help="of the latency and annotator parts")
    parser.add_argument("--listen", type=float, default=2.5, help="seconds of listening per session")
    parser.add_argument("--flat", type=int, default=200, help="sessions of the part flat")
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    count = arguments.sessions
    counts = {"latency": count, "waiting": 30, "keys": count, "mouse": count, "verify": count, "flat": arguments.flat}
    counts |= {"calm": count, "busy": count, LEARNT: LEARNT_SESSIONS} if "training" in parts else {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        workspace = open_workspace(Settings(data_dir=folder / "data"))
        length_s = 60 * np.ceil((STRIDE_S * (max(counts.values()) + SPARE) + SESSION_S) / 60)
        sounds = plan_sounds(length_s)
        recording = make_recording(workspace, folder, sounds, length_s)
        for round_id, number in counts.items():
            add_round(workspace, round_id, recording, sounds, number + SPARE)
        if "demo" in parts:
            demo.add_demo_round(workspace)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        workers = "1" if "training" in parts else "0"
        with serve(folder / "data", PODCAST_LOCAL_WORKERS=workers) as server:
            if "latency" in parts:
                measure_latency(browser, server.url, count, arguments.listen)
            for annotator in (each for each in ANNOTATORS if each in parts):
                with new_page(browser) as page:
                    correct_round(page, server.url, workspace, annotator, sounds, count)
            if "demo" in parts:
                with new_page(browser) as page:
                    correct_demo(page, server.url)
            if "training" in parts:
                swaps = partial(measure_swaps, browser, server.url, count, arguments.listen)
                measure_busy(workspace, server.url, sounds, swaps)
            if "flat" in parts:
                measure_growth(browser, server.url, arguments.flat)
        browser.close()
        workspace.database.close()


if __name__ == "__main__":
    main()
