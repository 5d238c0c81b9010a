// The menu "Fill in the rest": what is annotated already, and the job that does the rest.

import { activeAround, el, find, svg } from "../../web/dom.js";
import { clamp, countOf, formatNumber } from "../../web/numbers.js";
import { fillIn, toFillIn, usualArea } from "../model/fill_in.js";
import { makeMenu } from "./menu.js";
import { numberField } from "./number_field.js";

/** @import { Area, FillJob, Job, SessionView, Who } from "../../web/types.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Workflow } from "../session/workflow.js" */
/** @import { Player } from "../sound/player.js" */
/** @import { Api } from "../network/api.js" */

const POLL_MS = 500;
const ENDED = new Set(["done", "failed", "cancelled"]);
/** @param {number} count */
const calls = (count) => countOf(count, "call");

export class FillMenu {
  /** @type {Area | null} */ #area = null; // {start_s, end_s} that somebody chose; null: the usual one
  /** @type {string | null} */ #of = null; // the session that it was chosen for
  /** @type {FillJob | null} */ #job = null; // {id, sessionId, areas, done, total, next} while one runs
  #problem = "";
  #band = svg("rect", { class: "annotated", y: 0, height: 6 });
  /** @type {Stage} */ stage;
  /** @type {Workflow} */ workflow;
  /** @type {Player} */ player;
  /** @type {Api} */ api;
  /** @type {() => Who} */ who;
  /** @type {AbortSignal} */ signal;
  /** @type {HTMLInputElement} */ from;
  /** @type {HTMLInputElement} */ to;
  /** @type {HTMLInputElement} */ whole;
  /** @type {HTMLElement} */ hint;
  /** @type {HTMLElement} */ problem;
  /** @type {HTMLButtonElement} */ start;
  /** @type {HTMLProgressElement} */ progress;
  /** @type {HTMLElement} */ next;
  /** @type {HTMLElement} */ running;
  /** @type {HTMLDetailsElement} */ menu;

