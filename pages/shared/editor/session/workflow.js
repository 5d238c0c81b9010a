// What happens to a session: opened, edited, handed in, followed by the next. No DOM except the URL's history.

import { afterPaint } from "../../web/dom.js";
import { isChange } from "../model/activity.js";
import { reduce } from "../model/boxes_state.js";
import { asksOutcome, isEdited, startWork, toDraft, visibleBoxes } from "../model/session_work.js";
import {
  dropDraft,
  findDraft,
  findOlderDraft,
  readThreshold,
  saveDraft,
  saveThreshold,
} from "../network/browser_storage.js";
import { Delivery } from "./delivery.js";

const DRAFT_DELAY_MS = 300;
const seconds = () => performance.now() / 1000;

/**
 * Fields that the page shows: phase (loading | ready | saving | error), view (the session on screen or
 * null), work (its boxes, comment, ...), editable, face (why there is no session), notice, failure
 * (why saving what is on screen failed), elsewhere (the same about another session), progress, finished.
 */
export class Workflow {
  phase = "loading";
  view = null;
  work = null;
  editable = false;
  face = null;
  notice = null;
  failure = null; // {message, wait, entry, again}
  elsewhere = null; // {message, wait, entry}
  progress = null;
  finished = null;
  verifying = false; // predictions are judged one by one, see rapid_verify.js
  #turn = 0; // every opening of a session; what an older one still waits for is dropped
  #includeSkipped = false;
  #draftTimer = 0;
  acceptProblem = ""; // why this person cannot accept the answer on screen
  reask = (verdict) => this.review(verdict); // gives a verdict once more, after what has to be asked
  #left = null; // the session that was left with changes that are not saved
  readyAt = 0; // when the session on screen could be worked on

  /**
   * `show(view, assets, screen)` paints a session and resolves when it is painted and playable; `screen()` says what
   * of it is on screen; `changed()` draws the page; `tell(event, value)` tells Python; `url` is {push, replace} for
   * the id of the session on screen; `outbox` sends the answers of the round `roundId`; `who()` gives them.
   */
  constructor({ mode, api, queue, outbox, show, changed, url, signal, ...delivery }) {
    Object.assign(this, { mode, api, queue, outbox, show, changed, url });
    this.delivery = new Delivery(this, { outbox, queue, signal, ...delivery });
    queue.onrenewed = (answer) => this.#renewed(answer);
    queue.onlapsed = () => this.changed();
    window.addEventListener("pagehide", () => this.keepDraft(), { signal });
  }

  /** Open the first session, when what an earlier load of the page could not send has been sent. */
  async start(sessionId) {
    const answered = await this.delivery.start(sessionId);
    if (!this.failure) await this.open(answered ? null : sessionId, "replace");
  }

  // Opening -------------------------------------------------------------------------------------------

  /** Open a session by its id, or (null) whatever comes next. `write` is how the URL learns of it. */
  async open(sessionId, write = "push") {
    const turn = this.#leave();
    if (sessionId !== null) this.notice = null; // it was about another session
    if (sessionId !== null) this.delivery.forgetLast();
    this.set({ phase: "loading", face: null, view: null, work: null });
    try {
      await this.outbox.settled(sessionId); // what comes next depends on it
      if (turn !== this.#turn) return;
      const view =
        this.mode === "label" ? await this.#claim(sessionId, turn) : sessionId && (await this.api.view(sessionId));
      if (turn !== this.#turn) return;
      if (view) await this.#show(view, turn, write);
      else if (this.mode !== "label")
        this.set({ phase: "error", face: { kind: "none", title: "No session is chosen" } });
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, sessionId, write);
    }
  }

  async #claim(sessionId, turn) {
    const answer = await this.queue.claim(sessionId, this.#includeSkipped);
    if (turn !== this.#turn) return null;
    this.progress = answer.progress;
    this.finished = answer.state === "finished" || this.#allDone(answer.progress) ? answer : null;
    if (answer.sessions.length) return answer.sessions[0];
    if (answer.state === "finished") return this.#lastSeen();
    this.set({ phase: "error", face: { kind: answer.state, message: answer.message } });
    return null;
  }

  #allDone = (progress) => progress.sessions > 0 && progress.open === 0;

  // A finished round is shown, read-only, from the session that was answered last.
  async #lastSeen() {
    this.notice = null;
    const id = this.queue.current ?? (await this.api.firstSession()).session_id;
    return this.api.view(id);
  }

  async #show(view, turn, write, before = null) {
    this.queue.current = view.session_id;
    if (write) afterPaint(() => turn === this.#turn && this.url[write](view.session_id)); // Streamlit listens, slowly
    const work = before?.work ?? this.#startWork(view);
    if (before) this.editable = before.editable;
    Object.assign(this, { view, work, phase: "loading", face: null });
    const held = this.queue.loaded(view);
    if (!held) this.changed();
    const assets = held ?? (await this.queue.assets(view));
    if (turn !== this.#turn) return;
    await this.show(view, assets, before?.screen ?? null);
    if (turn !== this.#turn) return;
    this.readyAt = Date.now();
    this.touch();
    const whole = assets.picture && assets.sound && !view.problem;
    if (!whole) this.set({ phase: "error", face: { kind: "problem", message: view.problem ?? "" } });
    else this.set({ phase: this.failure ? "error" : "ready" });
    this.#tellLeft(view);
    if (this.mode === "label") this.refill();
  }

  // In a review nobody goes on from changes without hearing what becomes of them.
  #tellLeft(view) {
    const left = this.#left;
    this.#left = null;
    if (left === null || left === view.session_id) return;
    this.say(`Your changes to ${left} are not saved. This browser keeps them until you open it again.`);
  }

  refill() {
    this.queue.refill(this.#includeSkipped);
  }

  /** Show a session whose view is known already; `before` ({work, editable, screen}) is how it was left. */
  async present(view, before = null) {
    const turn = this.#leave();
    try {
      await this.#show(view, turn, "push", before);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, view.session_id, null);
    }
  }

  #startWork(view) {
    const submitted = view.submission !== null && !view.open;
    const draft = this.mode === "view" ? null : findDraft(view);
    this.editable =
      this.mode === "review" ? view.submission !== null : this.mode === "label" && !submitted && view.claim.mine;
    if (draft) this.editable ||= this.mode === "label" && view.claim.mine !== false;
    const work = startWork(view, this.mode, draft, readThreshold(view.round_id) ?? undefined);
    const older = draft ? null : findOlderDraft(view);
    if (older && this.mode !== "view") {
      this.say("Your work on an earlier revision of this session was not saved.", {
        label: "Show my work",
        action: "restoreOlder",
      });
    }
    if (work.restored)
      this.say("Your unsaved work on this session was restored.", { label: "Start over", action: "undo" });
    return work;
  }

  #fail(error, sessionId, write) {
    const unknown = error.status === 404 && sessionId !== null;
    this.set({
      phase: "error",
      face: unknown
        ? { kind: "unknown", message: error.message }
        : {
            kind: "unreachable",
            message: error.message,
            retry: () => this.open(this.view?.session_id ?? sessionId, write),
          },
    });
  }

  /** What the answer to a renewal says about the session on screen. */
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
    this.keepDraft();
    if (this.mode === "review" && this.editable && this.edited) this.#left = this.view.session_id;
    this.failure = null;
    this.#turn += 1;
    return this.#turn;
  }

