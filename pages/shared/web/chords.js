// Keys as text, and the fields in which they are typed.

/** Fields in which text is typed: keys are theirs. */
export const FIELD =
  "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]:not([contenteditable=false])";

/**
 * "Ctrl+Shift+z" from an event. Shift counts for letters only: elsewhere it is part of the character.
 * @param {KeyboardEvent} event
 */
export function chordOf(event) {
  if (event.key.startsWith("Arrow")) return "Arrow"; // its action reads the modifiers itself
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && /^([a-z]|.{2,})$/.test(key);
  return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", shift ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}
