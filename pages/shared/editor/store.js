// The boxes of one session with their undo history, as a pure reducer. No DOM.
//
// state = {boxes, selected (id or null), past: [boxes...], future: [boxes...], tag}
// Every edit that changes the boxes is one step of the history. Consecutive edits with the same `tag`
// (a key held down) are one step together.

export function initialState(boxes) {
  return { boxes, selected: null, past: [], future: [], tag: null };
}

function commit(state, boxes, selected, tag = null) {
  if (tag !== null && tag === state.tag) return { ...state, boxes, selected, future: [] };
  return { boxes, selected, past: [...state.past, state.boxes], future: [], tag };
}

const present = (boxes, id) => (boxes.some((box) => box.id === id) ? id : null);

const HANDLERS = {
  add: (state, { box }) => commit(state, [...state.boxes, box], box.id),

  change(state, { id, patch, tag }) {
    const old = state.boxes.find((box) => box.id === id);
    if (!old || Object.keys(patch).every((key) => old[key] === patch[key])) return state;
    const boxes = state.boxes.map((box) => (box.id === id ? { ...box, ...patch } : box));
    return commit(state, boxes, state.selected, tag);
  },

  remove(state, { id }) {
    const boxes = state.boxes.filter((box) => box.id !== id);
    if (boxes.length === state.boxes.length) return state;
    return commit(state, boxes, state.selected === id ? null : state.selected);
  },

  clear: (state) => (state.boxes.length ? commit(state, [], null) : state),

  replace: (state, { boxes }) => commit(state, boxes, null),

  select: (state, { id }) => (state.selected === id ? state : { ...state, selected: id, tag: null }),

  settle: (state) => (state.tag === null ? state : { ...state, tag: null }),

  undo(state) {
    if (!state.past.length) return state;
    const boxes = state.past.at(-1);
    return {
      boxes,
      selected: present(boxes, state.selected),
      past: state.past.slice(0, -1),
      future: [state.boxes, ...state.future],
      tag: null,
    };
  },

  redo(state) {
    if (!state.future.length) return state;
    const [boxes, ...future] = state.future;
    return { boxes, selected: present(boxes, state.selected), past: [...state.past, state.boxes], future, tag: null };
  },
};

/** The next state; the given one is never changed, and returned itself when nothing happens. */
export function reduce(state, action) {
  return HANDLERS[action.type](state, action);
}

const FIELDS = ["start_s", "end_s", "low_hz", "high_hz", "label"];

/** Do two boxes say the same? */
export const sameBox = (a, b) => FIELDS.every((field) => a[field] === b[field]);

/** Do two lists of boxes say the same, in any order? */
export function sameBoxes(a, b) {
  if (a.length !== b.length) return false;
  const others = new Map(b.map((box) => [box.id, box]));
  return a.every((box) => others.has(box.id) && sameBox(box, others.get(box.id)));
}

/** The boxes that a session starts with. A skip has none of its own: its session starts from the predictions. */
export function startingBoxes(view) {
  if (view.submission === null || view.submission.outcome === "skipped") {
    return view.predictions.map((item) => box(item, item.id, "model_accepted"));
  }
  return view.regions.map((item) => box(item, item.prediction_id, item.origin));
}

function box(item, predictionId, origin) {
  const { id, start_s, end_s, low_hz, high_hz, label, score } = item;
  return { id, start_s, end_s, low_hz, high_hz, label, score: score ?? null, prediction_id: predictionId ?? null, origin };
}

/** Where a box comes from, by the rule of the server: an unchanged prediction is accepted, a changed one edited. */
export function originOf(box, view) {
  if (box.prediction_id === null) return "new";
  const prediction = view.predictions.find((item) => item.id === box.prediction_id);
  if (prediction) return sameBox(box, prediction) ? "model_accepted" : "model_edited";
  const before = view.regions.find((item) => item.id === box.id);
  return before && sameBox(box, before) ? before.origin : "model_edited";
}

/** The part of a submission that the boxes decide. */
export function toAnswer(boxes, view) {
  const kept = new Set(boxes.map((item) => item.prediction_id));
  return {
    regions: boxes.map(({ prediction_id, start_s, end_s, low_hz, high_hz, label }) => ({
      prediction_id, start_s, end_s, low_hz, high_hz, label,
    })),
    rejected_prediction_ids: view.predictions.filter((item) => !kept.has(item.id)).map((item) => item.id),
  };
}

/** Boxes in the order of time: how the table lists them and , and . walk through them. */
export const inTimeOrder = (boxes) => [...boxes].sort((a, b) => a.start_s - b.start_s || a.end_s - b.end_s);
