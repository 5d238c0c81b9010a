// The classifiers of the collection: those that were learnt before, and those that are learnt here.

import { countOf } from "../../web/numbers.js";

/** @import { CollectionApi } from "./api.js" */
/** @import { KeptClassifier } from "../../web/types.js" */

/** @param {string | null} text */
const clock = (text) =>
  text
    ? new Date(text).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })
    : "an earlier one";

export class Classifiers extends EventTarget {
  /** @type {import("./api.js").CollectionApi} */ #api;
  /** @type {{id: string, labels: string[], thresholds: number[], examples: number, who: string, learnt_at: string | null}[]} the newest first */
  list = [];
  /** @type {Promise<void> | null} */ #loading = null;

  /** @param {CollectionApi} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** Fetch the list, once; tells 'change'. */
  load() {
    this.#loading ??= this.#fetch().catch((error) => {
      this.#loading = null; // the next who asks tries again
      throw error;
    });
    return this.#loading;
  }

  /** Something was learnt. */
  async changed() {
    await this.#fetch();
  }

  async #fetch() {
    this.list = (await this.#api.get("classifiers")).items;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} id */
  find(id) {
    return this.list.find((each) => each.id === id);
  }

  /**
   * "30 Nov, 14:02 · 60 clips".
   * @param {Pick<KeptClassifier, "learnt_at" | "examples">} keptClassifier
   */
  titleOf({ learnt_at: at, examples }) {
    return `${clock(at)}${examples ? ` · ${countOf(examples, "clip")}` : ""}`;
  }
}
