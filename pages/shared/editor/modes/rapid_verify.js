// Rapid verify: one prediction at a time, enlarged and played; yes, no or unsure, and on to the next.
//
// A verdict is an edit of the boxes like any other (ticked, removed, flagged as unsure), so undo and drafts work as
// everywhere. What has no verdict is not reviewed.

import { el } from "../../web/dom.js";
import { formatDuration } from "../../web/numbers.js";
import { colorOf } from "../model/labels.js";
import { icon } from "../view/icons.js";
import { actionOf, clipOf, contextOf, ORDERS, scopeOf, waitingBoxes } from "./verify_order.js";

/** @import { Box, Parts, QueueChoice, SessionView, VerifiedLast, VerifyHost } from "../../web/types.js" */

const CLICK_GUARD_MS = 300;

/** @param {string} action @param {string} name @param {string} key */
const verdictButton = (action, name, key) =>
  el("button", { class: `verdict ${action}`, "data-do": action }, name, el("kbd", {}, key));

export class Verify {
  active = false;
  /** @type {Set<string>} */ #scope = new Set(); // ids of the predictions of this session that are judged here
  /** @type {SessionView | null} */ #view = null; // the session that the scope is about
  /** @type {string | null} */ #shown = null; // "session prediction": what was enlarged and played last
  /** @type {VerifiedLast | null} */ #last = null; // {sessionId, boxes, scope} before the verdict that finished a session
  #clicked = false; // the last verdict came from a click
  #guarded = false;
  /** @type {Parts} */ #parts = {};
  /** @type {VerifyHost} */ host;
  /** @type {HTMLElement} */ bar;

  /**
   * `host` is {workflow, stage, player, preferences, label(), settle(), changed()}: `label()` is the label that is
   * filtered for, `changed()` hears that the mode began or ended.
   * @param {HTMLElement} desk
   * @param {VerifyHost} host
   */
  constructor(desk, host) {
    this.host = host;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    const order = el("select", {
      "aria-label": "Order of the predictions",
      onchange: ({ target }) => this.#setOrder(target.value),
    });
    order.append(...ORDERS.map((item) => el("option", { value: item.order }, item.name)));
    part("order", order).value = host.preferences.now.verifyOrder ?? "time";
    const replay = el("button", {
      "data-do": "verifyReplay",
      "aria-label": "Play again",
      title: "Play again (R or Space)",
    });
    replay.innerHTML = icon("loop");
    const back = el("button", {
      "data-do": "verifyBack",
      "aria-label": "Undo the last verdict",
      title: "Undo the last verdict (Backspace or Ctrl+Z)",
    });
    back.innerHTML = icon("undo");
    this.bar = el(
      "section",
      { class: "verify", "aria-label": "Rapid verify", hidden: true },
      el(
        "div",
        { class: "case" },
        part("question", el("h2", { role: "status" })),
        part("about", el("span", { class: "dim" })),
        part("count", el("span", { class: "count" })),
        order,
      ),
      part("progress", el("progress", { max: 1, "aria-label": "Predictions judged in this session" })),
      el(
        "div",
        { class: "verdicts" },
        part("back", back),
        part("replay", replay),
        part("no", verdictButton("verifyNo", "No", "N")),
        part("unsure", verdictButton("verifyUnsure", "Unsure", "U")),
        part("yes", verdictButton("verifyYes", "Yes", "Y")),
        part("next", el("button", { class: "verdict first", "data-do": "verifyNext", hidden: true }, "Next session")),
      ),
    );
    desk.append(this.bar);
  }

