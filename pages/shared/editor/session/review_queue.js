// A reviewer's queue: what comes before and after the answer on screen, fetched before it is wanted. The filters and the
// order are those of the page's address; where a session is in them stays true after a verdict has changed it.

/** @import { EditorData, ReviewPlace, SessionView } from "../../web/types.js" */
/** @import { Api } from "../network/api.js" */
/** @import { Queue } from "../network/session_queue.js" */
/** @import { Workflow } from "./workflow.js" */

const KEPT = 8; // sessions whose place is remembered

export class ReviewQueue {
  /** @type {Map<string, Promise<ReviewPlace>>} */ #places = new Map();
  /** @type {Map<string, SessionView>} */ #views = new Map(); // those that come next
  /** @type {ReviewPlace | null} */ #here = null; // of the session on screen
  #key = ""; // the queue and the name that the places are about

  /**
   * @param {Api} api
   * @param {Queue} queue fetches pictures and sounds
   * @param {{ data: EditorData, draw(): void, workflow: Workflow }} editor
   */
  constructor(api, queue, editor) {
    this.api = api;
    this.queue = queue;
    this.editor = editor;
  }

  /** Why this person cannot accept the answer on screen; empty when they can, or nobody knows yet. */
  get obstacle() {
    return this.#here?.obstacle ?? "";
  }

  /** Is the session on screen known to be the last one of the queue? */
  get isLast() {
    return this.#here !== null && !this.#here.next_ids.length;
  }

  /**
   * A session is about to be shown.
   * @param {SessionView} view
   */
  async enter(view) {
    this.#here = null;
    const id = view.session_id;
    if (id !== this.editor.data.session_id) this.editor.workflow.delivery.tellShown(id);
    const place = await this.#find(id).catch(() => /** @type {ReviewPlace | null} */ (null));
    if (!place || this.queue.current !== id) return;
    this.#here = place;
    view.previous_id = place.previous_id;
    view.next_id = place.next_ids[0] ?? null;
    this.editor.draw();
    const wanted = place.next_ids;
    for (const old of [...this.#views.keys()]) if (!wanted.includes(old)) this.#views.delete(old);
    for (const next of wanted) await this.#prepare(next).catch(() => {});
    this.queue.keepOnly([id, ...wanted]);
  }

  /** @param {string} id */
  async #prepare(id) {
    if (!this.#views.has(id)) this.#views.set(id, await this.view(id));
    this.#find(id).catch(() => {});
    await this.queue.assets(this.#views.get(id));
  }

  /**
   * A session as it is now; without its annotator's name where the reviewer does not want to know it.
   * @param {string} id
   */
  async view(id) {
    const view = await this.api.view(id);
    if (this.editor.data.blind && view.submission) view.submission.annotator = "The annotator";
    return view;
  }

  /** The session after the one on screen, if it is here already. */
  takeNext() {
    const id = this.#here?.next_ids[0];
    const view = id === undefined ? undefined : this.#views.get(id);
    this.#views.delete(id);
    return view ?? null;
  }

  /**
   * Go on to the next session, which may have to be waited for; at the end of the queue the last answer stays.
   * @param {Workflow} flow
   */
  async goOn(flow) {
    const from = this.queue.current;
    const view = this.takeNext();
    if (view) return flow.present(view);
    const place = this.#here ?? (await this.#find(from).catch(() => /** @type {ReviewPlace | null} */ (null)));
    const id = place?.next_ids[0];
    if (id !== undefined && this.queue.current === from) await flow.open(id);
    return undefined;
  }

  /** @param {string} id */
  #find(id) {
    const { queue: query = "", annotator } = this.editor.data;
    const key = `${query}\n${annotator}`;
    if (key !== this.#key) this.#places.clear();
    this.#key = key;
    const known = this.#places.get(id) ?? this.api.reviewPlace(id, query, annotator);
    this.#places.delete(id);
    this.#places.set(id, known);
    known.catch(() => this.#places.delete(id));
    for (const old of [...this.#places.keys()].slice(0, -KEPT)) this.#places.delete(old);
    return known;
  }

  /**
   * An answer was judged: who may accept it may have changed.
   * @param {string} id
   */
  forget(id) {
    this.#places.delete(id);
  }
}
