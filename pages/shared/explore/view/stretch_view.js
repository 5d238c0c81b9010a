// A clip's session, large, to draw a stretch of sound on it and find what sounds like that.

import { toQuery } from "../../web/http.js";
import { paint } from "../../web/clip_picture.js";
import { el } from "../../web/dom.js";
import { clamp, writeTime } from "../../web/numbers.js";

/** @import { Parts, Stretch } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const CONTEXT = 6; // lengths of a clip that are shown at first
const MIN_SEEN_S = 0.05;
const MIN_DRAWN_S = 0.005;
const MAX_DRAWN_S = 60; // that a search takes
const HEIGHT_PX = 360;

export class StretchView {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {(stretch: Stretch) => unknown} */ #find;
  /** @type {{ id: string; duration: number; name: string } | null} */ #session = null; // {id, duration_s, name}
  #view = [0, 1]; // seconds of the session that are seen
  #drawn = [0, 1];
  #turn = 0;
  /** @type {Parts} */ #parts = {};
  #sound = new Audio();
  /** @type {HTMLElement} */ element;

  /**
   * `find({session_id, start_s, end_s, title})` is called with what was drawn.
   * @param {Explorer} explorer
   * @param {(stretch: Stretch) => unknown} find
   */
  constructor(explorer, find) {
    this.#explorer = explorer;
    this.#find = find;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} text @param {string} title @param {() => unknown} run @param {string} [className] */
    const button = (text, title, run, className = "") =>
      el("button", { class: className, title, "aria-label": title, onclick: run }, text);
    /** @param {number} end @param {string} label */
    const seconds = (end, label) =>
      part(
        label,
        el("input", {
          type: "number",
          min: "0",
          step: "0.01",
          "aria-label": `${label}, in seconds of the session`,
          onchange: ({ target }) => this.#type(end, Number(target.value)),
        }),
      );
    this.element = el(
      "section",
      {
        class: "stretch",
        role: "dialog",
        "aria-label": "Draw a stretch of sound",
        "data-keys": "",
        tabindex: "-1",
        onkeydown: (event) => event.key === "Escape" && this.close(),
      },
      el(
        "div",
        { class: "line between" },
        part("title", el("strong", {})),
        button("×", "Close", () => this.close(), "link"),
      ),
      part(
        "area",
        el(
          "div",
          { class: "area" },
          part("canvas", el("canvas", { class: "waiting" })),
          part("box", el("div", { class: "box" })),
        ),
      ),
      el("div", { class: "line ends" }, part("from", el("span", {})), part("to", el("span", {}))),
      el(
        "div",
        { class: "line between" },
        el(
          "span",
          { class: "line" },
          button("◀", "Earlier", () => this.#pan(-0.5), "tool"),
          button("▶", "Later", () => this.#pan(0.5), "tool"),
          button("−", "Show more time", () => this.#zoom(2), "tool"),
          button("+", "Show less time", () => this.#zoom(0.5), "tool"),
        ),
        el(
          "span",
          { class: "line" },
          seconds(0, "Begin"),
          "to",
          seconds(1, "End"),
          "s",
          button("Hear", "Listen to the sample", () => this.#hear(), ""),
        ),
        button("Find similar sounds", "Search with the drawn sound", () => this.#done(), "first"),
      ),
    );
    this.#listen(this.#parts.area);
  }

  /**
   * Show the session of a clip, with the clip drawn on it.
   * @param {number} number
   */
  async open(number) {
    const turn = (this.#turn += 1);
    const { hearing, api } = this.#explorer;
    const [row, { info }] = await Promise.all([hearing.row(number), hearing.picture(number)]);
    const session = await api.get(`${api.roundUrl}/sessions/${encodeURIComponent(row.session_id)}`);
    if (turn !== this.#turn) return;
    this.#session = { id: row.session_id, duration: session.duration_s, name: row.recording_name || row.session_id };
    const { start_s: start, end_s: end } = info.clip;
    this.#drawn = [Math.max(start, 0), Math.min(end, this.#session.duration)];
    const [length, middle] = [Math.max(CONTEXT * (end - start), MIN_SEEN_S), (start + end) / 2];
    this.#explorer.map.element.after(this.element);
    this.element.focus();
    this.#see(middle - length / 2, middle + length / 2);
  }

  close() {
    this.#turn += 1;
    this.#sound.pause();
    this.element.remove();
  }

  // What is seen ----------------------------------------------------------------------------------------

  /** @param {number} from @param {number} to */
  #see(from, to) {
    const { duration } = this.#session;
    const length = clamp(to - from, Math.min(MIN_SEEN_S, duration), duration);
    const start = clamp(from, 0, duration - length);
    this.#view = [start, start + length];
    this.#parts.title.textContent = this.#session.name;
    this.#draw();
    this.#fetch();
  }

  /** @param {number} share */
  #pan(share) {
    const step = share * (this.#view[1] - this.#view[0]);
    this.#see(this.#view[0] + step, this.#view[1] + step);
  }

  /** @param {number} factor */
  #zoom(factor) {
    const [middle, half] = [(this.#drawn[0] + this.#drawn[1]) / 2, (factor * (this.#view[1] - this.#view[0])) / 2];
    this.#see(middle - half, middle + half);
  }

  async #fetch() {
    const turn = (this.#turn += 1);
    const { api } = this.#explorer;
    const [start, end] = this.#view;
    const width = clamp(Math.round(this.#parts.area.clientWidth * devicePixelRatio), 64, 2000);
    this.#parts.canvas.classList.add("waiting");
    try {
      const query = toQuery({ start_s: start, end_s: end, width, height: HEIGHT_PX });
      const picture = await api.decoded(
        `${api.roundUrl}/sessions/${encodeURIComponent(this.#session.id)}/picture.jpg?${query}`,
      );
      if (turn !== this.#turn) return;
      paint(this.#parts.canvas, picture);
      this.#parts.canvas.classList.remove("waiting");
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    }
  }

  // What is drawn ---------------------------------------------------------------------------------------

  /** @param {HTMLElement} area */
  #listen(area) {
    /** @type {number | null} */
    let from = null;
    /** @param {PointerEvent} pointerEvent */
    const at = ({ clientX }) => {
      const { left, width } = area.getBoundingClientRect();
      return this.#view[0] + clamp((clientX - left) / width, 0, 1) * (this.#view[1] - this.#view[0]);
    };
    area.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      area.setPointerCapture(event.pointerId);
      from = at(event);
    });
    area.addEventListener("pointermove", (event) => from !== null && this.#span(from, at(event)));
    for (const type of ["pointerup", "pointercancel"]) area.addEventListener(type, () => (from = null));
  }

  /** @param {number} one @param {number} other */
  #span(one, other) {
    if (Math.abs(one - other) < MIN_DRAWN_S) return;
    this.#drawn = [Math.min(one, other), Math.min(Math.max(one, other), Math.min(one, other) + MAX_DRAWN_S)];
    this.#draw();
  }

  /** @param {number} end @param {number} value */
  #type(end, value) {
    const wanted = this.#drawn.map((own, index) => (index === end ? clamp(value, 0, this.#session.duration) : own));
    if (wanted[1] - wanted[0] >= MIN_DRAWN_S) this.#span(wanted[0], wanted[1]);
    this.#draw(); // what cannot be goes back to what it was
  }

  #draw() {
    const [start, end] = this.#view;
    const { box, from, to, Begin, End } = this.#parts;
    /** @param {number} time */
    const share = (time) => (100 * (time - start)) / (end - start);
    Object.assign(box.style, {
      left: `${share(this.#drawn[0])}%`,
      width: `${share(this.#drawn[1]) - share(this.#drawn[0])}%`,
    });
    from.textContent = writeTime(start);
    to.textContent = writeTime(end);
    [Begin.value, End.value] = this.#drawn.map((time) => time.toFixed(3));
  }

  #hear() {
    const { api } = this.#explorer;
    const query = toQuery({ start_s: this.#drawn[0], end_s: this.#drawn[1] });
    this.#sound.src = `${api.roundUrl}/sessions/${encodeURIComponent(this.#session.id)}/audio.wav?${query}`;
    this.#sound
      .play()
      .catch((error) => error.name !== "AbortError" && this.#explorer.say("This cannot be played.", { isBad: true }));
  }

  #done() {
    const [start_s, end_s] = this.#drawn;
    const title = `${(end_s - start_s).toFixed(2)} s of ${this.#session.name}`;
    this.close();
    this.#find({ session_id: this.#session.id, start_s, end_s, title });
  }
}
