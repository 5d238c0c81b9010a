// The HTTP API of one collection. Columns and places come as binary, see `readBinary`.

import { Http, ROOT } from "../../web/http.js";
import { readPicture } from "../../web/picture.js";

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array };

/** Read the length of a JSON header (uint32), the header, padding to 4 bytes, and the values: {header, values}. */
export function readBinary(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const values = new ARRAYS[header.dtype](buffer, 4 * Math.ceil((4 + length) / 4));
  return { header, values };
}

export class CollectionApi {
  /** @type {Http} */ #http;

  /** Requests end when `signal` aborts. */
  constructor(roundId, collectionId, signal) {
    this.roundId = roundId;
    this.collectionId = collectionId;
    this.#http = new Http(signal);
    this.url = new URL(`collections/${encodeURIComponent(collectionId)}`, ROOT).href;
    this.roundUrl = new URL(`rounds/${encodeURIComponent(roundId)}`, ROOT).href;
  }

  // A path starts at the collection; a whole URL is taken as it is.
  #at(path) {
    return path.startsWith("http") ? path : `${this.url}${path && `/${path}`}`;
  }

  /** Get JSON: `get("clips?numbers=1,2")` of the collection, `get(url)` of anything else. */
  async get(path = "", options = {}) {
    return (await this.#http.fetch(this.#at(path), options)).json();
  }
  async binary(path, options = {}) {
    return readBinary(await (await this.#http.fetch(this.#at(path), options)).arrayBuffer());
  }
  /** Send JSON and read JSON, or binary as `readBinary` does. */
  async post(path, body, { isBinary = false } = {}) {
    if (!isBinary) return this.#http.send("POST", this.#at(path), body);
    const headers = { "Content-Type": "application/json" };
    const answer = await this.#http.fetch(this.#at(path), { method: "POST", headers, body: JSON.stringify(body) });
    return readBinary(await answer.arrayBuffer());
  }
  async remove(path) {
    await this.#http.fetch(this.#at(path), { method: "DELETE" });
  }
  async postForm(path, form) {
    return (await this.#http.fetch(this.#at(path), { method: "POST", body: form })).json();
  }
  put(path, body) {
    return this.#http.send("PUT", this.#at(path), body);
  }

  points(mapId) {
    return this.binary(`maps/${encodeURIComponent(mapId)}/points`);
  }
  column(name) {
    return this.binary(`columns/${encodeURIComponent(name)}`);
  }
  async clips(numbers, signal) {
    return (await this.get(`clips?numbers=${numbers.join(",")}`, { signal })).items;
  }
  async labels() {
    return (await this.get(`${this.roundUrl}/labels`)).labels;
  }
  undo(actId, annotator) {
    return this.post(new URL(`bulk/${encodeURIComponent(actId)}/undo`, ROOT).href, { annotator });
  }

  soundUrl(number) {
    return this.#at(`clips/${number}/sound`);
  }

  /** A clip's spectrogram, decoded; `info` says what it shows. */
  picture(number, signal) {
    return this.decoded(`clips/${number}/picture`, signal);
  }

  /** Any spectrogram, decoded. */
  async decoded(path, signal) {
    return readPicture(await this.#http.fetch(this.#at(path), { signal }));
  }
}
