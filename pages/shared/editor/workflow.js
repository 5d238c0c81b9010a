// What happens to a session: opened, edited, saved, followed by the next. No DOM except the URL's history.

import { dropDraft, findDraft, saveDraft } from "./drafts.js";
import { uuid } from "./dom.js";
import { initialState, reduce, sameBoxes, startingBoxes, toAnswer } from "./store.js";

const RETRY_MS = [2_000, 4_000, 8_000, 15_000, 30_000];
const DRAFT_DELAY_MS = 300;
const HASTE_S = 0.4; // nobody looks at a session and decides in less

const people = (count, word) => `${count} ${word}${count === 1 ? "" : word.endsWith("x") ? "es" : "s"}`;

/** "3 boxes", "no calls": what an answer says. */
export const summarise = (boxes) => (boxes.length ? people(boxes.length, "box") : "no calls");

/**
 * Fields that the page shows: phase (loading | ready | saving | error), view (the session on screen or
 * null), work (its boxes, comment, ...), editable, face (why there is no session), notice, failure
 * (why saving failed), progress, finished.
 */
export class Workflow {
  phase = "loading";
  view = null;
  work = null;
  editable = false;
  face = null;
  notice = null;
  failure = null;
  progress = null;
  finished = null;
  #turn = 0; // every opening of a session; what an older one still waits for is dropped
  #includeSkipped = false;
  #retry = { timer: 0, count: 0 };
  #draftTimer = 0;
  #readyAt = 0;

