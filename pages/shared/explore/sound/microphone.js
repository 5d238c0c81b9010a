// A snippet of what a microphone hears, at its own rate, as a WAV file. Nothing is done to the sound on its way: what
// makes voices clearer takes animals for noise.

const PLAIN = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "The browser blocks the microphone on this page: allow it next to the address, then record again.",
  NotFoundError: "No microphone was found: connect one, then record again.",
  NotReadableError: "The microphone cannot be read: another program may be using it.",
};

/** Is there a microphone to ask for? Browsers have none for pages that others could have changed on the way. */
export const isSecure = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);

export const INSECURE =
  "Browsers allow the microphone on secure pages only: open this page by https://, or on this machine as http://localhost.";

export class Microphone {
  /** @type {MediaStream | null} */ #stream = null;
  /** @type {AudioContext | null} */ #context = null;
  /** @type {Float32Array[]} */ #parts = [];
  #count = 0; // samples that were heard
  #turn = 0;

  get isOn() {
    return this.#turn % 2 === 1;
  }

  /** How long has it been on, in seconds? */
  get seconds() {
    return this.#context ? this.#count / this.#context.sampleRate : 0;
  }

  /**
   * Start to hear; `onSound(level)` is called with the greatest sample of each moment, from 0 to 1.
   * @param {(level: number) => void} onSound
   */
  async start(onSound) {
    if (!isSecure()) throw new Error(INSECURE);
    const turn = (this.#turn += 1);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: PLAIN });
      if (turn !== this.#turn) return stream.getTracks().forEach((track) => track.stop()); // stopped while it was asked for
      this.#stream = stream;
      await this.#open(stream, onSound);
    } catch (error) {
      this.cancel();
      throw new Error(REASONS[error.name] ?? `The microphone cannot be used: ${error.message}`, { cause: error });
    }
    return undefined;
  }

  /** @param {MediaStream} stream @param {(level: number) => void} onSound */
  async #open(stream, onSound) {
    const { sampleRate } = stream.getAudioTracks()[0].getSettings();
    this.#context = new AudioContext(sampleRate ? { sampleRate } : {});
    this.#parts = [];
    this.#count = 0;
    await this.#context.audioWorklet.addModule(new URL("microphone_tap.js", import.meta.url));
    const tap = new AudioWorkletNode(this.#context, "tap", { numberOfOutputs: 0 });
    tap.port.onmessage = ({ data }) => {
      this.#parts.push(data);
      this.#count += data.length;
      onSound(
        data.reduce((/** @type {number} */ most, /** @type {number} */ sample) => Math.max(most, Math.abs(sample)), 0),
      );
    };
    this.#context.createMediaStreamSource(stream).connect(tap);
    await this.#context.resume();
  }

  /** Stop, and give what was heard: {samples, rate}; null where that is nothing. */
  stop() {
    const heard = this.#count && { samples: join(this.#parts, this.#count), rate: this.#context.sampleRate };
    this.cancel();
    return heard || null;
  }

  /** Stop, and forget what was heard. */
  cancel() {
    if (this.isOn) this.#turn += 1;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#context?.close().catch(() => {});
    this.#stream = this.#context = null;
    this.#parts = [];
    this.#count = 0;
  }
}

/** @param {Float32Array[]} parts @param {number} count */
function join(parts, count) {
  const samples = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

/**
 * The loudest stretch of `length` samples: somebody who records a call of a moment has a second of silence around it.
 * @param {Float32Array} samples
 * @param {number} length
 */
export function cutLoudest(samples, length) {
  if (samples.length <= length) return samples;
  let energy = 0,
    most = -1,
    best = 0;
  for (let at = 0; at < samples.length; at += 1) {
    energy += samples[at] ** 2 - (at >= length ? samples[at - length] ** 2 : 0);
    if (at >= length - 1 && energy > most) [most, best] = [energy, at - length + 1];
  }
  return samples.slice(best, best + length);
}

/**
 * A WAV file of one channel of 32-bit floats, as the browser has them.
 * @param {Float32Array} samples
 * @param {number} rate
 * @param {string} name
 */
export function makeWav(samples, rate, name) {
  const head = new DataView(new ArrayBuffer(44));
  /** @param {number} at @param {string} text */
  const write = (at, text) => [...text].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)));
  write(0, "RIFF");
  head.setUint32(4, 36 + 4 * samples.length, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 3, true); // floats
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, 4 * rate, true);
  head.setUint16(32, 4, true);
  head.setUint16(34, 32, true);
  write(36, "data");
  head.setUint32(40, 4 * samples.length, true);
  return new File([head, /** @type {any} */ (samples)], name, { type: "audio/wav" });
}
