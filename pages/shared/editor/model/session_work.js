// A person's work on one session: its boxes with their history, the comment, and what was sent of it. No DOM.

import { uuid } from "../../web/dom.js";
import { Activity } from "./activity.js";
import {
  initialState,
  isHidden,
  isUnjudged,
  predictedBox,
  reduce,
  sameBoxes,
  startingBoxes,
  toAnswer,
} from "./boxes_state.js";
import { asideOf } from "./fill_in.js";
import { agreedBoxes } from "./matters.js";

/** @import { Consensus, Draft, Mode, Outcome, SessionView, SubmissionBody, Verdict, Who, Work } from "../../web/types.js" */

/**
 * Work on a session as it starts, or as a draft left it; `restored` says that the draft had other boxes.
 * @param {SessionView} view
 * @param {Mode} mode
 * @param {Draft | null} [draft]
 * @param {number} [threshold]
 */
export function startWork(view, mode, draft = null, threshold = view.display?.threshold ?? 0) {
  const boxes = mode === "adjudicate" ? agreedBoxes(view.consensus) : startingBoxes(view, mode);
  const comment = mode === "review" || mode === "adjudicate" ? "" : (view.submission?.comment ?? "");
  const work = {
    mode,
    state: initialState(boxes),
    opened: boxes,
    threshold, // predictions with a lower score are hidden until somebody judges them
    comment,
    openedComment: comment,
    startedAt: new Date().toISOString(),
    sent: {}, // what went out already, and under which id: {submission: {id, text}, review: {id, text}}
    restored: false,
    activity: new Activity(draft?.active_s), // how long it was worked on
    changes: draft?.changes ?? 0,
    offered: view.predictions.map(({ id }) => id), // all predictions that were on screen
    fills: draft?.fills ?? [], // what filling in has done, see fill_in.js
  };
  if (!draft) return work;
  const kept = draft.boxes && [...draft.boxes, ...arrivedSince(draft, view)];
  const restored = Boolean(kept) && !sameBoxes(kept, boxes);
  return {
    ...work,
    restored,
    state: restored ? reduce(work.state, { type: "replace", boxes: kept }) : initialState(kept ?? boxes), // with ticks
    comment: draft.comment ?? work.comment,
    sent: draft.sent ?? {},
    startedAt: draft.startedAt ?? work.startedAt,
  };
}

// Predictions that came when the draft was kept already: nobody has seen them, so they are shown, not rejected.
/** @param {Draft} draft @param {SessionView} view */
function arrivedSince({ offered }, view) {
  if (!offered || view.submission !== null) return [];
  return view.predictions.filter(({ id }) => !offered.includes(id)).map(predictedBox);
}

/**
 * The boxes on screen: all but the predictions that the threshold hides.
 * @param {Work} work
 * @param {SessionView} view
 */
export const visibleBoxes = ({ state, threshold }, view) =>
  state.boxes.filter((box) => !isHidden(box, view, threshold));

/**
 * What the threshold hides.
 * @param {Work} work
 * @param {SessionView} view
 */
export const hiddenBoxes = ({ state, threshold }, view) => state.boxes.filter((box) => isHidden(box, view, threshold));

/**
 * Boxes that came from predictions, and whether any of them can be hidden still.
 * @param {Work} work
 * @param {SessionView} view
 */
export function predictedBoxes({ state }, view) {
  const predicted = state.boxes.filter((box) => box.prediction_id !== null && box.score !== null);
  return { predicted, filterable: predicted.some((box) => isUnjudged(box, view)) };
}

/**
 * Do the boxes differ from those that the session was opened with?
 * @param {Work} work
 */
export const isEdited = (work) => !sameBoxes(work.state.boxes, work.opened);

/**
 * What is kept of the work in case it is interrupted; null when nothing was done.
 * @param {Work} work
 */
