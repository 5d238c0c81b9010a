// A reviewer's verdicts: what would be dropped, or cannot be known from the boxes, is asked before it happens.

import { el } from "../../web/dom.js";
import { asksOutcome, OPEN_OUTCOMES } from "../model/session_work.js";
import { summarise } from "../session/delivery.js";

/** @import { Choice, Outcome, Verdict } from "../../web/types.js" */
/** @import { Workflow } from "../session/workflow.js" */

/** @type {Record<string, string>} */
const OUTCOMES = {
  labelled: "Labelled: every call in the session is marked",
  empty: "Empty: no call in the whole session",
  verified: "Verified: predictions were judged, the rest was not searched",
  unsure: "Unsure: stays open",
};
/** @type {Record<string, string>} */
const WITHOUT = { accept: "Accept it without my changes", reject: "Reject it without my changes" };
const BACK = { value: "", label: "Go back" };

/** A modal dialog with a question and a button for each answer; Esc and a click beside it are no answer. */
class Question {
  element = el("dialog", { class: "question", "aria-labelledby": "podcast-question" });

  constructor() {
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close(""));
  }

  /**
   * The value of the answer that is chosen among `answers` [{value, label, proposed}], or "" for none. Without a proposed
   * one the focus is on the question: a key that is held down decides nothing.
   * @param {string} title
   * @param {string} text
   * @param {Choice[]} answers
   */
  ask(title, text, answers) {
    const { element } = this;
    /** @param {Choice} choice */
    const button = ({ value, label, proposed = false }) =>
      el(
        "button",
        { class: proposed ? "first" : "second", autofocus: proposed, onclick: () => element.close(value) },
        label,
      );
    const open = !answers.some(({ proposed }) => proposed);
    element.replaceChildren(
      el("h2", { id: "podcast-question", tabindex: "-1", autofocus: open }, title),
      el("p", {}, text),
      el("div", { class: "choices" }, ...answers.map(button)),
    );
    element.returnValue = "";
    element.showModal();
    return new Promise((resolve) =>
      element.addEventListener("close", () => resolve(element.returnValue), { once: true }),
    );
  }
}

export class Reviewing {
  #question = new Question();
  /** @type {Workflow} */ workflow;

  /** @param {HTMLElement} root @param {Workflow} workflow */
  constructor(root, workflow) {
    this.workflow = workflow;
    workflow.reask = (verdict) => this.run(/** @type {Verdict} */ (verdict));
    root.append(this.#question.element);
  }

  get asking() {
    return this.#question.element.open;
  }

  leave() {
    this.#question.element.close("");
    return true;
  }

  /**
   * Give a verdict, after what has to be asked.
   * @param {Verdict} verdict
   */
  async run(verdict) {
    const { workflow } = this;
    if (this.asking || !workflow.canFinish(verdict)) return;
    if (verdict === "correct") return this.#correct();
    const obstacle = workflow.reviews?.obstacle;
    if (verdict === "accept" && obstacle) return workflow.say(obstacle);
    if (workflow.edited) {
      const answer = await this.#askAboutChanges(verdict);
      if (answer === "correct") return this.#correct();
      if (answer !== verdict) return;
      workflow.revert();
    }
    workflow.review(verdict);
  }

  /** @param {Verdict} verdict */
  #askAboutChanges(verdict) {
    const { boxes, view } = this.workflow;
    return this.#question.ask(
      "You have changed the boxes",
      `${view.submission.annotator}’s answer has ${summarise(view.regions)}, and yours has ${summarise(boxes)}. ` +
        "A verdict applies to the answer as submitted.",
      [
        { value: "correct", label: `Save ${summarise(boxes)} as correction`, proposed: true },
        { value: verdict, label: WITHOUT[verdict] },
        BACK,
      ],
    );
  }

  async #correct() {
    const { workflow } = this;
    const { view } = workflow;
    if (!workflow.canCorrect) return;
    const usual = workflow.boxes.length ? "labelled" : "empty";
    /** @type {Outcome} */
    let outcome = usual;
    if (asksOutcome(view)) {
      const offered = [usual, ...OPEN_OUTCOMES.filter((each) => each === "unsure" || each === view.submission.outcome)];
      outcome = /** @type {Outcome} */ (
        await this.#question.ask(
          "What is the outcome of this session now?",
          `${view.submission.annotator} left it ${view.submission.outcome}. Your correction has ${summarise(workflow.boxes)}.`,
          [...offered.map((value) => ({ value, label: OUTCOMES[value] })), BACK],
        )
      );
    }
    if (outcome) workflow.review("correct", outcome);
  }
}
