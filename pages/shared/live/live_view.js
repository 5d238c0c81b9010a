// A live source on the page: its picture and its level, how they are shown, and the labels that mark what is heard.

import { SCALES } from "../web/axes.js";
import { FIELD } from "../web/chords.js";
import { COLOR_MAPS } from "../web/color_maps.js";
import { el, find } from "../web/dom.js";
import { loadStyles } from "../web/stylesheets.js";
import { Marks } from "./marks.js";
import { Meter } from "./meter.js";
import { Player } from "./player.js";
import { Stream } from "./stream.js";
import { Waterfall } from "./waterfall.js";

/** @import { Component, LiveBlock, LiveData, LiveLook } from "../web/types.js" */

const FRAME_MS = 1000 / 30 - 3; // 30 frames a second are enough, and half of what a screen asks for
const KEPT = "podcast_live_look";
/** @type {LiveLook} */
const USUAL = {
  scale: "linear",
  window: 1024,
  channel: 0,
  seconds: 20,
  lowHz: 0,
  highHz: null,
  floorDb: -100,
  ceilingDb: -30,
  colorMap: "magma",
};

export class LiveView {
  /** @type {LiveLook} */ #look = { ...USUAL, ...readKept() };
  /** @type {LiveData} */ #data;
  /** @type {HTMLElement} */ #root;
  #waterfall = new Waterfall(this.#look);
  #meter = new Meter();
  #player = new Player();
  #gone = new AbortController();
  #status = el("p", { class: "status", role: "status" });
  #fault = el("p", { class: "fault", role: "alert", hidden: true });
  #marking = el("div", { class: "marking", role: "group", "aria-label": "Mark" });
  /** @type {HTMLSelectElement} */ #channel = el("select", {
    onchange: () => this.#change({ channel: Number(this.#channel.value) }),
  });
  #listen = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.#toggleSound() }, "Listen");
  #freeze = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.#toggleFreeze() }, "Freeze");
  #stage = el("div", { class: "stage" }, this.#waterfall.canvas);
  #drawnAt = 0;
  #frames = 0;
  #countedAt = 0;
  #isFrozen = false;
  /** @type {string | null} */ #roundId = null;

  /** @param {Component<LiveData>} component */
  constructor({ parentElement, data }) {
    this.#data = data;
    this.#root = find(parentElement, ".live");
    this.#root.replaceChildren(
      this.#stage,
      this.#meter.element,
      this.#marking,
      this.#status,
      this.#fault,
      this.#makeBar(),
    );
    loadStyles(parentElement, this.#root, [new URL("live.css", import.meta.url).href]);
    this.marks = new Marks(data.feed_id, (text, isFault) => this.#tell(text, isFault));
    this.#stream = new Stream(
      data.feed_id,
      (block) => this.#take(block),
      (problem) => this.#tell(problem, true),
    );
    this.#watch = new ResizeObserver(() => this.#waterfall.resize(this.#stage.clientWidth, this.#stage.clientHeight));
    this.#watch.observe(this.#stage);
    const { signal } = this.#gone;
    document.addEventListener("keydown", (event) => this.#press(event), { capture: true, signal });
    document.addEventListener("keyup", (event) => this.#release(event), { capture: true, signal });
    window.addEventListener("blur", () => this.#endMark(), { signal });
    this.update(data);
    this.#draw(performance.now());
  }

  /** @type {Stream} */ #stream;
  /** @type {ResizeObserver} */ #watch;

  /** @param {LiveData} data */
  update(data) {
    this.#data = data;
    const count = Math.max(1, data.channel_count);
    this.#channel.replaceChildren(
      ...Array.from({ length: count }, (_, index) => el("option", { value: String(index) }, String(index + 1))),
    );
    this.#channel.value = String(Math.min(this.#look.channel, count - 1));
    this.#channel.parentElement.hidden = count < 2;
    this.#showLabels();
  }

  destroy() {
    this.#stream.stop();
    this.marks.destroy();
    this.#player.stop();
    this.#watch.disconnect();
    this.#gone.abort();
  }

  #makeBar() {
    const look = this.#look;
    /** @param {string} name @param {HTMLElement} field */
    const named = (name, field) => el("label", {}, name, field);
    /** @param {keyof LiveLook} name @param {(string | number)[]} values @param {(value: any) => string} write */
    const choose = (name, values, write = String) => {
      const select = el(
        "select",
        {},
        ...values.map((value, index) => el("option", { value: String(index) }, write(value))),
      );
      select.value = String(Math.max(0, values.indexOf(/** @type {any} */ (look[name]))));
      select.onchange = () => this.#change({ [name]: values[Number(select.value)] });
      return select;
    };
    /** @param {keyof LiveLook} name @param {Record<string, unknown>} limits @param {number} unit */
    const number = (name, limits, unit = 1) => {
      const value = look[name];
      const field = el("input", {
        type: "number",
        ...limits,
        value: value === null ? "" : String(Number(value) / unit),
      });
      field.onchange = () => {
        const isEmpty = field.value === "" || !Number.isFinite(field.valueAsNumber);
        this.#change({ [name]: isEmpty ? USUAL[name] : field.valueAsNumber * unit });
      };
      return field;
    };
    return el(
      "div",
      { class: "bar" },
      this.#listen,
      this.#freeze,
      named(
        "Time",
        choose("seconds", [5, 10, 20, 60], (value) => `${value} s`),
      ),
      named(
        "Scale",
        choose(
          "scale",
          SCALES.filter((each) => each === "linear" || each === "mel"),
        ),
      ),
      named("Window", choose("window", [256, 512, 1024, 2048, 4096])),
      named("Channel", this.#channel),
      named("From", number("lowHz", { min: 0, step: 0.1, title: "kHz" }, 1000)),
      named("To", number("highHz", { min: 0.1, step: 0.1, placeholder: "top", title: "kHz" }, 1000)),
      el("span", { class: "unit" }, "kHz"),
      named("Black", number("floorDb", { min: -160, max: 0, step: 5 })),
      named("White", number("ceilingDb", { min: -160, max: 20, step: 5 })),
      el("span", { class: "unit" }, "dB"),
      named("Colours", choose("colorMap", COLOR_MAPS)),
    );
  }

  /** @param {Partial<LiveLook>} change */
  #change(change) {
    this.#look = { ...this.#look, ...change };
    if (this.#look.ceilingDb <= this.#look.floorDb) this.#look.ceilingDb = this.#look.floorDb + 5;
    localStorage.setItem(KEPT, JSON.stringify(this.#look));
    this.#waterfall.setLook(this.#look);
  }

  /** @param {LiveBlock} block */
  #take(block) {
    if (block.findings) {
      this.#waterfall.findings = block.findings;
      this.#roundId = block.round_id;
      this.#showLabels();
      this.#root.dataset.findings = String(block.findings.length);
    }
    if (!block.count) return;
    this.#root.dataset.state = "live";
    if (block.missing_s)
      this.#tell(`${block.missing_s.toFixed(1)} s of sound are missing: the connection was lost.`, true);
    this.#meter.add(block);
    this.#player.add(block);
    if (!this.#isFrozen) this.#waterfall.add(block);
  }

  /** @param {number} now */
  #draw(now) {
    if (this.#gone.signal.aborted) return;
    requestAnimationFrame((later) => this.#draw(later));
    const passed = now - this.#drawnAt;
    if (passed < FRAME_MS) return;
    this.#drawnAt = now;
    if (this.#isFrozen) return;
    this.#waterfall.held = this.marks.held;
    this.#waterfall.draw(Math.min(passed, 1000) / 1000);
    this.#frames += 1;
    if (now - this.#countedAt < 1000) return;
    this.#root.dataset.frames = ((this.#frames * 1000) / (now - this.#countedAt)).toFixed(1);
    [this.#frames, this.#countedAt] = [0, now];
  }

  #toggleSound() {
    if (this.#player.isOn) this.#player.stop();
    else this.#player.start();
    this.#listen.setAttribute("aria-pressed", String(this.#player.isOn));
  }

  #toggleFreeze() {
    this.#isFrozen = !this.#isFrozen;
    this.#freeze.setAttribute("aria-pressed", String(this.#isFrozen));
  }

  /** Labels can be marked while somebody records. */
  #showLabels() {
    const labels = this.#roundId && this.#data.can_mark ? (this.#data.labels[this.#roundId] ?? []) : [];
    this.#root.dataset.round = this.#roundId ?? "";
    if (this.#marking.dataset.shown === JSON.stringify(labels)) return;
    this.#marking.dataset.shown = JSON.stringify(labels);
    this.#marking.hidden = !labels.length;
    this.#marking.replaceChildren(
      el(
        "span",
        { class: "hint" },
        "Mark what you hear: press a key for a moment, or hold it for as long as it lasts.",
      ),
      ...labels.map(({ name, hotkey }) =>
        el(
          "button",
          {
            type: "button",
            onpointerdown: () => this.marks.press(name, this.#waterfall.shownAt),
            onpointerup: () => this.#endMark(),
            onpointerleave: () => this.#endMark(),
          },
          hotkey ? el("kbd", {}, hotkey) : null,
          name,
        ),
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const [target] = event.composedPath();
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/** @type {Element} */ (target).matches?.(FIELD) || document.querySelector("[role=dialog]")) return;
    const labels = this.#roundId && this.#data.can_mark ? (this.#data.labels[this.#roundId] ?? []) : [];
    const label = labels.find(({ hotkey }) => hotkey === event.key) ?? (event.key === "m" ? labels[0] : undefined);
    if (!label) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.marks.press(label.name, this.#waterfall.shownAt);
  }

  /** @param {KeyboardEvent} event */
  #release(event) {
    if (this.marks.held && !["Shift", "Control", "Alt", "Meta"].includes(event.key)) this.#endMark();
  }

  #endMark() {
    this.marks.release(this.#waterfall.shownAt, this.#data.person);
  }

  /** @param {string} text @param {boolean} isFault */
  #tell(text, isFault) {
    this.#fault.hidden = !isFault || !text;
    if (isFault) this.#fault.textContent = text;
    else this.#status.textContent = text;
  }
}

/** @returns {Partial<LiveLook>} */
function readKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}
