// The menu that hides predictions with a low score. Hidden is not rejected: they are handed in as not reviewed.

import { el, find } from "../../web/dom.js";
import { clamp, formatNumber } from "../../web/numbers.js";
import { colorOf } from "../model/labels.js";
import { hiddenBoxes, predictedBoxes } from "../model/session_work.js";
import { makeMenu } from "./menu.js";

/** @import { Workflow } from "../session/workflow.js" */

const STEP = 0.05; // of a key

export class ThresholdMenu {
  /** @type {string | null} */ #key = null;
  /** @type {() => Workflow} */ workflow;
  /** @type {HTMLElement} */ scores;
  /** @type {HTMLInputElement} */ slider;
  /** @type {HTMLOutputElement} */ value;
  /** @type {HTMLElement} */ shown;
  /** @type {HTMLDetailsElement} */ menu;

  /**
   * `workflow()` gives the workflow, once there is one.
   * @param {HTMLElement} slot
   * @param {() => Workflow} workflow
   */
  constructor(slot, workflow) {
    this.workflow = workflow;
    this.scores = el("div", { class: "scores", "aria-hidden": "true" });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "Hide predictions with a score below",
      oninput: (event) => workflow().setThreshold(Number(event.target.value)),
    });
    this.value = el("output");
    this.shown = el("strong");
    this.menu = makeMenu(
      { name: "Predictions", picture: "filter" },
      el(
        "div",
        { class: "threshold" },
        el("p", { class: "line" }, el("span", {}, "Hide below ", this.value), this.shown),
        el("div", {}, this.scores, this.slider),
        el(
          "p",
          { class: "hint" },
          "Hidden predictions are not rejected: they are saved as not reviewed. Ticked and changed ones stay. Keys: ; and '",
        ),
      ),
    );
    slot.append(this.menu);
  }

  /**
   * A key: one step down (-1) or up (1); says what is shown now, as the menu may be closed.
   * @param {number} direction
   */
  step(direction) {
    const workflow = this.workflow();
    if (!workflow.work || this.menu.hidden) return false;
    workflow.setThreshold(clamp(Number((workflow.work.threshold + direction * STEP).toFixed(2)), 0, 1));
    const { threshold } = workflow.work;
    workflow.say(
      threshold ? `Scores from ${formatNumber(threshold, 2)}: ${this.#count()} shown.` : "All predictions are shown.",
    );
    return true;
  }

  #count() {
    const { work, view } = this.workflow();
    const { length } = predictedBoxes(work, view).predicted;
    return `${length - hiddenBoxes(work, view).length} of ${length}`;
  }

  draw() {
    const { view, work } = this.workflow();
    const { predicted, filterable } = work ? predictedBoxes(work, view) : { predicted: [], filterable: false };
    this.menu.hidden = !filterable;
    if (this.menu.hidden) return;
    this.slider.value = String(work.threshold);
    this.value.textContent = work.threshold.toFixed(2);
    this.shown.textContent = `${this.#count()} shown`;
    find(this.menu, "summary").toggleAttribute("data-on", hiddenBoxes(work, view).length > 0);
    const key = JSON.stringify(predicted.map(({ score, label }) => [score, label]));
    if (key === this.#key) return;
    this.#key = key;
    this.scores.replaceChildren(
      ...predicted.map((box) =>
        el("i", { style: `left: ${100 * box.score}%; background: ${colorOf(box.label, view)}` }),
      ),
    );
  }
}
