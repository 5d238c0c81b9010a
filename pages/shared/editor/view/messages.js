// What the page says when there is something to say about the session: in words, with the way on.

import { countOf } from "../../web/numbers.js";

/** @import { Workflow } from "../session/workflow.js" */
/** @import { Banner, Button, Claimed, Failure, Link, SessionView, Submission } from "../../web/types.js" */

/**
 * ISO times in a sentence of the server, as the person's own clock shows them.
 * @param {string} text
 */
export function localTimes(text) {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, (time) => showTime(time));
}

// Made once: making one takes longer than all other words of the page.
const CLOCK = new Intl.DateTimeFormat([], { timeStyle: "short" });
const CALENDAR = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "short" });

/** @param {string} iso */
export function showTime(iso) {
  const time = new Date(iso);
  const today = time.toDateString() === new Date().toDateString();
  return (today ? CLOCK : CALENDAR).format(time);
}

const ANOTHER = { label: "Open the next session", action: "openNext" };

/** @type {Record<string, (about: { mode: string, verifying: boolean, canSkip: boolean }) => { title: string, hint?: string, actions: Button[] }>} */
const FACES = {
  unknown: () => ({
    title: "There is no such session",
    hint: "The link may be outdated or belong to another round.",
    actions: [ANOTHER],
  }),
  unreachable: () => ({
    title: "The session could not be loaded",
    hint: "Nothing is lost.",
    actions: [{ label: "Try again", action: "tryAgain" }],
  }),
  held_by_others: () => ({
    title: "Others are working on the rest",
    actions: [{ label: "Look again", action: "openNext" }],
  }),
  waits_for_others: () => ({
    title: "Your part of this round is done",
    actions: [{ label: "Look again", action: "openNext" }],
  }),
  ask_reviewer: () => ({
    title: "Ask a reviewer before you go on",
    actions: [{ label: "Look again", action: "openNext" }],
  }),
  only_skipped: () => ({
    title: "Only sessions you left for later remain",
    actions: [{ label: "Go through them", action: "goThroughSkipped" }],
  }),
  no_match: ({ verifying }) =>
    verifying
      ? {
          title: "Nothing is left to verify",
          actions: [
            { label: "Back to editing", action: "editMode" },
            { label: "Clear the filters", action: "clearFilters" },
          ],
        }
      : {
          title: "No session matches",
          hint: "Others may be waiting.",
          actions: [{ label: "Clear the filters", action: "clearFilters" }],
        },
  empty_round: () => ({ title: "This round has no sessions yet", actions: [] }),
  none: () => ({ title: "No session is chosen", actions: [] }),
  problem: ({ mode, canSkip }) => ({
    title: "This session cannot be shown or played",
    hint: canSkip ? "Skip it, and tell the person who manages the recordings." : "",
    actions: [
      { label: "Try again", action: "tryAgain" },
      ...(canSkip ? [{ label: "Skip", action: "skip" }] : mode === "label" ? [ANOTHER] : []),
    ],
  }),
};

/**
 * The card that stands where the spectrogram would be: {title, text, hint, actions}, or null.
 * @param {Workflow} workflow
 */
export function faceOf(workflow) {
  const { face, mode } = workflow;
  if (!face) return null;
  return {
    text: localTimes(face.message ?? ""),
    hint: "",
    ...FACES[face.kind]({ mode, verifying: workflow.verifying, canSkip: workflow.canFinish("skipped") }),
  };
}

const OUTCOMES = {
  labelled: "Labelled",
  empty: "Empty: no call in it",
  verified: "Predictions, or clips on Explore, verified, the rest not searched,",
  unsure: "Marked as unsure",
  skipped: "Skipped",
};
const VERDICTS = { accept: "accepted", correct: "corrected", reject: "rejected" };

/** @param {Submission} submission */
function aboutSubmission({ outcome, annotator, submitted_at, revision, revisions, comment, reviews }) {
  const which = revisions > 1 ? `, revision ${revision} of ${revisions}` : "";
  const said = comment ? ` “${comment}”` : "";
  const verdicts = reviews.map(
    (review) => ` ${VERDICTS[review.verdict]} by ${review.reviewer}${review.comment ? ` (“${review.comment}”)` : ""}`,
  );
  const judged = verdicts.length ? ` Review:${verdicts.join(",")}.` : "";
  return `${OUTCOMES[outcome]} by ${annotator}, ${showTime(submitted_at)}${which}.${said}${judged}`;
}

/** @param {Submission} submission */
function aboutLeftOver({ unreviewed_prediction_ids: left }) {
  if (!left.length) return "";
  return ` Not judged yet: ${countOf(left.length, "prediction")}.`;
}

/** @param {SessionView["claim"]} sessionView */
function aboutHolder({ holder_name: name, expires_at: time }) {
  if (!name) return "Not held by you.";
  return time ? `Held by ${name} until ${showTime(time)}.` : `Held by ${name}.`;
}

