// Small helpers for building elements; no state.

const SVG = "http://www.w3.org/2000/svg";

function assign(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

/** An HTML element: `el("button", { class: "chip", onclick: run }, "Whistle")`. */
export function el(tag, props = {}, ...children) {
  const node = assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An SVG element. */
export function svg(tag, props = {}, ...children) {
  const node = assign(document.createElementNS(SVG, tag), props);
  node.append(...children);
  return node;
}

/** Resolve once what was drawn is about to be on screen (at once in a hidden tab, which never paints). */
export function painted() {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => resolve());
  });
}

/** Run something once what was drawn is on screen. */
export function afterPaint(run) {
  painted().then(() => setTimeout(run));
}

/** Run something when there is nothing else to do, within half a second. */
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