  /**
   * `show(view, assets)` paints a session and resolves when it is painted and playable; `changed()` draws the
   * page; `tell(event, value)` tells Python; `url` is {push, replace} for the id of the session on screen.
   */
  constructor({ mode, api, queue, who, show, changed, tell, url, signal }) {
    Object.assign(this, { mode, api, queue, who, show, changed, tell, url });
    queue.onrenewed = (answer) => this.#renewed(answer);
    window.addEventListener("online", () => this.failure && this.retry(), { signal });
    window.addEventListener("pagehide", () => this.keepDraft(), { signal });
    signal.addEventListener("abort", () => this.#stopRetrying());
  }

  // Opening -------------------------------------------------------------------------------------------

  /** Open a session by its id, or (null) whatever comes next. `write` is how the URL learns of it. */
  async open(sessionId, write = "push") {
    const turn = this.#leave();
    if (sessionId !== null) this.notice = null; // it was about another session
    this.#set({ phase: "loading", face: null, view: null, work: null });
    try {
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

  async #show(view, turn, write) {
    this.queue.current = view.session_id;
    if (write) this.url[write](view.session_id);
    this.#set({ view, work: this.#startWork(view), phase: "loading", face: null });
    const assets = await this.queue.assets(view);
    if (turn !== this.#turn) return;
    await this.show(view, assets);
    if (turn !== this.#turn) return;
    this.#readyAt = Date.now();
    const whole = assets.picture && assets.sound && !view.problem;
    this.#set(whole ? { phase: "ready" } : { phase: "error", face: { kind: "problem", message: view.problem ?? "" } });
    if (this.mode === "label") this.queue.refill(this.#includeSkipped);
  }

  #startWork(view) {
    const submitted = view.submission !== null && !view.open;
    const boxes = startingBoxes(view, this.mode);
    const draft = this.mode === "view" ? null : findDraft(view);
    this.editable = this.mode === "review" ? view.submission !== null : this.mode === "label" && !submitted && view.claim.mine;
    const comment = this.mode === "review" ? "" : (view.submission?.comment ?? "");
    const work = {
      state: initialState(boxes),
      opened: boxes,
      comment,
      openedComment: comment,
      startedAt: new Date().toISOString(),
      sent: {}, // what went out already, and under which id: {submission: {id, text}, review: {id, text}}
    };
    if (!draft) return work;
    this.editable ||= this.mode === "label" && view.claim.mine !== false;
    const restored = draft.boxes && !sameBoxes(draft.boxes, boxes);
    if (restored) this.say("Your unsaved work on this session was restored.", { label: "Start afresh", action: "undo" });
    return {
      ...work,
      state: restored ? reduce(work.state, { type: "replace", boxes: draft.boxes }) : work.state,
      comment: draft.comment ?? work.comment,
      sent: draft.sent ?? {},
      startedAt: draft.startedAt ?? work.startedAt,
    };
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
    this.#stopRetrying();
    this.keepDraft();
    this.failure = null;
    this.#turn += 1;
    return this.#turn;
  }

  /** The next session: one that is held already, without waiting, or whatever the server gives. */
  async next() {
    const view = this.mode === "label" ? this.queue.takeNext() : null;
    if (!view) return this.open(null);
    const turn = this.#leave();
    try {
      await this.#show(view, turn, "push");
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, view.session_id, null);
    }
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

  get boxes() { return this.work?.state.boxes ?? []; }
  get edited() { return this.work !== null && !sameBoxes(this.boxes, this.work.opened); }
  get canEdit() { return this.editable && this.view !== null && (this.phase === "ready" || this.failure !== null); }

  dispatch(action) {
    if (!this.work || (!["select", "toggle"].includes(action.type) && !this.canEdit)) return;
    const state = reduce(this.work.state, action);
    if (state === this.work.state) return;
    this.work.state = state;
    this.#keepDraftSoon();
    this.changed();
  }

  setComment(text) {
    if (!this.work) return;
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
    const { comment, openedComment, startedAt, sent } = this.work;
    const touched = this.edited || comment !== openedComment || sent.submission;
    if (touched) saveDraft(this.view, { boxes: this.boxes, comment, startedAt, sent });
    else dropDraft(this.view);
  }

  say(text, button = null) {
    this.notice = { text, button };
    this.changed();
  }

  // Saving --------------------------------------------------------------------------------------------

  /** Can this be handed in now? A session without picture or sound can only be skipped. */
  canFinish(outcome) {
    if (!this.editable || !this.view || !["label", "review"].includes(this.mode)) return false;
    return this.canEdit || (outcome === "skipped" && this.phase === "error" && this.face?.kind === "problem");
  }

  /** Hand in an answer ("labelled" stands for what the boxes say) and go on when it is kept. */
  async submit(wanted) {
    const outcome = wanted === "labelled" && !this.boxes.length ? "empty" : wanted;
    if (!this.canFinish(outcome)) return;
    const { view, work } = this;
    const answer = await this.#save(() => this.api.submit(view.session_id, this.#answer(outcome)), () => this.submit(wanted));
    if (!answer) return;
    this.progress = answer.progress;
    this.#afterwards(view, work, outcome, answer);
    this.tell("saved", { session_id: view.session_id, outcome });
    await this.next();
  }

  /** A verdict on the answer on screen; "correct" hands in the boxes as they are now. */
  async review(verdict) {
    if (!this.canFinish(verdict)) return;
    const { view, work } = this;
    const correction = verdict === "correct" ? this.#answer(this.boxes.length ? "labelled" : "empty") : null;
    const content = {
      submission_id: view.submission.id, reviewer: this.who().annotator, verdict, comment: work.comment, correction,
    };
    const body = { review_id: this.#idFor("review", content), ...content };
    if (!(await this.#save(() => this.api.review(view.session_id, body), () => this.review(verdict)))) return;
    this.#drop();
    this.editable = false;
    this.#set({ phase: "ready" });
    this.say({ accept: "Accepted.", correct: "The correction is saved as a new revision.", reject: "Rejected." }[verdict]);
    this.tell("reviewed", { session_id: view.session_id, outcome: verdict });
  }

  #answer(outcome) {
    const { view, work } = this;
    const nothing = { regions: [], rejected_prediction_ids: [] };
    const content = {
      ...this.who(), outcome, comment: work.comment,
      ...(outcome === "skipped" ? nothing : toAnswer(this.boxes, view, [], this.mode)),
      base_revision: view.submission?.revision ?? 0, started_at: work.startedAt,
    };
    return { submission_id: this.#idFor("submission", content), ...content };
  }

  // The id stays the same as long as the content does, also after a reload: sending it again is harmless.
  #idFor(kind, content) {
    const { sent } = this.work;
    const text = JSON.stringify(content);
    if (sent[kind]?.text !== text) sent[kind] = { id: uuid(), text };
    this.keepDraft();
    return sent[kind].id;
  }

  /** Run one request; null when it failed (everything stays on screen) or was overtaken. */
  async #save(request, again) {
    clearTimeout(this.#retry.timer);
    const turn = this.#turn;
    this.#set({ phase: "saving" });
    try {
      const answer = await request();
      if (turn !== this.#turn) return null;
      this.#stopRetrying();
      this.failure = null;
      return answer;
    } catch (error) {
      if (turn !== this.#turn) return null;
      const wait = error.passing ? RETRY_MS[Math.min(this.#retry.count, RETRY_MS.length - 1)] : null;
      this.failure = { message: error.message, again, wait };
      this.#retry.count += 1;
      if (wait) this.#retry.timer = setTimeout(again, wait);
      this.#set({ phase: "error" });
      return null;
    }
  }

  retry() {
    this.failure?.again();
  }

  #stopRetrying() {
    clearTimeout(this.#retry.timer);
    this.#retry = { timer: 0, count: 0 };
  }

  #drop() {
    clearTimeout(this.#draftTimer);
    dropDraft(this.view);
    this.work.sent = {};
  }

  // A skip keeps the unsaved work, for those who come back.
  #afterwards(view, work, outcome, answer) {
    this.#drop();
    const back = { label: outcome === "skipped" ? "Undo" : "Look again", action: "back", sessionId: view.session_id };
    if (outcome === "skipped") {
      if (this.edited) saveDraft(view, { boxes: work.state.boxes, comment: work.comment });
      this.say("Skipped.", back);
    } else {
      this.say(answer.conflict ?? this.#describe(work, outcome), back);
    }
    this.work = null; // nothing of it may become a draft again
    this.editable = false;
  }

  // A key that was pressed once too often answers a session that nobody has seen: say so, with the way back.
  #describe(work, outcome) {
    const boxes = summarise(work.state.boxes);
    const seconds = (Date.now() - this.#readyAt) / 1000;
    const hasty = seconds < HASTE_S ? ` It was on screen for ${seconds.toFixed(1)} s only.` : "";
    return (outcome === "unsure" ? `Kept as unsure, with ${boxes}.` : `Submitted: ${boxes}.`) + hasty;
  }

  #set(fields) {
    Object.assign(this, fields);
    this.changed();
  }
}
