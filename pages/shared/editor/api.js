// Our own HTTP API, as promises. Every failure is an ApiError with a sentence for the person.

import { decodePicture } from "./picture.js";

const ROOT = new URL("../../api/v1/", import.meta.url); // this file is served as <root>/editor/<version>/api.js
const TIMEOUT_MS = 30_000;
const CLOCK_SLACK_MS = 3_000; // the header has whole seconds, and takes a moment

export const resolveUrl = (path) => new URL(path, new URL("../../", import.meta.url)).href;

export class ApiError extends Error {
  /** `status` is the HTTP status, 0 when the server could not be reached. */
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  /** May the same request succeed later? */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

async function explain(response) {
  const body = await response.json().catch(() => ({}));
  const detail = typeof body.detail === "string" ? body.detail : `The server answered ${response.status}.`;
  return new ApiError(detail, response.status);
}

/** The API for one round; requests end when `signal` (of the mounted editor) aborts. */
export class Api {
  #labels = { id: "", list: [] }; // of the round, as they were sent last
  clockAheadMs = 0; // how far the server's clock is ahead of this machine's

  constructor(roundId, signal) {
    this.roundUrl = new URL(`rounds/${encodeURIComponent(roundId)}/`, ROOT).href;
    this.signal = signal;
  }

  async #fetch(url, options = {}) {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])]);
    let response;
    try {
      response = await fetch(url, { ...options, signal });
    } catch (error) {
      this.signal.throwIfAborted();
      options.signal?.throwIfAborted();
      throw new ApiError("The server cannot be reached.", 0);
    }
    const there = Date.parse(response.headers.get("date") ?? "");
    if (Number.isFinite(there)) this.clockAheadMs = Math.abs(there - Date.now()) > CLOCK_SLACK_MS ? there - Date.now() : 0;
    if (!response.ok) throw await explain(response);
    return response;
  }

  async #post(path, body) {
    const headers = { "Content-Type": "application/json" };
    return (await this.#fetch(this.roundUrl + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  }

  #session(id) {
    return `sessions/${encodeURIComponent(id)}`;
  }

  /** Give sessions the labels of their round: they come once, and again when somebody has changed them. */
  async #withLabels(sessions) {
    for (const session of sessions) {
      if (session.labels_id !== this.#labels.id) {
        const { labels } = await (await this.#fetch(`${this.roundUrl}labels?v=${session.labels_id}`)).json();
        this.#labels = { id: session.labels_id, list: labels };
      }
      session.labels = this.#labels.list;
    }
  }

  async claim(body) {
    const answer = await this.#post("claims", body);
    await this.#withLabels(answer.sessions);
    return answer;
  }

  submit(sessionId, body) { return this.#post(`${this.#session(sessionId)}/submissions`, body); }
  review(sessionId, body) { return this.#post(`${this.#session(sessionId)}/reviews`, body); }

  fillIn(sessionId, body) { return this.#post(`${this.#session(sessionId)}/fill-ins`, body); }
  cancelFillIn(sessionId, jobId) { return this.#post(`${this.#session(sessionId)}/fill-ins/${encodeURIComponent(jobId)}/cancel`, {}); }
  async job(id) { return (await this.#fetch(new URL(`jobs/${encodeURIComponent(id)}`, ROOT))).json(); }

  async candidates(query) { return (await this.#fetch(`${this.roundUrl}predictions?${new URLSearchParams(query)}`)).json(); }
  verdicts(body) { return this.#post("verdicts", body); }

  /** A small picture of a part of a session, decoded. */
  async thumbnail(sessionId, query) {
    const response = await this.#fetch(`${this.roundUrl}${this.#session(sessionId)}/picture.jpg?${new URLSearchParams(query)}`);
    return decodePicture(await response.blob(), JSON.parse(response.headers.get("x-picture")));
  }

  async queueOptions() { return (await this.#fetch(`${this.roundUrl}queue`)).json(); }
  async view(sessionId) {
    const session = await (await this.#fetch(this.roundUrl + this.#session(sessionId))).json();
    await this.#withLabels([session]);
    return session;
  }

  async firstSession() { return (await (await this.#fetch(`${this.roundUrl}sessions?limit=1`)).json()).items[0]; }
  get(path, signal = null) { return this.#fetch(resolveUrl(path), { signal }); }
  async blob(path) { return (await this.#fetch(resolveUrl(path))).blob(); }

  /** Give claims back; also works while the page is closing. */
  release(holder, sessionIds = null) {
    const body = new Blob([JSON.stringify({ holder, session_ids: sessionIds })], { type: "application/json" });
    navigator.sendBeacon(`${this.roundUrl}claims/release`, body);
  }
}

const never = new AbortController().signal;

/** Send an answer of the outbox; whichever page is on screen meanwhile. */
export function sendAnswer({ kind, roundId, sessionId, body }) {
  const api = new Api(roundId, never);
  return kind === "review" ? api.review(sessionId, body) : api.submit(sessionId, body);
}

/** Try once more while the page is closing; nobody hears the answer. */
export function sendLast({ kind, roundId, sessionId, body }) {
  const path = `rounds/${encodeURIComponent(roundId)}/sessions/${encodeURIComponent(sessionId)}/${kind}s`;
  navigator.sendBeacon(new URL(path, ROOT), new Blob([JSON.stringify(body)], { type: "application/json" }));
}
