// Deciding between the answers of several people: whose boxes are taken, as a whole or difference by difference.

import { el } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";
import { agreedBoxes, boxesOfSide, boxOfSide, decide, differencesOf, proposedBoxes, spanOf } from "../model/matters.js";

/** @import { Box, Consensus, Ghost } from "../../web/types.js" */
/** @import { Workflow } from "../session/workflow.js" */
/** @import { Stage } from "../view/stage.js" */

// Colours that people who see some of them alike can tell apart: M. Okabe, K. Ito, Color Universal Design, 2008.
const COLORS = ["#56b4e9", "#e69f00", "#cc79a7", "#009e73", "#f0e442"];
const LETTERS = ["a", "b", "d", "e", "w"]; // of the people, at a difference; C is the consensus

export class Deciding {
  /** @type {number | null} */ #now = null; // the matter that is looked at
  /** @type {string | null} */ #session = null;
  #warned = false;
  /** @type {WeakMap<Box[], Set<number>>} */ #decided = new WeakMap(); // by a state of the boxes, so that undo undoes it
  #key = "";
  element = el("div", { class: "deciding", role: "group", "aria-label": "Answers to decide between", hidden: true });
  /** @type {Workflow} */ workflow;
  /** @type {Stage} */ stage;

  /** @param {HTMLElement} slot @param {Workflow} workflow @param {Stage} stage */
  constructor(slot, workflow, stage) {
    slot.append(this.element);
    this.workflow = workflow;
    this.stage = stage;
  }

