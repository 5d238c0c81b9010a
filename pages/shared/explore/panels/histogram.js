// A small histogram: bars, marks below them, and a line that can be moved.

import { svg } from "../../web/dom.js";

const WIDTH = 300;
const HEIGHT = 64;

/**
 * Draw counts between edges; `marks` are values to point at, `line` is a threshold or null.
 * @param {number[]} edges
 * @param {number[]} counts
 * @param {{ marks?: number[]; line?: number | null; title?: string }} [options]
 */
export function makeHistogram(edges, counts, { marks = [], line = null, title = "" } = {}) {
  const [low, high] = [edges[0], edges.at(-1)];
  /** @param {number} value */
  const at = (value) => (WIDTH * (value - low)) / (high - low || 1);
  const tallest = Math.sqrt(Math.max(...counts, 1)); // roots, so that a few are seen beside many
  const bars = counts.map((count, index) => {
    const tall = ((HEIGHT - 8) * Math.sqrt(count)) / tallest;
    return svg("rect", {
      x: at(edges[index]),
      y: HEIGHT - 8 - tall,
      width: Math.max(at(edges[index + 1]) - at(edges[index]) - 0.5, 0.5),
      height: tall,
    });
  });
  const ticks = marks.map((value) =>
    svg("line", { class: "mark", x1: at(value), x2: at(value), y1: HEIGHT - 7, y2: HEIGHT }),
  );
  const lines =
    line === null ? [] : [svg("line", { class: "threshold", x1: at(line), x2: at(line), y1: 0, y2: HEIGHT })];
  return svg(
    "svg",
    {
      class: "histogram",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": title,
    },
    ...bars,
    ...ticks,
    ...lines,
  );
}
