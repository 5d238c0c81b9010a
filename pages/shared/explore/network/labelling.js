// Labels for many clips in one go, and the way back. What was done is on the server before anything is said.

import { uuid } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";

/** @import { BulkAct } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const RECENT = 6;
const SLOW_MS = 400; // from then on it says that it works

/** @param {number} count */
const clips = (count) => countOf(count, "clip");

/** @param {Pick<BulkAct, "deed" | "label" | "changed" | "left" | "heard" | "agreed">} bulkAct */
function describe({ deed, label, changed, left, heard, agreed }) {
  const listened = heard ? `, ${agreed} of ${heard} heard agreed` : "";
  const rest = left ? ` ${clips(left)} unchanged.` : "";
  return deed === "label"
    ? `${clips(changed)} labelled “${label}”${listened}.${rest}`
    : `Label removed from ${clips(changed)}.${rest}`;
}

export class Labelling {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {{name: string, color: string, hotkey: string}[]} */ labels = [];
  /** @type {string[]} */ recent = [];
  /** @type {{ id: string; text: string }[]} */ #acts = []; // that can be undone here, the newest last: {id, text}
  #turn = Promise.resolve(); // one act after another: who types fast loses none
  #waiting = 0;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
  }

  async load() {
    this.labels = await this.#explorer.api.labels();
  }

  /** Remember what this person did before the page was loaded, so that it can be undone. */
  async recall() {
    const { api, data } = this.#explorer;
    /** @type {{ items: BulkAct[] }} */
    const { items } = await api.get(`${api.roundUrl}/bulk`);
    const mine = items.filter(
      (act) => act.collection_id === data.collection_id && act.who === data.annotator && !act.undoes && !act.undone_by,
    );
    const known = new Set(mine.map(({ id }) => id));
    this.#acts = [
      ...mine.reverse().map((act) => ({ id: act.id, text: describe(act) })),
      ...this.#acts.filter(({ id }) => !known.has(id)),
    ];
    this.#explorer.update();
  }

  /** The latest act, as a sentence; "" when there is none to undo. */
  get latest() {
    return this.#acts.at(-1)?.text ?? "";
  }

  /** @param {string} key */
  labelWithKey(key) {
    return this.labels.find(({ hotkey }) => hotkey && hotkey.toLowerCase() === key);
  }

  /**
   * Give clips a label.
   * @param {string} label
   * @param {Iterable<number>} numbers
   * @param {{how?: string, heard?: number, agreed?: number}} told how they were selected, and how many were heard
   */
  apply(label, numbers, told = {}) {
    return this.#act("label", label, numbers, told);
  }

  /**
   * Take their labels from clips.
   * @param {Iterable<number>} numbers
   * @param {{ how?: string; heard?: number; agreed?: number }} [told]
   */
  remove(numbers, told = {}) {
    return this.#act("remove", "", numbers, told);
  }

  /**
   * @param {"label" | "remove"} deed
   * @param {string} label
   * @param {Iterable<number>} numbers
   * @param {{ how?: string; heard?: number; agreed?: number }} options
   */
  async #act(deed, label, numbers, { how = "click", heard = 0, agreed = 0 }) {
    const all = Array.from(numbers);
    if (!all.length) return null;
    const id = uuid();
    const { annotator } = this.#explorer.data;
    const working =
      deed === "label" ? `Labelling ${clips(all.length)} “${label}” …` : `Removing labels from ${clips(all.length)} …`;
    return this.#busy(working, async () => {
      const answer = await this.#explorer.api.post("bulk", {
        id,
        deed,
        label,
        numbers: all,
        how,
        heard,
        agreed,
        annotator,
      });
      const text = describe({ deed, label, heard, agreed, ...answer });
      this.#acts.push({ id, text });
      this.#explorer.root.dataset.acts = String(this.#acts.length);
      if (label) this.recent = [label, ...this.recent.filter((each) => each !== label)].slice(0, RECENT);
      if (label && !this.labels.some(({ name }) => name === label)) await this.load();
      await this.#explorer.labelsChanged();
      this.#explorer.say(text, { label: "Undo", run: () => this.undo() });
      return answer;
    });
  }

  /** Take the latest act back. */
  undo() {
    return this.#busy("Undoing …", async () => {
      const act = this.#acts.at(-1);
      if (!act) return null;
      const answer = await this.#explorer.api.undo(act.id, this.#explorer.data.annotator);
      this.#acts.pop();
      await this.#explorer.labelsChanged();
      this.#explorer.say(`Undone: ${act.text}`);
      return answer;
    });
  }

  get isBusy() {
    return this.#waiting > 0;
  }

  /** @param {string} working @param {() => Promise<any>} run */
  #busy(working, run) {
    this.#waiting += 1;
    this.#explorer.update();
    let slow = 0;
    const done = this.#turn
      .then(() => {
        slow = setTimeout(() => this.#explorer.say(working), SLOW_MS);
        return run();
      })
      .catch((error) => {
        if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
        return /** @type {any} */ (null);
      })
      .finally(() => {
        clearTimeout(slow);
        this.#waiting -= 1;
        this.#explorer.update();
      });
    this.#turn = done;
    return done;
  }
}
