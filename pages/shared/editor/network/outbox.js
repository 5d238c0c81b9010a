// Answers that the server has not acknowledged yet: in memory and in localStorage, sent again until they are kept.
//
// An answer belongs to the browser, not to the editor that made it: it is sent while another page is on screen, and
// after a reload. Sending one twice is harmless, because its id belongs to its content.

import { afterPaint } from "../../web/dom.js";
import { sendAnswer, sendLast } from "./api.js";
import { dropDraft, livingTabs, saveDraft, tabName } from "./browser_storage.js";

/** @import { Entry, OutboxHost } from "../../web/types.js" */

const KEY = "podcast:outbox:";
const ADOPT_MS = 3_000;
const RETRY_MS = [2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * What outlives the page; everything else of an entry (view, work, ...) is for the editor that made it.
 * @param {Entry} entry
 */
const lasting = ({ kind, id, owner, roundId, sessionId, revision, body, keep }) => ({
  kind,
  id,
  owner,
  roundId,
  sessionId,
  revision,
  body,
  keep,
});

/** @param {string} text */
function parse(text) {
  try {
    const entry = JSON.parse(text);
    return entry.id && entry.body ? entry : null;
  } catch {
    return null; // somebody else's
  }
}

export class Outbox {
  /** @type {Entry[]} */ #entries = []; // {kind: submission | review, id, ..., body, state: new | sending | failed | refused, tries, due}
  #timer = 0;
  /** @type {{ sessionId: string | null; resolve: (value?: unknown) => void }[]} */ #waiting = []; // [{sessionId | null, resolve}]
  /** @type {OutboxHost | null} */ #host = null;
  /** @type {Storage} */ storage;
  /** @type {(entry: Entry) => Promise<any>} */ send;
  /** @type {(entry: Entry) => void} */ kept;
  /** @type {string} */ owner;
  /** @type {(owner: string) => boolean} */ isAlive;
  /** @type {(run: () => void) => void} */ soon;

  /**
   * `send(entry)` makes the request; `kept(entry)` tidies up after it was acknowledged; `owner` names the tab;
   * `isAlive(owner)` says whether another tab still looks after its own; `soon(run)` runs what need not be now.
   * @param {{ storage: Storage; send: (entry: Entry) => Promise<any>; kept: (entry: Entry) => void; owner: string; isAlive: (owner: string) => boolean; soon: (run: () => void) => void }} options
   */
  constructor({ storage, send, kept, owner, isAlive, soon }) {
    this.storage = storage;
    this.send = send;
    this.kept = kept;
    this.owner = owner;
    this.isAlive = isAlive;
    this.soon = soon;
  }

  /**
   * The editor that is told: kept(entry, answer), failed(entry, error, wait in ms or null). The last one counts.
   * @param {OutboxHost} host
   */
  attach(host) {
    this.#host = host;
    for (const entry of this.#entries.filter(({ error }) => error)) {
      entry.calledBack = false;
      host.failed(entry, entry.error, entry.state === "refused" ? null : Math.max(entry.due - Date.now(), 0));
    }
  }

  /** @param {OutboxHost} host */
  detach(host) {
    if (this.#host === host) this.#host = null;
  }

  get size() {
    return this.#entries.length;
  }
  /** @param {string} sessionId */
  has(sessionId) {
    return this.#entries.some((entry) => entry.sessionId === sessionId);
  }
  /** @param {Entry} entry */
  holds(entry) {
    return this.#entries.includes(entry);
  }

  /**
   * Take an answer; it is stored at once and sent as soon as the next session is on screen.
   * @param {Entry} entry
   */
  add(entry) {
    Object.assign(entry, { owner: this.owner, state: "new", tries: 0, due: 0 });
    this.#entries.push(entry);
    try {
      this.storage.setItem(KEY + entry.id, JSON.stringify(lasting(entry)));
    } catch {
      /* storage is switched off or full: the answer is still in memory */
    }
    this.soon(() => this.#pump());
  }

  /** Take over what an earlier load of this tab, or a tab that is gone, has left behind; says whether others live on. */
  adopt() {
    let others = false;
    for (const name of Object.keys(this.storage).filter((key) => key.startsWith(KEY))) {
      const entry = parse(this.storage.getItem(name));
      if (!entry || this.#entries.some(({ id }) => id === entry.id)) continue;
      if (entry.owner !== this.owner && this.isAlive(entry.owner)) others = true;
      else this.#entries.push({ ...entry, state: "new", tries: 0, due: 0 });
    }
    this.#pump();
    return others;
  }

  /**
   * The person took it back to change it: it is not sent again.
   * @param {Entry} entry
   */
  withdraw(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    try {
      this.storage.removeItem(KEY + entry.id);
    } catch {
      /* storage is switched off: nothing is there */
    }
    this.#wake();
  }

  /** Try everything again now. */
  retry() {
    for (const entry of this.#entries) if (entry.state !== "sending") Object.assign(entry, { state: "new", due: 0 });
    this.#pump();
  }

  /**
   * Resolves when the answer for a session (null: every answer) is kept, or has failed.
   * @param {string} [sessionId]
   */
  settled(sessionId = null) {
    return new Promise((resolve) => {
      this.#waiting.push({ sessionId, resolve });
      this.#wake();
    });
  }

  /** The bodies that are not acknowledged, for a last try while the page closes. */
  get unsent() {
    return this.#entries.filter(({ state }) => state !== "refused");
  }

  async #pump() {
    clearTimeout(this.#timer);
    if (this.#entries.some(({ state }) => state === "sending")) return;
    const now = Date.now();
    const entry = this.#entries.find(({ state, due }) => state !== "refused" && due <= now);
    if (!entry) return this.#pumpLater(now);
    entry.state = "sending";
    try {
      const answer = await this.send(entry);
      this.#acknowledged(entry, answer);
    } catch (error) {
      this.#failed(entry, error);
    }
    this.#wake();
    this.#pump();
  }

  /** @param {number} now */
  #pumpLater(now) {
    const dues = this.#entries.filter(({ state }) => state !== "refused").map(({ due }) => due - now);
    if (dues.length) this.#timer = setTimeout(() => this.#pump(), Math.min(...dues));
  }

  /** @param {Entry} entry @param {any} answer */
  #acknowledged(entry, answer) {
    if (!this.holds(entry)) return; // taken back meanwhile
    this.withdraw(entry);
    this.kept(entry);
    for (const other of this.#entries) if (other.state === "failed") other.due = 0; // the server is there again
    this.#host?.kept(entry, answer);
  }

  // Only what may pass is tried again by itself; for a refusal the person has to change something.
  /** @param {Entry} entry @param {Error & { passing?: boolean }} error */
  #failed(entry, error) {
    if (!this.holds(entry)) return;
    const wait = error.passing === false ? null : RETRY_MS[Math.min(entry.tries, RETRY_MS.length - 1)];
    Object.assign(entry, {
      state: wait === null ? "refused" : "failed",
      error,
      tries: entry.tries + 1,
      due: Date.now() + (wait ?? 0),
    });
    this.#host?.failed(entry, error, wait);
  }

  #wake() {
    /** @param {string | null} sessionId */
    const open = (sessionId) =>
      this.#entries.some(
        (entry) => (sessionId === null || entry.sessionId === sessionId) && ["new", "sending"].includes(entry.state),
      );
    const ready = this.#waiting.filter(({ sessionId }) => !open(sessionId));
    const waiting = this.#waiting.filter((item) => !ready.includes(item));
    this.#waiting = waiting;
    for (const { resolve } of ready) resolve();
  }
}

// What an acknowledged answer leaves behind: nothing, or (a skip) the work for those who come back to it.
/** @param {Entry} entry */
function tidyUp({ roundId, sessionId, revision, keep }) {
  const view = { round_id: roundId, session_id: sessionId, submission: { revision } };
  dropDraft(view);
  if (keep) saveDraft(view, keep);
}

/** @type {Promise<Outbox> | null} */
let shared = null;

/** The outbox of this tab. */
export function tabOutbox() {
  shared ??= (async () => {
    const owner = await tabName();
    let others = await livingTabs();
    const outbox = new Outbox({
      storage: localStorage,
      send: sendAnswer,
      kept: tidyUp,
      owner,
      /** @param {string} name */
      isAlive: (name) => others.has(name),
      soon: afterPaint,
    });
    window.addEventListener("online", () => outbox.retry());
    window.addEventListener("pagehide", () => outbox.unsent.forEach(sendLast));
    // A tab may be closing just now, or close later with its answers unsent.
    const adoptLater = async () => {
      others = await livingTabs();
      if (outbox.adopt()) setTimeout(adoptLater, ADOPT_MS);
    };
    if (outbox.adopt()) setTimeout(adoptLater, ADOPT_MS);
    return outbox;
  })();
  return shared;
}
