// A button that opens a small card with controls: the menus of the toolbar.

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** A closed menu; `children` stand in its card. One menu is open at a time, see `closeMenus`. */
export function makeMenu({ name, picture }, ...children) {
  const summary = el("summary", { class: "tool", "aria-label": name, title: name });
  summary.innerHTML = icon(picture);
  const menu = el("details", { class: "menu" }, summary, el("div", { class: "popover", role: "group", "aria-label": name }, ...children));
  menu.addEventListener("toggle", () => menu.open && closeMenus(menu.getRootNode(), menu));
  return menu;
}

/** Close all menus under `root` but one; says whether any was open. */
export function closeMenus(root, except = null) {
  const open = [...root.querySelectorAll("details.menu[open]")].filter((menu) => menu !== except);
  for (const menu of open) menu.open = false;
  return open.length > 0;
}
