// Live sound as it comes from the server, block by block. When the connection is lost it is asked for again from the
// sample after the last one: what the server has in memory meanwhile comes then.

import { ROOT, toQuery } from "../web/http.js";

/** @import { LiveBlock } from "../web/types.js" */

const RETRY_MS = 1000;

export class Stream {
  #control = new AbortController();
  /** @type {number | null} */ #next = null;
  /** @type {string} */ #url;
  /** @type {(block: LiveBlock) => void} */ #onBlock;
  /** @type {(problem: string) => void} */ #onState;

  /**
   * @param {string} feedId
   * @param {(block: LiveBlock) => void} onBlock
   * @param {(problem: string) => void} onState what is wrong; empty: nothing
   */
  constructor(feedId, onBlock, onState) {
    this.#url = new URL(`live/${encodeURIComponent(feedId)}/sound`, ROOT).href;
    this.#onBlock = onBlock;
    this.#onState = onState;
    this.#run();
  }

  stop() {
    this.#control.abort();
  }

  async #run() {
    const { signal } = this.#control;
    while (!signal.aborted) {
      try {
        const query = this.#next === null ? "" : `?${toQuery({ after: this.#next })}`;
        const response = await fetch(`${this.#url}${query}`, { signal, cache: "no-store" });
        if (response.ok) {
          this.#onState("");
          await this.#read(response.body.getReader());
          continue;
        }
        const { detail } = await response.json().catch(() => ({ detail: "" }));
        this.#onState(typeof detail === "string" && detail ? detail : "The sound cannot be had.");
        if (response.status === 404) this.#next = null;
      } catch {
        if (signal.aborted) return;
        this.#onState("The connection is lost. Trying again …");
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async #read(reader) {
    let held = new Uint8Array(0);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      held = join(held, value);
      for (let taken = this.#take(held); taken; taken = this.#take(held)) held = held.slice(taken);
    }
  }

  /**
   * Take one block, if it is whole: the number of its bytes, 0 where it is not.
   * @param {Uint8Array} held
   */
  #take(held) {
    if (held.length < 4) return 0;
    const headLength = new DataView(held.buffer, held.byteOffset).getUint32(0, true);
    if (held.length < 4 + headLength) return 0;
    const head = JSON.parse(new TextDecoder().decode(held.subarray(4, 4 + headLength)));
    const end = 4 + headLength + 2 * head.count * head.channels;
    if (held.length < end) return 0;
    const samples = new Int16Array(held.slice(4 + headLength, end).buffer);
    if (head.count) this.#next = head.first + head.count;
    this.#onBlock({ ...head, samples });
    return end;
  }
}

/** @param {Uint8Array} one @param {Uint8Array} other */
function join(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
