// One box as a thumbnail: its spectrogram with what is around it, what is known of it, and how it stands.

import { paint } from "../web/clip_picture.js";
import { el } from "../web/dom.js";
import { formatDuration, formatTime } from "../web/numbers.js";

/** @import { DecodedPicture, GridBox } from "../web/types.js" */

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(2)}%`;
/** @type {Record<string, string>} */
const FATES = { relabelled: "relabelled", removed: "removed" };

export class Tile {
  #canvas = el("canvas", { "aria-hidden": "true" });
  #head = el("span", { class: "head", hidden: true });
  #picture = el("div", { class: "picture" }, this.#canvas, this.#head);
  #label = el("span", { class: "label" });
  #mark = el("span", { class: "mark", "aria-hidden": "true" });
  #place = { start_s: 0, end_s: 1 };
  isPainted = false;
  isInSight = false;
  /** @type {GridBox} */ box;
  /** @type {HTMLElement} */ node;

  /** @param {GridBox} box @param {number} index @param {boolean} blind */
  constructor(box, index, blind) {
    this.box = box;
    const score = box.score === null ? "" : box.score.toFixed(2);
    const who = blind ? "" : ` · ${box.annotator}`;
    const place = `${box.session_id} · ${formatTime(box.start_s)} s${who}`;
    const told = [place, box.file_name, box.site, formatDuration(box.end_s - box.start_s), box.comment];
    this.node = el(
      "div",
      {
        class: "tile waiting",
        role: "option",
        tabindex: "-1",
        "data-index": index,
        title: told.filter(Boolean).join("\n"),
      },
      this.#picture,
      el("span", { class: "line" }, this.#label, el("span", { class: "score", title: "Score of the model" }, score)),
      el("span", { class: "place" }, place),
      this.#mark,
    );
  }

  /**
   * @param {{ selected: boolean; seen: boolean; color: string }} standing
   */
  mark({ selected, seen, color }) {
    const { box, node } = this;
    node.style.setProperty("--color", color);
    node.setAttribute("aria-selected", String(selected));
    node.dataset.fate = box.fate ?? "";
    node.classList.toggle("seen", seen);
    this.#label.textContent = box.unsure ? `${box.label} ?` : box.label;
    this.#mark.textContent = box.fate === "removed" ? "removed" : selected ? "✓" : "";
    const score = box.score === null ? "" : `, score ${box.score.toFixed(2)}`;
    const fate = box.fate ? `, ${FATES[box.fate]}` : "";
    node.setAttribute("aria-label", `${box.label}${score}, ${box.session_id} at ${formatTime(box.start_s)} s${fate}`);
  }

  /**
   * Show the picture, which may have less time and a narrower band than the tile: the recording has no more.
   * @param {DecodedPicture} picture
   * @param {{ start_s: number; end_s: number }} place
   * @param {[number, number]} band in hertz
   * @param {string} color
   */
  paint(picture, place, band, color) {
    const { box } = this;
    const { info } = picture;
    this.#place = place;
    const clip = { start_s: box.start_s, end_s: box.end_s, low_hz: box.low_hz, high_hz: box.high_hz };
    paint(this.#canvas, { ...picture, info: { ...info, clip } }, { outline: color });
    const span = place.end_s - place.start_s;
    Object.assign(this.#canvas.style, {
      left: percent((info.start_s - place.start_s) / span),
      width: percent((info.end_s - info.start_s) / span),
      height: percent((info.high_hz - info.low_hz) / (band[1] - band[0])),
    });
    this.node.classList.remove("waiting");
    this.isPainted = true;
  }

  /** @param {string} problem */
  fail(problem) {
    this.node.classList.remove("waiting");
    this.#picture.append(el("span", { class: "problem" }, problem));
  }

  /**
   * Put the playhead there; null takes it away.
   * @param {number | null} seconds
   */
  follow(seconds) {
    this.#head.hidden = seconds === null;
    const { start_s: start, end_s: end } = this.#place;
    if (seconds !== null) this.#head.style.left = percent((seconds - start) / (end - start));
  }
}
