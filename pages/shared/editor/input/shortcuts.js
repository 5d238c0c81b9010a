// One table of shortcuts: it drives the keyboard, the tooltips, the legend and the help overlay. What each does is the
// function of its action's name in ../actions/.

/** @import { Mode, ModeKey, Shortcut } from "../../web/types.js" */

/** @type {Mode[]} */
const ALL = ["label", "review", "adjudicate", "view"];
/** @type {Mode[]} */
const EDIT = ["label", "review", "adjudicate"];
/** @type {Mode[]} */
const NOT_DECIDING = ["label", "review"]; // where one decides between answers, these keys choose
/** @type {Mode[]} */
const DECIDING = ["adjudicate"];

/**
 * Each entry: chords that trigger it, the action's name, and how it is explained ([keys, text, group]).
 * @type {Shortcut[]}
 */
// prettier-ignore
export const SHORTCUTS = [
  { chords: ["Space"], action: "togglePlay", keys: "Space", text: "Play or pause", group: "Sound", modes: ALL },
  { chords: ["p"], action: "playSelection", keys: "P", text: "Play the selected box, or what is on screen", group: "Sound", modes: ALL },
  { chords: ["Shift+l"], action: "toggleLoop", keys: "Shift+L", text: "Loop playback", group: "Sound", modes: ALL },
  { chords: ["j"], action: "slower", keys: "J", text: "Slower: 0.5, 0.25, 0.1, 0.05 times", group: "Sound", modes: ALL, repeats: true },
  { chords: ["k"], action: "faster", keys: "K", text: "Faster, up to twice", group: "Sound", modes: ALL, repeats: true },
  { chords: ["i"], action: "normalSpeed", keys: "I", text: "Normal speed", group: "Sound", modes: ALL },
  { chords: ["o"], action: "toggleKeepPitch", keys: "O", text: "Keep the pitch when the speed changes, or not", group: "Sound", modes: ALL },
  { chords: ["g"], action: "toggleBandPass", keys: "G", text: "Hear only the band of the selected box, or everything", group: "Sound", modes: ALL },
  { chords: ["h"], action: "toggleHeterodyne", keys: "H", text: "Heterodyne: shift ultrasound down, or not", group: "Sound", modes: ALL },
  { chords: ["Arrow"], action: "arrow", keys: "← →", text: "Without a selected box: go back or forward (Ctrl: further)", group: "Sound", modes: ALL, repeats: true },
  { chords: ["Home"], action: "toStart", keys: "Home", text: "Go to the start of the session", group: "Sound", modes: ALL },
  { chords: ["End"], action: "toEnd", keys: "End", text: "Go to the end of the session", group: "Sound", modes: ALL },
  { keys: "drag", text: "Draw a box (flat, or with Shift: time only; with Ctrl or Alt: on top of another)", group: "Boxes", modes: EDIT },
  { keys: "Shift+click", text: "Add a box to the selection, or take it out (a drag with the right button selects what it touches)", group: "Boxes", modes: EDIT },
  { chords: ["b"], action: "newBox", keys: "B", text: "New box at the playhead", group: "Boxes", modes: NOT_DECIDING },
  { chords: ["Shift+b"], action: "newBox", keys: "Shift+B", text: "New box at the playhead", group: "Boxes", modes: DECIDING },
  { chords: [".", "]"], action: "nextBox", keys: ". or ]", text: "Next box", group: "Boxes", modes: ALL, repeats: true },
  { chords: [",", "["], action: "previousBox", keys: ", or [", text: "Previous box", group: "Boxes", modes: ALL, repeats: true },
  { chords: [">"], action: "nextByScore", keys: ">", text: "Next box by score, the best first", group: "Boxes", modes: ALL, repeats: true },
  { chords: ["<"], action: "previousByScore", keys: "<", text: "Previous box by score", group: "Boxes", modes: ALL, repeats: true },
  { chords: ["}"], action: "extendOn", keys: "}", text: "Add the next box to the selection", group: "Boxes", modes: EDIT, repeats: true },
  { chords: ["{"], action: "extendBack", keys: "{", text: "Add the previous box to the selection", group: "Boxes", modes: EDIT, repeats: true },
  { chords: ["Ctrl+a"], action: "selectAll", keys: "Ctrl+A", text: "Select all boxes", group: "Boxes", modes: EDIT },
  { chords: ["a"], action: "tick", keys: "A", text: "Accept: tick the selected prediction, go to the next; with none selected, select the first", group: "Boxes", modes: ["label"] },
  { chords: ["Shift+a"], action: "tickAll", keys: "Shift+A", text: "Accept all: tick every prediction", group: "Boxes", modes: ["label"] },
  { chords: ["x"], action: "rejectBox", keys: "X", text: "Reject: delete the selected box, go to the next prediction; with none selected, select the first", group: "Boxes", modes: ["label"] },
  { chords: ["Shift+e"], action: "annotatedToHere", keys: "Shift+E", text: "Everything up to the playhead is annotated, for filling in the rest", group: "Boxes", modes: ["label"] },
  { chords: ["Shift+f"], action: "fillIn", keys: "Shift+F", text: "Fill in the rest: a model learns from the annotated part", group: "Boxes", modes: ["label"] },
  { chords: ["d"], action: "duplicate", keys: "D", text: "Duplicate the selected box", group: "Boxes", modes: NOT_DECIDING },
  { chords: ["Shift+d"], action: "duplicate", keys: "Shift+D", text: "Duplicate the selected box", group: "Boxes", modes: DECIDING },
  { chords: ["Ctrl+c"], action: "copy", keys: "Ctrl+C", text: "Copy the selected boxes", group: "Boxes", modes: ALL },
  { chords: ["Ctrl+v"], action: "paste", keys: "Ctrl+V", text: "Paste at the playhead, also in another session", group: "Boxes", modes: EDIT },
  { chords: ["n"], action: "note", keys: "N", text: "Note on the selected box", group: "Boxes", modes: EDIT },
  { chords: ["c"], action: "continuous", keys: "C", text: "Continuous drawing: every drag draws, also on a box", group: "Boxes", modes: NOT_DECIDING },
  { chords: ["Shift+w"], action: "continuous", keys: "Shift+W", text: "Continuous drawing: every drag draws, also on a box", group: "Boxes", modes: DECIDING },
  { chords: [";"], action: "showMore", keys: ";", text: "Show predictions with a lower score", group: "Boxes", modes: ALL, repeats: true },
  { chords: ["'"], action: "showLess", keys: "'", text: "Hide predictions with a low score (not rejected: not reviewed)", group: "Boxes", modes: ALL, repeats: true },
  { chords: ["q"], action: "unsureBox", keys: "Q", text: "Flag the selected box as unsure, or not", group: "Boxes", modes: EDIT },
  { keys: "1 – 9", text: "Label of the selected boxes, and of new ones", group: "Labels", modes: NOT_DECIDING },
  { chords: ["l"], action: "pickLabel", keys: "L", text: "Find a label by any part of its name", group: "Labels", modes: EDIT },
  { keys: "← → ↑ ↓", text: "Move the selected box (Shift: end or top, Alt: start or bottom, Ctrl: in larger steps)", group: "Boxes", modes: EDIT },
  { chords: ["f"], action: "toggleBand", keys: "F", text: "All frequencies (time only), or a band", group: "Boxes", modes: EDIT },
  { chords: ["Delete", "Backspace"], action: "removeBox", keys: "Delete", text: "Delete the selected boxes", group: "Boxes", modes: EDIT },
  { chords: ["Escape"], action: "escape", keys: "Esc", text: "Deselect; leave a field", group: "Boxes", modes: ALL },
  { chords: ["Ctrl+z"], action: "undo", keys: "Ctrl+Z", text: "Undo; before any edit: back to the previous answer", group: "Boxes", modes: EDIT, repeats: true },
  { chords: ["Ctrl+Shift+z", "Ctrl+y"], action: "redo", keys: "Ctrl+Shift+Z", text: "Redo", group: "Boxes", modes: EDIT, repeats: true },
  { chords: ["+", "="], action: "zoomIn", keys: "+", text: "Zoom in (also: wheel, two fingers)", group: "Picture", modes: ALL, repeats: true },
  { chords: ["-"], action: "zoomOut", keys: "−", text: "Zoom out", group: "Picture", modes: ALL, repeats: true },
  { chords: ["0"], action: "zoomReset", keys: "0", text: "Show everything (also: double click)", group: "Picture", modes: ALL },
  { chords: ["PageDown"], action: "panOn", keys: "Page ↓", text: "Go forward in a zoomed picture (also: Shift+wheel)", group: "Picture", modes: ALL, repeats: true },
  { chords: ["PageUp"], action: "panBack", keys: "Page ↑", text: "Go back in a zoomed picture", group: "Picture", modes: ALL, repeats: true },
  { chords: ["Shift+PageUp"], action: "panUp", keys: "Shift+Page ↑", text: "Go up in frequency in a zoomed picture", group: "Picture", modes: ALL, repeats: true },
  { chords: ["Shift+PageDown"], action: "panDown", keys: "Shift+Page ↓", text: "Go down in frequency", group: "Picture", modes: ALL, repeats: true },
  { chords: ["Shift+t"], action: "toggleFolding", keys: "Shift+T", text: "Time axis: only parts with sound, joined together, or everything", group: "Picture", modes: ALL },
  { chords: ["s"], action: "toggleAnswer", keys: "S", text: "The answer’s boxes: hide or show", group: "Picture", modes: ["review", "view"] },
  { chords: ["y"], action: "togglePredictions", keys: "Y", text: "The model’s predictions: hide or show", group: "Picture", modes: ["review", "view"] },
  { chords: ["z"], action: "zoomBox", keys: "Z", text: "Zoom to the selected box", group: "Picture", modes: ALL },
  { chords: ["Enter"], action: "submit", keys: "Enter", text: "Submit", group: "Session", modes: ["label"] },
  { chords: ["Enter"], action: "submit", keys: "Enter", text: "Make what is on screen gold, and go on", group: "Decide", modes: DECIDING },
  { chords: ["u"], action: "unsure", keys: "U", text: "Make it gold as unsure, and go on", group: "Decide", modes: DECIDING },
  { chords: ["1", "2", "3", "4", "5"], action: "takeSide", keys: "1 2 3", text: "Take all boxes of that person", group: "Decide", modes: DECIDING },
  { chords: ["m"], action: "takeAgreed", keys: "M", text: "Merge: only what all agree on, at the median of their edges", group: "Decide", modes: DECIDING },
  { chords: ["c"], action: "takeConsensus", keys: "C", text: "Take what they say together, each weighted by how reliable they are", group: "Decide", modes: DECIDING },
  { chords: ["Tab"], action: "nextDifference", keys: "Tab", text: "Look at the next difference", group: "Decide", modes: DECIDING },
  { chords: ["Shift+Tab"], action: "previousDifference", keys: "Shift+Tab", text: "Look at the difference before", group: "Decide", modes: DECIDING },
  { chords: ["a", "b", "d", "e", "w"], action: "chooseSide", keys: "A B D E W", text: "At a difference: take the box, or none, of the first, second, ... person", group: "Decide", modes: DECIDING },
  { chords: ["Shift+c"], action: "chooseConsensus", keys: "Shift+C", text: "At a difference: take what they say together", group: "Decide", modes: DECIDING },
  { chords: ["x"], action: "chooseNone", keys: "X", text: "At a difference: no box", group: "Decide", modes: DECIDING },
  { chords: ["e"], action: "noCalls", keys: "E", text: "No calls: reject every box and submit", group: "Session", modes: ["label"] },
  { chords: ["s"], action: "skip", keys: "S", text: "Skip", group: "Session", modes: ["label"] },
  { chords: ["u"], action: "unsure", keys: "U", text: "Submit as unsure", group: "Session", modes: ["label"] },
  { chords: ["a"], action: "accept", keys: "A", text: "Accept", group: "Session", modes: ["review"] },
  { chords: ["Enter"], action: "correct", keys: "Enter", text: "Save the changed boxes, or another outcome, as a correction", group: "Session", modes: ["review"] },
  { chords: ["x"], action: "reject", keys: "X", text: "Reject", group: "Session", modes: ["review"] },
  { chords: ["v"], action: "verifyMode", keys: "V", text: "Rapid verify: one prediction after the other, on or off", group: "Modes", modes: ["label"] },
  { chords: ["Shift+v"], action: "gridMode", keys: "Shift+V", text: "Grid verify: a page of thumbnails of one label, on or off", group: "Modes", modes: ["label"] },
  { keys: "Y N U", text: "In rapid verify: yes, no, unsure (1 – 9: yes, but another label)", group: "Modes", modes: ["label"] },
  { keys: "R ⌫", text: "In rapid verify: play again, undo the last verdict", group: "Modes", modes: ["label"] },
  { keys: "X U Enter", text: "In grid verify: wrong, unsure, confirm the page (arrows move, Space plays)", group: "Modes", modes: ["label"] },
  { chords: ["m"], action: "comment", keys: "M", text: "Write a comment", group: "Session", modes: NOT_DECIDING },
  { chords: ["Shift+m"], action: "comment", keys: "Shift+M", text: "Write a comment", group: "Session", modes: DECIDING },
  { chords: ["?"], action: "help", keys: "?", text: "All shortcuts", group: "Session", modes: ALL },
];

/**
 * What keys do in rapid verify; those of sound and picture keep their meaning there.
 * @type {ModeKey[]}
 */
export const VERIFY_KEYS = [
  { chords: ["y"], action: "verifyYes" },
  { chords: ["n"], action: "verifyNo" },
  { chords: ["u"], action: "verifyUnsure" },
  { chords: ["r", "Space", "p"], action: "verifyReplay" },
  { chords: ["Backspace", "Ctrl+z"], action: "verifyBack" },
  { chords: ["Escape"], action: "escape" },
];

/**
 * What keys do in grid verify.
 * @type {ModeKey[]}
 */
export const GRID_KEYS = [
  { chords: ["Arrow", "Space", "x", "u", "o", "Enter", "PageDown", "PageUp"], action: "gridKey", repeats: true },
  { chords: ["Ctrl+z"], action: "gridUndo" },
  { chords: ["Escape"], action: "escape" },
];
