// Which clips are selected: what was chosen by hand, of which the filters let through a part. No DOM.

/** @import { How, SelectionMode } from "../../web/types.js" */

export const MODES = {
  none: { name: "New", hint: "Replaces the selection" },
  union: { name: "Add", hint: "Adds to the selection (Shift)" },
  intersection: { name: "Only both", hint: "What was chosen before and now" },
  difference: { name: "Remove", hint: "Removes from the selection (Alt)" },
};

/** @type {Record<SelectionMode, (before: number, after: number) => number>} */
const COMBINE = {
  none: (_, after) => after,
  union: (before, after) => before | after,
  intersection: (before, after) => before & after,
  difference: (before, after) => before & ~after & 1,
};

/**
 * The numbers below `count` that pass a test.
 * @param {number} count
 * @param {(number: number) => boolean} passes
 */
function collect(count, passes) {
  const found = new Uint32Array(count);
  let size = 0;
  for (let number = 0; number < count; number += 1) if (passes(number)) found[size++] = number;
  return found.slice(0, size);
}

/**
 * Are all of some numbers among others? Both go from low to high.
 * @param {Uint32Array} some
 * @param {Uint32Array} others
 */
export function isPart(some, others) {
  let at = 0;
  for (const number of some) {
    while (others[at] < number) at += 1;
    if (others[at] !== number) return false;
  }
  return true;
}

/**
 * The selection is (A op B) and what all filters let through: `A op B` is kept, so that it is whole again once a
 * filter is gone. Tells 'change' to whoever listens.
 */
export class Selection extends EventTarget {
  /** @type {Uint8Array} */ #chosen; // A op B: 1 for every clip that was chosen
  /** @type {Map<string, Uint8Array>} */ #filters = new Map(); // name -> Uint8Array, 1: let through
  /** @type {Uint8Array | null} */ #passing = null; // by all filters together
  /** @type {Uint32Array | null} */ #numbers = null;
  /** Goes up whenever something else is chosen, whatever the filters say. */ turn = 0;
  /** @type {SelectionMode} */ mode = "none";
  /** @type {How} */ how = "lasso"; // how the latest clips were chosen, for the record of what is done to them

  /** @param {number} count of clips in the collection */
  constructor(count) {
    super();
    this.#chosen = new Uint8Array(count);
  }

  get count() {
    return this.#chosen.length;
  }

  /**
   * Combine what was chosen with what is chosen now.
   * @param {Iterable<number>} numbers
   * @param {{ mode?: SelectionMode; how?: How }} [options]
   */
  choose(numbers, { mode = this.mode, how = this.how } = {}) {
    const now = new Uint8Array(this.count);
    for (const number of numbers) now[number] = 1;
    const combine = COMBINE[mode];
    for (let number = 0; number < this.count; number += 1)
      this.#chosen[number] = combine(this.#chosen[number], now[number]);
    this.how = how;
    this.turn += 1;
    this.#tell();
  }

  clear() {
    this.choose([], { mode: "none" });
  }

  /**
   * Let clips in or take them out one by one.
   * @param {number} number
   */
  toggle(number) {
    this.#chosen[number] ^= 1;
    this.how = "click";
    this.turn += 1;
    this.#tell();
  }

  /** @param {Iterable<number>} numbers */
  evict(numbers) {
    this.choose(numbers, { mode: "difference" });
  }

  /**
   * Let only clips through for which `passes` has a 1; null takes the filter away.
   * @param {string} name
   * @param {Uint8Array | null} passes
   */
  filter(name, passes) {
    if (passes === null && !this.#filters.has(name)) return;
    if (passes === null) this.#filters.delete(name);
    else this.#filters.set(name, passes);
    this.#join();
    this.#tell();
  }

  /**
   * Let only clips of these numbers through; null takes the filter away.
   * @param {string} name
   * @param {Iterable<number> | null} numbers
   */
  filterTo(name, numbers) {
    if (numbers === null) return this.filter(name, null);
    const passes = new Uint8Array(this.#chosen.length);
    for (const number of numbers) passes[number] = 1;
    return this.filter(name, passes);
  }

  get isFiltered() {
    return this.#filters.size > 0;
  }

  /**
   * Does every filter let a clip through?
   * @param {number} number
   */
  passes(number) {
    return this.#passing === null || this.#passing[number] === 1;
  }

  #join() {
    this.#passing = this.passingBut();
  }

  /**
   * 1 for what every filter but one lets through; null: everything.
   * @param {string | null} [name]
   */
  passingBut(name = null) {
    const [first, ...others] = [...this.#filters].filter(([each]) => each !== name).map(([, passes]) => passes);
    const passing = first ? first.slice() : null;
    for (const each of others) for (let number = 0; number < this.count; number += 1) passing[number] &= each[number];
    return passing;
  }

  /** @param {number} number */
  has(number) {
    return this.#chosen[number] === 1 && this.passes(number);
  }

  /** The selected clips, in order: (A op B) and all filters. */
  get numbers() {
    this.#numbers ??= collect(this.count, (number) => this.has(number));
    return this.#numbers;
  }

  get size() {
    return this.numbers.length;
  }

  /** What was chosen, whatever the filters say: what is kept on the server. */
  get chosen() {
    return collect(this.count, (number) => this.#chosen[number] === 1);
  }

  #tell() {
    this.#numbers = null;
    this.dispatchEvent(new Event("change"));
  }
}