  /** The next session: one that is held already, without waiting, or whatever the server gives. */
  async next() {
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

  dispatch(action) {
    if (!this.work || (!["select", "toggle"].includes(action.type) && !this.canEdit)) return;
    const state = reduce(this.work.state, action);
    if (state === this.work.state) return;
    if (state.boxes !== this.work.state.boxes) this.delivery.takeBack();
    if (isChange(action, this.work.state, state)) this.work.changes += 1;
    this.work.state = state;
    this.#keepDraftSoon();
    this.changed();
  }

  /** Go back to the boxes that the session was opened with. */
  revert() {
    this.dispatch({ type: "replace", boxes: this.work.opened });
  }

  /** Show what was left unsaved on an earlier revision; undoing brings back what is there now. */
  restoreOlder() {
    const older = findOlderDraft(this.view);
    if (!older) return;
    this.editable = true;
    this.notice = null;
    this.dispatch({ type: "replace", boxes: older.draft.boxes });
    dropDraft(older.view);
    this.changed();
  }

  /** Take what filling in has found: `fresh` is the session as the server has it, `change(boxes)` as in fill_in.js. */
  takeFillIn(fresh, change) {
    const { boxes, replaced, added } = change(this.work.state.boxes);
    this.view.predictions = fresh.predictions;
    this.work.offered = fresh.predictions.map(({ id }) => id);
    this.work.fills = [...this.work.fills, { replaced, added }];
    this.dispatch({ type: "replace", boxes });
  }

  /** Hide predictions with a lower score than this; what is hidden is not selected. */
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

  setComment(text) {
    if (!this.work) return;
    this.delivery.takeBack();
    if (this.work.comment === this.work.openedComment) this.work.changes += 1;
    this.work.comment = text;
    this.#keepDraftSoon();
  }

  #keepDraftSoon() {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.keepDraft(), DRAFT_DELAY_MS);
  }

  keepDraft() {
    clearTimeout(this.#draftTimer);
    if (!this.work || !this.editable || this.mode === "view") return;
    const draft = toDraft(this.work);
    if (draft) saveDraft(this.view, draft);
    else dropDraft(this.view);
  }

  say(text, button = null, about = null) {
    this.notice = { text, button, about };
    this.changed();
  }

  // Saving --------------------------------------------------------------------------------------------

  /** Can this be handed in now? A session without picture or sound can only be skipped. */
  canFinish(outcome) {
    if (!this.editable || !this.view || !["label", "review"].includes(this.mode)) return false;
    return this.canEdit || (outcome === "skipped" && this.phase === "error" && this.face?.kind === "problem");
  }

  /** Undo the last edit; where there is none yet, go back to the answer before. */
  undo() {
    if (!this.delivery.undoAnswer()) this.dispatch({ type: "undo" });
  }

  submit(outcome) {
    this.delivery.submit(outcome);
  }
  review(verdict, outcome) {
    this.delivery.review(verdict, outcome);
  }
  retry() {
    this.delivery.retry();
  }

  set(fields) {
    Object.assign(this, fields);
    this.changed();
  }
}
