// After a lasso: a few of the selected clips, drawn at random, are heard one after another. What fits and what does
// not says how pure the selection is; what lies farthest from its middle is shown, and can be taken out.

import { paint } from "../../web/clip_picture.js";
import { el } from "../../web/dom.js";
import { makeTile } from "../view/clip_views.js";

/** @import { Explorer } from "../explorer.js" */
/** @import { DecodedPicture } from "../../web/types.js" */

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

export class QuickCheck {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {() => void} */ #changed;
  /** @type {number[]} */ #members = []; // numbers, in the order in which they are heard
  /** @type {number[]} */ #farthest = [];
  /** @type {Map<number, boolean>} */ #answers = new Map(); // number -> does it fit?
  /** @type {{ share: number; low: number; high: number } | null} */ #purity = null; // {share, low, high} of the server, once all are heard
  #state = "off"; // off, asking, hearing or done
  #turn = 0;
  element = el("section", { class: "quick", "aria-label": "Quick check", "data-keys": "" });

  /**
   * `changed` is called when the figures are other ones.
   * @param {Explorer} explorer
   * @param {() => void} changed
   */
  constructor(explorer, changed) {
    this.#explorer = explorer;
    this.#changed = changed;
    document.addEventListener("keydown", (event) => this.#key(event), { signal: explorer.signal, capture: true });
    this.draw();
  }

  /** How many were heard, and how many of them fitted. */
  get figures() {
    const answers = [...this.#answers.values()];
    return { heard: answers.length, agreed: answers.filter(Boolean).length };
  }

  get isRunning() {
    return this.#state === "hearing";
  }

  /** Another selection: nothing of it has been heard. */
  reset() {
    if (this.#state === "off") return;
    this.#turn += 1;
    this.#members = [];
    this.#farthest = [];
    this.#answers = new Map();
    this.#purity = null;
    this.#state = "off";
    this.draw();
  }

  async start() {
    const turn = (this.#turn += 1);
    this.#state = "asking";
    this.#answers = new Map();
    this.draw();
    try {
      const { members, farthest } = await this.#explorer.api.post("quick-check", {
        numbers: [...this.#explorer.selection.numbers],
        seed: Math.floor(Math.random() * 2 ** 32),
      });
      if (turn !== this.#turn) return;
      this.#members = members;
      this.#farthest = farthest;
      this.#state = "hearing";
      this.#next();
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.reset();
      this.#explorer.say(error.message, { isBad: true });
    }
  }

  get #current() {
    return this.#members.find((number) => !this.#answers.has(number));
  }

  #next() {
    if (this.#current === undefined) return this.#finish();
    this.#explorer.hearing.hide(); // the card of another clip
    this.#explorer.map.setCurrent(this.#current);
    this.#explorer.hearing.play(this.#current);
    return this.draw();
  }

  /** @param {boolean} fits */
  answer(fits) {
    if (!this.isRunning) return;
    this.#answers.set(this.#current, fits);
    this.#changed();
    this.#next();
  }

  back() {
    const last = [...this.#answers.keys()].at(-1);
    if (last === undefined) return;
    this.#answers.delete(last);
    this.#state = "hearing";
    this.#purity = null;
    this.#next();
  }

  async #finish() {
    this.#state = "done";
    this.#explorer.hearing.stop();
    this.#explorer.map.setCurrent(-1);
    this.draw();
    const turn = this.#turn;
    const { heard, agreed } = this.figures;
    const purity = await this.#explorer.api
      .get(`quick-check/purity?heard=${heard}&agreed=${agreed}`)
      .catch(() => /** @type {any} */ (null));
    if (turn !== this.#turn || this.#state !== "done") return;
    this.#purity = purity;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.isRunning || event.ctrlKey || event.metaKey || event.altKey || !this.element.isConnected) return;
    if (/** @type {any} */ (event.composedPath()[0]).matches?.("input:not([type=range]), textarea, select")) return;
    const act = {
      y: () => this.answer(true),
      n: () => this.answer(false),
      " ": () => this.#explorer.hearing.play(this.#current),
      Backspace: () => this.back(),
      Escape: () => this.reset(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  // On screen -------------------------------------------------------------------------------------------

  draw() {
    const size = this.#explorer.selection.size;
    this.element.dataset.state = this.#state;
    if (this.#state === "hearing") this.element.replaceChildren(...this.#question());
    else if (this.#state === "done") this.element.replaceChildren(...this.#result());
    else
      this.element.replaceChildren(
        el(
          "button",
          { class: "start", disabled: size === 0 || this.#state === "asking", onclick: () => this.start() },
          this.#state === "asking" ? "Choosing clips …" : "Quick check: listen to a few of them",
        ),
      );
  }

  #question() {
    const number = this.#current;
    const canvas = el("canvas", { class: "waiting", "aria-hidden": "true" });
    this.#explorer.hearing.picture(number).then(
      (/** @type {DecodedPicture} */ picture) => (paint(canvas, picture), canvas.classList.remove("waiting")),
      () => {},
    );
    return [
      el(
        "p",
        { class: "ask" },
        el("strong", {}, "Does it match?"),
        el("span", { class: "count" }, `${this.#answers.size + 1} of ${this.#members.length}`),
      ),
      canvas,
      el(
        "div",
        { class: "verdicts" },
        el("button", { class: "yes", onclick: () => this.answer(true) }, "Yes ", el("kbd", {}, "Y")),
        el("button", { class: "no", onclick: () => this.answer(false) }, "No ", el("kbd", {}, "N")),
        el(
          "button",
          { class: "again", onclick: () => this.#explorer.hearing.play(number) },
          "Again ",
          el("kbd", {}, "Space"),
        ),
        el("button", { class: "link", onclick: () => this.reset() }, "Stop"),
      ),
    ];
  }

  #result() {
    const { heard, agreed } = this.figures;
    const wrong = [...this.#answers]
      .filter(([number, fits]) => !fits && this.#explorer.selection.has(number))
      .map(([number]) => number);
    const far = this.#farthest.filter((number) => this.#explorer.selection.has(number));
    const purity =
      this.#purity &&
      `Of the whole selection about ${percent(this.#purity.share)} match (95 % interval: ${percent(this.#purity.low)} to ${percent(this.#purity.high)}).`;
    return [
      el(
        "p",
        { class: "ask" },
        el("strong", { class: agreed === heard ? "good" : "" }, `${agreed} of ${heard} agree`),
        el("button", { class: "link", onclick: () => this.start() }, "Hear others"),
      ),
      purity ? el("p", { class: "hint" }, purity) : null,
      wrong.length
        ? el(
            "button",
            { class: "small", onclick: () => this.#explorer.selection.evict(wrong) },
            `Remove the ${wrong.length} that ${wrong.length === 1 ? "does" : "do"} not fit`,
          )
        : null,
      far.length
        ? el(
            "details",
            { class: "far", open: agreed < heard },
            el("summary", {}, `Farthest from the middle (${far.length})`),
            el("div", { class: "tiles" }, ...far.map((number) => makeTile(this.#explorer, number))),
            el("button", { class: "small", onclick: () => this.#explorer.selection.evict(far) }, "Remove all of these"),
          )
        : null,
    ].filter(Boolean);
  }
}
