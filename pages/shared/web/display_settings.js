// How the picture of a round is shown: the round's own settings, and over them what this person has changed. Pure.
//
// What is `personal` holds only what was changed: {scale, window, window_type, overlap, low_hz, high_hz, denoise} need another
// picture; {time} folds the time axis; {colorMap, brightness, contrast, floorShift, ceilingShift} change its colours at once.

import { toQuery } from "./http.js";
import { lowestShown } from "./axes.js";
import { clamp } from "./numbers.js";

/** @import { DisplaySettings, Part, PictureInfo, PicturePart, SessionView, Times } from "./types.js" */

export const WINDOWS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
export const WINDOW_TYPES = {
  hann: "Hann",
  hamming: "Hamming",
  blackman: "Blackman",
  blackmanharris: "Blackman-Harris",
  boxcar: "rectangular",
};
export const OVERLAPS = [0, 0.5, 0.75, 0.9, 0.95];
export const DENOISERS = { none: "off", median: "median per band", pcen: "PCEN" };
const MIN_BAND_HZ = 10;

/**
 * All settings: the round's `display` (null: the usual) with this person's changes.
 * @param {SessionView["display"] | null | undefined} display
 * @param {Partial<DisplaySettings>} personal
 * @returns {DisplaySettings}
 */
export function settingsOf(display, personal) {
  /** @type {Partial<NonNullable<SessionView["display"]>>} */
  const round = display ?? {};
  const settings = {
    scale: round.scale ?? "linear",
    window: round.window_samples ?? 0,
    window_type: round.window_type ?? "hann",
    overlap: round.overlap ?? 0.5,
    low_hz: round.low_hz ?? null,
    high_hz: round.high_hz ?? null,
    denoise: round.denoise ?? "none",
    time: "all",
    colorMap: round.color_map ?? "magma",
    brightness: 0,
    contrast: 1,
    floorShift: 0,
    ceilingShift: 0,
    ...personal,
  };
  // Levels that a round has set are those of its own noise reduction.
  const same = settings.denoise === (round.denoise ?? "none");
  const levels = {
    floor_db: same ? (round.floor_db ?? null) : null,
    ceiling_db: same ? (round.ceiling_db ?? null) : null,
  };
  return /** @type {DisplaySettings} */ ({ ...settings, ...levels });
}

/**
 * The band that is shown of a recording that reaches up to `nyquist`: [low, high].
 * @param {Pick<DisplaySettings, "scale" | "low_hz" | "high_hz">} displaySettings
 * @param {number} nyquist
 */
export function bandOf({ scale, low_hz: low, high_hz: high }, nyquist) {
  const top = Math.min(high ?? nyquist, nyquist);
  const bottom = clamp(low ?? 0, 0, nyquist);
  const [f0, f1] = top - bottom >= MIN_BAND_HZ ? [bottom, top] : [0, nyquist];
  return [lowestShown(scale, f0, f1), f1];
}

/**
 * The address of the picture of a session `view`, or of its part {t0, t1, f0, f1, width, height}.
 * @param {SessionView} view
 * @param {DisplaySettings} settings
 * @param {PicturePart | null} [part]
 */
export function pictureUrl(view, settings, part = null) {
  const { picture, recording, display } = view;
  const plain = settingsOf(display, {});
  const asRound = /** @type {const} */ ([
    "scale",
    "window",
    "window_type",
    "overlap",
    "low_hz",
    "high_hz",
    "denoise",
  ]).every((name) => settings[name] === plain[name]);
  if (!part && asRound) return picture.url;
  const [low, high] = part ? [part.f0, part.f1] : bandOf(settings, recording.sample_rate_hz / 2);
  const { scale, window, window_type, overlap, denoise } = settings;
  const query = { scale, window, window_type, overlap, denoise, low_hz: low, high_hz: high };
  if (part) Object.assign(query, { start_s: part.t0, end_s: part.t1, width: part.width, height: part.height });
  return `${picture.base_url}/picture.jpg?${toQuery({ ...query, v: picture.version })}`;
}

/**
 * The address of the stretches with sound.
 * @param {SessionView} sessionView
 */
export const segmentsUrl = ({ picture }) => `${picture.base_url}/segments`;

/**
 * The address of the waveform's outline, whole or of {t0, t1, width}.
 * @param {SessionView} sessionView
 * @param {(Times & { width: number }) | null} [part]
 */
export function peaksUrl({ picture }, part = null) {
  const query = part ? { start_s: part.t0, end_s: part.t1, width: part.width } : {};
  return `${picture.base_url}/peaks.bin?${toQuery({ ...query, v: picture.version })}`;
}

/**
 * The part to fetch for a `view` that is `width` x `height` device pixels large: a little more than is seen on
 * both sides, in whole pixels, so that its columns lie on those of the screen.
 * @param {Part} view
 * @param {Part} limits
 * @param {number} width
 * @param {number} height
 */
export function partFor(view, limits, width, height) {
  const perPixel = (view.t1 - view.t0) / width;
  const margin = Math.min(Math.round(width * 0.15), Math.floor((4096 - width) / 2));
  const [left, right] = [(view.t0 - limits.t0) / perPixel, (limits.t1 - view.t1) / perPixel].map((room) =>
    clamp(Math.floor(room), 0, Math.max(margin, 0)),
  );
  return {
    t0: Math.max(view.t0 - left * perPixel, limits.t0),
    t1: Math.min(view.t1 + right * perPixel, limits.t1),
    f0: view.f0,
    f1: view.f1,
    width: clamp(left + width + right, 16, 4096),
    height: clamp(height, 16, 2048),
  };
}

/**
 * Does a picture that shows `info` cover a view at (nearly) the resolution of `width` x `height` pixels?
 * @param {PictureInfo} info
 * @param {Part} view
 * @param {number} width
 */
export function isSharp(info, view, width) {
  const slack = (view.t1 - view.t0) / width;
  const covers = info.start_s <= view.t0 + slack && info.end_s >= view.t1 - slack;
  const sameBand = Math.abs(info.low_hz - view.f0) + Math.abs(info.high_hz - view.f1) < 1e-3 * (view.f1 - view.f0);
  const perPixel = (info.end_s - info.start_s) / info.width_px;
  return covers && sameBand && perPixel < 1.1 * slack && perPixel > 0.5 * slack;
}
