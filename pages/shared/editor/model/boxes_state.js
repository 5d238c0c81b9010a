// The boxes of one session with their undo history, as a pure reducer. No DOM.
//
// state = {boxes, selection: [ids], selected (the last of them, or null), past: [boxes...], future: [boxes...], tag}
// `selected` is the primary one: what is played and where one goes on from. Every edit that changes boxes, many at
// once too, is one step of the history. Consecutive edits with the same `tag` (a key held down) are one step together.

/** @import { Action, Box, BoxPatch, BoxesState, Mode, Notes, Place, Prediction, Region, SessionView, SideBox, Span } from "../../web/types.js" */

/** @param {Box[]} boxes @returns {BoxesState} */
export function initialState(boxes) {
  return { boxes, ...choose([]), past: [], future: [], tag: null };
}

/** @param {string[]} selection */
const choose = (selection) => ({ selection, selected: selection.at(-1) ?? null });

/** @param {BoxesState} state @param {Box[]} boxes @param {string[]} selection @param {string | null} [tag] @returns {BoxesState} */
function commit(state, boxes, selection, tag = null) {
  if (tag !== null && tag === state.tag) return { ...state, boxes, ...choose(selection), future: [] };
  return { boxes, ...choose(selection), past: [...state.past, state.boxes], future: [], tag };
}

/** @param {Box[]} boxes @param {string[]} selection */
function among(boxes, selection) {
  const ids = new Set(boxes.map(({ id }) => id));
  return selection.filter((id) => ids.has(id));
}

/** @param {string[]} a @param {string[]} b */
const sameList = (a, b) => a.length === b.length && a.every((item, index) => item === b[index]);

/**
 * Give each box named in `patches` {id: patch} its own changes.
 * @param {BoxesState} state
 * @param {Record<string, BoxPatch>} patches
 * @param {string | null | undefined} tag
 */
function patchAll(state, patches, tag) {
  let changed = false;
  const boxes = state.boxes.map((box) => {
    const patch = patches[box.id];
    if (!patch || /** @type {(keyof Box)[]} */ (Object.keys(patch)).every((key) => box[key] === patch[key])) return box;
    changed = true;
    return { ...box, ...patch };
  });
  return changed ? commit(state, boxes, state.selection, tag) : state;
}

const HANDLERS = {
  /**
   * One `box`, or several `boxes` as one step; they are selected.
   * @param {BoxesState} state
   * @param {{ box?: Box; boxes?: Box[] }} options
   */
  add(state, { box, boxes = [box] }) {
    return boxes.length
      ? commit(
          state,
          [...state.boxes, ...boxes],
          boxes.map(({ id }) => id),
        )
      : state;
  },

  /**
   * The same `patch` for the box `id`, or for all `ids`.
   * @param {BoxesState} state
   * @param {{ id?: string; ids?: string[]; patch: BoxPatch; tag?: string | null }} options
   */
  change: (state, { id, ids = [id], patch, tag }) =>
    patchAll(state, Object.fromEntries(ids.map((each) => [each, patch])), tag),

  /**
   * A patch of its own for each box: {id: patch}.
   * @param {BoxesState} state
   * @param {{ patches: Record<string, BoxPatch>; tag?: string }} options
   */
  changeEach: (state, { patches, tag }) => patchAll(state, patches, tag),

  /** @param {BoxesState} state @param {{ id?: string; ids?: string[] }} options */
  remove(state, { id, ids = [id] }) {
    const boxes = state.boxes.filter((box) => !ids.includes(box.id));
    if (boxes.length === state.boxes.length) return state;
    return commit(state, boxes, among(boxes, state.selection));
  },

  /** @param {BoxesState} state */
  clear: (state) => (state.boxes.length ? commit(state, [], []) : state),

  /** @param {BoxesState} state @param {{ boxes: Box[] }} options */
  replace: (state, { boxes }) => commit(state, boxes, []),

  /**
   * Select the box `id` (null: none) or all `ids`, the last as the primary one.
   * @param {BoxesState} state
   * @param {{ id?: string | null; ids?: string[] }} options
   */
  select(state, { id, ids = id === null ? [] : [id] }) {
    const selection = among(state.boxes, ids);
    return sameList(selection, state.selection) ? state : { ...state, ...choose(selection), tag: null };
  },

  /**
   * Add a box to the selection, or take it out.
   * @param {BoxesState} state
   * @param {{ id: string }} options
   * @returns {BoxesState}
   */
  toggle(state, { id }) {
    const others = state.selection.filter((each) => each !== id);
    const selection = others.length < state.selection.length ? others : [...others, id];
    return { ...state, ...choose(among(state.boxes, selection)), tag: null };
  },

  /** @param {BoxesState} state */
  settle: (state) => (state.tag === null ? state : { ...state, tag: null }),

  /** @param {BoxesState} state */
  undo(state) {
    if (!state.past.length) return state;
    const boxes = state.past.at(-1);
    const [past, future] = [state.past.slice(0, -1), [state.boxes, ...state.future]];
    return { boxes, ...choose(among(boxes, state.selection)), past, future, tag: null };
  },

  /** @param {BoxesState} state */
  redo(state) {
    if (!state.future.length) return state;
    const [boxes, ...future] = state.future;
    return { boxes, ...choose(among(boxes, state.selection)), past: [...state.past, state.boxes], future, tag: null };
  },
};

