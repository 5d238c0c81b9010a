// What the dotted boxes are: a model's predictions beside the answer, each in the colour of its label.

import { el } from "../../web/dom.js";
import { colorOf } from "../model/labels.js";

/** @import { Editor } from "../editor.js" */
/** @import { Ghost } from "../../web/types.js" */

/**
 * What is shown beside the boxes on screen: those of all people where somebody decides, else the model's in a review.
 * @param {Editor} editor
 * @returns {Ghost[]}
 */
export function ghostsOf({ data, deciding, workflow: { view } }) {
  if (deciding) return deciding.layers;
  if (data.mode === "label") return [];
  return view.predictions.map((each) => ({ ...each, color: colorOf(each.label, view), name: "", tag: "", inset: 0 }));
}

export class GhostLegend {
  element = el("ul", { class: "ghost-legend", "aria-label": "The model’s predictions", hidden: true });
  #key = "";

  /** @param {Ghost[]} ghosts */
  draw(ghosts) {
    /** @type {Map<string, { color: string, count: number }>} */
    const counts = new Map();
    for (const { label, color, name } of ghosts)
      if (!name) counts.set(label, { color, count: (counts.get(label)?.count ?? 0) + 1 });
    const rows = [...counts].map(([label, { color, count }]) => [label, color, String(count)]);
    const key = JSON.stringify(rows);
    if (key === this.#key) return;
    this.#key = key;
    this.element.hidden = !rows.length;
    this.element.replaceChildren(
      el("li", {}, "Dotted: the model’s predictions"),
      ...rows.map(([label, color, count]) =>
        el("li", { style: `--color: ${color}` }, el("i"), label, el("b", {}, count)),
      ),
    );
  }
}
