// What others do to the same clips: asked for every few seconds while the page is in sight.

/** @import { Explorer } from "../explorer.js" */

const EVERY_MS = 8000;

export class Changes {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  #seen = ""; // the version of what is shown

  /** @param {Explorer} explorer @param {AbortSignal} signal */
  constructor(explorer, signal) {
    this.#explorer = explorer;
    const timer = setInterval(() => this.#look(), EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
  }

  /** Note the version of what is fetched next: what this person did is no news. */
  async note() {
    this.#seen = await this.#fetch();
  }

  async #fetch() {
    return (await this.#explorer.api.get("version")).version;
  }

  async #look() {
    const { labelling, root } = this.#explorer;
    if (document.hidden || root.dataset.state !== "ready" || labelling.isBusy) return;
    try {
      const version = await this.#fetch();
      if (version === this.#seen || labelling.isBusy) return;
      this.#seen = version;
      await this.#explorer.othersChanged();
    } catch {
      // a server that is away is said by whatever needs it, and the next look comes
    }
  }
}
