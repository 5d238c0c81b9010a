"""Measure the map of Explore in headless Chromium, without a graphics card: 100,000 and 1,000,000 clips.

    python benchmarks/map.py [--clips 100000 1000000] [--plotly .../plotly.min.js]

What counts is how long until there is a picture, from the moment at which the component starts; how many pictures a
second come while the map is dragged and magnified, beside how many come while nothing happens (a machine that others
use shows less of both); how long from the end of a lasso until what is inside is shown as selected; and how much of a
processor the page needs for each. Plotly's scattergl does the same in the same run.

Measured on 2026-11-30 on two idle cores: 100,000 clips were there after 0.8 s, 57 to 60 pictures a second while they
moved (an empty page: 60), a lasso shown after 0.08 s; a million: 5.8 s, 57 to 60, 0.3 s. Plotly with 100,000: 0.9 s, a
picture in 0.5 s, 1.0 s; with a million: 5.0 s, 4.2 s, 8.2 s. With ten other programs on the same cores, 100,000 were
there after 2.3 s, and 34 to 51 pictures came a second.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, CDPSession, Locator, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from podcast_core.domain.clip import PART_CLIPS
from podcast_core.domain.collection import Collection, Unit
from podcast_core.services.explore.vectors import vectors_key
from podcast_core.services.intake import demo
from podcast_core.settings import Settings
from podcast_core.storage import clips, sessions
from podcast_core.workspace import Workspace, open_workspace
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ARGUMENTS
from tests.services.exploring import keep_collection
from tests.serving import serve

FRAMES = 90
KINDS = 12  # of sounds
LABELLED = 0.5

WATCH = """
window.pictures = []; // when each was put on the screen
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (...told) {
  put.apply(this, told);
  if (this.canvas.closest?.(".map")) window.pictures.push(performance.now());
};
Element.prototype.setPointerCapture = () => {}; // pointers that the measurement makes up cannot be captured
window.tell = (node, type, x, y, more = {}) => {
  const { left, top } = node.getBoundingClientRect();
  const Kind = type === "wheel" ? WheelEvent : PointerEvent;
  const at = { clientX: left + x, clientY: top + y, bubbles: true, composed: true, cancelable: true };
  node.dispatchEvent(new Kind(type, { ...at, pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, ...more }));
};
window.everyFrame = (count, act) => new Promise((resolve) => {
  const start = performance.now();
  let frame = 0;
  const next = () => {
    if (frame === count) return resolve(performance.now() - start);
    act(frame);
    frame += 1;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
});
"""
REST = "(node, count) => everyFrame(count, () => {})"
DRAG = """async (node, count) => {
  tell(node, "pointerdown", 400, 300, { ctrlKey: true });
  const took = await everyFrame(count, (at) => tell(node, "pointermove", 400 + 60 * Math.sin(at / 9), 300 + at / 3));
  tell(node, "pointerup", 400, 300);
  return took;
}"""
ZOOM = (
    "(node, count) => everyFrame(count, (at) => tell(node, 'wheel', 400, 300, { deltaY: at < count / 2 ? -30 : 30 }))"
)
LASSO = """async (node) => {
  const corner = (at) => [400 + 180 * Math.cos(at / 4), 300 + 180 * Math.sin(at / 4)];
  tell(node, "pointerdown", ...corner(0));
  for (let at = 1; at < 25; at += 1) tell(node, "pointermove", ...corner(at));
  const root = node.getRootNode().querySelector(".explorer");
  const before = root.dataset.selected;
  const start = performance.now();
  tell(node, "pointerup", ...corner(24));
  let seen = 0;
  while (root.dataset.selected === before) await new Promise(requestAnimationFrame);
  seen = pictures.length;
  while (pictures.length === seen) await new Promise(requestAnimationFrame);
  return [pictures[seen] - start, Number(root.dataset.selected)];
}"""
PLOTLY = """async ([places, count]) => {
  const [x, y] = [places.filter((_, at) => at % 2 === 0), places.filter((_, at) => at % 2)];
  const color = x.map((_, at) => at % 12);
  const start = performance.now();
  document.body.innerHTML = "<div id=plot style='width:1000px;height:700px'></div>";
  const layout = { dragmode: "lasso", xaxis: { range: [-3, 3] }, yaxis: { range: [-3, 3] } };
  const marker = { size: 4, color };
  await Plotly.newPlot("plot", [{ type: "scattergl", mode: "markers", x, y, marker }], layout);
  await new Promise(requestAnimationFrame);
  const first = performance.now() - start;
  const moving = performance.now();
  for (let at = 0; at < count; at += 1) {
    const shift = 0.5 * Math.sin(at / 9);
    await Plotly.relayout("plot", { "xaxis.range": [-3 + shift, 3 + shift] });
    await new Promise(requestAnimationFrame);
  }
  const frame = (performance.now() - moving) / count;
  const choosing = performance.now();
  const inside = [...x.keys()].filter((at) => Math.hypot(x[at], y[at]) < 1);
  await Plotly.restyle("plot", { selectedpoints: [inside] });
  await new Promise(requestAnimationFrame);
  return [first, frame, performance.now() - choosing];
}"""


@dataclass
class Meter:
    """The processor time of a page's main thread."""

    session: CDPSession

    @classmethod
    def of(cls, page: Page) -> "Meter":
        """Begin to measure a page."""
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(session)

    def read_ms(self) -> float:
        """Read what was used so far."""
        found = {each["name"]: each["value"] for each in self.session.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(found["TaskDuration"])


def make_places(count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Make vectors of some kinds of sound, and say of which kind each is."""
    kind = chance.integers(0, KINDS, count)
    middles = 4 * chance.normal(size=(KINDS, 8))
    return (middles[kind] + chance.normal(size=(count, 8))).astype(np.float32), kind


def add_clips(workspace: Workspace, count: int) -> str:
    """Add a collection of about so many clips, half of them with one of the demo's labels."""
    name = f"clips-{count}"
    with workspace.database.reading() as connection:
        found = sessions.list_sessions(connection, "demo")
    each_has = -(-count // len(found))
    places = [
        (s.id, s.recording_id, s.channel, s.start_s + at * step_s, min(s.end_s, s.start_s + at * step_s + 0.1))
        for s in found
        for step_s in [s.duration_s / each_has]
        for at in range(each_has)
    ]
    asked = Collection(name, "demo", name, Unit.ANNOTATION, "made-up/1", "Ann")
    keep_collection(workspace, asked, places, 8)
    chance = np.random.default_rng(0)
    vectors, kind = make_places(len(places), chance)
    for position, first in enumerate(range(0, len(places), PART_CLIPS)):
        with tempfile.TemporaryFile() as file:
            np.save(file, vectors[first : first + PART_CLIPS])
            file.seek(0)
            workspace.files.write(vectors_key(name, position), file.read())
    labels = [f"kind {each}" for each in range(KINDS)]
    chosen = np.flatnonzero(chance.random(len(places)) < LABELLED)
    with workspace.database.writing() as connection:
        clips.set_labels(connection, name, {int(number): labels[kind[number]] for number in chosen})
    return name


def measure(page: Page, url: str) -> dict[str, Any]:
    """Measure one collection's page."""
    page.goto(url)
    root = page.locator(".explorer[data-state=ready]")
    root.wait_for(timeout=600_000)
    page.reload()  # the server has warmed up, and so has the browser's cache of scripts
    root.wait_for(timeout=600_000)
    page.wait_for_function("pictures.length > 0")
    told: dict[str, Any] = page.evaluate("""() => {
      const start = performance.getEntriesByName("explore-start").at(-1).startTime;
      const asked = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/v1/"));
      const shorten = (name) => name.split("/collections/").at(-1).split("/").slice(1).join("/");
      const rows = asked.map((each) =>
        [shorten(each.name), each.startTime - start, each.duration, each.transferSize / 1e6]);
      return { script: start, picture: pictures[0] - start, asked: rows };
    }""")
    told["ready"] = page.evaluate("performance.getEntriesByName('explore-ready').at(-1).duration")
    told["pictures"] = page.evaluate("pictures.length")
    map_, meter = page.locator(".map"), Meter.of(page)
    for name, script in (("rest", REST), ("drag", DRAG), ("zoom", ZOOM)):
        told[name] = measure_frames(page, map_, meter, script)
    before = meter.read_ms()
    told["lasso"], told["selected"] = map_.evaluate(LASSO)
    told["lasso cpu"] = meter.read_ms() - before
    return told


def measure_frames(page: Page, map_: Locator, meter: Meter, script: str) -> tuple[float, float, int]:
    """Measure pictures a second, processor milliseconds for each, and how many pictures the map drew."""
    page.wait_for_timeout(500)
    drawn, before = page.evaluate("pictures.length"), meter.read_ms()
    took_ms = map_.evaluate(script, FRAMES)
    return 1000 * FRAMES / took_ms, (meter.read_ms() - before) / FRAMES, page.evaluate("pictures.length") - drawn


def show(count: int, told: dict[str, Any], *, in_detail: bool) -> None:
    """Print what was measured."""
    print(f"\n{count:,} clips: first picture {told['picture']:.0f} ms, all there {told['ready']:.0f} ms")
    for name in ("rest", "drag", "zoom"):
        rate, cpu_ms, drawn = told[name]
        print(f"  {name:5} {rate:5.1f} frames a second, {cpu_ms:6.1f} ms of a processor each, {drawn} pictures")
    print(
        f"  lasso {told['lasso']:.0f} ms to {told['selected']:,} selected ({told['lasso cpu']:.0f} ms of a processor)"
    )
    if in_detail:
        print(f"  component started {told['script']:.0f} ms after the page; {told['pictures']} pictures until ready")
        for name, at, took, size in told["asked"]:
            print(f"    {at:6.0f} + {took:5.0f} ms {size:6.2f} MB {name}")


def measure_plotly(browser: Browser, path: Path, count: int) -> None:
    """Do the same with plotly."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto("about:blank")
    page.add_script_tag(path=str(path))
    places = np.random.default_rng(0).normal(size=2 * count).round(4).tolist()
    first, frame, chosen = page.evaluate(PLOTLY, [places, 10])
    print(
        f"\nplotly, {count:,} points: first picture {first:.0f} ms, a frame {frame:.0f} ms, selection {chosen:.0f} ms"
    )
    page.close()


def find_plotly() -> Path | None:
    """Find plotly's script in Python's package, if it is installed."""
    spec = find_spec("plotly")
    path = Path(str(spec.origin)).parent / "package_data" / "plotly.min.js" if spec else None
    return path if path and path.exists() else None


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--plotly", type=Path, default=find_plotly(), help="plotly.min.js")
    parser.add_argument("--data", type=Path, help="a folder to keep and use again")
    parser.add_argument("--detail", action="store_true", help="what was asked of the server")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = asked.data or Path(folder) / "data"
        is_new = not data.exists()
        workspace = open_workspace(Settings(data_dir=data))
        if is_new:
            demo.add_demo_round(workspace)
            for count in asked.clips:
                add_clips(workspace, count)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        with serve(data) as server:
            for count in asked.clips:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.add_init_script(WATCH)
                url = f"{server.url}/explore?round=demo&collection=clips-{count}"
                show(count, measure(page, url), in_detail=asked.detail)
                page.close()
        if asked.plotly:
            measure_plotly(browser, asked.plotly, min(asked.clips))
        browser.close()
        workspace.database.close()


if __name__ == "__main__":
    main()
