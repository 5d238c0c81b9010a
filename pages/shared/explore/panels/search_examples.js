// What a search is by: clips that are wanted or not, the clips of a label, a sound, a drawn stretch. No DOM.

export class Examples {
  /** @type {Set<number>} */ like = new Set();
  /** @type {Set<number>} */ unlike = new Set();
  label = "";
  /** @type {{file: File, title: string} | null} */ sound = null;
  /** @type {{session_id: string, start_s: number, end_s: number, title: string} | null} */ stretch = null;

  get isEmpty() {
    return !this.like.size && !this.label && !this.sound && !this.stretch;
  }

  clear() {
    this.like.clear();
    this.unlike.clear();
    this.label = "";
    this.sound = this.stretch = null;
  }

  /**
   * Want clips, or (with `unlike`) do not; a clip is in one of both.
   * @param {Set<number>} which
   * @param {Iterable<number>} numbers
   */
  add(which, numbers) {
    const other = which === this.like ? this.unlike : this.like;
    for (const number of numbers) {
      other.delete(number);
      which.add(number);
    }
  }

  /**
   * Take a clip into one of both, or out of it.
   * @param {Set<number>} which
   * @param {number} number
   */
  toggle(which, number) {
    if (!which.delete(number)) this.add(which, [number]);
  }

  /** In words: "3 wanted, 1 not wanted, recording". */
  describe() {
    return [
      this.like.size && `${this.like.size.toLocaleString("en")} wanted`,
      this.label && `“${this.label}”`,
      this.sound?.title,
      this.stretch?.title,
      this.unlike.size && `${this.unlike.size.toLocaleString("en")} not wanted`,
    ]
      .filter(Boolean)
      .join(", ");
  }

  /**
   * The search without its sound, as the server takes it.
   * @param {Record<string, unknown>} rest
   */
  toBody(rest) {
    const { session_id, start_s, end_s } = this.stretch ?? {};
    return {
      like: [...this.like],
      unlike: [...this.unlike],
      label: this.label,
      box: this.stretch ? { session_id, start_s, end_s } : null,
      ...rest,
    };
  }
}

/**
 * A bit for each clip, the first in the lowest bit of its byte, as base64; "" for null, which lets all through.
 * @param {Uint8Array | null} passes
 */
export function packBits(passes) {
  if (!passes) return "";
  const bytes = new Uint8Array(Math.ceil(passes.length / 8));
  for (let number = 0; number < passes.length; number += 1) if (passes[number]) bytes[number >> 3] |= 1 << (number & 7);
  const blocks = [];
  for (let at = 0; at < bytes.length; at += 4096) blocks.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  return btoa(blocks.join(""));
}
