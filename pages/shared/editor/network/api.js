// Our own HTTP API, as promises. Every failure is an ApiError with a sentence for the person.

import { Http, resolveUrl, ROOT, toQuery } from "../../web/http.js";
import { readPicture } from "../../web/picture.js";

/** @import { ClaimRequest, Entry, ExampleBody, FillInBody, Label, Measurement, OneSession, ReviewBody, SessionView, SubmissionBody, VerdictsBody } from "../../web/types.js" */

export { ApiError, resolveUrl } from "../../web/http.js";

/** The API for one round; requests end when `signal` (of the mounted editor) aborts. */
export class Api {
  /** @type {{ id: string, list: Label[] }} */ #labels = { id: "", list: [] }; // of the round, as they were sent last
  /** @type {Http} */ #http;
  /** @type {string} */ roundUrl;

  /** @param {string} roundId @param {AbortSignal} signal */
  constructor(roundId, signal) {
    this.roundUrl = new URL(`rounds/${encodeURIComponent(roundId)}/`, ROOT).href;
    this.#http = new Http(signal);
  }

  /** How far the server's clock is ahead of this machine's. */
  get clockAheadMs() {
    return this.#http.clockAheadMs;
  }

  /** @param {string | URL} url @param {RequestInit} [options] */
  #fetch(url, options = {}) {
    return this.#http.fetch(url, options);
  }
  /** @param {string} path @param {unknown} body */
  #post(path, body) {
    return this.#http.send("POST", this.roundUrl + path, body);
  }

  /** @param {string} id */
  #session(id) {
    return `sessions/${encodeURIComponent(id)}`;
  }

  /**
   * Give sessions the labels of their round: they come once, and again when somebody has changed them.
   * @param {OneSession[]} sessions
   */
  async #withLabels(sessions) {
    for (const session of sessions) {
      if (session.labels_id !== this.#labels.id) {
        const { labels } = await (await this.#fetch(`${this.roundUrl}labels?v=${session.labels_id}`)).json();
        this.#labels = { id: session.labels_id, list: labels };
      }
      /** @type {SessionView} */ (session).labels = this.#labels.list;
    }
  }

  /** @param {ClaimRequest} body */
  async claim(body) {
    const answer = await this.#post("claims", body);
    await this.#withLabels(answer.sessions);
    return answer;
  }

  /** @param {string} sessionId @param {SubmissionBody} body */
  submit(sessionId, body) {
    return this.#post(`${this.#session(sessionId)}/submissions`, body);
  }
  /** @param {string} sessionId @param {ReviewBody} body */
  review(sessionId, body) {
    return this.#post(`${this.#session(sessionId)}/reviews`, body);
  }

  /** @param {ExampleBody} body */
  addExample(body) {
    return this.#post("examples", body);
  }

  /** @param {string} sessionId @param {FillInBody} body */
  fillIn(sessionId, body) {
    return this.#post(`${this.#session(sessionId)}/fill-ins`, body);
  }
  /** @param {string} sessionId @param {string} jobId */
  cancelFillIn(sessionId, jobId) {
    return this.#post(`${this.#session(sessionId)}/fill-ins/${encodeURIComponent(jobId)}/cancel`, {});
  }
  /** @param {string} id */
  async job(id) {
    return (await this.#fetch(new URL(`jobs/${encodeURIComponent(id)}`, ROOT))).json();
  }

  /** @param {Record<string, string>} query */
  async candidates(query) {
    return (await this.#fetch(`${this.roundUrl}predictions?${new URLSearchParams(query)}`)).json();
  }
  /** @param {VerdictsBody} body */
  verdicts(body) {
    return this.#post("verdicts", body);
  }

  /**
   * A small picture of a part of a session, decoded.
   * @param {string} sessionId
   * @param {Record<string, string>} query
   */
  async thumbnail(sessionId, query) {
    return readPicture(
      await this.#fetch(`${this.roundUrl}${this.#session(sessionId)}/picture.jpg?${new URLSearchParams(query)}`),
    );
  }

  /** @returns {Promise<Measurement[]>} What can be measured. */
  async measurements() {
    return (await this.#fetch(new URL("measurements", ROOT))).json();
  }
  /**
   * Measure a box, in seconds of the session.
   * @param {string} sessionId
   * @param {{ start_s: number, end_s: number, low_hz: number | null, high_hz: number | null }} box
   * @returns {Promise<Record<string, number>>}
   */
  async measure(sessionId, box) {
    const given = Object.entries(box).filter(([, value]) => value !== null); // without a band: all frequencies
    const url = `${this.roundUrl}${this.#session(sessionId)}/measurements?${toQuery(Object.fromEntries(given))}`;
    return (await (await this.#fetch(url)).json()).values;
  }

  async queueOptions() {
    return (await this.#fetch(`${this.roundUrl}queue`)).json();
  }
  /** @param {string} sessionId */
  async view(sessionId) {
    const session = await (await this.#fetch(this.roundUrl + this.#session(sessionId))).json();
    await this.#withLabels([session]);
    return session;
  }

  /**
   * A session with what people say about it.
   * @param {string} id
   */
  async viewWithConsensus(id) {
    const path = `${this.roundUrl}${this.#session(id)}/consensus`;
    const [session, told] = await Promise.all([this.view(id), this.#fetch(path).then((answer) => answer.json())]);
    return { ...session, consensus: told };
  }

  /**
   * Where a session is in a reviewer's queue; `query` are its filters and its order.
   * @param {string} sessionId
   * @param {string} query
   * @param {string} reviewer
   */
  async reviewPlace(sessionId, query, reviewer) {
    const asked = new URLSearchParams(query);
    asked.set("reviewer", reviewer);
    return (await this.#fetch(`${this.roundUrl}${this.#session(sessionId)}/review?${asked}`)).json();
  }

  async firstSession() {
    return (await (await this.#fetch(`${this.roundUrl}sessions?limit=1`)).json()).items[0];
  }
  /** @param {string} path @param {AbortSignal | null} [signal] */
  get(path, signal = null) {
    return this.#fetch(resolveUrl(path), { signal });
  }
  /** @param {string} path */
  async blob(path) {
    return (await this.#fetch(resolveUrl(path))).blob();
  }

  /**
   * Give claims back; also works while the page is closing.
   * @param {string} holder
   * @param {string[] | null} [sessionIds]
   */
  release(holder, sessionIds = null) {
    const body = new Blob([JSON.stringify({ holder, session_ids: sessionIds })], { type: "application/json" });
    navigator.sendBeacon(`${this.roundUrl}claims/release`, body);
  }
}

const never = new AbortController().signal;

/**
 * Send an answer of the outbox; whichever page is on screen meanwhile.
 * @param {Pick<Entry, "kind" | "roundId" | "sessionId" | "body">} entry
 */
export function sendAnswer({ kind, roundId, sessionId, body }) {
  const api = new Api(roundId, never);
  return kind === "review" ? api.review(sessionId, body) : api.submit(sessionId, body);
}

/**
 * Try once more while the page is closing; nobody hears the answer.
 * @param {Pick<Entry, "kind" | "roundId" | "sessionId" | "body">} entry
 */
export function sendLast({ kind, roundId, sessionId, body }) {
  const path = `rounds/${encodeURIComponent(roundId)}/sessions/${encodeURIComponent(sessionId)}/${kind}s`;
  navigator.sendBeacon(new URL(path, ROOT), new Blob([JSON.stringify(body)], { type: "application/json" }));
}
