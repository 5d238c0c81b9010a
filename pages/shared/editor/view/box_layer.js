// The boxes over the picture, as SVG. Only draws; see gestures.js for what the pointer does.

import { svg } from "../../web/dom.js";
import { formatDuration, formatNumber } from "../../web/numbers.js";
import { originOf } from "../model/boxes_state.js";
import { lookOf } from "../model/labels.js";
import { Hatches } from "./hatches.js";

/** @import { Box, BoxNodes, DrawnBoxes, Ghost, PixelArea, Scales, SessionView, Span } from "../../web/types.js" */

const HANDLES = ["n", "s", "e", "w", "nw", "ne", "sw", "se"];
const GRIP = 9; // reach of a handle, mostly outside the box so that small boxes can still be moved
const TEXT_HEIGHT = 14;
const TAG_WIDTH = 7; // pixels of a letter
const INSET = 3; // pixels between boxes of several people at one place

/** @param {Span} box */
const band = (box) =>
  box.low_hz === null
    ? "all frequencies"
    : `${(box.low_hz / 1000).toFixed(1)} to ${(box.high_hz / 1000).toFixed(1)} kilohertz`;

/**
 * A box in words, for screen readers and tooltips.
 * @param {Box} box
 */
export function describeBox(box) {
  const said = [
    box.score === null ? "" : `score ${formatNumber(box.score, 4)}`,
    box.checked ? "ticked" : "",
    box.unsure ? "unsure" : "",
    box.individual ? `individual ${box.individual}` : "",
    box.call_type ? `call type ${box.call_type}` : "",
    box.comment ? `note: ${box.comment}` : "",
  ];
  const length = box.end_s - box.start_s;
  const digits = length < 0.01 ? 4 : length < 1 ? 3 : 2;
  const times = `${box.start_s.toFixed(digits)} to ${box.end_s.toFixed(digits)} seconds (${formatDuration(length)})`;
  return [box.label, times, band(box), ...said].filter(Boolean).join(", ");
}

/**
 * What stands over a box: "✓ call ? 0.81". A note is marked too; the tooltip has its words.
 * @param {Box} box
 */
function captionOf(box) {
  const score = box.score === null ? "" : box.score.toFixed(2);
  return [box.checked ? "✓" : "", box.label, box.unsure ? "?" : "", box.comment ? "✎" : "", score]
    .filter(Boolean)
    .join(" ");
}

/** @param {Span} box @param {Scales} scales */
function pixels(box, scales) {
  const [x, right] = [scales.x(box.start_s), scales.x(box.end_s)];
  const [y, bottom] = box.low_hz === null ? [0, scales.height] : [scales.y(box.high_hz), scales.y(box.low_hz)];
  return { x, y, width: Math.max(right - x, 0.5), height: Math.max(bottom - y, 0.5) };
}

/**
 * Set the attributes that have another value: an SVG is laid out anew even for the same one.
 * @param {Element} node
 * @param {Record<string, unknown>} attributes
 */
