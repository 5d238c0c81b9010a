// What a count of calls has found so far.

import { el } from "../../web/dom.js";
import { countClips, percent } from "./common.js";

/** @import { Density } from "../../web/types.js" */

const MAX_DIGITS = 6;
/** @param {number} logit */
const likelihood = (logit) => 1 / (1 + Math.exp(-logit));

/**
 * Write a range of scores with as many digits as tell its ends apart: 0.9981 to 0.9993 are not both 1.00.
 * @param {number} low
 * @param {number} high
 */
export function writeRange(low, high) {
  const ends = [likelihood(low), likelihood(high)];
  let digits = 2;
  while (digits < MAX_DIGITS && ends[0].toFixed(digits) === ends[1].toFixed(digits)) digits += 1;
  return ends.map((each) => each.toFixed(digits)).join(" – ");
}

/**
 * The clips in which the call was heard.
 * @param {Density["verdicts"]} verdicts
 */
export const callsOf = (verdicts) =>
  Object.keys(verdicts)
    .filter((number) => verdicts[number] === "yes")
    .map(Number);

/**
 * What is known so far, in words and as a table; `buttons` is null while clips are being heard.
 * @param {Density} found
 * @param {HTMLElement | null} buttons
 */
export function makeResult(found, buttons) {
  const { label, share, low, high, clips, heard, bins, auc, has_enough: hasEnough, to_hear: left } = found;
  if (!heard && !buttons) return [];
  /** @param {number} value */
  const about = (value) => Math.round(value * clips).toLocaleString("en");
  const head = heard
    ? [
        el(
          "p",
          { class: "answer" },
          el(
            "strong",
            {},
            `${hasEnough ? "" : "So far: "}about ${percent(share, share < 0.1 ? 1 : 0)} of the clips have “${label}”`,
          ),
        ),
        el(
          "p",
          {},
          `That is ${about(share)} of ${countClips(clips)} (90 % interval: ${about(low)} to ${about(high)}, or ${percent(low, 1)} to ${percent(high, 1)}).`,
        ),
      ]
    : [el("p", {}, `Nothing has been heard for “${label}” yet.`)];
  const more = hasEnough
    ? el("p", { class: "hint" }, "All drawn clips have been listened to. Drawing more narrows the range.")
    : el("p", { class: "hint" }, `${countClips(left.length)} more to listen to.`);
  const quality =
    auc === null
      ? null
      : el(
          "p",
          { class: "hint" },
          `Given a clip with the call and one without, the first has the higher score in ${Math.round(100 * auc)} of 100 cases (ROC-AUC ${auc.toFixed(2)}).`,
        );
  return [...head, more, quality, buttons, heard ? makeTable(bins) : null].filter(Boolean);
}

/** @param {Density["bins"]} bins */
function makeTable(bins) {
  /** @param {"th" | "td"} tag @param {unknown[]} row */
  const cells = (tag, row) => el("tr", {}, ...row.map((cell) => el(tag, {}, String(cell))));
  const rows = [...bins]
    .reverse()
    .map(({ low, high, clips, heard, calls, unsure }) => [
      writeRange(low, high),
      clips.toLocaleString("en"),
      heard,
      calls,
      unsure,
    ]);
  return el(
    "table",
    { class: "counts", "aria-label": "By range of scores" },
    el("thead", {}, cells("th", ["Score", "Clips", "Heard", "With", "Unsure"])),
    el("tbody", {}, ...rows.map((row) => cells("td", row))),
  );
}
