// A button that opens a small card with controls: the menus of the toolbar.

import { el, findAll } from "../../web/dom.js";
import { icon } from "./icons.js";

/** @import { Child } from "../../web/types.js" */

/**
 * A closed menu; `children` stand in its card. One menu is open at a time, see `closeMenus`.
 * @param {{ name: string; picture: string }} options
 * @param {...Child} children
 */
export function makeMenu({ name, picture }, ...children) {
  const summary = el("summary", { class: "tool", "aria-label": name, title: name });
  summary.innerHTML = icon(picture);
  const menu = el(
    "details",
    { class: "menu" },
    summary,
    el("div", { class: "popover", role: "group", "aria-label": name }, ...children),
  );
  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    closeMenus(/** @type {ShadowRoot} */ (menu.getRootNode()), menu);
    keepInside(/** @type {HTMLElement} */ (menu.lastChild), menu.closest(".podcast-editor"));
  });
  return menu;
}

/**
 * Shift a card so far that it ends inside the editor: where its button is depends on the width of the page.
 * @param {HTMLElement} card
 * @param {Element | null} editor
 */
function keepInside(card, editor) {
  card.style.translate = "";
  if (!editor) return;
  const [area, place] = [editor.getBoundingClientRect(), card.getBoundingClientRect()];
  const shift = Math.max(area.left - place.left, Math.min(0, area.right - place.right));
  if (shift) card.style.translate = `${shift}px`;
}

/**
 * Close all menus under `root` but one; says whether any was open.
 * @param {ParentNode} root
 * @param {Element | null} [except]
 */
export function closeMenus(root, except = null) {
  const open = findAll(root, "details.menu[open]").filter((menu) => menu !== except);
  for (const menu of open) menu.open = false;
  return open.length > 0;
}
