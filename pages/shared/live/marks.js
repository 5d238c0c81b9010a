// Marks on their way to the server: each is kept here until it is acknowledged, and tried again while it is not.

import { uuid } from "../web/dom.js";
import { Http, ROOT } from "../web/http.js";

/** @import { LiveFinding } from "../web/types.js" */

const TAP_S = 0.3; // a key that is down for less marks a moment
const BEFORE_S = 1; // which somebody needs to hear a call, know it, and press
const RETRY_MS = 1500;

/** @param {number} at seconds since 1970 */
const toText = (at) => new Date(at * 1000).toISOString();

export class Marks {
  /** @type {{ started_at: number, label: string } | null} */ held = null;
  /** @type {(LiveFinding & { person: string })[]} */ waiting = [];
  #isSending = false;
  #gone = new AbortController();
  #http = new Http(this.#gone.signal);
  /** @type {string} */ #url;
  /** @type {(text: string, isFault: boolean) => void} */ #tell;

  /** @param {string} feedId @param {(text: string, isFault: boolean) => void} tell */
  constructor(feedId, tell) {
    this.#url = new URL(`live/${encodeURIComponent(feedId)}/marks`, ROOT).href;
    this.#tell = tell;
  }

  destroy() {
    this.#gone.abort();
  }

  /** A key or a button is down. @param {string} label @param {number} at what is heard now, seconds since 1970 */
  press(label, at) {
    if (!this.held && at) this.held = { started_at: at, label };
  }

  /** It is up again. @param {number} at @param {string} person */
  release(at, person) {
    if (!this.held) return;
    const { started_at: from, label } = this.held;
    this.held = null;
    const started = at - from < TAP_S ? from - BEFORE_S : from;
    const mark = { id: uuid(), started_at: started, ended_at: Math.max(at, started + 0.05), label };
    this.waiting.push({ ...mark, low_hz: null, high_hz: null, score: null, person });
    this.#send();
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.waiting.length && !this.#gone.signal.aborted) {
      const [mark] = this.waiting;
      const body = {
        id: mark.id,
        label: mark.label,
        started_at: toText(mark.started_at),
        ended_at: toText(mark.ended_at),
        person: mark.person,
      };
      try {
        await this.#http.send("POST", this.#url, body);
        this.waiting.shift();
        this.#tell(`Marked “${mark.label}”, ${(mark.ended_at - mark.started_at).toFixed(1)} s.`, false);
      } catch (error) {
        if (this.#gone.signal.aborted) return;
        this.#tell(`The mark “${mark.label}” is not saved: ${error.message}`, true);
        if (error.passing) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        else this.waiting.shift(); // the same again would be refused again
      }
    }
    this.#isSending = false;
  }
}
