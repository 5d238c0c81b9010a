// Says when what would be played is too high to be heard, and offers to play it slower.

import { el } from "../../web/dom.js";
import { bandOf, carrierOf, isUltrasonic, nameSpeed } from "./sound_plan.js";

/** @import { Box, Heard, HeardBand, SessionView, SoundSettings } from "../../web/types.js" */

export const HEARD_HZ = 20_000; // what is higher nobody hears
const SLOW = [0.1, 0.05];

/**
 * How much of a band {low, high} (Hz) is too high to be heard by the settings of the sound: "all", "part" or "none".
 * Recordings that were not made for ultrasound are full of what is higher than 20 kHz, so only "all" counts there.
 * @param {SoundSettings} settings
 * @param {SessionView} view
 * @param {HeardBand} heardBand
 */
export function unheardOf(settings, view, { low, high }) {
  if (carrierOf(settings, view) !== null) return "none";
  const factor = settings.keepPitch ? 1 : settings.speed;
  if (low * factor >= HEARD_HZ) return "all";
  return isUltrasonic(view) && factor >= 1 && high * factor > HEARD_HZ ? "part" : "none";
}

/**
 * The speed at which the lowest frequency of a band is heard.
 * @param {HeardBand} heardBand
 */
export const audibleSpeed = ({ low }) => SLOW.find((speed) => low * speed < HEARD_HZ) ?? SLOW.at(-1);

/**
 * What to say: {text, speed}, or null; `box` is the selected one, `shown` the band {low, high} on screen.
 * @param {SoundSettings} settings
 * @param {SessionView} view
 * @param {Box | null} box
 * @param {HeardBand} shown
 */
export function hearingOf(settings, view, box, shown) {
  const own = bandOf(box);
  const unheard = unheardOf(settings, view, own ?? shown);
  if (unheard === "none") return null;
  const how = settings.keepPitch ? "with its pitch kept" : `at ${nameSpeed(settings.speed)}`;
  const what =
    unheard === "part"
      ? "Sound above 20 kHz"
      : own
        ? "This call is ultrasonic: it"
        : "The sound on screen is ultrasonic: it";
  return { text: `${what} cannot be heard ${how}.`, speed: audibleSpeed(own ?? shown) };
}

/**
 * What is heard in the editor when it is played now.
 * @param {{ workflow: any, stage: any, sound: any, editing: any, shownId: string | null }} editor
 * @returns {Heard}
 */
export function heardIn({ workflow, stage, sound, editing, shownId }) {
  const { view } = workflow ?? {};
  const { f0: low, f1: high } = stage.view;
  const box = editing?.selected ?? null;
  return { settings: sound.settings, view: shownId === view?.session_id ? view : null, box, shown: { low, high } };
}

export class Hearing {
  #key = "";
  /** @type {HTMLElement} */ slot;
  /** @type {() => Heard} */ look;

  /**
   * `look()` gives {settings, view, box, shown}; view is null while nothing is shown.
   * @param {HTMLElement} slot
   * @param {() => Heard} look
   */
  constructor(slot, look) {
    this.slot = slot;
    this.look = look;
  }

  draw() {
    const { settings, view, box, shown } = this.look();
    const said = view?.audio ? hearingOf(settings, view, box, shown) : null;
    const key = JSON.stringify(said);
    if (key === this.#key) return;
    this.#key = key;
    this.slot.hidden = !said;
    if (!said) return;
    const offer = el(
      "button",
      { class: "small", "data-do": "playSlow", "data-speed": said.speed },
      `Play at 1/${Math.round(1 / said.speed)}`,
    );
    this.slot.replaceChildren(el("span", {}, said.text), offer);
  }
}
