// One prediction in a grid: its spectrogram with what is around it, its score, and how it is marked.

import { lookupTable } from "../../web/color_maps.js";
import { el, find } from "../../web/dom.js";
import { formatTime } from "../../web/numbers.js";

/** @import { Area, Candidate, DecodedPicture, GridHost, Look, Mark, Span } from "../../web/types.js" */

const [WIDTH, HEIGHT] = [240, 130]; // pixels of the picture that is fetched
const AT_ONCE = 4; // pictures that are fetched at the same time
const SAID = { yes: "right", no: "wrong", unsure: "unsure" };

/** @param {number} share */
const percent = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(2)}%`;

export class Thumbnail {
  #canvas = el("canvas", { "aria-hidden": "true" });
  #head = el("span", { class: "head", hidden: true });
  /** @type {Candidate} */ item;
  /** @type {Area} */ part;
  /** @type {Record<string, number>} */ query;
  /** @type {HTMLElement} */ node;

  /**
   * `part` is {start_s, end_s}; `band` {low_hz, high_hz}, or {} for all frequencies.
   * @param {Candidate} item
   * @param {Area} part
   * @param {Partial<Span>} band
   */
  constructor(item, part, band) {
    this.item = item;
    this.part = part;
    this.query = { ...part, ...band, width: WIDTH, height: HEIGHT };
    const score = item.score === null ? "–" : item.score.toFixed(2);
    /** @param {string} className @param {number} from @param {number} to */
    const shade = (className, from, to) =>
      el("span", { class: `shade ${className}`, style: `left: ${percent(from)}; width: ${percent(to - from)}` });
    const place = `${item.file_name} ${formatTime(item.start_s)}`;
    this.node = el(
      "div",
      {
        class: "thumb waiting",
        role: "option",
        tabindex: "-1",
        "data-id": item.id,
        title: `${place} · ${item.session_id}`,
      },
      el(
        "div",
        { class: "picture" },
        this.#canvas,
        shade("before", 0, this.#share(item.start_s)),
        shade("after", this.#share(item.end_s), 1),
        this.#head,
        el("span", { class: "score" }, score),
        el("span", { class: "flag", "aria-hidden": "true" }),
      ),
      el("span", { class: "place" }, place),
    );
    this.mark("yes");
  }

  /** @param {number} seconds */
  #share(seconds) {
    return (seconds - this.part.start_s) / (this.part.end_s - this.part.start_s);
  }

  /**
   * Show a decoded picture {grey, width, height, info} in the colours that the person has chosen.
   * @param {DecodedPicture} decodedPicture
   * @param {Look} look
   */
  paint({ grey, width, height, info }, look) {
    Object.assign(this.#canvas, { width, height });
    const table = lookupTable(look, info);
    const pixels = Uint32Array.from(grey, (value) => table[value]);
    this.#canvas
      .getContext("2d")
      .putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
    this.node.classList.remove("waiting");
  }

  /** @param {string} message */
  fail(message) {
    this.node.classList.remove("waiting");
    find(this.node, ".picture").append(el("span", { class: "problem" }, message));
  }

  /** @param {Mark} mark */
  mark(mark) {
    const { item, node } = this;
    node.dataset.mark = mark;
    node.setAttribute("aria-selected", String(mark === "no"));
    node.setAttribute(
      "aria-label",
      `${item.label}${item.score === null ? "" : `, score ${item.score.toFixed(2)}`}, ${item.file_name} at ${formatTime(item.start_s)}: ${SAID[mark]}`,
    );
  }

  /**
   * Put the playhead there; null takes it away.
   * @param {number | null} seconds
   */
  follow(seconds) {
    this.#head.hidden = seconds === null;
    if (seconds !== null) this.#head.style.left = percent(this.#share(seconds));
  }
}

/**
 * Fetch the pictures of thumbnails, some at a time, as long as they are the ones on screen.
 * @param {Thumbnail[]} thumbnails
 * @param {Pick<GridHost, "api" | "look">} gridHost
 * @param {() => boolean} isCurrent
 */
export async function fetchPictures(thumbnails, { api, look }, isCurrent) {
  const waiting = [...thumbnails];
  const colours = look();
  const shown = { scale: colours.scale, denoise: colours.denoise };
  const work = async () => {
    for (let next = waiting.shift(); next && isCurrent(); next = waiting.shift()) {
      const thumbnail = next;
      await api.thumbnail(thumbnail.item.session_id, { ...thumbnail.query, ...shown }).then(
        (picture) => thumbnail.paint(picture, colours),
        (error) => thumbnail.fail(error.message),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
