// Playing one session; everything is timed by the clock of its <audio> element.

/** Make a sound of a fetched file; resolves when it can be played at once. */
export function loadSound(blob) {
  return new Promise((resolve, reject) => {
    const sound = new Audio();
    const fail = () => reject(new Error("The browser cannot play this sound."));
    sound.addEventListener("canplay", () => resolve(sound), { once: true });
    sound.addEventListener("error", fail, { once: true });
    sound.preload = "auto";
    sound.src = URL.createObjectURL(blob);
  });
}

/** Free the memory of a sound. */
export function dropSound(sound) {
  URL.revokeObjectURL(sound.src);
  sound.removeAttribute("src");
  sound.load();
}

export class Player {
  loop = false;
  #sound = null;
  #listening = null; // ends the listening to the present sound
  #volume = 1;
  #frame = 0;
  #until = null; // {start, end} while a selection is played
  #onchange;

  /** `onchange` is called on every frame while playing, and on every change of state. */
  constructor(onchange) {
    this.#onchange = onchange;
  }

  get time() { return this.#sound?.currentTime ?? 0; }
  get playing() { return this.#sound !== null && !this.#sound.paused && !this.#sound.ended; }
  get volume() { return this.#volume; }

  set volume(value) {
    this.#volume = value;
    if (this.#sound) this.#sound.volume = value;
  }

  /** Take a loaded sound (or none), at its beginning, instead of the present one. */
  use(sound) {
    this.#listening?.abort();
    this.#listening = new AbortController();
    cancelAnimationFrame(this.#frame);
    this.#sound?.pause();
    this.#until = null;
    this.#sound = sound;
    if (!sound) return;
    if (sound.currentTime) sound.currentTime = 0;
    sound.volume = this.#volume;
    for (const type of ["play", "pause", "ended", "seeked"]) {
      sound.addEventListener(type, this.#tick, { signal: this.#listening.signal });
    }
  }

  toggle() {
    this.#until = null;
    if (this.playing) this.#sound.pause();
    else this.#start();
  }

  /** Play from start to end (seconds), again and again while `loop` is on. */
  playRange(start, end) {
    if (!this.#sound) return;
    this.#until = { start, end };
    this.#sound.currentTime = start;
    this.#start();
  }

  seek(seconds) {
    if (!this.#sound) return;
    this.#until = null;
    this.#sound.currentTime = Math.min(Math.max(seconds, 0), this.#sound.duration);
    this.#onchange();
  }

  #start() {
    // A browser may refuse before the first click or key; the button then simply stays on "play".
    this.#sound?.play().catch(() => this.#onchange());
  }

  #tick = () => {
    cancelAnimationFrame(this.#frame);
    if (this.#until && this.time >= this.#until.end) this.#finish(this.#until);
    else if (this.#sound.ended && this.loop) this.playRange(0, this.#sound.duration);
    if (this.playing) this.#frame = requestAnimationFrame(this.#tick);
    this.#onchange();
  };

  #finish({ start, end }) {
    if (this.loop) {
      this.#sound.currentTime = start;
      this.#start(); // the selection may end where the sound ends
      return;
    }
    this.#sound.pause();
    this.#until = null;
    this.#sound.currentTime = end;
  }
}
