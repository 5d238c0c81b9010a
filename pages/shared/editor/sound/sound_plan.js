// Which sound the server makes and how fast the browser plays it, for the speed, band and carrier that are wanted.

import { toQuery } from "../../web/http.js";

/** @import { Box, HeardBand, SessionView, SoundSettings, Span } from "../../web/types.js" */

export const SPEEDS = [0.05, 0.1, 0.25, 0.5, 1, 2];
export const MAX_RATE_HZ = 48_000; // what is played as recorded; above, the server resamples
export const ULTRASONIC_HZ = 96_000; // sample rates above it are for ultrasound: heterodyning makes sense
export const CARRIERS_KHZ = { least: 10, usual: 40 };
export const NORMAL = {
  speed: 1,
  keepPitch: false,
  bandPass: false,
  heterodyne: false,
  carrierKHz: CARRIERS_KHZ.usual,
};

const MIN_RATE = 0.5; // browsers are silent below 0.25 or 0.5, and Chromium refuses anything below 0.0625

/** @param {SessionView} sessionView */
export const isUltrasonic = ({ recording }) => recording.sample_rate_hz > ULTRASONIC_HZ;

/**
 * The band {low, high} of a box in whole Hz, null when it has none.
 * @param {Pick<Span, "low_hz" | "high_hz"> | null | undefined} box
 */
export function bandOf(box) {
  if (!box || box.low_hz === null || box.low_hz === undefined) return null;
  return { low: Math.max(Math.floor(box.low_hz), 0), high: Math.ceil(Math.max(box.high_hz, box.low_hz + 1)) };
}

/**
 * The carrier for a session in Hz, null when it should not or cannot be heterodyned.
 * @param {Pick<SoundSettings, "heterodyne" | "carrierKHz">} soundSettings
 * @param {SessionView} view
 */
export function carrierOf({ heterodyne, carrierKHz }, view) {
  if (!heterodyne || !isUltrasonic(view)) return null;
  return Math.min(Math.max(carrierKHz, CARRIERS_KHZ.least), highestCarrierKHz(view)) * 1000;
}

/** @param {SessionView} sessionView */
export const highestCarrierKHz = ({ recording }) => Math.ceil(recording.sample_rate_hz / 2000) - 1;

/**
 * What to play: {url, expansion, rate, preservesPitch}.
 *
 * `url` is null for the session as it was recorded. A second of what the URL gives is `expansion` seconds of the
 * session, and the browser plays it at `rate`: together they make the speed. The server does what browsers cannot:
 * slower than half, and everything slow of recordings whose highest frequencies only expansion makes audible.
 * @param {SoundSettings} settings
 * @param {SessionView} view
 * @param {Box | null} box
 */
export function planSound(settings, view, box) {
  const { speed, keepPitch, bandPass } = settings;
  const carrier = carrierOf(settings, view);
  const band = bandPass ? bandOf(box) : null;
  const complete = keepPitch || carrier !== null || view.recording.sample_rate_hz <= MAX_RATE_HZ;
  const expansion =
    speed >= (complete ? MIN_RATE : 1) ? 1 : (SPEEDS.findLast((mark) => mark <= speed + 1e-9) ?? SPEEDS[0]);
  const query = {
    ...(expansion !== 1 && { speed: expansion, ...(keepPitch && { keep_pitch: true }) }),
    ...(band && band.low > 0 && { low_hz: band.low }),
    ...(band && band.high < view.recording.sample_rate_hz / 2 && { high_hz: band.high }),
    ...(carrier && { heterodyne_hz: carrier }),
  };
  const url = Object.keys(query).length ? `${view.audio.url}&${toQuery(query)}` : null;
  return { url, expansion, rate: speed / expansion, preservesPitch: keepPitch };
}

/**
 * The next speed with a mark, slower (-1) or faster (1).
 * @param {number} speed
 * @param {number} direction
 */
export function stepSpeed(speed, direction) {
  const marks = direction > 0 ? SPEEDS : SPEEDS.toReversed();
  return marks.find((mark) => (mark - speed) * direction > 1e-9) ?? marks.at(-1);
}

/**
 * Between a speed and a place on a slider from 0 to 1, on a logarithmic scale.
 * @param {number} speed
 */
export const speedToSlider = (speed) => Math.log(speed / SPEEDS[0]) / Math.log(SPEEDS.at(-1) / SPEEDS[0]);
/** @param {number} place */
export function sliderToSpeed(place) {
  const speed = SPEEDS[0] * (SPEEDS.at(-1) / SPEEDS[0]) ** place;
  const near = SPEEDS.find((mark) => Math.abs(Math.log(speed / mark)) < 0.06); // the marks attract
  return near ?? Number(speed.toPrecision(2));
}

/** @param {number} speed */
export const nameSpeed = (speed) => `${speed}×`;

/**
 * A band as text: "3.2–5.1 kHz".
 * @param {HeardBand} heardBand
 */
export const nameBand = ({ low, high }) => `${(low / 1000).toFixed(1)}–${(high / 1000).toFixed(1)} kHz`;

/**
 * What is not normal, in few words: ["0.1×", "3.2–5.1 kHz"].
 * @param {SoundSettings} settings
 * @param {SessionView} view
 * @param {Box | null} box
 */
export function describeSound(settings, view, box) {
  const carrier = carrierOf(settings, view);
  const band = settings.bandPass ? bandOf(box) : null;
  return [
    settings.speed !== 1 && nameSpeed(settings.speed) + (settings.keepPitch ? " same pitch" : ""),
    band && nameBand(band),
    carrier && `het. ${carrier / 1000} kHz`,
  ].filter(Boolean);
}