/**
 * The next state; the given one is never changed, and returned itself when nothing happens.
 * @param {BoxesState} state
 * @param {Action} action
 */
export function reduce(state, action) {
  const handle = /** @type {(state: BoxesState, action: Action) => BoxesState} */ (HANDLERS[action.type]);
  return handle(state, action);
}

/**
 * The selected boxes of a state, in the order of time.
 * @param {BoxesState} state
 */
export const selectionOf = (state) => inTimeOrder(state.boxes.filter(({ id }) => state.selection.includes(id)));

/** @type {(keyof Place)[]} */
const PLACE = ["start_s", "end_s", "low_hz", "high_hz", "label"];

// What a person may note about a box, as it is when nothing is noted (in predictions, and in drafts of old).
/** @type {Notes} */
const NOTES = { comment: "", unsure: false, individual: "", call_type: "" };

/** @type {(box: Record<string, any>) => Notes} */
const notesOf = (box) =>
  /** @type {any} */ (Object.fromEntries(Object.entries(NOTES).map(([field, none]) => [field, box[field] ?? none])));

/**
 * Do two boxes have the same time, band and label? Notes do not make a prediction another one.
 * @param {Place} a
 * @param {Place} b
 */
export const samePlace = (a, b) => PLACE.every((field) => a[field] === b[field]);

/**
 * Do two boxes say the same?
 * @param {Box | Prediction} a
 * @param {Box | Prediction} b
 */
export const sameBox = (a, b) =>
  samePlace(a, b) &&
  /** @type {(keyof Notes)[]} */ (Object.keys(NOTES)).every((field) => notesOf(a)[field] === notesOf(b)[field]);

/**
 * Do two lists of boxes say the same, in any order?
 * @param {Box[]} a
 * @param {Box[]} b
 */
export function sameBoxes(a, b) {
  if (a.length !== b.length) return false;
  const others = new Map(b.map((box) => [box.id, box]));
  return a.every((box) => others.has(box.id) && sameBox(box, others.get(box.id)));
}

/**
 * The boxes that a session starts with. A skip has none of its own: its session starts from the predictions. One that
 * was verified in part and is labelled now also shows the predictions that nobody has judged.
 * @param {SessionView} view
 * @param {Mode} [mode]
 */
export function startingBoxes(view, mode = "label") {
  const predicted = view.predictions.map(predictedBox);
  if (view.submission === null || view.submission.outcome === "skipped") return predicted;
  const answered = view.regions.map((item) => box(item, item.prediction_id, item.origin));
  if (!goesOn(view, mode)) return answered;
  const left = new Set(unjudged(view));
  return [...answered, ...predicted.filter(({ id }) => left.has(id))];
}

/** @param {SessionView} view @param {Mode} mode */
const goesOn = (view, mode) => mode === "label" && view.submission.outcome === "verified";
/** @param {SessionView} view */
const unjudged = (view) => view.submission?.unreviewed_prediction_ids ?? [];

/**
 * A prediction as a box that nobody has judged.
 * @param {Prediction} item
 */
export const predictedBox = (item) => box(item, item.id, "model_accepted");

/**
 * A box of somebody's answer.
 * @param {SideBox & { id: string }} item
 */
export const heldBox = (item) => box(item, item.prediction_id, item.origin);