  get #workflow() {
    return this.host.workflow;
  }
  get #waiting() {
    const { view, boxes } = this.#workflow;
    return view && view === this.#view ? waitingBoxes(boxes, view, this.#scope, this.#parts.order.value) : [];
  }

  get current() {
    return this.#waiting[0] ?? null;
  }

  // The mode ------------------------------------------------------------------------------------------

  enter() {
    this.active = true;
    this.bar.hidden = false;
    this.#view = null;
    this.#workflow.verifying = true;
    this.host.changed();
    this.draw();
    if (this.#workflow.phase === "loading") return;
    if (this.current && this.#workflow.canEdit) this.#workflow.queue.reorder();
    else this.#workflow.open(null);
  }

  leave() {
    this.active = false;
    this.bar.hidden = true;
    this.#shown = null;
    this.#workflow.verifying = false;
    this.host.changed();
    this.host.stage.reset();
    if (this.#workflow.face) this.#workflow.open(null);
    else this.#workflow.queue.reorder();
  }

  /**
   * What a claim asks for in this mode: only sessions with predictions to judge.
   * @param {Partial<QueueChoice>} queueChoice
   */
  narrow({ order, ...filters }) {
    if (!this.active) return { order, ...filters };
    return { ...filters, ...(order === "no_predictions" ? {} : { order }), unjudged: true };
  }

  // Verdicts ------------------------------------------------------------------------------------------

  /** @param {string} action @param {MouseEvent} event */
  run(action, event) {
    this.#clicked = event.type === "click" && event.detail > 0;
    return /** @type {Record<string, () => unknown>} */ (/** @type {unknown} */ (this))[action]();
  }

  verifyYes() {
    return this.#say("yes");
  }
  verifyNo() {
    return this.#say("no");
  }
  verifyUnsure() {
    return this.#say("unsure");
  }
  verifyNext() {
    this.#workflow.next();
    return true;
  }

  /**
   * Yes, but under another label.
   * @param {string} label
   */
  relabel(label) {
    return this.#say("yes", label);
  }

  /** @param {string} verdict @param {string} [label] */
  #say(verdict, label) {
    const box = this.current;
    if (!box || !this.#workflow.canEdit) return false;
    const before = { sessionId: this.#workflow.view.session_id, boxes: this.#workflow.boxes, scope: this.#scope };
    this.#workflow.dispatch(actionOf(box, verdict, label));
    if (this.current) return true;
    this.#last = before;
    this.#workflow.submit("verified");
    return true;
  }

  /** Undo the last verdict, also when it was the last one of the session before. */
  verifyBack() {
    const { work, canEdit } = this.#workflow;
    if (canEdit && work?.state.past.length) {
      this.#workflow.dispatch({ type: "undo" });
      return true;
    }
    if (!this.#last) return false;
    this.#reopen(this.#last);
    return true;
  }

  /** @param {VerifiedLast} verifiedLast */
  async #reopen({ sessionId, boxes, scope }) {
    this.#last = null;
    await this.#workflow.open(sessionId);
    const { view } = this.#workflow;
    if (view?.session_id !== sessionId) return;
    this.#workflow.edit();
    [this.#scope, this.#view] = [scope, view];
    this.#workflow.dispatch({ type: "replace", boxes });
  }

  verifyReplay() {
    const box = this.current;
    if (!box) return false;
    const { start, end } = clipOf(box, this.host.stage.limits);
    this.host.settle();
    this.host.player.playRange(start, end); // a browser that refuses is told of by the player
    return true;
  }

  /** @param {string} order */
  #setOrder(order) {
    this.host.preferences.remember({ verifyOrder: order });
    this.draw();
  }

  // Drawing -------------------------------------------------------------------------------------------

  /** Show where it stands; a prediction that is new on screen is enlarged and played. */
  draw() {
    if (!this.active) return;
    const { view, phase, canEdit } = this.#workflow;
    if (view !== this.#view && view && this.#workflow.work) {
      this.#view = view;
      this.#workflow.work.threshold = 0; // what the slider hides is judged too
      this.#scope = scopeOf(this.#workflow.work.opened, view, this.host.label());
    }
    const waiting = this.#waiting;
    const box = waiting[0];
    if (box && phase === "ready" && `${view.session_id} ${box.id}` !== this.#shown) this.#present(view, box);
    this.#drawBar(waiting, view, canEdit);
  }

  /** @param {SessionView} view @param {Box} box */
  #present(view, box) {
    const { stage } = this.host;
    this.#shown = `${view.session_id} ${box.id}`;
    stage.lookAt(contextOf(box, stage.limits, stage.home ?? stage.limits));
    this.#guard();
    this.#workflow.dispatch({ type: "select", id: box.id });
    this.verifyReplay();
  }

  // The second click of a double click must not judge a prediction that nobody has seen. Keys are not held back.
  #guard() {
    if (!this.#clicked) return;
    this.#guarded = true;
    setTimeout(() => {
      this.#guarded = false;
      this.draw();
    }, CLICK_GUARD_MS);
  }

  /** @param {Box[]} waiting @param {SessionView} view @param {boolean} canEdit */
  #drawBar(waiting, view, canEdit) {
    const { question, about, count, progress, back, replay, yes, no, unsure, next } = this.#parts;
    const [box, total] = [waiting[0], this.#scope.size];
    const loading = !view || this.#workflow.phase === "loading" || this.#workflow.phase === "saving";
    question.textContent = box
      ? `Is this “${box.label}”?`
      : loading
        ? "Loading …"
        : total
          ? "All judged"
          : "Nothing to judge here";
    question.style.setProperty("--color", box ? colorOf(box.label, view) : "transparent");
    about.textContent = box
      ? [box.score === null ? "" : `score ${box.score.toFixed(2)}`, formatDuration(box.end_s - box.start_s)]
          .filter(Boolean)
          .join(" · ")
      : "";
    count.textContent = box ? `prediction ${total - waiting.length + 1} of ${total} in this session` : "";
    progress.value = total ? (total - waiting.length) / total : 0;
    for (const node of [yes, no, unsure]) node.disabled = !box || !canEdit || this.#guarded;
    for (const node of [yes, no, unsure, replay]) node.hidden = !box && !loading;
    next.hidden = Boolean(box) || loading;
    replay.disabled = !box;
    back.disabled = !(canEdit && this.#workflow.work?.state.past.length) && !this.#last;
  }
}
