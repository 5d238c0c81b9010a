// "I annotated this part; fill in the rest": which boxes a model learns from, and what becomes of what it finds. No DOM.

import { isUnjudged, predictedBox } from "./boxes_state.js";

/** @import { Area, Box, Fill, SessionView } from "../../web/types.js" */

const ROUNDING = 1000; // areas are given in milliseconds

/** @param {Area} box @param {Area} area */
const overlaps = (box, { start_s, end_s }) => box.start_s < end_s && box.end_s > start_s;
/** @param {Area} box @param {Area[]} areas */
const inAny = (box, areas) => areas.some((area) => overlaps(box, area));

/**
 * The part that is taken for annotated before anybody says so: from the start to the end of the last judged box.
 * @param {Box[]} boxes
 * @param {SessionView} view
 */
export function usualArea(boxes, view) {
  const judged = boxes.filter((box) => !isUnjudged(box, view));
  const end = Math.max(0, ...judged.map((box) => box.end_s));
  return { start_s: 0, end_s: Math.ceil(end * ROUNDING) / ROUNDING };
}

/**
 * What the server is asked: all boxes in the areas, and those outside that somebody has drawn, changed or ticked.
 * @param {Box[]} boxes
 * @param {SessionView} view
 * @param {Area[]} areas
 * @param {boolean} wholeRecording
 */
export function toFillIn(boxes, view, areas, wholeRecording) {
  const regions = boxes
    .filter((box) => inAny(box, areas) || !isUnjudged(box, view))
    .map(({ start_s, end_s, low_hz, high_hz, label }) => ({ start_s, end_s, low_hz, high_hz, label }));
  return { areas, regions, whole_recording: wholeRecording };
}

/**
 * The boxes after a fill-in: `fresh` is the session as the server has it now. Predictions outside of the areas that
 * nobody has judged make room for the new ones; returns {boxes, replaced: [ids], added: [ids]} of predictions.
 * @param {Box[]} boxes
 * @param {SessionView} view
 * @param {SessionView} fresh
 * @param {string} setId
 * @param {Area[]} areas
 */
export function fillIn(boxes, view, fresh, setId, areas) {
  const arrived = fresh.predictions.filter(({ id }) => id.startsWith(`${setId}-`));
  const gone = boxes.filter((box) => isUnjudged(box, view) && !inAny(box, areas));
  const kept = boxes.filter((box) => !gone.includes(box) && !arrived.some(({ id }) => id === box.prediction_id));
  return {
    boxes: [...kept, ...arrived.map(predictedBox)],
    replaced: gone.map((box) => box.prediction_id),
    added: arrived.map(({ id }) => id),
  };
}

/**
 * Predictions that filling in took off the screen, and those of a fill-in that was undone: nobody has judged them, so
 * they are not rejected when the boxes are handed in. `fills` are the {replaced, added} of a session's fill-ins.
 * @param {Box[]} boxes
 * @param {Fill[]} [fills]
 */
export function asideOf(boxes, fills = []) {
  const shown = new Set(boxes.map((box) => box.prediction_id));
  /** @param {Fill} fill */
  const isUndone = ({ added }) => !added.some((id) => shown.has(id));
  const aside = fills.flatMap((fill) => [...fill.replaced, ...(isUndone(fill) ? fill.added : [])]);
  return [...new Set(aside)].filter((id) => !shown.has(id));
}
