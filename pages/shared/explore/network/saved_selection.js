// The selection on the server: it outlives this page, and other views of the same person have it, too.

/** @import { Explorer } from "../explorer.js" */

const REST_MS = 250; // of a selection that keeps changing

export class KeptSelection {
  /** @type {Explorer} */ #explorer;
  #timer = 0;
  #isLoading = true;

  /** @param {Explorer} explorer @param {AbortSignal} signal */
  constructor(explorer, signal) {
    this.#explorer = explorer;
    explorer.selection.addEventListener("change", () => this.#later(), { signal });
  }

  get #path() {
    return `selection?annotator=${encodeURIComponent(this.#explorer.data.annotator)}`;
  }

  async load() {
    try {
      const { numbers } = await this.#explorer.api.get(this.#path);
      const { selection, count } = this.#explorer;
      if (numbers.length)
        selection.choose(
          numbers.filter((/** @type {number} */ number) => number < count),
          { mode: "none" },
        );
      this.#sent = selection.turn;
    } finally {
      this.#isLoading = false;
    }
  }

  #sent = 0; // the turn of the selection that the server has

  #later() {
    if (this.#isLoading) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), REST_MS);
  }

  async #send() {
    const { turn, chosen } = this.#explorer.selection;
    if (turn === this.#sent) return; // only a filter has changed
    const numbers = Array.from(chosen);
    try {
      await this.#explorer.api.put(this.#path, { numbers });
      this.#sent = turn;
      this.#explorer.root.dataset.kept = String(numbers.length);
    } catch (error) {
      if (error.name !== "AbortError")
        this.#explorer.say(`The selection could not be saved: ${error.message}`, { isBad: true });
    }
  }
}
