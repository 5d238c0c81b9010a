// The editor fills what the page leaves of the window. What stands above it can change at any time (a name that wraps,
// another card), so it is measured, and told to the style sheets (windows.css) as `--above`.

import { hostOf } from "./dom.js";

/** @param {Element} node */
function scrollerOf(node) {
  for (let each = node; each; each = each.parentElement) {
    if (["auto", "scroll"].includes(getComputedStyle(each).overflowY)) return each;
  }
  return document.scrollingElement;
}

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function fillWindow(root, signal) {
  const host = hostOf(root) ?? root;
  const scroller = scrollerOf(host);
  const measure = () => {
    const above = root.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    root.style.setProperty("--above", `${Math.ceil(above)}px`);
  };
  const observer = new ResizeObserver(measure);
  for (const node of [scroller, ...scroller.children]) observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect());
  measure();
}
