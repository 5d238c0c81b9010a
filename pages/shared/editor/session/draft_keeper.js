// Unsaved work: kept while somebody edits, and brought back when its session is opened again.

import { startWork, toDraft } from "../model/session_work.js";
import { dropDraft, findDraft, findOlderDraft, readThreshold, saveDraft } from "../network/browser_storage.js";

/** @import { SessionView } from "../../web/types.js" */
/** @import { Workflow } from "./workflow.js" */

const DELAY_MS = 300;

export class DraftKeeper {
  /** @type {Workflow} */ #flow;
  #timer = 0;
  /** @type {string | null} */ #left = null; // the session that was left with changes that are not saved

  /** @param {Workflow} flow */
  constructor(flow) {
    this.#flow = flow;
  }

  /** @param {SessionView} view */
  startWork(view) {
    const flow = this.#flow;
    const submitted = view.submission !== null && !view.open;
    const draft = flow.mode === "view" ? null : findDraft(view);
    flow.editable = {
      label: !submitted && view.claim.mine,
      review: view.submission !== null,
      adjudicate: view.consensus?.sides.length > 1,
      view: false,
    }[flow.mode];
    if (draft) flow.editable ||= flow.mode === "label" && view.claim.mine !== false;
    const threshold = flow.mode === "adjudicate" ? 0 : (readThreshold(view.round_id) ?? undefined);
    const work = startWork(view, flow.mode, draft, threshold);
    const older = draft ? null : findOlderDraft(view);
    if (older && flow.mode !== "view") {
      flow.say("Your work on an earlier revision of this session was not saved.", {
        label: "Show my work",
        action: "restoreOlder",
      });
    }
    if (work.restored)
      flow.say("Your unsaved work on this session was restored.", { label: "Start over", action: "undo" });
    return work;
  }

  /** Keep it in a moment: more may change. */
  keepSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), DELAY_MS);
  }

  keep() {
    clearTimeout(this.#timer);
    const { work, view, editable, mode } = this.#flow;
    if (!work || !editable || mode === "view") return;
    const draft = toDraft(work);
    if (draft) saveDraft(view, draft);
    else dropDraft(view);
  }

  /** Keep it: another session is opened. */
  leave() {
    const { mode, editable, edited, view } = this.#flow;
    this.keep();
    if (mode === "review" && editable && edited) this.#left = view.session_id;
  }

  /**
   * In a review nobody goes on from changes without hearing what becomes of them.
   * @param {SessionView} view
   */
  tellLeft(view) {
    const left = this.#left;
    this.#left = null;
    if (left === null || left === view.session_id) return;
    this.#flow.say(`Your changes to ${left} are not saved. This browser keeps them until you open it again.`);
  }

  /** Show what was left unsaved on an earlier revision. */
  restoreOlder() {
    const flow = this.#flow;
    const older = findOlderDraft(flow.view);
    if (!older) return;
    flow.editable = true;
    flow.notice = null;
    flow.dispatch({ type: "replace", boxes: older.draft.boxes });
    dropDraft(older.view);
    flow.changed();
  }
}