/** @param {Prediction | Region | (SideBox & { id: string })} item @param {string | null} predictionId @param {Box["origin"]} origin */
function box(item, predictionId, origin) {
  const { id, start_s, end_s, low_hz, high_hz, label, score } = item;
  const place = { id, start_s, end_s, low_hz, high_hz, label };
  return { ...place, ...notesOf(item), score: score ?? null, prediction_id: predictionId ?? null, origin };
}

/**
 * Where a box comes from, by the rule of the server: unchanged ones are accepted or labelled in bulk, as they were.
 * @param {Box} box
 * @param {SessionView} view
 */
export function originOf(box, view) {
  const { byId, inBulk } = indexOf(view);
  const given = inBulk.get(box.id);
  if (given && samePlace(box, given)) return "bulk";
  if (box.prediction_id === null) return "new";
  const prediction = byId.get(box.prediction_id);
  if (prediction) return samePlace(box, prediction) ? "model_accepted" : "model_edited";
  const before = view.regions.find((item) => item.id === box.id);
  return before && samePlace(box, before) ? before.origin : "model_edited";
}

/**
 * The part of a submission that the boxes decide. `unreviewed` are ids of predictions that were hidden or not judged:
 * they are neither kept nor rejected. What an earlier answer left unjudged, and was not on screen, stays so.
 * @param {Box[]} boxes
 * @param {SessionView} view
 * @param {string[]} [unreviewed]
 * @param {Mode} [mode]
 */
export function toAnswer(boxes, view, unreviewed = [], mode = "label") {
  const named = new Set(unreviewed);
  const regions = boxes.filter((item) => !named.has(item.prediction_id));
  const kept = new Set(regions.map((item) => item.prediction_id));
  const unseen = view.submission && !goesOn(view, mode) ? unjudged(view) : [];
  const left = new Set([...unreviewed, ...unseen].filter((id) => !kept.has(id)));
  return {
    regions: regions.map((item) => {
      const { prediction_id, start_s, end_s, low_hz, high_hz, label } = item;
      return { prediction_id, start_s, end_s, low_hz, high_hz, label, ...notesOf(item) };
    }),
    rejected_prediction_ids: view.predictions.filter(({ id }) => !kept.has(id) && !left.has(id)).map(({ id }) => id),
    unreviewed_prediction_ids: [...left],
  };
}

/**
 * Boxes in the order of time: how the table lists them and , and . walk through them.
 * @type {<B extends Span>(boxes: B[]) => B[]}
 */
export const inTimeOrder = (boxes) => [...boxes].sort((a, b) => a.start_s - b.start_s || a.end_s - b.end_s);

/**
 * Boxes with a score, the best first: how < and > walk through them.
 * @param {Box[]} boxes
 */
export const byScore = (boxes) =>
  inTimeOrder(boxes.filter(({ score }) => score !== null)).sort((a, b) => b.score - a.score);

// What is looked up for every box at every drawing: {byId: predictions, inBulk: boxes labelled in bulk, open: ids that no answer has judged (null: all)}.
const indexes = new WeakMap();

/** @param {SessionView} view */
function indexOf(view) {
  const { submission, predictions } = view;
  const known = indexes.get(view);
  if (known?.submission === submission && known.predictions === predictions) return known;
  const open = submission === null || submission.outcome === "skipped" ? null : new Set(unjudged(view));
  const inBulk = new Map((view.regions ?? []).filter((item) => item.origin === "bulk").map((item) => [item.id, item]));
  const index = { submission, predictions, byId: new Map(predictions.map((item) => [item.id, item])), inBulk, open };
  indexes.set(view, index);
  return index;
}

/**
 * Is this box a prediction that nobody has judged: neither ticked nor changed, nor part of an answer?
 * Only these are hidden by the threshold, and only these wait for a tick.
 * @param {Box} box
 * @param {SessionView} view
 */
export function isUnjudged(box, view) {
  if (box.prediction_id === null || box.checked) return false;
  const { byId, open } = indexOf(view);
  const prediction = open?.has(box.prediction_id) === false ? undefined : byId.get(box.prediction_id);
  return prediction !== undefined && sameBox(box, prediction);
}

/**
 * Does the threshold hide this box?
 * @param {Box} box
 * @param {SessionView} view
 * @param {number} threshold
 */
export const isHidden = (box, view, threshold) =>
  threshold > 0 && box.score !== null && box.score < threshold && isUnjudged(box, view);
