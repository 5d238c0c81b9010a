// What happens to an answer: handed in, sent behind the next session, acknowledged, or brought back. No DOM.

import { toReview, toSubmission } from "../model/session_work.js";

/** @import { DeliveryParts, Entry, Failure, Left, OutboxHost, Outcome, Part, ReviewBody, SessionView, SubmissionAnswer, SubmissionBody, Verdict, Who } from "../../web/types.js" */
/** @import { Workflow } from "./workflow.js" */
/** @import { Outbox } from "../network/outbox.js" */
/** @import { Queue } from "../network/session_queue.js" */

const TELL_MS = 250;
const HASTE_S = 0.4; // nobody looks at a session and decides in less

/** @param {number} count @param {string} word */
const people = (count, word) => `${count} ${word}${count === 1 ? "" : word.endsWith("x") ? "es" : "s"}`;

/**
 * "3 boxes", "no calls": what an answer says.
 * @param {unknown[]} boxes
 */
export const summarise = (boxes) => (boxes.length ? people(boxes.length, "box") : "no calls");

export class Delivery {
  /** @type {(Left & { view: SessionView }) | null} */ #left = null; // where the person was when a failure called them back: {view, work, editable, screen}
  /** @type {{ sessionId: string; outcome: string } | null} */ #last = null; // {sessionId, outcome}: the answer before, as long as one has gone straight on from it
  /** @type {[event: string, value: Record<string, unknown>] | null} */ #told = null;
  /** @type {number | null} */ #tellTimer = null;
  /** @type {Workflow} */ flow;
  /** @type {Outbox} */ outbox;
  /** @type {Queue} */ queue;
  /** @type {(event: string, value: unknown) => void} */ tell;
  /** @type {() => Part} */ screen;
  /** @type {() => Who} */ who;
  /** @type {string} */ roundId;

