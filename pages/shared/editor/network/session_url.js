// The session on screen is part of the URL, so that every link opens it and Back goes to the one before.

const read = () => new URLSearchParams(window.location.search);

/**
 * The session that the URL names for this round, or null.
 * @param {string | null} roundId
 */
export function sessionInUrl(roundId) {
  const query = read();
  return [null, roundId].includes(query.get("round")) ? query.get("session") || null : null;
}

export class Url {
  #page = window.location.pathname;
  /** @type {string | null} */ roundId;
  /** @type {AbortSignal} */ signal;

  /**
   * `roundId` null: another page owns the URL, and nothing is written. `onback(id)` hears Back and Forward.
   * @param {string | null} roundId
   * @param {(id: string) => void} onback
   * @param {AbortSignal} signal
   */
  constructor(roundId, onback, signal) {
    this.roundId = roundId;
    this.signal = signal;
    if (roundId === null) return;
    window.addEventListener("popstate", (event) => this.#moved(event, onback), { signal, capture: true });
  }

  /** @param {string} sessionId */
  push(sessionId) {
    this.#write("pushState", sessionId);
  }
  /** @param {string} sessionId */
  replace(sessionId) {
    this.#write("replaceState", sessionId);
  }

  /** @param {"pushState" | "replaceState"} method @param {string} sessionId */
  #write(method, sessionId) {
    if (this.roundId === null || this.signal.aborted || sessionInUrl(this.roundId) === sessionId) return;
    const query = read();
    query.set("round", this.roundId);
    query.set("session", sessionId);
    window.history[method]({}, "", `${this.#page}?${query}`);
  }

  // Within this page and round, Back only changes the session. Streamlit would answer by drawing the whole page
  // anew, so it does not hear of it; moves to other pages and rounds are its own.
  /** @param {PopStateEvent} event @param {(id: string) => void} onback */
  #moved(event, onback) {
    const id = sessionInUrl(this.roundId);
    if (window.location.pathname !== this.#page || read().get("round") !== this.roundId || id === null) return;
    event.stopImmediatePropagation();
    onback(id);
  }
}
