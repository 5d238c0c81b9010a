// What happens to a session: opened, edited, handed in, followed by the next. No DOM except the URL's history.

import { dropDraft, findDraft, readThreshold, saveDraft, saveThreshold } from "./drafts.js";
import { reduce } from "./store.js";
import { isEdited, startWork, toDraft, toReview, toSubmission, visibleBoxes } from "./work.js";

const DRAFT_DELAY_MS = 300;
const HASTE_S = 0.4; // nobody looks at a session and decides in less

const people = (count, word) => `${count} ${word}${count === 1 ? "" : word.endsWith("x") ? "es" : "s"}`;

/** "3 boxes", "no calls": what an answer says. */
export const summarise = (boxes) => (boxes.length ? people(boxes.length, "box") : "no calls");

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
  #turn = 0; // every opening of a session; what an older one still waits for is dropped
  #includeSkipped = false;
  #draftTimer = 0;
  #readyAt = 0;
  #left = null; // where the person was when a failure called them back: {view, work, editable, screen}

  /**
   * `show(view, assets, screen)` paints a session and resolves when it is painted and playable; `screen()` says what
   * of it is on screen; `changed()` draws the page; `tell(event, value)` tells Python; `url` is {push, replace} for
   * the id of the session on screen; `outbox` sends the answers.
   */
  constructor({ mode, roundId, api, queue, outbox, who, show, screen, changed, tell, url, signal }) {
    Object.assign(this, { mode, roundId, api, queue, outbox, who, show, screen, changed, tell, url });
    queue.onrenewed = (answer) => this.#renewed(answer);
    window.addEventListener("pagehide", () => this.keepDraft(), { signal });
    signal.addEventListener("abort", () => outbox.detach(this.#outboxHost));
  }

  #outboxHost = {
    kept: (entry, answer) => this.#kept(entry, answer),
    failed: (entry, error, wait) => this.#notKept(entry, { entry, message: error.message, wait }),
  };

  /** Send first what an earlier load of the page could not send, then open a session. */
  async start(sessionId) {
    this.outbox.attach(this.#outboxHost);
    const unsent = sessionId !== null && this.mode === "label" && this.outbox.has(sessionId);
    await this.outbox.settled();
    if (!this.failure) await this.open(unsent ? null : sessionId, "replace"); // it has its answer now
  }

  // Opening -------------------------------------------------------------------------------------------

  /** Open a session by its id, or (null) whatever comes next. `write` is how the URL learns of it. */
  async open(sessionId, write = "push") {
    const turn = this.#leave();
    if (sessionId !== null) this.notice = null; // it was about another session
    this.#set({ phase: "loading", face: null, view: null, work: null });
    try {
      await this.outbox.settled(sessionId); // what comes next depends on it
      if (turn !== this.#turn) return;
      const view = this.mode === "label" ? await this.#claim(sessionId, turn) : sessionId && (await this.api.view(sessionId));
      if (turn !== this.#turn) return;
      if (view) await this.#show(view, turn, write);
      else if (this.mode !== "label") this.#set({ phase: "error", face: { kind: "none", title: "No session is chosen" } });
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
    this.#set({ phase: "error", face: { kind: answer.state, message: answer.message } });
    return null;
  }

  #allDone = (progress) => progress.sessions > 0 && progress.open === 0;

  // A finished round is shown, read-only, from the session that was answered last.
  async #lastSeen() {
    this.notice = null;
    const id = this.queue.current ?? (await this.api.sessions())[0].session_id;
    return this.api.view(id);
  }

  // `before` ({work, editable, screen}) is how it was left, when somebody comes back to it.
  async #show(view, turn, write, before = null) {
    this.queue.current = view.session_id;
    if (write) this.url[write](view.session_id);
    const work = before?.work ?? this.#startWork(view);
    if (before) this.editable = before.editable;
    this.#set({ view, work, phase: "loading", face: null });
    const assets = await this.queue.assets(view);
    if (turn !== this.#turn) return;
    await this.show(view, assets, before?.screen ?? null);
    if (turn !== this.#turn) return;
    this.#readyAt = Date.now();
    const whole = assets.picture && assets.sound && !view.problem;
    if (!whole) this.#set({ phase: "error", face: { kind: "problem", message: view.problem ?? "" } });
    else this.#set({ phase: this.failure ? "error" : "ready" });
    if (this.mode === "label") this.queue.refill(this.#includeSkipped);
  }

  /** Show a session whose view is known already. */
  async #present(view, turn, before = null) {
    try {
      await this.#show(view, turn, "push", before);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, view.session_id, null);
    }
  }

  #startWork(view) {
    const submitted = view.submission !== null && !view.open;
    const draft = this.mode === "view" ? null : findDraft(view);
    this.editable = this.mode === "review" ? view.submission !== null : this.mode === "label" && !submitted && view.claim.mine;
    if (draft) this.editable ||= this.mode === "label" && view.claim.mine !== false;
    const work = startWork(view, this.mode, draft, readThreshold(view.round_id) ?? undefined);
    if (work.restored) this.say("Your unsaved work on this session was restored.", { label: "Start afresh", action: "undo" });
    return work;
  }

  #fail(error, sessionId, write) {
    const unknown = error.status === 404 && sessionId !== null;
    this.#set({
      phase: "error",
      face: unknown
        ? { kind: "unknown", message: error.message }
        : { kind: "unreachable", message: error.message, retry: () => this.open(this.view?.session_id ?? sessionId, write) },
    });
  }

  /** What the answer to a renewal says about the session on screen. */
  #renewed(answer) {
    this.progress = answer.progress;
    if (this.#advance()) return;
    const fresh = answer.sessions.find((view) => view.session_id === this.view?.session_id);
    const mine = this.view?.claim.mine && this.editable;
    if (fresh && mine && this.phase !== "saving") {
      const other = fresh.submission?.revision !== this.view.submission?.revision && fresh.submission?.annotator;
      if (other) this.say(`${other} has submitted this session meanwhile. If you submit, both answers are kept.`);
      else if (!fresh.claim.mine && fresh.claim.holder_name) {
        this.say(`${fresh.claim.holder_name} holds this session now. If you submit, both answers are kept.`);
      }
      this.view.claim = fresh.claim;
    }
    this.changed();
  }

  /** Leave the session on screen, keeping its draft. */
  #leave() {
    this.keepDraft();
    this.failure = null;
    this.#turn += 1;
    return this.#turn;
  }

  /** The next session: one that is held already, without waiting, or whatever the server gives. */
  async next() {
    const view = this.mode === "label" ? this.queue.takeNext() : null;
    if (!view) return this.open(null);
    return this.#present(view, this.#leave());
  }

  /** Another order or filter holds: what is on screen stays, what comes next is another. */
  reorder() {
    if (!this.view || this.face || this.finished) return this.open(null);
    this.say("The order holds from the next session on.", { label: "Go on now", action: "openNext" });
    return this.queue.reorder(this.#includeSkipped);
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

  get boxes() { return this.work ? visibleBoxes(this.work, this.view) : []; }
  get edited() { return this.work !== null && isEdited(this.work); }
  get canEdit() {
    const open = this.phase === "ready" || (this.phase === "error" && this.failure !== null);
    return this.editable && this.view !== null && open;
  }

  dispatch(action) {
    if (!this.work || (!["select", "toggle"].includes(action.type) && !this.canEdit)) return;
    const state = reduce(this.work.state, action);
    if (state === this.work.state) return;
    if (state.boxes !== this.work.state.boxes) this.#takeBack();
    this.work.state = state;
    this.#keepDraftSoon();
    this.changed();
  }

  /** Hide predictions with a lower score than this; what is hidden is not selected. */
  setThreshold(threshold) {
    if (!this.work) return;
    this.#takeBack();
    this.work.threshold = threshold;
    saveThreshold(this.view.round_id, threshold);
    const shown = new Set(this.boxes.map(({ id }) => id));
    this.dispatch({ type: "select", ids: this.work.state.selection.filter((id) => shown.has(id)) });
    this.changed();
  }

  setComment(text) {
    if (!this.work) return;
    this.#takeBack();
    this.work.comment = text;
    this.#keepDraftSoon();
  }

  // An answer that could not be saved is not sent again by itself once it is being changed.
  #takeBack() {
    if (!this.failure?.entry) return;
    this.outbox.withdraw(this.failure.entry);
    this.queue.callBack(this.view.session_id);
    this.failure = { ...this.failure, entry: null, wait: null };
    this.changed();
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

  /**
   * Hand in an answer ("labelled" stands for what the boxes say) and go on at once where the next session is held
   * already; it is sent behind that. After a failure one stays until it is saved.
   */
  submit(wanted) {
    const outcome = wanted === "labelled" && !this.boxes.length ? "empty" : wanted;
    if (!this.canFinish(outcome)) return;
    const { view, work } = this;
    const body = toSubmission(work, view, outcome, this.who());
    const keep = outcome === "skipped" && this.edited ? { boxes: work.state.boxes, comment: work.comment } : null;
    this.notice = null;
    this.queue.leaveOut(view.session_id);
    this.#handIn("submission", body.submission_id, body, { keep, said: this.#describe(outcome) });
    if (!this.failure && !this.#advance()) this.queue.refill(this.#includeSkipped);
  }

  // Go on from a session whose answer is on its way, if another one is held.
  #advance() {
    const next = this.mode === "label" && this.phase === "saving" && !this.failure ? this.queue.takeNext() : null;
    if (!next) return false;
    this.work = null; // nothing of it may become a draft again
    this.#present(next, this.#leave());
    return true;
  }

  /** A verdict on the answer on screen; "correct" hands in the boxes as they are now. */
  async review(verdict) {
    if (!this.canFinish(verdict)) return;
    const body = toReview(this.work, this.view, verdict, this.who());
    this.#handIn("review", body.review_id, body, {});
  }

  #handIn(kind, id, body, more) {
    const { view, work, roundId, editable } = this;
    this.keepDraft();
    if (this.failure?.entry) this.outbox.withdraw(this.failure.entry);
    const revision = view.submission?.revision ?? 0;
    const entry = { kind, id, roundId, sessionId: view.session_id, revision, body, view, work, editable, screen: this.screen(), ...more };
    if (this.failure) this.failure = { ...this.failure, entry, wait: null };
    this.outbox.add(entry);
    this.#set({ phase: "saving" });
  }

  /** Send what could not be saved, as it is on screen now. */
  retry() {
    const { entry, outcome } = this.failure ?? {};
    if (!this.failure || entry) {
      this.outbox.retry();
      if (this.failure) this.#set({ phase: "saving" });
    } else if (this.mode === "review") this.review(outcome);
    else this.submit(outcome === "empty" ? "labelled" : outcome);
  }

  #isMine = ({ roundId, kind }) => roundId === this.roundId && kind === (this.mode === "review" ? "review" : "submission");

  #kept(entry, answer) {
    const { sessionId, kind, body } = entry;
    this.queue.settle(sessionId);
    const onScreen = this.failure?.entry === entry || (this.phase === "saving" && this.view?.session_id === sessionId);
    if (this.elsewhere?.entry === entry) this.elsewhere = null;
    if (this.#left?.view.session_id === sessionId) this.#left = null;
    if (!this.#isMine(entry)) return this.changed();
    if (kind === "review") return this.#reviewed(entry, onScreen);
    this.progress = answer.progress;
    this.#sayKept(entry, answer);
    this.tell("saved", { session_id: sessionId, outcome: body.outcome });
    if (onScreen) this.#goOn();
  }

  #reviewed({ sessionId, body: { verdict } }, onScreen) {
    if (onScreen) {
      Object.assign(this, { failure: null, editable: false });
      this.work.sent = {};
      this.#set({ phase: "ready" });
      this.say({ accept: "Accepted.", correct: "The correction is saved as a new revision.", reject: "Rejected." }[verdict]);
    }
    this.tell("reviewed", { session_id: sessionId, outcome: verdict });
  }

  // What failed is saved now: back to where the person was called away from, or on.
  #goOn() {
    Object.assign(this, { failure: null, work: null, editable: false });
    const left = this.#left;
    this.#left = null;
    if (!left) return this.next();
    this.queue.pull(left.view.session_id);
    return this.#present(left.view, this.#leave(), left);
  }

  /** An answer could not be saved: the person is brought back to it, once; then it is only said. */
  #notKept(entry, failure) {
    const outcome = entry.body.outcome ?? entry.body.verdict;
    const shown = this.#isMine(entry) && this.view?.session_id === entry.sessionId;
    if (shown || this.failure?.entry === entry) {
      this.failure = { ...failure, outcome };
      if (this.phase === "saving") this.phase = "error";
    } else if (this.#isMine(entry) && this.mode === "label" && !this.failure && !entry.calledBack) {
      this.#callBack(entry, { ...failure, outcome });
    } else this.elsewhere = failure;
    this.changed();
  }

  #callBack(entry, failure) {
    entry.calledBack = true;
    const { view, work, editable } = this;
    if (view && work && this.phase !== "saving") this.#left ??= { view, work, editable, screen: this.screen() };
    const turn = this.#leave();
    this.queue.callBack(entry.sessionId);
    if (entry.work) this.#present(entry.view, turn, entry);
    else this.open(entry.sessionId); // made before the page was loaded: a draft has the work
    this.failure = failure;
  }

  #sayKept({ body: { outcome }, sessionId, said }, { conflict }) {
    const back = { label: outcome === "skipped" ? "Undo" : "Look again", action: "back", sessionId };
    const text = conflict ?? said ?? "An answer from before the page was loaded is saved now.";
    if (!this.notice || this.notice.about === "answer") this.say(text, back, "answer");
    else if (conflict) this.say(`${conflict} ${this.notice.text}`, this.notice.button);
  }

  // A key that was pressed once too often answers a session that nobody has seen: say so, with the way back.
  #describe(outcome) {
    if (outcome === "skipped") return "Skipped.";
    const boxes = summarise(this.boxes);
    const seconds = (Date.now() - this.#readyAt) / 1000;
    const hasty = seconds < HASTE_S ? ` It was on screen for ${seconds.toFixed(1)} s only.` : "";
    return (outcome === "unsure" ? `Kept as unsure, with ${boxes}.` : `Submitted: ${boxes}.`) + hasty;
  }

  #set(fields) {
    Object.assign(this, fields);
    this.changed();
  }
}
