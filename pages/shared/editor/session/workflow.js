// What happens to a session: opened, edited, handed in, followed by the next. No DOM except the URL's history.

import { afterPaint } from "../../web/dom.js";
import { isChange } from "../model/activity.js";
import { reduce } from "../model/boxes_state.js";
import { asksOutcome, isEdited, visibleBoxes } from "../model/session_work.js";
import { saveThreshold } from "../network/browser_storage.js";
import { Delivery } from "./delivery.js";
import { DraftKeeper } from "./draft_keeper.js";

/** @import { Action, Box, Button, Claimed, Face, Failure, Fill, Left, Mode, Notice, Outcome, Progress, SessionView, Verdict, Work, WorkflowParts } from "../../web/types.js" */
/** @import { Api } from "../network/api.js" */
/** @import { Queue } from "../network/session_queue.js" */
/** @import { Outbox } from "../network/outbox.js" */
/** @import { ReviewQueue } from "./review_queue.js" */

const seconds = () => performance.now() / 1000;

/**
 * Fields that the page shows: phase (loading | ready | saving | error), view (the session on screen or
 * null), work (its boxes, comment, ...), editable, face (why there is no session), notice, failure
 * (why saving what is on screen failed), elsewhere (the same about another session), progress, finished.
 */
export class Workflow {
  phase = "loading";
  /** @type {SessionView | null} */ view = null;
  /** @type {Work | null} */ work = null;
  editable = false;
  /** @type {Face | null} */ face = null;
  /** @type {Notice | null} */ notice = null;
  /** @type {Failure | null} */ failure = null; // {message, wait, entry, again}
  /** @type {Failure | null} */ elsewhere = null; // {message, wait, entry}
  /** @type {Progress | null} */ progress = null;
  /** @type {Claimed | null} */ finished = null;
  ahead = false; // what is drawn is not on screen yet
  verifying = false; // predictions are judged one by one, see rapid_verify.js
  #turn = 0; // every opening of a session; what an older one still waits for is dropped
  #includeSkipped = false;
  /** @param {string} verdict */
  reask = (verdict) => this.review(/** @type {Verdict} */ (verdict)); // gives a verdict once more, after what has to be asked
  readyAt = 0; // when the session on screen could be worked on
  /** @type {Mode} */ mode;
  /** @type {Api} */ api;
  /** @type {Queue} */ queue;
  /** @type {Outbox} */ outbox;
  /** @type {WorkflowParts["show"]} */ show;
  /** @type {() => void} */ changed;
  /** @type {WorkflowParts["url"]} */ url;
  /** @type {ReviewQueue | null} */ reviews;
  /** @type {Delivery} */ delivery;
  #drafts = new DraftKeeper(this);

