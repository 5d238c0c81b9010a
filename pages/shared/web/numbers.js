// Numbers, and how they are written.

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * At most `digits` decimals, without trailing zeros.
 * @param {number} value
 * @param {number} [digits]
 */
export function formatNumber(value, digits = 3) {
  return String(Number(value.toFixed(digits)));
}

/**
 * "1 clip", "1,200 clips": a number with its noun.
 * @param {number} count
 * @param {string} noun
 * @param {string} [plural]
 */
export const countOf = (count, noun, plural = `${noun}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;

/**
 * "5.37 ms" below 10 ms, "0.125 s", "1.25 s": how long a sound is.
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(2)} ms`;
  return `${seconds.toFixed(seconds < 1 ? 3 : 2)} s`;
}

/**
 * "1:02.4": minutes, seconds and tenths; `digits` more for short sessions.
 * @param {number} seconds
 * @param {number} [digits]
 */
export function formatTime(seconds, digits = 1) {
  const scale = 10 ** digits;
  const ticks = Math.round(Math.max(seconds, 0) * scale);
  const minutes = Math.floor(ticks / (60 * scale));
  const rest = (ticks - minutes * 60 * scale) / scale;
  return `${minutes}:${rest.toFixed(digits).padStart(digits ? digits + 3 : 2, "0")}`;
}

/**
 * "0:12.30" of seconds, with hours where there are any.
 * @param {number} seconds
 */
export function writeTime(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (seconds % 60).toFixed(2).padStart(5, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
