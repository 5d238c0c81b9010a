// Call density: in how many clips is the call? Some are drawn, more of them where scores are high, and heard one by one.
// Only these count; what is heard in them is on the server at once, and one can go on another day.

import { paint } from "../../web/clip_picture.js";
import { el } from "../../web/dom.js";
import { attempt, fillSelect, named, percent } from "./common.js";
import { callsOf, makeResult } from "./density_result.js";

/** @import { DecodedPicture, Density, Parts } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

/** @type {Record<string, string>} */
const SAID = { y: "yes", n: "no", u: "unsure" };
const MORE = 10;
export class DensityPanel {
  title = "Count calls";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {Parts} */ #parts = {};
  /** @type {Density | null} */ #found = null; // what the server says of the count that is open
  /** @type {Density[]} */ #before = []; // of the collection
  /** @type {number[]} */ #waiting = []; // clips that are still to be heard, in their order
  /** @type {number[]} */ #done = []; // heard here, the newest last
  #isHearing = false;
  #perBin = 25;
  /** @type {Promise<void> | null} */ #sending = null; // the request that is under way
  /** @type {Record<string, string>} */ #unsent = {}; // verdicts by number
  #wantsMore = false; // nobody has stopped: clips that come instead of unsure ones are asked at once
  #isLoaded = false;
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    const { signal } = explorer;
    part("classifier", el("select", { "aria-label": "Scores of", onchange: () => this.update() }));
    part("label", el("select", { "aria-label": "Call to count" }));
    part(
      "perBin",
      el("input", { type: "number", min: 1, max: 200, value: 25, "aria-label": "Clips of each range of scores" }),
    );
    this.element = el(
      "section",
      { class: "selection density", "aria-label": "Count calls", "data-keys": "" },
      el("div", { class: "head" }, el("strong", { class: "count" }, "How many clips contain the call?")),
      part(
        "hint",
        el(
          "p",
          { class: "hint" },
          "Listen to some clips drawn at random from low, middle and high scores. They give an estimate of how many of all clips contain the call, without any threshold.",
        ),
      ),
      part(
        "ask",
        el(
          "div",
          { class: "acts" },
          named("Scores of", this.#parts.classifier),
          named("Call", this.#parts.label),
          named("Per range", this.#parts.perBin),
          part("start", el("button", { class: "first", onclick: () => this.#start() }, "Draw and hear")),
        ),
      ),
      part("none", el("p", { class: "hint" }, "This needs scores: train a classifier first (tab Classifier).")),
      part("question", el("div", { class: "quick", "data-state": "hearing" })),
      part("result", el("div", { class: "result", "aria-live": "polite" })),
      part("before", el("div", { class: "before" })),
    );
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    explorer.classifiers.addEventListener("change", () => this.update(), { signal });
  }

  update() {
    const { classifier, label, ask, none, start } = this.#parts;
    const { classifiers } = this.#explorer;
    if (!this.#isLoaded) this.#load();
    const { list } = classifiers;
    fillSelect(
      classifier,
      list.map((each) => [each.id, classifiers.titleOf(each)]),
    );
    fillSelect(
      label,
      (classifiers.find(classifier.value)?.labels ?? []).map((name) => [name, name]),
    );
    none.hidden = list.length > 0 || !this.#isLoaded;
    ask.hidden = list.length === 0 || this.#isHearing;
    start.disabled = !label.value;
  }

  async #load() {
    this.#isLoaded = true;
    const found = await attempt(this.#explorer, () =>
      Promise.all([this.#explorer.classifiers.load(), this.#explorer.api.get("densities")]),
    );
    this.#isLoaded = Boolean(found);
    if (found) this.#before = found[1].items;
    this.draw();
  }

  #start() {
    const perBin = Math.min(Math.max(Math.round(Number(this.#parts.perBin.value)) || 25, 1), 200);
    this.#parts.perBin.value = String(perBin);
    return this.#open(this.#parts.classifier.value, this.#parts.label.value, perBin);
  }

  /**
   * Open a count: its clips are drawn the first time.
   * @param {string} classifierId
   * @param {string} label
   * @param {number} perBin
   */
  async #open(classifierId, label, perBin) {
    await this.#sending;
    this.#perBin = perBin;
    const found = await attempt(this.#explorer, () => this.#post(classifierId, label, {}));
    if (!found) return;
    this.#done = [];
    this.#take(found);
    if (this.#waiting.length) this.#goOn();
    else this.draw();
  }

  /** @param {string} classifierId @param {string} label @param {Record<string, string>} heard */
  #post(classifierId, label, heard) {
    const { api, data } = this.#explorer;
    return api.post(`classifiers/${classifierId}/density`, {
      label,
      heard,
      per_bin: this.#perBin,
      annotator: data.annotator,
    });
  }

  /** @param {Density} found */
  #take(found) {
    this.#found = found;
    this.#waiting = found.to_hear;
    this.#before = [found, ...this.#before.filter((each) => each.draw_id !== found.draw_id)];
  }

  #next() {
    const [number] = this.#waiting;
    if (number === undefined) this.#stop({ isOver: true });
    else {
      this.#explorer.hearing.hide(); // the card of another clip
      this.#explorer.map.setCurrent(number);
      this.#explorer.hearing.play(number);
    }
    this.draw();
  }

  #stop({ isOver = false } = {}) {
    this.#isHearing = false;
    this.#wantsMore = isOver;
    this.#explorer.hearing.stop();
    this.#explorer.map.setCurrent(-1);
    this.draw();
  }

  /** @param {string} said */
  #say(said) {
    const [number] = this.#waiting;
    if (number === undefined) return;
    this.#waiting = this.#waiting.slice(1);
    this.#done.push(number);
    this.#send({ [number]: said });
    this.#next();
  }

  #back() {
    const number = this.#done.pop();
    if (number === undefined) return;
    this.#waiting = [number, ...this.#waiting];
    this.#isHearing = true;
    this.#send({ [number]: "" });
    this.#next();
  }

  // What was said goes to the server behind the next question, and what is said meanwhile after it in one go.
  /** @param {Record<string, string>} heard */
  #send(heard) {
    Object.assign(this.#unsent, heard);
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
  }

  async #sendAll() {
    const { classifier_id: id, label, draw_id: drawId } = this.#found;
    while (Object.keys(this.#unsent).length) {
      const heard = this.#unsent;
      this.#unsent = {};
      const found = await attempt(this.#explorer, () => this.#post(id, label, heard));
      if (!found) return this.#lost([heard, this.#unsent]);
      if (this.#found?.draw_id !== drawId) return undefined;
      if (!Object.keys(this.#unsent).length) this.#told(found);
    }
    return undefined;
  }

  /**
   * All that was said is on the server: what it says now counts.
   * @param {Density} found
   */
  #told(found) {
    const [current] = this.#waiting;
    this.#take(found);
    if (this.#isHearing && current !== this.#waiting[0]) this.#next();
    else if (current === undefined && this.#wantsMore && this.#waiting.length)
      this.#goOn(); // in the place of unsure ones
    else this.draw();
  }

  // It was not kept: it is asked again.
  /** @param {Record<string, string>[]} several */
  #lost(several) {
    const numbers = several.flatMap((each) => Object.keys(each).map(Number));
    this.#unsent = {};
    this.#done = this.#done.filter((number) => !numbers.includes(number));
    this.#waiting = [...new Set([...numbers, ...this.#waiting])];
    this.#stop();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#isHearing || event.ctrlKey || event.metaKey || event.altKey || !this.element.isConnected) return;
    if (/** @type {any} */ (event.composedPath()[0]).matches?.("input:not([type=range]), textarea, select")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = SAID[key]
      ? () => this.#say(SAID[key])
      : {
          " ": () => this.#explorer.hearing.play(this.#waiting[0]),
          Backspace: () => this.#back(),
          Escape: () => this.#stop(),
        }[key];
    if (!act || (event.repeat && key !== " ")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  // On screen -------------------------------------------------------------------------------------------

  draw() {
    const { question, result, before, hint } = this.#parts;
    question.hidden = !this.#isHearing;
    hint.hidden = this.#isHearing;
    if (this.#isHearing) question.replaceChildren(...this.#question());
    result.replaceChildren(...(this.#found ? makeResult(this.#found, this.#buttons(this.#found)) : []));
    const others = this.#before.filter((each) => each.draw_id !== this.#found?.draw_id);
    before.hidden = !others.length || this.#isHearing;
    before.replaceChildren(el("h3", {}, "Counted before"), ...others.map((each) => this.#earlier(each)));
    this.update();
  }

  #question() {
    const [number] = this.#waiting;
    const canvas = el("canvas", { class: "waiting", "aria-hidden": "true" });
    this.#explorer.hearing.picture(number).then(
      (/** @type {DecodedPicture} */ picture) => (paint(canvas, picture), canvas.classList.remove("waiting")),
      () => {},
    );
    /** @param {"y" | "n" | "u"} key @param {string} text @param {string} className */
    const say = (key, text, className) =>
      el(
        "button",
        { class: className, onclick: () => this.#say(SAID[key]) },
        `${text} `,
        el("kbd", {}, key.toUpperCase()),
      );
    return [
      el(
        "p",
        { class: "ask" },
        el("strong", {}, `Is “${this.#found.label}” in it?`),
        el("span", { class: "count" }, `${this.#waiting.length} to go`),
      ),
      canvas,
      el("div", { class: "verdicts" }, say("y", "Yes", "yes"), say("n", "No", "no"), say("u", "Unsure", "unsure")),
      el(
        "div",
        { class: "line between" },
        el(
          "button",
          { class: "small", onclick: () => this.#explorer.hearing.play(number) },
          "Again ",
          el("kbd", {}, "Space"),
        ),
        el(
          "button",
          { class: "small", disabled: !this.#done.length, onclick: () => this.#back() },
          "Back ",
          el("kbd", {}, "⌫"),
        ),
        el("button", { class: "link", onclick: () => this.#stop() }, "Stop"),
      ),
    ];
  }

  // What can be done with what was found; none while it goes on.
  /** @param {Density} density */
  #buttons({ label, has_enough: hasEnough, verdicts }) {
    if (this.#isHearing) return null;
    /** @param {string} text @param {() => unknown} run @param {string} [className] */
    const act = (text, run, className = "small") => el("button", { class: className, onclick: run }, text);
    const calls = callsOf(verdicts);
    const told = { how: "click", heard: calls.length, agreed: calls.length };
    const apply = () => this.#explorer.labelling.apply(label, calls, told);
    return el(
      "div",
      { class: "line" },
      hasEnough
        ? act(`Hear ${MORE} more of each`, () => this.#more())
        : act("Keep listening", () => this.#goOn(), "small first"),
      calls.length ? act(`Label the ${calls.length} that have it`, apply) : null,
    );
  }

  #goOn() {
    this.#isHearing = true;
    this.#next();
  }

  #more() {
    return this.#open(this.#found.classifier_id, this.#found.label, Math.min(this.#perBin + MORE, 200));
  }

  /** @param {Density} each */
  #earlier(each) {
    const { label, share, low, high, heard, classifier_id: id, bins } = each;
    const text = heard ? `${percent(share, 1)} (${percent(low, 1)} to ${percent(high, 1)})` : "nothing listened to yet";
    const most = Math.max(25, ...bins.map((bin) => bin.heard));
    return el(
      "button",
      {
        class: "earlier",
        title: `By the scores of the classifier of ${this.#nameOf(id)}`,
        onclick: () => this.#show(id, label, most),
      },
      el("strong", {}, label),
      el("span", { class: "figures" }, text),
    );
  }

  /** @param {string} id */
  #nameOf(id) {
    const { classifiers } = this.#explorer;
    const known = classifiers.find(id);
    return known ? classifiers.titleOf(known) : id;
  }

  // Look at it; hearing goes on when one says so.
  /** @param {string} id @param {string} label @param {number} perBin */
  async #show(id, label, perBin) {
    await this.#sending;
    this.#perBin = perBin;
    const found = await attempt(this.#explorer, () => this.#post(id, label, {}));
    if (!found) return;
    this.#done = [];
    this.#take(found);
    this.draw();
  }
}
