// The sound menu: speed, pitch, band and heterodyne; decides what the player plays.

import { el } from "../../web/dom.js";
import {
  bandOf,
  carrierOf,
  CARRIERS_KHZ,
  describeSound,
  highestCarrierKHz,
  isUltrasonic,
  nameBand,
  nameSpeed,
  NORMAL,
  planSound,
  sliderToSpeed,
  SPEEDS,
  speedToSlider,
  stepSpeed,
} from "../sound/sound_plan.js";
import { makeMenu } from "./menu.js";

/** @import { Editor } from "../editor.js" */
/** @import { Preferences } from "../network/browser_storage.js" */
/** @import { Box, Parts, SessionView, SoundHost, SoundSettings } from "../../web/types.js" */

const PREPARE_MS = 1000; // what somebody waits for comes before what comes later
const SETTLE_MS = 150; // a box that is moved by keys needs a new sound only when it stands still

export class SoundMenu {
  /** @type {SoundHost} */ #host;
  /** @type {SoundSettings} */ #settings;
  /** @type {Parts} */ #parts;
  #timer = 0;
  #later = 0;
  /** @type {string | null} */ #drawn = null; // what the menu shows

  /**
   * `host` is {player, keymap, look, upcoming, remember}: `look()` gives {view, box, shown}, the session, its selected
   * box, and whether it is on screen already; `upcoming()` the views that come next; `remember(settings)` keeps the
   * settings for this person.
   * @param {Parts} refs
   * @param {Partial<SoundSettings> | undefined} settings
   * @param {SoundHost} host
   */
  constructor(refs, settings, host) {
    this.#host = host;
    this.#settings = { ...NORMAL, ...settings };
    this.#parts = this.#build();
    refs.soundMenu.append(this.#parts.menu, this.#parts.state); // at the end: nothing that one clicks moves
  }

  #build() {
    const state = el("span", { class: "sound-state", hidden: true });
    const slider = el("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.005,
      "aria-label": "Speed",
      oninput: ({ target }) => this.set({ speed: sliderToSpeed(Number(target.value)) }),
    });
    const speed = el("output", {});
    const marks = SPEEDS.map((mark) =>
      el(
        "button",
        { class: "small", "aria-label": `Speed ${mark}`, onclick: () => this.set({ speed: mark }) },
        nameSpeed(mark),
      ),
    );
    const pitch = el("button", { class: "small", "data-do": "toggleKeepPitch" }, "Keep the pitch");
    const band = el("button", { class: "small", "data-do": "toggleBandPass" }, "Only the band of the box");
    const bandText = el("span", { class: "hint" });
    const heterodyne = el("button", { class: "small", "data-do": "toggleHeterodyne" }, "Heterodyne");
    const carrier = el("input", {
      type: "range",
      min: CARRIERS_KHZ.least,
      step: 1,
      "aria-label": "Heterodyne frequency in kHz",
      oninput: ({ target }) => this.#keep({ carrierKHz: Number(target.value), heterodyne: true }),
      onchange: () => this.set({}),
    });
    const carrierText = el("output", {});
    const menu = makeMenu(
      { name: "Speed, filters and volume", picture: "sound" },
      el("label", {}, "Speed", slider, speed),
      el("div", { class: "marks", role: "group", "aria-label": "Common speeds" }, ...marks),
      pitch,
      band,
      bandText,
      heterodyne,
      el("label", {}, "Carrier", carrier, carrierText),
      el(
        "label",
        {},
        "Volume",
        el("input", {
          type: "range",
          "data-look": "volume",
          min: 0,
          max: 1,
          step: 0.05,
          value: this.#host.player.volume,
          "aria-label": "Volume",
          oninput: ({ target }) => this.#host.setVolume(Number(target.value)),
        }),
      ),
    );
    menu.classList.add("sound");
    return { menu, state, slider, speed, marks, pitch, band, bandText, heterodyne, carrier, carrierText };
  }

  get settings() {
    return this.#settings;
  }

  /**
   * What a session sounds like by the present settings; `box` is the selected one.
   * @param {SessionView} view
   * @param {Box | null} [box]
   */
  plan(view, box = null) {
    return planSound(this.#settings, view, box);
  }

  /** @param {Partial<SoundSettings>} changes */
  #keep(changes) {
    this.#settings = { ...this.#settings, ...changes };
    this.#host.remember(this.#settings);
    this.draw();
  }

  /**
   * Change settings, keep them, and hear the difference at once.
   * @param {Partial<SoundSettings>} changes
   */
  set(changes) {
    this.#keep(changes);
    this.settle();
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#host.upcoming().forEach((view) => this.prepare(view)), PREPARE_MS);
  }

  /** @param {number} direction */
  step(direction) {
    this.set({ speed: stepSpeed(this.#settings.speed, direction) });
  }
  normal() {
    this.set({ speed: 1 });
  }

  /** @param {"keepPitch" | "bandPass" | "heterodyne"} name */
  toggle(name) {
    if (name === "heterodyne" && !this.#ultrasonic) return false;
    this.set({ [name]: !this.#settings[name] });
    return true;
  }

  /** Let the player play what the settings say now. */
  settle() {
    clearTimeout(this.#timer);
    const { view, box, shown } = this.#host.look();
    if (view?.audio && shown) this.#host.player.change(this.plan(view, box));
  }

  /**
   * Get the sound of a session that comes later ready.
   * @param {SessionView} view
   */
  prepare(view) {
    if (view.audio) this.#host.player.prepare(this.plan(view));
  }

  get #ultrasonic() {
    const { view } = this.#host.look();
    return Boolean(view) && isUltrasonic(view);
  }

  /** Show the settings; when another box is selected or it has moved, hear that soon. */
  draw() {
    const { view, box } = this.#host.look();
    const key = JSON.stringify([this.#settings, view?.recording.sample_rate_hz, box && [box.low_hz, box.high_hz]]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.settle(), SETTLE_MS);
    const { speed, keepPitch, bandPass, heterodyne, carrierKHz } = this.#settings;
    const { parts, pressed } = {
      parts: this.#parts,
      /** @param {Element} node @param {boolean} on */
      pressed: (node, on) => node.setAttribute("aria-pressed", String(on)),
    };
    parts.slider.value = speedToSlider(speed);
    parts.slider.setAttribute("aria-valuetext", nameSpeed(speed));
    parts.speed.value = nameSpeed(speed);
    parts.marks.forEach((/** @type {any} */ node, /** @type {any} */ index) => pressed(node, SPEEDS[index] === speed));
    pressed(parts.pitch, keepPitch);
    pressed(parts.band, bandPass);
    const band = bandOf(box);
    parts.bandText.textContent = band
      ? nameBand(band)
      : box
        ? "The selected box has all frequencies."
        : "Select a box with a band to hear it alone.";
    pressed(parts.heterodyne, Boolean(view) && carrierOf(this.#settings, view) !== null);
    this.#drawHeterodyne(view, heterodyne, carrierKHz);
    const words = view ? describeSound(this.#settings, view, box) : [];
    parts.state.textContent = parts.state.title = words.join(" · ");
    parts.state.hidden = !words.length;
    parts.menu.classList.toggle("changed", words.length > 0);
    for (const node of [parts.pitch, parts.band, parts.heterodyne])
      node.title = this.#host.keymap.tooltip(node.dataset.do);
  }

  /** @param {SessionView} view @param {boolean} on @param {number} carrierKHz */
  #drawHeterodyne(view, on, carrierKHz) {
    const { heterodyne, carrier, carrierText } = this.#parts;
    const possible = this.#ultrasonic;
    heterodyne.disabled = !possible;
    heterodyne.textContent = possible ? "Heterodyne" : "Heterodyne (sample rates above 96 kHz)";
    carrier.disabled = !possible;
    if (possible) carrier.max = highestCarrierKHz(view);
    carrier.value = carrierKHz;
    const shown = possible ? (carrierOf({ heterodyne: true, carrierKHz }, view) ?? 0) / 1000 : carrierKHz;
    carrierText.value = `${shown} kHz`;
    carrierText.classList.toggle("off", !on || !possible);
  }

  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#later);
  }
}

/**
 * What the menu needs of the editor.
 * @param {Editor} editor
 * @param {Preferences} preferences
 * @returns {SoundHost}
 */
export const soundHost = (editor, preferences) => ({
  player: editor.player,
  keymap: editor.keymap,
  look: () => {
    const view = editor.workflow?.view ?? null;
    const isShown = view !== null && editor.shownId === view.session_id;
    return { view, box: editor.editing?.selected ?? null, shown: isShown };
  },
  upcoming: () => editor.workflow?.queue.upcoming ?? [],
  setVolume: (volume) => (preferences.remember({ volume }), (editor.player.volume = volume)),
  remember: (sound) => (preferences.remember({ sound }), editor.hearing.draw()),
});