  /** @returns {Consensus | null} */
  get #told() {
    const { view } = this.workflow;
    if (view && view.session_id !== this.#session) {
      this.#session = view.session_id;
      this.#now = null;
      this.#warned = false;
    }
    return view?.consensus ?? null;
  }

  /** Differences about which nothing was chosen yet. */
  get left() {
    const told = this.#told;
    const decided = this.#decidedNow;
    return told ? differencesOf(told).filter((matter) => !decided.has(matter)) : [];
  }

  /** @returns {Set<number>} */
  get #decidedNow() {
    const { state } = this.workflow.work ?? {};
    for (const boxes of state ? [state.boxes, ...[...state.past].reverse()] : [])
      if (this.#decided.has(boxes)) return this.#decided.get(boxes);
    return new Set();
  }

  // Choosing ------------------------------------------------------------------------------------------

  /** @param {Box[]} boxes @param {Iterable<number>} decided @param {string} said */
  #replace(boxes, decided, said) {
    if (!this.workflow.canEdit) return false;
    this.workflow.dispatch({ type: "replace", boxes });
    this.#decided.set(this.workflow.work.state.boxes, new Set(decided));
    this.#warned = false;
    this.workflow.say(said, { label: "Undo", action: "undo" });
    return true;
  }

  /**
   * Take all boxes of one person.
   * @param {number} side
   */
  takeSide(side) {
    const told = this.#told;
    if (!told?.sides[side]) return false;
    const boxes = boxesOfSide(told, side);
    return this.#replace(boxes, differencesOf(told), `${told.sides[side].annotator}’s answer is taken.`);
  }

  /** Take what all agree on; what they differ about is open again. */
  takeAgreed() {
    const told = this.#told;
    if (!told) return false;
    const boxes = agreedBoxes(told);
    return this.#replace(boxes, [], `Merged: ${countOf(boxes.length, "box", "boxes")} on which all agree.`);
  }

  takeConsensus() {
    const told = this.#told;
    if (!told) return false;
    const boxes = proposedBoxes(told);
    return this.#replace(boxes, differencesOf(told), "What they say together is taken.");
  }

  /**
   * Choose about the difference that is looked at, and look at the next one.
   * @param {number | "consensus" | "none"} choice
   */
  choose(choice) {
    const told = this.#told;
    const matter = this.#now;
    if (!told || matter === null || (typeof choice === "number" && !told.sides[choice])) return false;
    const who = typeof choice === "number" ? told.sides[choice].annotator : choice === "none" ? "No box" : "Consensus";
    const boxes = decide(this.workflow.work.state.boxes, told, matter, choice);
    if (!this.#replace(boxes, [...this.#decidedNow, matter], `${who} is taken.`)) return false;
    const next = this.left.find((each) => each > matter) ?? this.left[0];
    if (next === undefined) this.#look(null);
    else this.#look(next);
    return true;
  }

  /**
   * Choose a person by their letter.
   * @param {string} letter
   */
  chooseLetter(letter) {
    const side = LETTERS.indexOf(letter.toLowerCase());
    return side >= 0 && this.choose(side);
  }

  // Looking -------------------------------------------------------------------------------------------

  /**
   * Look at the next (1) or previous (-1) difference; false after the last one.
   * @param {number} direction
   */
  step(direction) {
    const told = this.#told;
    if (!told) return false;
    const all = differencesOf(told);
    const at = this.#now === null ? (direction > 0 ? -1 : all.length) : all.indexOf(this.#now);
    const next = all[at + direction];
    this.#look(next ?? null);
    return next !== undefined;
  }

  /** @param {number | null} matter */
  #look(matter) {
    this.#now = matter;
    if (matter !== null) {
      const { start_s, end_s } = spanOf(this.#told, matter);
      this.stage.reveal(start_s, end_s);
    }
    this.workflow.changed();
  }

  /** Look at no difference any more; false where there was none. */
  leave() {
    if (this.#now === null) return false;
    this.#look(null);
    return true;
  }

  /** May it be handed in? What is not decided is shown once before that. */
  mayFinish() {
    const { left } = this;
    if (!left.length || this.#warned) return true;
    this.#look(left[0]);
    this.#warned = true;
    const count = countOf(left.length, "difference");
    this.workflow.say(`Not decided yet: ${count}. The same key again keeps the boxes as they are now.`);
    return false;
  }

  // Drawing -------------------------------------------------------------------------------------------

  /**
   * The boxes of all people, as layers.
   * @returns {Ghost[]}
   */
  get layers() {
    const told = this.#told;
    if (!told) return [];
    return told.matters.flatMap(({ agreed }, matter) =>
      told.sides.flatMap(({ annotator }, side) => {
        const box = boxOfSide(told, matter, side);
        if (!box) return [];
        const { start_s, end_s, low_hz, high_hz, label } = box;
        const isNow = matter === this.#now;
        const name = agreed ? "agreed" : isNow ? "differs now" : "differs";
        const tag = agreed ? "" : `${annotator}: ${label}`;
        const color = COLORS[side % COLORS.length];
        return [{ start_s, end_s, low_hz, high_hz, label, color, name, tag, inset: side, isNow }];
      }),
    );
  }

  draw() {
    const told = this.#told;
    const { view, canEdit } = this.workflow;
    const decided = this.#decidedNow;
    const key = JSON.stringify([view?.session_id, told?.revision, this.#now, [...decided], canEdit]);
    if (key === this.#key) return;
    this.#key = key;
    this.element.hidden = !told?.sides.length;
    if (!told) return this.element.replaceChildren();
    const all = differencesOf(told);
    const { left } = this;
    const people = told.sides.map(({ annotator, boxes, comment, reliability }, side) =>
      button("takeSide", `${side + 1}`, `${annotator} (${boxes.length})`, {
        "data-side": side,
        style: `--color: ${COLORS[side % COLORS.length]}`,
        class: "small side",
        title: `Take all of ${annotator}’s boxes (${side + 1}). Right in about ${Math.round(100 * reliability)} %, as far as this round shows.${comment ? ` Comment: ${comment}` : ""}`,
      }),
    );
    const agreed = agreedBoxes(told).length;
    this.element.replaceChildren(
      el(
        "div",
        { class: "row" },
        ...people,
        button("takeAgreed", "M", `Agreed (${agreed})`, {}),
        button("takeConsensus", "C", `Consensus (${proposedBoxes(told).length})`, {}),
      ),
      el(
        "div",
        { class: "row" },
        button(
          "nextDifference",
          "Tab",
          all.length
            ? `Differences: ${all.length - left.length} of ${all.length} decided`
            : "No differences in boxes and labels",
          {},
        ),
        ...(this.#now === null ? [] : this.#drawChoices(told, this.#now, all)),
      ),
    );
    for (const node of this.element.querySelectorAll("button")) node.disabled = !canEdit;
  }

  /** @param {Consensus} told @param {number} matter @param {number[]} all */
  #drawChoices(told, matter, all) {
    const { proposed, support } = told.matters[matter];
    const sides = told.sides.map(({ annotator }, side) =>
      button(
        "chooseSide",
        LETTERS[side].toUpperCase(),
        `${annotator}: ${boxOfSide(told, matter, side)?.label ?? "no box"}`,
        { "data-side": side, class: "small side", style: `--color: ${COLORS[side % COLORS.length]}` },
      ),
    );
    const together = `Together: ${proposed?.label ?? "no box"} (${Math.round(100 * support)} %)`;
    return [
      el("span", { class: "now" }, `${all.indexOf(matter) + 1} of ${all.length}:`),
      ...sides,
      button("chooseConsensus", "Shift+C", together, {}),
      button("chooseNone", "X", "No box", {}),
    ];
  }
}

/** @param {string} action @param {string} key @param {string} text @param {Record<string, unknown>} more */
const button = (action, key, text, more) =>
  el("button", { class: "small", "data-do": action, ...more }, el("kbd", {}, key), ` ${text}`);
