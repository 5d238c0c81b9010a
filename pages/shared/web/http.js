// Requests to our own server, as promises. Every failure is an ApiError with a sentence for the person.

const HERE = new URL("../../../", import.meta.url); // this file is served as <root>/modules/<version>/web/http.js
const TIMEOUT_MS = 30_000;
const CLOCK_SLACK_MS = 3_000; // the header has whole seconds, and takes a moment

export const ROOT = new URL("api/v1/", HERE);

/** @param {string} path */
export const resolveUrl = (path) => new URL(path, HERE).href;

export class ApiError extends Error {
  /** @type {number} */ status;

  /**
   * `status` is the HTTP status, 0 when the server could not be reached.
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  /** May the same request succeed later? */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

/**
 * The query of a URL; numbers are written as they are.
 * @param {Record<string, unknown>} values
 */
export const toQuery = (values) =>
  new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));

/** @param {Response} response */
async function explain(response) {
  const body = await response.json().catch(() => ({}));
  const detail = typeof body.detail === "string" ? body.detail : `The server answered ${response.status}.`;
  return new ApiError(detail, response.status);
}

/** Requests that end when `signal` (of what is on the page) aborts. */
export class Http {
  /** @type {AbortSignal} */ #signal;
  clockAheadMs = 0; // how far the server's clock is ahead of this machine's

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
  }

  /** @param {string | URL} url @param {RequestInit} [options] */
  async fetch(url, options = {}) {
    const signal = AbortSignal.any([
      this.#signal,
      AbortSignal.timeout(TIMEOUT_MS),
      ...(options.signal ? [options.signal] : []),
    ]);
    let response;
    try {
      response = await fetch(url, { ...options, signal });
    } catch {
      this.#signal.throwIfAborted();
      options.signal?.throwIfAborted();
      throw new ApiError("The server cannot be reached.", 0);
    }
    const there = Date.parse(response.headers.get("date") ?? "");
    if (Number.isFinite(there))
      this.clockAheadMs = Math.abs(there - Date.now()) > CLOCK_SLACK_MS ? there - Date.now() : 0;
    if (!response.ok) throw await explain(response);
    return response;
  }

  /**
   * Send a body as JSON and read the answer.
   * @param {string} method
   * @param {string | URL} url
   * @param {unknown} body
   */
  async send(method, url, body) {
    const headers = { "Content-Type": "application/json" };
    return (await this.fetch(url, { method, headers, body: JSON.stringify(body) })).json();
  }
}
