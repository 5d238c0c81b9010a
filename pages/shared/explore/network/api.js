// The HTTP API of one collection. Columns and places come as binary, see `readBinary`.

import { Http, ROOT } from "../../web/http.js";
import { readPicture } from "../../web/picture.js";

/** @import { Values } from "../../web/types.js" */

/** @type {Record<string, new (buffer: ArrayBuffer, from: number) => Values>} */
const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array };

/**
 * Read the length of a JSON header (uint32), the header, padding to 4 bytes, and the values: {header, values}.
 * @param {ArrayBuffer} buffer
 */
export function readBinary(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const values = new ARRAYS[header.dtype](buffer, 4 * Math.ceil((4 + length) / 4));
  return { header, values };
}

export class CollectionApi {
  /** @type {Http} */ #http;
  /** @type {string} */ roundId;
  /** @type {string} */ collectionId;
  /** @type {string} */ url;
  /** @type {string} */ roundUrl;

  /**
   * Requests end when `signal` aborts.
   * @param {string} roundId
   * @param {string} collectionId
   * @param {AbortSignal} signal
   */
  constructor(roundId, collectionId, signal) {
    this.roundId = roundId;
    this.collectionId = collectionId;
    this.#http = new Http(signal);
    this.url = new URL(`collections/${encodeURIComponent(collectionId)}`, ROOT).href;
    this.roundUrl = new URL(`rounds/${encodeURIComponent(roundId)}`, ROOT).href;
  }

  // A path starts at the collection; a whole URL is taken as it is.
  /** @param {string} path */
  #at(path) {
    return path.startsWith("http") ? path : `${this.url}${path && `/${path}`}`;
  }

  /**
   * Get JSON: `get("clips?numbers=1,2")` of the collection, `get(url)` of anything else.
   * @param {string} [path]
   * @param {RequestInit} [options]
   */
  async get(path = "", options = {}) {
    return (await this.#http.fetch(this.#at(path), options)).json();
  }
  /** @param {string} path @param {RequestInit} [options] */
  async binary(path, options = {}) {
    return readBinary(await (await this.#http.fetch(this.#at(path), options)).arrayBuffer());
  }
  /**
   * Send JSON and read JSON, or binary as `readBinary` does.
   * @param {string} path
   * @param {unknown} body
   * @param {{ isBinary?: boolean }} [options]
   */
  async post(path, body, { isBinary = false } = {}) {
    if (!isBinary) return this.#http.send("POST", this.#at(path), body);
    const headers = { "Content-Type": "application/json" };
    const answer = await this.#http.fetch(this.#at(path), { method: "POST", headers, body: JSON.stringify(body) });
    return readBinary(await answer.arrayBuffer());
  }
  /** @param {string} path */
  async remove(path) {
    await this.#http.fetch(this.#at(path), { method: "DELETE" });
  }
  /** @param {string} path @param {FormData} form */
  async postForm(path, form) {
    return (await this.#http.fetch(this.#at(path), { method: "POST", body: form })).json();
  }
  /** @param {string} path @param {unknown} body */
  put(path, body) {
    return this.#http.send("PUT", this.#at(path), body);
  }

  /** @param {string} mapId */
  points(mapId) {
    return this.binary(`maps/${encodeURIComponent(mapId)}/points`);
  }
  /** @param {string} name */
  column(name) {
    return this.binary(`columns/${encodeURIComponent(name)}`);
  }
  /** @param {number[]} numbers @param {AbortSignal} [signal] */
  async clips(numbers, signal) {
    return (await this.get(`clips?numbers=${numbers.join(",")}`, { signal })).items;
  }
  async labels() {
    return (await this.get(`${this.roundUrl}/labels`)).labels;
  }
  /** @param {string} actId @param {string} annotator */
  undo(actId, annotator) {
    return this.post(new URL(`bulk/${encodeURIComponent(actId)}/undo`, ROOT).href, { annotator });
  }

  /** @param {number} number */
  soundUrl(number) {
    return this.#at(`clips/${number}/sound`);
  }

  /**
   * A clip's spectrogram, decoded; `info` says what it shows.
   * @param {number} number
   * @param {AbortSignal} [signal]
   */
  picture(number, signal) {
    return this.decoded(`clips/${number}/picture`, signal);
  }

  /**
   * Any spectrogram, decoded.
   * @param {string} path
   * @param {AbortSignal} [signal]
   */
  async decoded(path, signal) {
    return readPicture(await this.#http.fetch(this.#at(path), { signal }));
  }
}