  /**
   * `flow` is the workflow, `tell(event, value)` tells Python, `screen()` says what of the session is on screen.
   * @param {Workflow} flow
   * @param {DeliveryParts & { signal: AbortSignal }} deliveryParts
   */
  constructor(flow, { outbox, queue, tell, screen, who, roundId, signal }) {
    this.flow = flow;
    this.outbox = outbox;
    this.queue = queue;
    this.tell = tell;
    this.screen = screen;
    this.who = who;
    this.roundId = roundId;
    signal.addEventListener("abort", () => outbox.detach(this.#host));
  }

  /** @type {OutboxHost} */ #host = {
    kept: (entry, answer) => this.#kept(entry, answer),
    failed: (entry, error, wait) => this.#notKept(entry, { entry, message: error.message, wait }),
  };

  /**
   * Send what an earlier load of the page could not send; says whether it was the answer for this session.
   * @param {string | null} sessionId
   */
  async start(sessionId) {
    const { outbox, flow } = this;
    outbox.attach(this.#host);
    const unsent = sessionId !== null && flow.mode === "label" && outbox.has(sessionId);
    await outbox.settled();
    return unsent;
  }

  /**
   * Hand in an answer ("labelled" stands for what the boxes say) and go on at once where the next session is held
   * already; it is sent behind that. After a failure one stays until it is saved.
   * @param {Outcome} wanted
   */
  submit(wanted) {
    const outcome = wanted === "labelled" && !this.flow.boxes.length ? "empty" : wanted;
    if (!this.flow.canFinish(outcome)) return;
    this.flow.touch(); // counts the time up to now
    const { view, work } = this.flow;
    const body = toSubmission(work, view, outcome, this.who());
    const keep = outcome === "skipped" && this.flow.edited ? { boxes: work.state.boxes, comment: work.comment } : null;
    this.flow.notice = null;
    this.queue.leaveOut(view.session_id);
    this.#handIn("submission", body.submission_id, body, { keep, said: this.#describe(outcome) });
    this.#last = { sessionId: view.session_id, outcome };
    if (!this.flow.failure && this.advance()) return; // nothing of "saving" is drawn
    this.flow.changed();
    if (!this.flow.failure) this.flow.refill();
  }

  /** Go on from a session whose answer is on its way, if another one is held. */
  advance() {
    const { flow } = this;
    if (flow.phase !== "saving" || flow.failure) return false;
    const next = flow.reviews ? flow.reviews.takeNext() : flow.mode === "label" ? this.queue.takeNext() : null;
    if (!next) return false;
    flow.pause();
    flow.work = null; // nothing of it may become a draft again
    flow.present(next);
    return true;
  }

  /**
   * A verdict on the answer on screen; "correct" hands in the boxes as they are now, with an outcome.
   * @param {Verdict} verdict
   * @param {Outcome} [outcome]
   */
  review(verdict, outcome) {
    if (!this.flow.canFinish(verdict)) return;
    this.flow.touch();
    const body = toReview(this.flow.work, this.flow.view, verdict, this.who(), outcome);
    const { session_id: sessionId } = this.flow.view;
    this.#handIn("review", body.review_id, body, {});
    this.#last = { sessionId, outcome: verdict };
    if (!this.advance()) this.flow.changed();
  }

  /**
   * @param {Entry["kind"]} kind
   * @param {string} id
   * @param {SubmissionBody | ReviewBody} body
   * @param {Pick<Entry, "keep" | "said">} more
   */
  #handIn(kind, id, body, more) {
    const { flow, roundId } = this;
    const { view, work, editable } = flow;
    flow.keepDraft();
    if (flow.failure?.entry) this.outbox.withdraw(flow.failure.entry);
    const [sessionId, revision] = [view.session_id, view.submission?.revision ?? 0];
    const entry = /** @type {Entry} */ ({
      kind,
      id,
      roundId,
      sessionId,
      revision,
      body,
      view,
      work,
      editable,
      screen: this.screen(),
      ...more,
    });
    if (flow.failure) flow.failure = { ...flow.failure, entry, wait: null };
    this.outbox.add(entry);
    flow.phase = "saving";
  }

  /** An answer that could not be saved is not sent again by itself once it is being changed. */
  takeBack() {
    const { flow } = this;
    if (!flow.failure?.entry) return;
    this.outbox.withdraw(flow.failure.entry);
    this.queue.callBack(flow.view.session_id);
    flow.failure = { ...flow.failure, entry: null, wait: null };
    flow.changed();
  }

  /** Another session was opened than the one that came next. */
  forgetLast() {
    this.#last = null;
  }

  /** Go back to the answer before, to go on where it was handed in; false where it is not the last thing that was done. */
  undoAnswer() {
    const { flow } = this;
    const last = this.#last;
    const { past, future } = flow.work?.state ?? {};
    if (!last || flow.phase !== "ready" || past?.length || future?.length) return false;
    flow.open(last.sessionId).then(() => {
      const shown = flow.phase === "ready" && flow.view?.session_id === last.sessionId;
      if (shown && flow.mode === "label" && last.outcome !== "skipped") flow.edit();
    });
    return true;
  }

  /** Send what could not be saved, as it is on screen now. */
  retry() {
    const { entry, outcome } = this.flow.failure ?? {};
    if (!this.flow.failure || entry) {
      this.outbox.retry();
      if (this.flow.failure) this.flow.enter("saving");
    } else if (this.flow.mode === "review") this.flow.reask(outcome);
    else this.submit(outcome === "empty" ? "labelled" : /** @type {Outcome} */ (outcome));
  }

  /** @param {Entry} entry */
  #isMine = ({ roundId, kind }) =>
    roundId === this.roundId && kind === (this.flow.mode === "review" ? "review" : "submission");

  /** @param {Entry} entry @param {any} answer */
  #kept(entry, answer) {
    const { flow } = this;
    const { sessionId, kind, body } = entry;
    this.queue.settle(sessionId);
    const onScreen = flow.failure?.entry === entry || (flow.phase === "saving" && flow.view?.session_id === sessionId);
    if (flow.elsewhere?.entry === entry) flow.elsewhere = null;
    if (this.#left?.view.session_id === sessionId) this.#left = null;
    if (!this.#isMine(entry)) return flow.changed();
    if (kind === "review") return this.#reviewed(entry, onScreen);
    flow.progress = answer.progress;
    this.#sayKept(entry, answer);
    this.#tellSoon("saved", { session_id: sessionId, outcome: body.outcome });
    if (onScreen && flow.mode === "adjudicate") this.#rest();
    else if (onScreen) this.#goOn();
  }

  // The page says which session comes next.
  #rest() {
    Object.assign(this.flow, { failure: null, editable: false });
    this.flow.work.sent = {};
    this.flow.enter("ready");
  }

  /**
   * A reviewer has gone on to another session: what stands below the editor is about that one.
   * @param {string} sessionId
   */
  tellShown(sessionId) {
    this.#tellSoon("shown", { session_id: sessionId, outcome: "" });
  }

  // Python draws the page anew: once for answers in quick succession.
  /** @param {[event: string, value: Record<string, unknown>]} told */
  #tellSoon(...told) {
    this.#told = told;
    if (this.#tellTimer !== null) return;
    this.#tellTimer = setTimeout(() => {
      this.#tellTimer = null;
      const [event, value] = this.#told;
      this.tell(event, { ...value, on_screen: this.flow.view?.session_id ?? "" });
    }, TELL_MS);
  }

  /** @param {Entry} entry @param {boolean} onScreen */
  #reviewed({ sessionId, body: { verdict } }, onScreen) {
    const { flow } = this;
    const said = { accept: "Accepted.", correct: "The correction is saved as a new revision.", reject: "Rejected." };
    flow.reviews?.forget(sessionId);
    this.#tellSoon("reviewed", { session_id: sessionId, outcome: verdict });
    if (!onScreen) {
      const back = { label: "Look again", action: "back", sessionId };
      if (!flow.notice || flow.notice.about === "answer") flow.say(said[verdict], back, "answer");
      return undefined;
    }
    if (this.#left) return this.#goOn();
    Object.assign(flow, { failure: null, editable: false });
    flow.work.sent = {};
    flow.enter("ready");
    flow.say(flow.reviews?.isLast ? `${said[verdict]} It was the last one of this queue.` : said[verdict]);
    return flow.next();
  }

  // What failed is saved now: back to where the person was called away from, or on.
  #goOn() {
    Object.assign(this.flow, { failure: null, work: null, editable: false });
    const left = this.#left;
    this.#left = null;
    if (!left) return this.flow.next();
    this.queue.pull(left.view.session_id);
    return this.flow.present(left.view, left);
  }

  /**
   * An answer could not be saved: the person is brought back to it, once; then it is only said.
   * @param {Entry} entry
   * @param {Omit<Failure, "outcome">} told
   */
  #notKept(entry, told) {
    const { flow } = this;
    const failure = { ...told, outcome: entry.body.outcome ?? entry.body.verdict };
    const shown = this.#isMine(entry) && flow.view?.session_id === entry.sessionId;
    if (shown || flow.failure?.entry === entry) {
      flow.failure = failure;
      if (flow.phase === "saving") flow.phase = "error";
    } else if (this.#isMine(entry) && flow.mode !== "adjudicate" && !flow.failure && !entry.calledBack) {
      this.#callBack(entry);
      flow.failure = failure;
    } else flow.elsewhere = failure;
    flow.changed();
  }

  /** @param {Entry} entry */
  #callBack(entry) {
    const { flow } = this;
    const { view, work, editable, phase } = flow;
    entry.calledBack = true;
    if (view && work && phase !== "saving") this.#left ??= { view, work, editable, screen: this.screen() };
    this.queue.callBack(entry.sessionId);
    if (entry.work) flow.present(entry.view, /** @type {Left} */ (entry));
    else flow.open(entry.sessionId); // made before the page was loaded: a draft has the work
  }

  /** @param {Entry} entry @param {SubmissionAnswer} submissionAnswer */
  #sayKept({ body: { outcome }, sessionId, said }, { conflict }) {
    const { notice } = this.flow;
    if (this.flow.mode === "adjudicate") return this.flow.say(conflict ?? "Kept as gold.", null, "answer");
    const back = { label: outcome === "skipped" ? "Undo" : "Look again", action: "back", sessionId };
    const text = conflict ?? said ?? "An answer from before the page was reloaded is now saved.";
    if (!notice || notice.about === "answer") this.flow.say(text, back, "answer");
    else if (conflict) this.flow.say(`${conflict} ${notice.text}`, notice.button);
  }

  // A key that was pressed once too often answers a session that nobody has seen: say so, with the way back.
  /** @param {Outcome} outcome */
  #describe(outcome) {
    if (outcome === "skipped") return "Skipped.";
    const boxes = summarise(this.flow.boxes);
    const seconds = (Date.now() - this.flow.readyAt) / 1000;
    const hasty = seconds < HASTE_S ? ` It was on screen for ${seconds.toFixed(1)} s only.` : "";
    return (outcome === "unsure" ? `Kept as unsure, with ${boxes}.` : `Submitted: ${boxes}.`) + hasty;
  }
}
