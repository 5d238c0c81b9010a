// The explorer's keyboard. Digits and letters are the round's hotkeys; what is typed into a field is nobody else's.

import { chordOf, FIELD } from "../../web/chords.js";

/** @import { Explorer } from "../explorer.js" */

const OWN = "button, a[href], summary, select, input, [role=tab], [role=option], [role=slider]";
const PRESSED = new Set(["Space", "Enter", "Arrow"]); // by what has the focus

export const HELP = [
  ["Drag", "Select with the tool; Shift adds, Alt removes"],
  ["Wheel, two fingers", "Magnify; right button or Ctrl and drag: move"],
  ["← → ↑ ↓", "Nearest neighbour on the map"],
  ["Space", "Hear it again"],
  ["Enter", "Select it, or not"],
  ["1 – 9, letters", "Label the clip (or the selection) with the round's keys"],
  ["Ctrl+Z", "Undo the latest labels"],
  ["Ctrl+A", "Select everything shown"],
  ["Esc", "Leave the clip; then clear the selection"],
  ["+ − =", "Magnify, less, show all"],
];

export class Keys {
  /** @type {Explorer} */ #explorer;

  /** @param {Explorer} explorer @param {AbortSignal} signal */
  constructor(explorer, signal) {
    this.#explorer = explorer;
    document.addEventListener("keydown", (event) => this.#handle(event), { signal, capture: true });
  }

  /** @param {KeyboardEvent} event */
  #handle(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    const chord = chordOf(event);
    if (document.querySelector("[role=dialog]") || !(target instanceof Element)) return;
    const isInside = this.#explorer.root.contains(target);
    if (!isInside && target !== document.body) return;
    if (target.closest(FIELD) || target.closest("[data-keys]")) return;
    if (isInside && target.closest(OWN) && PRESSED.has(chord)) return;
    if (this.#run(chord, event)) event.preventDefault();
  }

  /** @param {string} chord @param {KeyboardEvent} event */
  #run(chord, event) {
    const { map, hearing, selection, labelling } = this.#explorer;
    switch (chord) {
      case "Arrow":
        return this.#step(event.key);
      case "Space":
        return (hearing.replay(), true);
      case "Enter":
        return map.closePolygon(event) || (map.current >= 0 && (selection.toggle(map.current), true));
      case "Escape":
        return this.#leave();
      case "Ctrl+a":
        return this.#all();
      case "Ctrl+z":
        return (labelling.undo(), true);
      case "+":
        return (map.zoom(1.4), true);
      case "-":
        return (map.zoom(1 / 1.4), true);
      case "=":
      case "Home":
        return (map.fit(), true);
      default:
        return !event.repeat && this.#label(chord);
    }
  }

  /** @param {string} key */
  #step(key) {
    const { map } = this.#explorer;
    const next = map.neighbour(key);
    if (next >= 0) this.#explorer.goTo(next);
    return true;
  }

  #leave() {
    const { map, hearing, selection } = this.#explorer;
    if (map.dropShape()) return true;
    if (map.current >= 0) {
      map.setCurrent(-1);
      hearing.hide();
    } else if (selection.size) selection.clear();
    else return false;
    return true;
  }

  #all() {
    const { map, selection, count } = this.#explorer;
    selection.choose(Array.from({ length: count }, (_, number) => number).filter(map.isShown), {
      mode: "none",
      how: "click",
    });
    return true;
  }

  // The clip that is looked at gets the label; without one, all that are selected.
  /** @param {string} chord */
  #label(chord) {
    const { map, selection, labelling } = this.#explorer;
    const label = labelling.labelWithKey(chord);
    if (!label) return false;
    if (map.current >= 0) labelling.apply(label.name, [map.current], { how: "click", heard: 1, agreed: 1 });
    else if (selection.size) labelling.apply(label.name, selection.numbers, { how: selection.how });
    else this.#explorer.say("Choose a clip or select several: then the key labels them.");
    return true;
  }
}
