// What several people say about a session, and what was chosen of it so far. Pure functions; no DOM.
//
// A matter is one sound: the boxes that people have there, at most one each. Boxes that were chosen are called
// "matter-3-…", so that another choice about the same sound takes their place; boxes that somebody drew stay.

import { heldBox } from "./boxes_state.js";

/** @import { Box, Consensus, SideBox } from "../../web/types.js" */

/** @param {number} matter */
const prefixOf = (matter) => `matter-${matter}-`;

/** @param {SideBox} item @param {number} matter @param {string | number} source @returns {Box} */
const toBox = (item, matter, source) => heldBox({ ...item, id: prefixOf(matter) + source });

/** @param {Consensus} told @param {number} matter @param {number} side @returns {SideBox | null} */
export function boxOfSide({ sides, matters }, matter, side) {
  const at = matters[matter].boxes[side];
  return at === null || at === undefined ? null : sides[side].boxes[at];
}

/**
 * The boxes of one person, as an answer.
 * @param {Consensus} told
 * @param {number} side
 * @returns {Box[]}
 */
export const boxesOfSide = (told, side) => told.matters.flatMap((_, matter) => chosen(told, matter, side));

/**
 * What people agree on: merged boxes.
 * @param {Consensus} told
 * @returns {Box[]}
 */
export const agreedBoxes = (told) =>
  told.matters.flatMap(({ agreed }, matter) => (agreed ? chosen(told, matter, "consensus") : []));

/**
 * What all of them say together, as it is proposed.
 * @param {Consensus} told
 * @returns {Box[]}
 */
export const proposedBoxes = (told) => told.matters.flatMap((_, matter) => chosen(told, matter, "consensus"));

/**
 * The box, or none, that a choice about one matter comes to: that of a side, "consensus" or "none".
 * @param {Consensus} told
 * @param {number} matter
 * @param {number | "consensus" | "none"} choice
 * @returns {Box[]}
 */
export function chosen(told, matter, choice) {
  if (choice === "none") return [];
  const item = choice === "consensus" ? told.matters[matter].proposed : boxOfSide(told, matter, choice);
  return item ? [toBox(item, matter, choice)] : [];
}

/**
 * Boxes with another choice about one matter.
 * @param {Box[]} boxes
 * @param {Consensus} told
 * @param {number} matter
 * @param {number | "consensus" | "none"} choice
 * @returns {Box[]}
 */
export function decide(boxes, told, matter, choice) {
  const others = boxes.filter(({ id }) => !id.startsWith(prefixOf(matter)));
  return [...others, ...chosen(told, matter, choice)];
}

/**
 * The places of the matters about which people differ.
 * @param {Consensus} told
 * @returns {number[]}
 */
export const differencesOf = ({ matters }) => matters.flatMap(({ agreed }, matter) => (agreed ? [] : [matter]));

/**
 * From when to when a matter is: all its boxes.
 * @param {Consensus} told
 * @param {number} matter
 */
export function spanOf(told, matter) {
  const boxes = told.sides.map((_, side) => boxOfSide(told, matter, side)).filter((box) => box !== null);
  return {
    start_s: Math.min(...boxes.map(({ start_s }) => start_s)),
    end_s: Math.max(...boxes.map(({ end_s }) => end_s)),
  };
}