  /**
   * `api` and `who()` as everywhere; `signal` ends the waiting for a job.
   * @param {HTMLElement} slot
   * @param {Stage} stage
   * @param {{ workflow: Workflow; player: Player; api: Api; who: () => Who; signal: AbortSignal }} options
   */
  constructor(slot, stage, { workflow, player, api, who, signal }) {
    this.stage = stage;
    this.workflow = workflow;
    this.player = player;
    this.api = api;
    this.who = who;
    this.signal = signal;
    /** @param {string} problem */
    const refuse = (problem) => ((this.#problem = problem), this.draw());
    /** @param {string} name @param {string} label */
    const field = (name, label) =>
      numberField(
        { class: "number", "aria-label": label },
        (value) => (this.#choose({ [name]: value }), this.#write(true)),
        refuse,
      );
    this.from = field("start_s", "Annotated from, in seconds of the session");
    this.to = field("end_s", "Annotated to, in seconds of the session");
    this.whole = el("input", { type: "checkbox" });
    this.hint = el("p", { class: "hint" });
    this.problem = el("p", { class: "fault", role: "alert" });
    this.start = el("button", { class: "first", "data-do": "fillIn" }, "Fill in the rest");
    this.progress = el("progress", { max: 1, "aria-label": "Progress" });
    this.next = el("span", { role: "status" });
    this.running = el(
      "div",
      { class: "running" },
      this.progress,
      el("div", { class: "line" }, this.next, el("button", { class: "small", onclick: () => this.cancel() }, "Cancel")),
    );
    this.menu = makeMenu(
      { name: "Fill in the rest", picture: "fill" },
      el(
        "div",
        { class: "fillin" },
        el("p", { class: "line" }, "Completely annotated"),
        el(
          "div",
          { class: "line" },
          this.from,
          el("span", {}, "to"),
          this.to,
          el("span", {}, "s"),
          el("button", { class: "small", "data-do": "annotatedToHere" }, "To playhead"),
        ),
        el("label", { class: "check" }, this.whole, "Include other sessions of this recording"),
        this.hint,
        this.start,
        this.running,
        this.problem,
      ),
    );
    this.menu.classList.add("fill");
    this.menu.addEventListener("toggle", () => this.draw());
    slot.append(this.menu);
    stage.overlay.append(this.#band);
  }

  get area() {
    const { view, boxes } = this.workflow;
    if (this.#of !== view.session_id) this.#forget(view);
    return this.#area ?? usualArea(boxes, view);
  }

  /** @param {SessionView} view */
  #forget(view) {
    this.#of = view.session_id;
    this.#area = null;
    this.#problem = "";
    this.whole.checked = false;
  }

  /** @param {Partial<Area>} change */
  #choose(change) {
    const { view } = this.workflow;
    if (!view || Object.values(change).includes(null)) return this.draw();
    const area = { ...this.area, ...change };
    const [start_s, end_s] = [area.start_s, area.end_s].map((value) => clamp(value, 0, view.duration_s));
    this.#area =
      change.start_s === undefined
        ? { start_s: Math.min(start_s, end_s), end_s }
        : { start_s, end_s: Math.max(start_s, end_s) };
    this.#problem = "";
    this.draw();
  }

  /** What lies before the playhead is annotated. */
  toHere() {
    if (!this.workflow.canEdit) return false;
    this.#choose({ end_s: Math.round(this.player.time * 1000) / 1000 });
    this.workflow.say(`Annotated up to ${this.area.end_s.toFixed(2)} s.`, {
      label: "Fill in the rest",
      action: "fillIn",
    });
    return true;
  }

  async run() {
    const { workflow } = this;
    if (!workflow.canEdit || this.#job) return false;
    const { view } = workflow;
    const areas = [this.area];
    const wish = toFillIn(workflow.boxes, view, areas, this.whole.checked);
    this.#problem = "";
    this.#job = { id: null, sessionId: view.session_id, areas, done: 0, total: 0, next: "Waiting for a worker" };
    this.menu.open = true;
    this.draw();
    try {
      const job = this.#job;
      job.id = (await this.api.fillIn(view.session_id, { ...wish, annotator: this.who().annotator })).job_id;
      await this.#wait(job, view);
    } catch (error) {
      if (this.signal.aborted) return true;
      this.#problem = error.message;
    }
    this.#job = null;
    this.draw();
    return true;
  }

  /** @param {FillJob} job @param {SessionView} view */
  async #wait(job, view) {
    for (;;) {
      const now = await this.api.job(job.id).catch((error) => {
        if (!error.passing) throw error;
        return /** @type {any} */ (null); // the network is away for a moment; the job goes on
      });
      if (now && ENDED.has(now.state)) return this.#end(now, job, view);
      if (now) Object.assign(job, { done: now.done, total: now.total, next: now.next || job.next });
      this.draw();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      this.signal.throwIfAborted();
    }
  }

  /** @param {Job} ended @param {FillJob} job @param {SessionView} view */
  async #end({ state, error, result }, job, view) {
    if (state === "cancelled") return this.workflow.say("Filling in was cancelled: nothing has changed.");
    if (state === "failed") throw new Error(error || "Filling in failed.");
    const { sessions, calls: all, calls_here: here, set_id: setId } = /** @type {Record<string, any>} */ (result);
    const more = sessions > 1 ? `, ${calls(all - here)} in ${countOf(sessions - 1, "other session")}` : "";
    const text = `${calls(here)} filled in${more}. They are predictions: check them before you submit.`;
    const fresh = await this.api.view(job.sessionId);
    if (this.workflow.view !== view) return this.workflow.say(text);
    this.menu.open = false;
    this.workflow.takeFillIn(fresh, (boxes) => fillIn(boxes, view, fresh, setId, job.areas));
    return this.workflow.say(text, { label: "Undo", action: "undo" });
  }

  cancel() {
    if (this.#job?.id)
      this.api.cancelFillIn(this.#job.sessionId, this.#job.id).catch((error) => this.workflow.say(error.message));
  }

  draw() {
    const { view, work, canEdit } = this.workflow;
    find(this.menu, "summary").toggleAttribute("data-on", this.#job !== null);
    this.#band.toggleAttribute("hidden", true);
    this.menu.classList.toggle("off", !view || !work);
    if (!view || !work) return;
    const area = this.area;
    this.drawBand();
    this.#write(false);
    const learnt = this.workflow.boxes.filter((box) => box.start_s < area.end_s && box.end_s > area.start_s).length;
    this.hint.textContent = learnt
      ? `A model learns from the ${learnt === 1 ? "box" : countOf(learnt, "box", "boxes")} there, and treats everything else there as background. What it finds elsewhere replaces predictions that have not been judged; your boxes stay as they are.`
      : "First draw the calls in part of the session: a model learns from those boxes.";
    this.start.disabled = !canEdit || !learnt || this.#job !== null;
    this.running.hidden = this.#job === null;
    this.problem.textContent = this.#problem;
    if (!this.#job) return;
    this.progress.value = this.#job.total ? this.#job.done / this.#job.total : 0;
    this.next.textContent = this.#job.next;
  }

  // What is being typed stays, unless it has been taken over.
  /** @param {boolean} taken */
  #write(taken) {
    const { start_s, end_s } = this.area;
    /** @type {(input: HTMLInputElement, value: number) => void} */
    const write = (input, value) => {
      if (taken || activeAround(input) !== input) input.value = formatNumber(value);
    };
    write(this.from, start_s);
    write(this.to, end_s);
  }

  /** Mark the annotated part along the top of the spectrogram. */
  drawBand() {
    const { start_s, end_s } = this.area;
    const { scales } = this.stage;
    const isShown = (this.#area !== null || this.menu.open || this.#job !== null) && end_s > start_s;
    this.#band.toggleAttribute("hidden", !isShown);
    if (!isShown) return;
    const [from, to] = [scales.x(start_s), scales.x(end_s)];
    this.#band.setAttribute("x", String(from));
    this.#band.setAttribute("width", String(Math.max(to - from, 1)));
  }
}