/** @param {Workflow} workflow */
function aboutReview({ edited, editable, reviews }) {
  if (!editable) return "";
  if (edited) return " You have changed it: save that as a correction. Until then this browser keeps your changes.";
  return reviews?.obstacle ? ` ${reviews.obstacle}` : "";
}

/** @param {SessionView} view */
function aboutDecision({ consensus: { sides, gold_by: by } }) {
  if (sides.length < 2) return " Fewer than two people have searched this session: there is nothing to decide.";
  return by ? ` ${by} has decided about this session; you decide anew.` : "";
}

/** @param {Workflow} workflow */
function aboutWork(workflow) {
  const { view, mode, editable } = workflow;
  if (mode === "review") return aboutReview(workflow);
  if (mode !== "label" || !editable) return "";
  const rejected = view.submission.reviews.at(-1)?.verdict === "reject";
  if (view.open && rejected) return " It waits for a new answer; both are kept.";
  return view.open
    ? " You go on where that ended; both answers are kept."
    : " You are correcting it; both answers are kept.";
}

/** @param {Claimed} claimed @param {string} roundId */
function finishedBanner({ progress }, roundId) {
  const parts = /** @type {const} */ (["labelled", "empty", "verified", "unsure", "rejected"])
    .filter((name) => progress[name])
    .map((name) => `${progress[name]} ${name}`);
  const query = `?round=${encodeURIComponent(roundId)}`;
  return {
    tone: "good",
    text: `This round is done (${countOf(progress.sessions, "session")}): ${parts.join(", ")}. Thank you!`,
    links: ["Progress", "Data", "Review"].map((name) => ({ label: name, href: name.toLowerCase() + query })),
  };
}

/** @param {Failure} failure @param {string} kept @param {Link[]} [links] */
function failureBanner({ message, wait }, kept, links = []) {
  const again = wait ? ` Trying again in ${Math.ceil(wait / 1000)} s.` : "";
  return {
    tone: "bad",
    text: `Not saved: ${message} ${kept}${again}`,
    links,
    actions: [{ label: "Retry", action: "retry" }],
  };
}

// Another session, perhaps of another round or page.
/** @param {Workflow} workflow */
function openLinks({ elsewhere: { entry } }) {
  const query = `?round=${encodeURIComponent(entry.roundId)}&session=${encodeURIComponent(entry.sessionId)}`;
  return [{ label: "Open it", href: (entry.kind === "review" ? "review" : "label") + query }];
}

/** @param {Workflow} workflow */
function claimBanner({ claimState, view: { claim } }) {
  const onward = [{ label: "Next session to label", action: "openNext" }];
  if (claimState === "others") {
    return {
      tone: "plain",
      text: `${aboutHolder(claim)} Your work is saved as a draft; if you submit, both answers are kept.`,
      actions: onward,
    };
  }
  const text = `This page was idle for a while: the session was held for you until ${showTime(claim.expires_at)}. `;
  return { tone: "plain", text: `${text}Your work is kept, and the session is claimed again when you continue.` };
}

/**
 * Until when the session on screen is held for this tab, in words.
 * @param {Workflow} workflow
 */
export function claimLine(workflow) {
  return workflow.claimState === "mine" ? `yours until ${showTime(workflow.view.claim.expires_at)}` : "";
}

/**
 * The line above the spectrogram: {tone, text, actions, links}, or null. Failures come first.
 * @param {Workflow} workflow
 */
export function bannersOf(workflow) {
  const { view, failure, elsewhere, editable, finished, mode, phase } = workflow;
  /** @type {Banner[]} */
  const banners = [];
  if (failure) banners.push(failureBanner(failure, "Your work is kept here."));
  else if (elsewhere) banners.push(failureBanner(elsewhere, "Your work on that session is kept.", openLinks(workflow)));
  if (finished && view) banners.push(finishedBanner(finished, view.round_id));
  if (!view || phase === "loading") return banners;
  if (["others", "lapsed"].includes(workflow.claimState)) banners.push(claimBanner(workflow));
  const { submission, claim } = view;
  const held = mode === "label" && view.open && !claim.mine && !editable ? ` ${aboutHolder(claim)}` : "";
  if (mode === "adjudicate") {
    const text = aboutDecision(view).trim();
    if (text && (editable || view.consensus.sides.length < 2)) banners.push({ tone: "plain", text, actions: [] });
  } else if (submission && submission.outcome !== "skipped") {
    const onward = finished ? [] : [{ label: "Next session to label", action: "openNext" }];
    const actions = mode !== "label" ? [] : editable ? [] : [{ label: "Correct this", action: "edit" }, ...onward];
    const text = aboutSubmission(submission) + aboutLeftOver(submission) + aboutWork(workflow) + held;
    banners.push({ tone: "plain", text, actions });
  } else if (held) {
    banners.push({
      tone: "plain",
      text: held.trim(),
      actions: [
        { label: "Label anyway", action: "edit" },
        { label: "Next session to label", action: "openNext" },
      ],
    });
  } else if (mode === "review") {
    banners.push({
      tone: "plain",
      text: "Nobody has labelled this session yet; the boxes are the model's.",
      actions: [],
    });
  }
  return banners;
}
