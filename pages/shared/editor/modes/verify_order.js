// Which prediction is judged next, and what of the picture shows it. No DOM.

import { byScore, inTimeOrder, isUnjudged, samePlace } from "../model/boxes_state.js";

/** @import { Action, Area, Band, Box, Part, SessionView, Times } from "../../web/types.js" */

export const ORDERS = [
  { order: "time", name: "In time" },
  { order: "best", name: "Best score first" },
  { order: "lowest", name: "Lowest score first" },
];

const LENGTHS = 3; // of the picture, in lengths of the box
const MIN_S = 0.05;
const PAD_SHARE = 0.15; // heard before and after the box
const PAD_S = [0.02, 0.3];

/**
 * Ids of the predictions that wait for a verdict as a session opens; of one label, unless it is empty.
 * @param {Box[]} boxes
 * @param {SessionView} view
 * @param {string} label
 */
export function scopeOf(boxes, view, label) {
  const waiting = boxes.filter((box) => isUnjudged(box, view) && (!label || box.label === label));
  return new Set(waiting.map((box) => box.prediction_id));
}

/**
 * The boxes of a scope that have no verdict yet, in the order in which they are shown.
 * @param {Box[]} boxes
 * @param {SessionView} view
 * @param {Set<string>} scope
 * @param {string} order
 */
export function waitingBoxes(boxes, view, scope, order) {
  const waiting = boxes.filter((box) => {
    const prediction = scope.has(box.prediction_id) && view.predictions.find(({ id }) => id === box.prediction_id);
    return prediction && !box.checked && !box.unsure && samePlace(box, prediction);
  });
  if (order === "time") return inTimeOrder(waiting);
  const scored = byScore(waiting);
  const rest = inTimeOrder(waiting.filter((box) => box.score === null));
  return [...(order === "lowest" ? scored.reverse() : scored), ...rest];
}

/**
 * What a verdict does to a box, as an action of the store.
 * @param {Box} box
 * @param {string} verdict
 * @param {string} [label]
 * @returns {Action}
 */
export function actionOf(box, verdict, label = box.label) {
  if (verdict === "no") return { type: "remove", id: box.id };
  return { type: "change", id: box.id, patch: { checked: true, unsure: verdict === "unsure", label } };
}

/**
 * The part of the picture that shows a box with what is around it; `home` is the whole of it.
 * @param {Box} box
 * @param {Part} limits
 * @param {Band} home
 */
export function contextOf(box, limits, home) {
  const length = box.end_s - box.start_s;
  const span = Math.min(Math.max(LENGTHS * length, MIN_S), limits.t1 - limits.t0);
  const middle = (box.start_s + box.end_s) / 2;
  const t0 = Math.min(Math.max(middle - span / 2, limits.t0), limits.t1 - span);
  return { t0, t1: t0 + span, f0: home.f0, f1: home.f1 };
}

/**
 * What is played of a box: with a little around it.
 * @param {Area} box
 * @param {Times} limits
 */
export function clipOf(box, limits) {
  const pad = Math.min(Math.max(PAD_SHARE * (box.end_s - box.start_s), PAD_S[0]), PAD_S[1]);
  return { start: Math.max(box.start_s - pad, limits.t0), end: Math.min(box.end_s + pad, limits.t1) };
}
