// Which key does what for this person: the table of shortcuts.js with the keys that they chose. No DOM.

import { SHORTCUTS } from "./shortcuts.js";

/** @import { Label, Mode, Shortcut } from "../../web/types.js" */

/** @type {Record<string, string>} */
const NAMES = { Space: "Space", Delete: "Del", Escape: "Esc", PageUp: "Page ↑", PageDown: "Page ↓", Backspace: "⌫" };
const FIXED = new Set(["arrow", "escape", "help"]); // these find the way out of everything else

/**
 * "Shift+a" as a person reads it: "Shift+A".
 * @param {string} chord
 */
export const showChord = (chord) =>
  chord.replace(/[^+]+$|\+$/, (key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key));

/**
 * Can the person choose another key for this row of the table?
 * @param {Partial<Shortcut>} item
 */
export const isChangeable = (item) => Boolean(item.chords) && !FIXED.has(item.action);

export class Keymap {
  /** @type {Record<string, string>} */ #own; // {action: chord}
  /** @type {(own: Record<string, string>) => void} */ #keep;
  /** @type {Mode} */ mode;
  /** @type {Shortcut[]} */ items;

  /**
   * `own` are the person's changes, `keep(own)` remembers new ones.
   * @param {Mode} mode
   * @param {Record<string, string>} own
   * @param {(own: Record<string, string>) => void} keep
   */
  constructor(mode, own, keep) {
    this.mode = mode;
    this.items = SHORTCUTS.filter((item) => item.modes.includes(mode));
    this.#own = own ?? {};
    this.#keep = keep;
  }

  /**
   * The row of the table that a chord stands for, or undefined.
   * @param {string} chord
   */
  find(chord) {
    const own = this.items.find((item) => item.chords && this.#own[item.action] === chord);
    return own ?? this.items.find((item) => this.chordsOf(item).includes(chord)); // a key that was chosen wins
  }

  /** @param {Partial<Shortcut>} item */
  chordsOf(item) {
    const own = item.chords && this.#own[item.action];
    return own ? [own] : (item.chords ?? []);
  }

  /**
   * What to show for a row: the person's own key, or the table's words.
   * @param {Partial<Shortcut>} item
   */
  keysOf(item) {
    return item.chords && this.#own[item.action] ? showChord(this.#own[item.action]) : item.keys;
  }

  /** @param {string} action */
  keysOfAction(action) {
    return this.keysOf(this.items.find((item) => item.action === action) ?? {}) ?? "";
  }

  /** @param {Partial<Shortcut>} item */
  isOwn(item) {
    return Boolean(item.chords && this.#own[item.action]);
  }

  get changed() {
    return this.items.some((item) => this.isOwn(item));
  }

  /**
   * Why `chord` cannot stand for `item`, as a sentence; null when it can. `labels` are those of the round.
   * @param {Shortcut} item
   * @param {string} chord
   * @param {Label[]} labels
   */
  problem(item, chord, labels) {
    if (/^(Ctrl|Alt)\+/.test(chord)) return "Keys with Ctrl or Alt are reserved for the browser.";
    if (["Tab", "Enter", "Arrow", "Escape", "?"].includes(chord) || /^F\d+$/.test(chord))
      return `${showChord(chord)} is a fixed shortcut.`;
    const other = this.find(chord);
    if (other && other !== item) return `${showChord(chord)} is taken: ${other.text}.`;
    const label = labels.find(({ hotkey }) => hotkey && hotkey.toLowerCase() === chord);
    return label ? `${showChord(chord)} is the key of the label “${label.name}”.` : null;
  }

  /**
   * Let `chord` stand for an action from now on; null gives the action its usual key back.
   * @param {string} action
   * @param {string | null} chord
   */
  change(action, chord) {
    const { [action]: _, ...others } = this.#own;
    const item = this.items.find((entry) => entry.action === action);
    this.#own = chord === null || item.chords.includes(chord) ? others : { ...others, [action]: chord };
    this.#keep(this.#own);
  }

  reset() {
    this.#own = {};
    this.#keep(this.#own);
  }

  /**
   * "Play or pause (Space)": a tooltip for the control of an action.
   * @param {string} action
   */
  tooltip(action) {
    const item = this.items.find((entry) => entry.action === action);
    return item ? `${item.text} (${this.keysOf(item)})` : "";
  }
}
