// What is known of every clip, column by column, fetched when it is needed first.

/** @import { Column } from "../../web/types.js" */
/** @import { CollectionApi } from "./api.js" */

/** @type {Record<string, string>} */
export const TITLES = {
  label: "Label",
  prediction: "Prediction",
  score: "Score",
  subset: "Subset",
  site: "Site",
  annotator: "Annotator",
  hour: "Hour of day (UTC)",
  date: "Date (UTC)",
  split: "Release split",
  agreement: "Agreement",
  session: "Session",
  recording: "Recording",
  given_label: "Table's label",
  duration: "Duration (s)",
  low_hz: "Lowest frequency (Hz)",
  high_hz: "Highest frequency (Hz)",
  loudness: "Loudness (dB re full scale)",
  error: "Could not be analysed",
  verdict: "Yes, no or unsure",
};

const HIDING = new Set(["evicted", "duplicate_of"]); // say of clips that they are out of sight: nothing to look at them by

export class Columns {
  /** @type {import("./api.js").CollectionApi} */ #api;
  /** @type {Map<string, Promise<Column>>} */ #fetched = new Map(); // name -> promise of a column
  /** @type {Map<string, Column>} */ #ready = new Map(); // name -> column
  /** @type {{name: string, kind: string, title: string}[]} */
  list = [];

  /** @param {CollectionApi} api */
  constructor(api) {
    this.#api = api;
  }

  async load() {
    /** @type {{ items: { name: string, kind: string }[] }} */
    const { items } = await this.#api.get("columns");
    this.list = items.map(({ name, kind }) => ({ name, kind, title: TITLES[name] ?? name }));
  }

  /** The columns that people can colour and place clips by. */
  get choices() {
    return this.list.filter(({ name }) => !HIDING.has(name));
  }

  /**
   * Is there such a column, here or on the server?
   * @param {string} name
   */
  has(name) {
    return this.list.some((each) => each.name === name);
  }

  /** @param {string} name */
  titleOf(name) {
    return this.list.find((each) => each.name === name)?.title ?? TITLES[name] ?? name;
  }

  /**
   * @returns {Promise<Column>}
   * @param {string} name
   */
  get(name) {
    if (!this.#fetched.has(name)) {
      const fetched = this.#api
        .column(name)
        .then(({ header, values }) => this.#keep(name, { ...header, name, values }));
      fetched.catch(() => this.#fetched.delete(name)); // the next who asks tries again
      this.#fetched.set(name, fetched);
    }
    return this.#fetched.get(name);
  }

  /**
   * A column that is here already, or undefined.
   * @param {string} name
   */
  find(name) {
    return this.#ready.get(name);
  }

  /**
   * What a column says of a clip: a name ("" is none) or a number; null while it is not here, or for no number.
   * @param {string} name
   * @param {number} number
   * @returns {any}
   */
  valueOf(name, number) {
    const column = this.find(name);
    if (!column) return null;
    const value = column.values[number];
    return column.kind === "category" ? column.categories[value] : Number.isNaN(value) ? null : value;
  }

  /**
   * Fetch a column again that has changed on the server.
   * @param {string} name
   */
  refresh(name) {
    this.#fetched.delete(name);
    return this.get(name);
  }

  /**
   * Add a column that was made here, such as the scores of a search; `title` is what people read.
   * @param {string} name
   * @param {string} title
   * @param {Partial<Column>} column
   */
  set(name, title, column) {
    this.list = [...this.list.filter((each) => each.name !== name), { name, title, kind: column.kind }];
    this.#fetched.set(name, Promise.resolve(this.#keep(name, /** @type {Column} */ ({ ...column, name }))));
  }

  /** @param {string} name @param {Column} column */
  #keep(name, column) {
    this.#ready.set(name, column);
    return column;
  }
}
