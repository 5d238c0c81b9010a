// What several panels are built of.

import { el } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";

/** @import { Explorer } from "../explorer.js" */

/** @param {number} count */
export const countClips = (count) => countOf(count, "clip");
/** @param {number} share @param {number} [digits] */
export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;

/**
 * Fill a select with [value, text] pairs; what is chosen stays chosen where it can.
 * @param {HTMLSelectElement} node
 * @param {string[][]} options
 * @param {string} [value]
 */
export function fillSelect(node, options, value = node.value) {
  const key = JSON.stringify(options);
  if (node.dataset.options !== key) {
    node.dataset.options = key;
    node.replaceChildren(...options.map(([each, text]) => el("option", { value: each }, text)));
  }
  node.value = options.some(([each]) => each === value) ? value : (options[0]?.[0] ?? "");
  return node;
}

/**
 * A field with its name before it.
 * @param {string} text
 * @param {HTMLElement} control
 */
export const named = (text, control) => el("label", { class: "named" }, el("span", {}, text), control);

/**
 * Do something that may fail, and say so if it does.
 * @type {<Done>(explorer: Explorer, work: () => Promise<Done>) => Promise<Done | null>}
 */
export async function attempt(explorer, work) {
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") explorer.say(error.message, { isBad: true });
    return null;
  }
}
