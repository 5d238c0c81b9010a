// The axes around the picture: ticks, numbers and titles, as SVG.

import { svg } from "../../web/dom.js";

const TICK_PX = 4;
const BELOW_PX = 19; // from the picture to the baseline of the numbers below it
const BESIDE_PX = 7; // and to the end of those beside it
const TITLE_PX = 23; // from the left edge to the baseline of the title there

/** @typedef {{title: string, ticks: {at: number, text: string}[]}} Axis places in pixels of the picture, from its top left */

export class AxesView {
  element = svg("svg", { class: "axes", "aria-hidden": "true" });

  /**
   * @param {number} width of everything in CSS pixels, margins included
   * @param {number} height
   * @param {{l: number, r: number, t: number, b: number}} margin
   * @param {{x: Axis, y: Axis}} axes
   */
  draw(width, height, { l, r, t, b }, { x, y }) {
    const [right, bottom] = [width - r, height - b];
    const ticks = [
      ...x.ticks.map(({ at }) => `M${l + at} ${bottom}v${TICK_PX}`),
      ...y.ticks.map(({ at }) => `M${l} ${t + at}h${-TICK_PX}`),
    ];
    const [middle, centre] = [(l + right) / 2, (t + bottom) / 2];
    Object.assign(this.element.style, { width: `${width}px`, height: `${height}px` });
    this.element.replaceChildren(
      svg("path", { d: ticks.join("") }),
      ...x.ticks.map(({ at, text }) => number(l + at, bottom + BELOW_PX, "across", text)),
      ...y.ticks.map(({ at, text }) => number(l - BESIDE_PX, t + at + 4, "up", text)),
      svg("text", { class: "title across", x: middle, y: height - 3 }, x.title),
      svg("text", { class: "title across", transform: `translate(${TITLE_PX} ${centre}) rotate(-90)` }, y.title),
    );
  }
}

const number = (x, y, kind, text) => svg("text", { class: kind, x, y }, text);
