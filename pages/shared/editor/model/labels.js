// The labels of a round, looked up and searched: thousands of them too. No DOM.

import { patternsOf } from "./label_patterns.js";

/** @import { Box, Label, LabelLook, SessionView } from "../../web/types.js" */

const UNKNOWN = { color: "#bbbbbb", pattern: 0 };
const FEW = 40; // as many stand in a plain list
export const MORE = "\u0000more"; // the last entry of a list that does not hold all labels

/** @type {WeakMap<Label[], { byName: Map<string, Label & LabelLook>, folded: { name: string, description: string }[] }>} */
const indexes = new WeakMap(); // a round's list of labels -> {byName, folded}

/**
 * Small letters without accents, as they are searched.
 * @param {string} text
 */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {Label[]} labels */
function indexOf(labels) {
  const known = indexes.get(labels);
  if (known) return known;
  const patterns = patternsOf(labels);
  const index = {
    byName: new Map(labels.map((label, at) => [label.name, { ...label, pattern: patterns[at] }])),
    folded: labels.map(({ name, description }) => ({ name: fold(name), description: fold(description ?? "") })),
  };
  indexes.set(labels, index);
  return index;
}

/**
 * {color, pattern} of a label of a session `view`; grey for one that the round has no more.
 * @param {string} name
 * @param {Pick<SessionView, "labels">} sessionView
 */
export const lookOf = (name, { labels }) => indexOf(labels).byName.get(name) ?? UNKNOWN;

/** @param {string} name @param {Pick<SessionView, "labels">} view */
export const colorOf = (name, view) => lookOf(name, view).color;

/**
 * The label with a key, or undefined.
 * @param {Label[]} labels
 * @param {string} key
 */
export const labelWithKey = (labels, key) => labels.find(({ hotkey }) => hotkey && hotkey.toLowerCase() === key);

// How well a name answers a search; what is smaller comes first, Infinity does not come.
/** @param {{ name: string; description: string }} options @param {string[]} words @param {string} whole */
function rank({ name, description }, words, whole) {
  if (!words.every((word) => name.includes(word) || description.includes(word))) return Infinity;
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  if (words.every((word) => name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)))) return 2;
  return words.every((word) => name.includes(word)) ? 3 : 4;
}

/**
 * Labels whose name or description has all words of `text` as parts: the best first, without a text the `recent` ones.
 * @param {Label[]} labels
 * @param {string} text
 * @param {string[]} [recent]
 */
export function searchLabels(labels, text, recent = []) {
  const whole = fold(text.trim());
  const words = whole.split(/\s+/).filter(Boolean);
  if (!words.length) {
    const first = recent.map((name) => indexOf(labels).byName.get(name)).filter(Boolean);
    const names = new Set(first.map(({ name }) => name));
    return [...first, ...labels.filter(({ name }) => !names.has(name))];
  }
  const found = indexOf(labels)
    .folded.map((label, at) => ({ at, rank: rank(label, words, whole) }))
    .filter((each) => each.rank < Infinity);
  return found.sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ at }) => labels[at]);
}

/**
 * The entries [value, text] of a plain list of labels: all of the round's with those that boxes have; of a long list
 * only what is used, and MORE.
 * @param {Pick<SessionView, "labels">} sessionView
 * @param {Box[]} boxes
 * @param {string[]} recent
 */
export function listLabels({ labels }, boxes, recent) {
  const used = boxes.map(({ label }) => label);
  const names = labels.length <= FEW ? [...labels.map(({ name }) => name), ...used] : [...recent, ...used];
  const entries = [...new Set(names)].map((name) => [name, name]);
  return labels.length <= FEW ? entries : [...entries, [MORE, `All ${labels.length} labels …`]];
}
