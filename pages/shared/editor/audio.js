// Playing one session: a single <audio> element; everything is timed by its own clock.

export class Player {
  #audio = new Audio();
  #frame = 0;
  #until = null; // {start, end} while a selection is played
  #pending = null;
  #onchange;

  /** `onchange` is called on every frame while playing, and on every change of state. */
  constructor(onchange) {
    this.#onchange = onchange;
    this.#audio.preservesPitch = true;
    for (const type of ["play", "pause", "ended", "seeked", "volumechange"]) this.#audio.addEventListener(type, () => this.#tick());
  }

  loop = false;

  get time() { return this.#audio.currentTime; }
  get playing() { return !this.#audio.paused && !this.#audio.ended; }
  get volume() { return this.#audio.volume; }
  set volume(value) { this.#audio.volume = value; }

  /** Load a URL. Resolves to true when it can play, to false when another load came first; rejects when it cannot. */
  load(url) {
    this.unload();
    return new Promise((resolve, reject) => {
      const pending = new AbortController();
      this.#pending = pending;
      const on = (type, settle) =>
        this.#audio.addEventListener(type, () => { settle(); pending.abort(); }, { signal: pending.signal });
      on("canplay", () => resolve(true));
      on("error", () => reject(new Error("The browser cannot play this sound.")));
      pending.signal.addEventListener("abort", () => resolve(false));
      this.#audio.src = url;
    });
  }

  /** Forget the sound. */
  unload() {
    this.#pending?.abort();
    this.#until = null;
    this.#audio.pause();
    cancelAnimationFrame(this.#frame);
    this.#audio.removeAttribute("src");
  }

  toggle() {
    this.#until = null;
    if (this.playing) this.#audio.pause();
    else this.#start();
  }

  pause() { this.#audio.pause(); }

  /** Play from start to end (seconds), again and again while `loop` is on. */
  playRange(start, end) {
    this.#until = { start, end };
    this.#audio.currentTime = start;
    this.#start();
  }

  seek(seconds) {
    this.#until = null;
    this.#audio.currentTime = Math.min(Math.max(seconds, 0), this.#audio.duration || seconds);
    this.#onchange();
  }

  #start() {
    // A browser may refuse before the first click or key; the button then simply stays on "play".
    this.#audio.play().catch(() => this.#onchange());
  }

  #tick = () => {
    cancelAnimationFrame(this.#frame);
    if (this.#until && this.time >= this.#until.end) this.#finish(this.#until);
    else if (this.#audio.ended && this.loop) this.seek(0), this.#start();
    if (this.playing) this.#frame = requestAnimationFrame(this.#tick);
    this.#onchange();
  };

  #finish({ start, end }) {
    if (this.loop) {
      this.#audio.currentTime = start;
      return;
    }
    this.#audio.pause();
    this.#until = null;
    this.#audio.currentTime = end;
  }
}
