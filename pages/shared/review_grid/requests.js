// What the grid asks the server for: boxes in parts, pictures by the dozen, and what becomes of boxes.

import { Http, ROOT, toQuery } from "../web/http.js";
import { decodePicture } from "../web/picture.js";

/** @import { BoxCorrections, BoxPart, DecodedPicture, Judged, SeenBox } from "../web/types.js" */

export class Requests {
  /** @type {Http} */ #http;
  /** @type {URL} */ #round;

  /** @param {AbortSignal} signal @param {string} roundId */
  constructor(signal, roundId) {
    this.#http = new Http(signal);
    this.#round = new URL(`rounds/${encodeURIComponent(roundId)}/`, ROOT);
  }

  /** @param {string} path */
  #at(path) {
    return new URL(path, this.#round);
  }

  /**
   * The first part of a list.
   * @param {string} query
   * @param {string} order
   * @param {number} limit
   * @returns {Promise<BoxPart>}
   */
  async boxes(query, order, limit) {
    return (await this.#http.fetch(this.#at(`boxes?${query ? `${query}&` : ""}${toQuery({ order, limit })}`))).json();
  }

  /**
   * The part that `next` of the one before names.
   * @param {string} next
   * @returns {Promise<BoxPart>}
   */
  async following(next) {
    return (await this.#http.fetch(new URL(next, ROOT))).json();
  }

  /**
   * Pictures of places, decoded; one that cannot be made says why.
   * @param {{ session_id: string; start_s: number; end_s: number }[]} places
   * @param {Record<string, number>} look
   * @returns {Promise<({ picture: DecodedPicture } | { problem: string })[]>}
   */
  async thumbnails(places, look) {
    const options = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ places, ...look }),
    };
    const data = await (await this.#http.fetch(this.#at("thumbnails"), options)).arrayBuffer();
    const bytes = new Uint8Array(data);
    const end = bytes.indexOf(10);
    /** @type {{ size: number; problem: string; info: import("../web/types.js").PictureInfo }[]} */
    const told = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    let at = end + 1;
    return Promise.all(
      told.map(async ({ size, problem, info }) => {
        const from = at;
        at += size;
        if (!size) return { problem };
        return { picture: await decodePicture(new Blob([bytes.subarray(from, from + size)]), info) };
      }),
    );
  }

  /**
   * What giving boxes a label (empty: removing them) does; without `actId` what it would do.
   * @param {SeenBox[]} boxes
   * @param {string} label
   * @param {string} reviewer
   * @param {string} [actId]
   * @returns {Promise<BoxCorrections>}
   */
  correct(boxes, label, reviewer, actId = "") {
    const done = actId ? { act_id: actId, reviewer } : {};
    return this.#http.send("POST", this.#at(`boxes/corrections${actId ? "" : "/preview"}`), { boxes, label, ...done });
  }

  /**
   * What accepting answers does; without `actId` what it would do.
   * @param {{ session_id: string; submission_id: string }[]} seen
   * @param {string} reviewer
   * @param {string} [actId]
   * @returns {Promise<Judged>}
   */
  accept(seen, reviewer, actId = "") {
    const done = actId ? { act_id: actId } : {};
    const body = { seen, reviewer, verdict: "accept", ...done };
    return this.#http.send("POST", this.#at(`reviews/bulk${actId ? "" : "/preview"}`), body);
  }

  /** @param {string} actId @param {string} annotator @param {string} id */
  undoCorrection(actId, annotator, id) {
    return this.#http.send("POST", new URL(`bulk/${encodeURIComponent(actId)}/undo`, ROOT), { id, annotator });
  }

  /** @param {string} actId @param {string} reviewer @param {string} id */
  async undoVerdicts(actId, reviewer, id) {
    const body = JSON.stringify({ act_id: id, reviewer });
    const headers = { "Content-Type": "application/json" };
    await this.#http.fetch(this.#at(`reviews/bulk/${encodeURIComponent(actId)}/undo`), {
      method: "POST",
      headers,
      body,
    });
  }
}
