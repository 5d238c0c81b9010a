// Patterns inside boxes: labels whose colours look alike are told apart by them. See label_patterns.js.

import { svg } from "../../web/dom.js";

/** @import { LabelLook } from "../../web/types.js" */

const TILE = 8;
const LINES = [
  null,
  "M-2 2 2-2M0 8 8 0M6 10 10 6",
  "M-2 6 2 10M0 0 8 8M6-2 10 2",
  "M0 4H8",
  "M4 0V8",
  "M0 0 8 8M0 8 8 0",
];

export class Hatches {
  #defs = svg("defs");

  /** @param {SVGElement} overlay */
  constructor(overlay) {
    overlay.append(this.#defs);
  }

  /**
   * How to fill a box of a label's colour and pattern.
   * @param {LabelLook} labelLook
   */
  fill({ color, pattern }) {
    if (!pattern) return "none";
    const id = `hatch-${pattern}-${color.slice(1)}`;
    if (!this.#defs.querySelector(`#${id}`)) {
      const lines = svg("path", { d: LINES[pattern], stroke: color, "stroke-width": 1.3, fill: "none" });
      this.#defs.append(svg("pattern", { id, width: TILE, height: TILE, patternUnits: "userSpaceOnUse" }, lines));
    }
    return `url(#${id})`;
  }
}
