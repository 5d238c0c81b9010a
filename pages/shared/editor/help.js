// The overlay with all shortcuts, and the short legend below the editor. Both come from the table in keys.js.

import { el } from "./dom.js";
import { SHORTCUTS } from "./keys.js";

const LEGEND = ["togglePlay", "removeBox", "undo", "submit", "skip", "accept", "reject", "help"];
const SHORT = { togglePlay: "play", removeBox: "delete", undo: "undo", submit: "submit", skip: "skip", accept: "accept", reject: "reject", help: "all shortcuts" };

const key = (text) => el("kbd", {}, text);

export function makeLegend(mode) {
  const items = SHORTCUTS.filter((item) => LEGEND.includes(item.action) && item.modes.includes(mode));
  const parts = items.map((item) => el("span", {}, key(item.keys), ` ${SHORT[item.action]}`));
  if (mode !== "view") parts.splice(1, 0, el("span", {}, key("drag"), " draw"), el("span", {}, key("1 – 9"), " label"));
  return parts;
}

/** A modal dialog that lists the shortcuts of a mode. */
export function makeHelp(mode) {
  const items = SHORTCUTS.filter((item) => item.modes.includes(mode));
  const groups = [...new Set(items.map((item) => item.group))];
  const dialog = el("dialog", { class: "help", "aria-label": "Keyboard shortcuts" });
  const close = el("button", { onclick: () => dialog.close(), "aria-label": "Close the list of shortcuts" }, "Close");
  const sections = groups.map((group) =>
    el(
      "section", {},
      el("h3", {}, group),
      el("dl", {}, ...items.filter((item) => item.group === group).flatMap((item) => [el("dt", {}, key(item.keys)), el("dd", {}, item.text)])),
    ),
  );
  dialog.append(el("header", {}, el("h2", {}, "Keyboard shortcuts"), close), el("div", { class: "columns" }, ...sections));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => event.key === "?" && dialog.close());
  return dialog;
}