export function toDraft(work) {
  const { state, comment, openedComment, startedAt, sent } = work;
  const touched =
    isEdited(work) || state.boxes.some((box) => box.checked) || comment !== openedComment || sent.submission;
  const { activity, changes, offered, fills } = work;
  return touched
    ? { boxes: state.boxes, comment, startedAt, sent, active_s: activity.counted, changes, offered, fills }
    : null;
}

/**
 * The body of a submission.
 * @param {Work} work
 * @param {SessionView} view
 * @param {Outcome} outcome
 * @param {Who} who
 */
export function toSubmission(work, view, outcome, who) {
  /** @type {Pick<SubmissionBody, "regions" | "rejected_prediction_ids">} */
  const nothing = { regions: [], rejected_prediction_ids: [] };
  const content = {
    annotator: who.annotator,
    outcome,
    comment: work.comment,
    ...(outcome === "skipped" ? nothing : judged(work, view, outcome)),
    base_revision: view.submission?.revision ?? 0,
    started_at: work.startedAt,
    ...(work.mode === "adjudicate" ? decisionOf(view.consensus) : {}),
  };
  return { submission_id: idFor(work, "submission", content), ...content, ...toTelemetry(work) };
}

// Between which answers somebody decides, and up to which one they have seen them.
/** @param {Consensus} consensus */
const decisionOf = ({ sides, revision }) => ({
  base_revision: revision,
  decides: sides.map(({ submission_id: id }) => id),
});

// The boxes on screen are the answer; hidden predictions are not reviewed. Where predictions were only verified, one by
// one, all without a verdict are not.
/** @param {Work} work @param {SessionView} view @param {Outcome} outcome */
function judged(work, view, outcome) {
  if (outcome === "verified") {
    const left = work.state.boxes.filter((box) => isUnjudged(box, view)).map((box) => box.prediction_id);
    return toAnswer(work.state.boxes, view, [...left, ...asideOf(work.state.boxes, work.fills)], work.mode);
  }
  const hidden = [...hiddenBoxes(work, view).map((box) => box.prediction_id), ...asideOf(work.state.boxes, work.fills)];
  const threshold = predictedBoxes(work, view).filterable ? work.threshold : null;
  return { ...toAnswer(visibleBoxes(work, view), view, hidden, work.mode), score_threshold: threshold };
}

/**
 * The body of a review; `outcome` is that of a correction.
 * @param {Work} work
 * @param {SessionView} view
 * @param {Verdict} verdict
 * @param {Who} who
 * @param {Outcome} outcome
 */
export function toReview(work, view, verdict, who, outcome) {
  const correction = verdict === "correct" ? toSubmission(work, view, outcome, who) : null;
  const content = { submission_id: view.submission.id, reviewer: who.annotator, verdict, comment: work.comment };
  return {
    review_id: idFor(work, "review", { ...content, corrected_id: correction?.submission_id }),
    ...content,
    correction,
  };
}

// Not part of the content: an answer that is sent again after a while is still the same one.
/** @param {Work} work */
const toTelemetry = ({ activity, changes }) => ({
  active_s: Math.min(Math.round(activity.counted * 10) / 10, 604_800),
  action_count: Math.min(changes, 1_000_000),
});

// The id stays the same as long as the content does, also after a reload: sending it again is harmless.
/** @param {Work} work @param {"submission" | "review"} kind @param {unknown} content */
function idFor({ sent }, kind, content) {
  const text = JSON.stringify(content);
  if (sent[kind]?.text !== text) sent[kind] = { id: uuid(), text };
  return sent[kind].id;
}

/** Outcomes that the boxes alone do not tell: a correction of such an answer says its own. */
export const OPEN_OUTCOMES = ["unsure", "verified"];

/**
 * Does a correction have to say the outcome of the session?
 * @param {SessionView | null} view
 */
export const asksOutcome = (view) => OPEN_OUTCOMES.includes(view?.submission?.outcome);
