// What is known of every clip, column by column, fetched when it is needed first.

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

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {"category" | "number"} kind
 * @property {string[]} [categories] what the values of a category column stand for; "" is none
 * @property {(string | null)[]} [colors] of the categories
 * @property {Uint16Array | Uint32Array | Float32Array} values one for each clip; NaN is none
 */

export class Columns {
  /** @type {import("./api.js").CollectionApi} */ #api;
  #fetched = new Map(); // name -> promise of a column
  #ready = new Map(); // name -> column
  /** @type {{name: string, kind: string, title: string}[]} */
  list = [];

  constructor(api) {
    this.#api = api;
  }

  async load() {
    const { items } = await this.#api.get("columns");
    this.list = items.map(({ name, kind, title }) => ({ name, kind, title: title || TITLES[name] || name }));
  }

  /** The columns that people can colour and place clips by. */
  get choices() {
    return this.list.filter(({ name }) => !HIDING.has(name));
  }

  /** Is there such a column, here or on the server? */
  has(name) {
    return this.list.some((each) => each.name === name);
  }

  titleOf(name) {
    return this.list.find((each) => each.name === name)?.title ?? TITLES[name] ?? name;
  }

  /** @returns {Promise<Column>} */
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

  /** A column that is here already, or undefined. */
  find(name) {
    return this.#ready.get(name);
  }

  /** What a column says of a clip: a name ("" is none) or a number; null while it is not here, or for no number. */
  valueOf(name, number) {
    const column = this.find(name);
    if (!column) return null;
    const value = column.values[number];
    return column.kind === "category" ? column.categories[value] : Number.isNaN(value) ? null : value;
  }

  /** Fetch a column again that has changed on the server. */
  refresh(name) {
    this.#fetched.delete(name);
    return this.get(name);
  }

  /** Add a column that was made here, such as the scores of a search; `title` is what people read. */
  set(name, title, column) {
    this.list = [...this.list.filter((each) => each.name !== name), { name, title, kind: column.kind }];
    this.#fetched.set(name, Promise.resolve(this.#keep(name, { ...column, name })));
  }

  #keep(name, column) {
    this.#ready.set(name, column);
    return column;
  }
}