function place(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/**
 * The eight (time-only: two) zones at the border of a box that resize it.
 * @param {PixelArea} area
 * @param {boolean} timeOnly
 */
function handleZones(area, timeOnly) {
  const inside = Math.min(3, area.width / 4, area.height / 4);
  const reach = GRIP + inside;
  /** @type {Record<string, number[]>} */
  const columns = {
    w: [area.x - GRIP, reach],
    e: [area.x + area.width - inside, reach],
    "": [area.x + inside, Math.max(area.width - 2 * inside, 0)],
  };
  /** @type {Record<string, number[]>} */
  const rows = {
    n: [area.y - GRIP, reach],
    s: [area.y + area.height - inside, reach],
    "": [area.y + inside, Math.max(area.height - 2 * inside, 0)],
  };
  return HANDLES.filter((name) => !timeOnly || name === "e" || name === "w").map((name) => {
    const [x, width] = columns[name.replace(/[ns]/, "")];
    const [y, height] = rows[name.replace(/[ew]/, "")];
    return { name, x, y, width, height };
  });
}

export class Boxes {
  #layers = {
    ghosts: svg("g", { class: "ghosts" }),
    boxes: svg("g"),
    handles: svg("g", { class: "handles" }),
    frame: svg("g", { class: "frame" }),
  };
  /** @type {Map<string, BoxNodes>} */ #nodes = new Map(); // id -> {group, shade, hatch, rect, text, title}
  /** @type {Hatches} */ hatches;

  /** @param {SVGElement} overlay */
  constructor(overlay) {
    this.hatches = new Hatches(overlay);
    overlay.append(...Object.values(this.#layers));
  }

  /**
   * Draw `boxes` of a session `view`; `selection` are ids, the last is the primary one. `ghosts` are predictions, or
   * boxes of other people, shown for comparison only, `frame` is what selects boxes while it is dragged.
   * @param {Omit<DrawnBoxes, "editable"> & { ghosts: Ghost[]; frame: Span | undefined; scales: Scales; handles: boolean }} omit
   */
  draw({ boxes, selection, ghosts, frame, view, scales, handles }) {
    const selected = selection.at(-1);
    const order = [...boxes].sort((a, b) => b.end_s - b.start_s - (a.end_s - a.start_s));
    const present = new Set(boxes.map(({ id }) => id));
    for (const id of [...this.#nodes.keys()]) {
      if (present.has(id)) continue;
      this.#nodes.get(id).group.remove();
      this.#nodes.delete(id);
    }
    /** @type {{ x: number, y: number, width: number }[]} */
    const taken = [];
    order.forEach((box, index) => {
      const node = this.#node(box.id);
      if (this.#layers.boxes.children[index] !== node.group)
        this.#layers.boxes.insertBefore(node.group, this.#layers.boxes.children[index] ?? null);
      this.#drawBox(node, box, view, scales, selection.includes(box.id));
    });
    for (const box of [...order].sort(
      (a, b) => Number(b.id === selected) - Number(a.id === selected) || a.start_s - b.start_s,
    )) {
      this.#drawText(this.#nodes.get(box.id).text, box, scales, taken, selection.includes(box.id));
    }
    this.#drawGhosts(ghosts, scales);
    this.#layers.frame.replaceChildren(...(frame ? [svg("rect", pixels(frame, scales))] : []));
    this.#drawHandles(handles ? boxes.find((box) => box.id === selected) : undefined, scales);
  }

  /** @param {string} id */
  #node(id) {
    let node = this.#nodes.get(id);
    if (node) return node;
    const [shade, hatch, rect] = ["shade", "hatch", "box"].map((name) => svg("rect", { class: name }));
    const [text, title] = [svg("text"), svg("title")];
    rect.setAttribute("role", "img");
    rect.append(title);
    node = { group: svg("g", {}, shade, hatch, rect, text), shade, hatch, rect, text, title };
    this.#nodes.set(id, node);
    return node;
  }

  /**
   * @param {BoxNodes} boxNodes
   * @param {Box} box
   * @param {SessionView} view
   * @param {Scales} scales
   * @param {boolean} selected
   */
  #drawBox({ group, shade, hatch, rect, title }, box, view, scales, selected) {
    const area = pixels(box, scales);
    const origin = originOf(box, view);
    const look = lookOf(box.label, view);
    group.setAttribute(
      "class",
      [selected ? "selected" : "", origin === "model_accepted" ? "predicted" : ""].join(" ").trim(),
    );
    group.style.setProperty("--color", look.color);
    place(hatch, { ...area, fill: this.hatches.fill(look), "data-pattern": look.pattern });
    group.style.setProperty("--strength", String(box.score === null ? 1 : 0.55 + 0.45 * box.score));
    place(shade, area);
    place(rect, {
      ...area,
      "data-region-id": box.id,
      "data-start-s": box.start_s,
      "data-end-s": box.end_s,
      "data-low-hz": box.low_hz ?? "",
      "data-high-hz": box.high_hz ?? "",
      "data-label": box.label,
      "data-origin": origin,
      "data-selected": selected,
      "data-checked": Boolean(box.checked),
      "data-unsure": Boolean(box.unsure),
      "aria-label": describeBox(box),
    });
    title.textContent = describeBox(box);
  }

  // Labels that would lie over one another are left out until their box is selected or pointed at.
  /**
   * @param {SVGElement} node
   * @param {Box} box
   * @param {Scales} scales
   * @param {{ x: number; y: number; width: number }[]} taken
   * @param {boolean} selected
   */
  #drawText(node, box, scales, taken, selected) {
    const area = pixels(box, scales);
    node.textContent = captionOf(box);
    const width = node.textContent.length * 6.6 + 6;
    const x = Math.min(Math.max(area.x + 2, 2), scales.width - width);
    const y = area.y >= TEXT_HEIGHT ? area.y - 4 : Math.max(area.y, 0) + TEXT_HEIGHT - 2;
    const overlaps = taken.some(
      (other) => x < other.x + other.width && other.x < x + width && Math.abs(y - other.y) < TEXT_HEIGHT,
    );
    const away = area.x > scales.width || area.x + area.width < 0 || area.y > scales.height || area.y + area.height < 0;
    place(node, { x, y, class: away ? "away" : overlaps && !selected ? "crowded" : "" });
    if (!overlaps && !away) taken.push({ x, y, width });
  }

  // Those of several people are drawn into one another, so that each is seen where two are alike.
  /** @param {Ghost[]} ghosts @param {Scales} scales */
  #drawGhosts(ghosts, scales) {
    /** @param {Ghost} ghost */
    const area = (ghost) => {
      const { x, y, width, height } = pixels(ghost, scales);
      const inset = Math.min(INSET * ghost.inset, width / 4, height / 4);
      return { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset };
    };
    /** @param {string} name */
    const rects = (name) =>
      ghosts.map((ghost) =>
        svg("rect", { class: `${name} ${ghost.name}`.trim(), style: `--color: ${ghost.color}`, ...area(ghost) }),
      );
    const tags = ghosts
      .filter((ghost) => ghost.tag && (ghost.isNow || area(ghost).width > ghost.tag.length * TAG_WIDTH))
      .map((ghost) => {
        const { x, y, height } = area(ghost);
        const at = { x: x + 3, y: Math.min(y + height, scales.height) - 5 - TEXT_HEIGHT * ghost.inset };
        return svg("text", { class: ghost.name, style: `--color: ${ghost.color}`, ...at }, ghost.tag);
      });
    this.#layers.ghosts.replaceChildren(...rects("shade"), ...rects("ghost"), ...tags);
  }

  /** @param {Box | undefined} box @param {Scales} scales */
  #drawHandles(box, scales) {
    const layer = this.#layers.handles;
    if (!box) return layer.replaceChildren();
    const area = pixels(box, scales);
    const zones = handleZones(area, box.low_hz === null);
    const marks = zones.map(({ name }) => {
      const x = area.x + (name.includes("w") ? 0 : name.includes("e") ? area.width : area.width / 2);
      const y = area.y + (name.includes("n") ? 0 : name.includes("s") ? area.height : area.height / 2);
      return svg("rect", { class: "mark", x: x - 3, y: y - 3, width: 6, height: 6 });
    });
    layer.replaceChildren(
      ...marks,
      ...zones.map(({ name, ...zone }) => svg("rect", { class: `handle ${name}`, "data-handle": name, ...zone })),
    );
  }
}