  /**
   * `show(view, assets, screen)` paints a session and resolves when it is painted and playable; `screen()` says what
   * of it is on screen; `changed()` draws the page; `tell(event, value)` tells Python; `url` is {push, replace} for
   * the session's id; `outbox` sends the answers of `roundId` by `who()`; `reviews` is a reviewer's queue.
   * @param {WorkflowParts} workflowParts
   */
  constructor({ mode, api, queue, outbox, show, changed, url, signal, reviews = null, ...delivery }) {
    this.mode = mode;
    this.api = api;
    this.queue = queue;
    this.outbox = outbox;
    this.show = show;
    this.changed = changed;
    this.url = url;
    this.reviews = reviews;
    this.delivery = new Delivery(this, { outbox, queue, signal, ...delivery });
    queue.onrenewed = (answer) => this.#renewed(answer);
    queue.onlapsed = () => this.changed();
    window.addEventListener("pagehide", () => this.#drafts.keep(), { signal });
  }

  /**
   * Open the first session, when what an earlier load of the page could not send has been sent.
   * @param {string | null} sessionId
   */
  async start(sessionId) {
    const answered = await this.delivery.start(sessionId);
    if (!this.failure) await this.open(answered ? null : sessionId, "replace");
  }

  // Opening -------------------------------------------------------------------------------------------

  /**
   * Open a session by its id, or (null) what comes next. `write` is how the URL learns of it.
   * @param {string | null} sessionId
   * @param {"push" | "replace" | null} [write]
   */
  async open(sessionId, write = "push") {
    const turn = this.#leave();
    if (sessionId !== null) this.notice = null; // it was about another session
    if (sessionId !== null) this.delivery.forgetLast();
    this.view = this.work = null;
    this.enter("loading", null);
    try {
      await this.outbox.settled(sessionId); // what comes next depends on it
      if (turn !== this.#turn) return;
      const view =
        this.mode === "label" ? await this.#claim(sessionId, turn) : sessionId && (await this.#fetch(sessionId));
      if (turn !== this.#turn) return;
      if (view) await this.#show(view, turn, write);
      else if (this.mode !== "label") this.enter("error", { kind: "none" });
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, sessionId, write);
    }
  }

  /** @param {string} id */
  #fetch = (id) => (this.mode === "adjudicate" ? this.api.viewWithConsensus(id) : (this.reviews ?? this.api).view(id));

  /** @param {string | null} sessionId @param {number} turn */
  async #claim(sessionId, turn) {
    const answer = await this.queue.claim(sessionId, this.#includeSkipped);
    if (turn !== this.#turn) return null;
    this.progress = answer.progress;
    this.finished = answer.state === "finished" || this.#allDone(answer) ? answer : null;
    if (answer.sessions.length) return answer.sessions[0];
    if (answer.state === "finished") return this.#lastSeen();
    this.enter("error", { kind: answer.state, message: answer.message });
    return null;
  }

  /** All have an answer, and the first is not theirs to answer nevertheless. @param {Claimed} claimed */
  #allDone = ({ progress: { sessions: all, open }, sessions }) => all > 0 && open === 0 && !sessions[0]?.open;

  // A finished round is shown, read-only, from the session that was answered last.
  async #lastSeen() {
    this.notice = null;
    const id = this.queue.current ?? (await this.api.firstSession()).session_id;
    return this.api.view(id);
  }

  /**
   * @param {SessionView} view
   * @param {number} turn
   * @param {"push" | "replace" | null} write
   * @param {Left | null} [before]
   */
  async #show(view, turn, write, before = null) {
    this.queue.current = view.session_id;
    this.reviews?.enter(view);
    if (write) afterPaint(() => turn === this.#turn && this.url[write](view.session_id)); // Streamlit listens, slowly
    const work = before?.work ?? this.#drafts.startWork(view);
    if (before) this.editable = before.editable;
    this.view = view;
    this.work = work;
    this.phase = "loading";
    this.face = null;
    const held = this.queue.loaded(view);
    if (!held) this.changed();
    const assets = held ?? (await this.queue.assets(view));
    if (turn !== this.#turn) return;
    await this.show(view, assets, before?.screen ?? null);
    if (turn !== this.#turn) return;
    this.readyAt = Date.now();
    this.touch();
    const whole = assets.picture && assets.sound && !view.problem;
    if (!whole) this.enter("error", { kind: "problem", message: view.problem ?? "" });
    else this.enter(this.failure ? "error" : "ready");
    this.#drafts.tellLeft(view);
    if (this.mode === "label") this.refill();
  }

  refill() {
    this.queue.refill(this.#includeSkipped);
  }

  /**
   * Show a session whose view is known already; `before` ({work, editable, screen}) is how it was left.
   * @param {SessionView} view
   * @param {Left | null} [before]
   */
  async present(view, before = null) {
    const turn = this.#leave();
    try {
      await this.#show(view, turn, "push", before);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, view.session_id, null);
    }
  }

  /**
   * @param {Error & { status?: number }} error
   * @param {string | null} sessionId
   * @param {"push" | "replace" | null} write
   */
  #fail(error, sessionId, write) {
    const { message } = error;
    const retry = () => this.open(this.view?.session_id ?? sessionId, write);
    const isUnknown = error.status === 404 && sessionId !== null;
    this.enter("error", isUnknown ? { kind: "unknown", message } : { kind: "unreachable", message, retry });
  }

  /**
   * What the answer to a renewal says about the session on screen.
   * @param {Claimed} answer
   */
  #renewed(answer) {
    this.progress = answer.progress;
    if (this.delivery.advance()) return;
    const fresh = answer.sessions.find((view) => view.session_id === this.view?.session_id);
    if (fresh && this.editable && this.phase !== "saving") {
      const other = fresh.submission?.revision !== this.view.submission?.revision && fresh.submission?.annotator;
      if (other) this.say(`${other} has submitted this session in the meantime. If you submit, both answers are kept.`);
      this.view.claim = fresh.claim;
    }
    this.changed();
  }

  /** Is the session on screen held for this tab? Nobody has worked here for a while, if the claim has run out. */
  get claimState() {
    if (this.mode !== "label" || !this.view || !this.editable || this.phase === "saving") return "none";
    if (!this.view.claim.mine) return this.view.claim.holder_name ? "others" : "none";
    return this.queue.lapsed ? "lapsed" : "mine";
  }

  /** Leave the session on screen, keeping its draft. */
  #leave() {
    this.pause();
    this.#drafts.leave();
    this.failure = null;
    this.#turn += 1;
    return this.#turn;
  }

  /** The next session: one that is held already, without waiting, or whatever the server gives. */
  async next() {
    if (this.reviews) return this.reviews.goOn(this);
    const view = this.mode === "label" ? this.queue.takeNext() : null;
    if (!view) return this.open(null);
    return this.present(view);
  }

  /** Another order or filter holds: what is on screen stays, what comes next is another. */
  reorder() {
    if (!this.view || this.face || this.finished) return this.open(null);
    this.say("The order applies from the next session on.", { label: "Continue now", action: "openNext" });
    return this.queue.reorder(this.#includeSkipped);
  }

  /** Somebody is here again: ask for the claims that have run out meanwhile. */
  wake() {
    this.queue.wake(this.#includeSkipped);
  }

  goThroughSkipped() {
    this.#includeSkipped = true;
    return this.open(null);
  }

  /** Make a session that is shown read-only editable: a correction, or a second opinion. */
  edit() {
    this.editable = true;
    this.changed();
  }

  // Editing -------------------------------------------------------------------------------------------

  get boxes() {
    return this.work ? visibleBoxes(this.work, this.view) : [];
  }
  get edited() {
    return this.work !== null && isEdited(this.work);
  }
  get canCorrect() {
    return this.edited || asksOutcome(this.view);
  }
  get canEdit() {
    const open = this.phase === "ready" || (this.phase === "error" && this.failure !== null);
    return this.editable && this.view !== null && open;
  }

  /** @param {Action} action */
  dispatch(action) {
    if (!this.work || (!["select", "toggle"].includes(action.type) && !this.canEdit)) return;
    const state = reduce(this.work.state, action);
    if (state === this.work.state) return;
    if (state.boxes !== this.work.state.boxes) this.delivery.takeBack();
    if (isChange(action, this.work.state, state)) this.work.changes += 1;
    this.work.state = state;
    this.#drafts.keepSoon();
    this.changed();
  }

  /** Go back to the boxes that the session was opened with. */
  revert() {
    this.dispatch({ type: "replace", boxes: this.work.opened });
  }

  /** Keep the work on screen in case it is interrupted. */
  keepDraft() {
    this.#drafts.keep();
  }

  /** Show what was left unsaved on an earlier revision; undoing brings back what is there now. */
  restoreOlder() {
    this.#drafts.restoreOlder();
  }

  /**
   * Take what filling in has found: `fresh` is the session as the server has it, `change(boxes)` as in fill_in.js.
   * @param {SessionView} fresh
   * @param {(boxes: Box[]) => Fill & { boxes: Box[] }} change
   */
  takeFillIn(fresh, change) {
    const { boxes, replaced, added } = change(this.work.state.boxes);
    this.view.predictions = fresh.predictions;
    this.work.offered = fresh.predictions.map(({ id }) => id);
    this.work.fills = [...this.work.fills, { replaced, added }];
    this.dispatch({ type: "replace", boxes });
  }

  /**
   * Hide predictions with a lower score than this; what is hidden is not selected.
   * @param {number} threshold
   */
  setThreshold(threshold) {
    if (!this.work) return;
    this.delivery.takeBack();
    this.work.threshold = threshold;
    saveThreshold(this.view.round_id, threshold);
    const shown = new Set(this.boxes.map(({ id }) => id));
    this.dispatch({ type: "select", ids: this.work.state.selection.filter((id) => shown.has(id)) });
    this.changed();
  }

  /** Somebody works on the session on screen. */
  touch() {
    if (this.phase !== "loading") this.work?.activity.touch(seconds());
  }

  pause() {
    this.work?.activity.pause(seconds());
  }

  /** @param {string} text */
  setComment(text) {
    if (!this.work) return;
    this.delivery.takeBack();
    if (this.work.comment === this.work.openedComment) this.work.changes += 1;
    this.work.comment = text;
    this.#drafts.keepSoon();
  }

  /** @param {string} text @param {Button | null} [button] @param {string | null} [about] */
  say(text, button = null, about = null) {
    this.notice = { text, button, about };
    this.changed();
  }

  // Saving --------------------------------------------------------------------------------------------

  /**
   * Can this be handed in now? A session without picture or sound can only be skipped.
   * @param {string} outcome
   */
  canFinish(outcome) {
    if (!this.editable || !this.view || this.mode === "view") return false;
    return this.canEdit || (outcome === "skipped" && this.phase === "error" && this.face?.kind === "problem");
  }

  /** Undo the last edit; where there is none yet, go back to the answer before. */
  undo() {
    if (!this.delivery.undoAnswer()) this.dispatch({ type: "undo" });
  }

  /** @param {Outcome} outcome */
  submit(outcome) {
    this.delivery.submit(outcome);
  }
  /** @param {Verdict} verdict @param {Outcome} [outcome] */
  review(verdict, outcome) {
    this.delivery.review(verdict, outcome);
  }
  retry() {
    this.delivery.retry();
  }

  // Draw a session as it will be once it has been painted: until then nobody has seen it, and it takes no answer.
  /** @param {boolean} isWhole */
  drawAhead(isWhole) {
    this.ahead = true;
    if (isWhole && !this.view.problem && !this.failure && !this.verifying) this.phase = "ready";
    this.changed();
    this.phase = "loading";
    this.ahead = false;
  }

  /**
   * Another phase; `face` says why there is no session to see.
   * @param {string} phase
   * @param {Face | null} [face]
   */
  enter(phase, face = this.face) {
    this.phase = phase;
    this.face = face;
    this.changed();
  }
}
