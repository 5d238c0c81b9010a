// What this browser remembers of how a collection is shown.

/** @import { Explorer } from "../explorer.js" */

const REST_MS = 300; // of what keeps changing

export class SavedView {
  /** @type {Explorer} */ #explorer;
  #timer = 0;
  /** @type {Record<string, any>} */ before = {}; // as it was left

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
  }

  get #key() {
    return `podcast:explore:${this.#explorer.data.collection_id}`;
  }

  /** Show it as it was left. */
  recall() {
    const explorer = this.#explorer;
    try {
      this.before = JSON.parse(localStorage.getItem(this.#key)) ?? {};
    } catch {
      this.before = {};
    }
    const { color, alpha, hidden, tool, size, sound, map, axes, camera } = this.before;
    if (color) explorer.colorName = color;
    if (alpha) explorer.alphaName = alpha;
    if (hidden) explorer.hiddenSubsets = new Set(hidden);
    if (tool) explorer.map.useTool(tool);
    if (size) explorer.map.sizeFactor = size;
    explorer.hearing.isOn = sound ?? true;
    explorer.maps.recall({ map, axes, camera });
  }

  /** Remember how things are shown, in a moment. */
  remember() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), REST_MS);
  }

  save() {
    clearTimeout(this.#timer);
    const { root, colorName, alphaName, hiddenSubsets, legend, map, maps, hearing } = this.#explorer;
    if (root.dataset.state !== "ready") return;
    const { tool, sizeFactor, camera } = map;
    const shown = { color: colorName, alpha: alphaName, hidden: [...hiddenSubsets], legend, tool, camera };
    const view = { ...shown, size: sizeFactor, sound: hearing.isOn, ...maps.toJSON() };
    try {
      localStorage.setItem(this.#key, JSON.stringify(view));
    } catch {
      // a full or forbidden storage costs comfort only
    }
  }
}
