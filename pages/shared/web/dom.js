// Small helpers for building elements; no state.

/** @import { Child, Props } from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";

/** @type {<Made extends HTMLElement | SVGElement>(node: Made, props: Props<any>) => Made} */
function assign(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "value") Object.assign(node, { value });
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return node;
}

/**
 * An HTML element: `el("button", { class: "chip", onclick: run }, "Whistle")`.
 * @type {<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, props?: Props<HTMLElementTagNameMap[Tag]>, ...children: Child[]) => HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props = {}, ...children) {
  const node = assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * An SVG element.
 * @type {<Tag extends keyof SVGElementTagNameMap>(tag: Tag, props?: Props<SVGElementTagNameMap[Tag]>, ...children: (Node | string)[]) => SVGElementTagNameMap[Tag]}
 */
export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  node.append(...children);
  return assign(node, props);
}

/**
 * The element whose shadow root a node lies in, or undefined.
 * @param {Node} node
 * @returns {Element | undefined}
 */
export const hostOf = (node) => /** @type {ShadowRoot} */ (node.getRootNode()).host;

/**
 * The element that has the focus among those around a node.
 * @param {Node} node
 * @returns {any}
 */
export const activeAround = (node) => /** @type {ShadowRoot | Document} */ (node.getRootNode()).activeElement;

/**
 * The element under a node that a selector finds: of whatever kind, as the selector says.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {any}
 */
export const find = (root, selector) => root.querySelector(selector);

/**
 * All of them.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {any[]}
 */
export const findAll = (root, selector) => [...root.querySelectorAll(selector)];

/**
 * Resolve once what was drawn is about to be on screen (at once in a hidden tab, which never paints).
 * @returns {Promise<void>}
 */
export function painted() {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => resolve());
  });
}

/**
 * Run something once what was drawn is on screen.
 * @param {() => void} run
 */
export function afterPaint(run) {
  painted().then(() => setTimeout(run));
}

/**
 * Run something when there is nothing else to do, within half a second.
 * @param {() => void} run
 */
export function whenIdle(run) {
  if (window.requestIdleCallback) requestIdleCallback(run, { timeout: 500 });
  else setTimeout(run, 50);
}

/** A random UUID (v4). `crypto.randomUUID` is missing on plain http outside this machine. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
