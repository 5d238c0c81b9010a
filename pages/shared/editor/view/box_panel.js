// Table and inspector of the boxes: beside the picture where there is room, below it otherwise.

import { el, find, hostOf } from "../../web/dom.js";
import { isUnjudged } from "../model/boxes_state.js";
import { Inspector } from "./box_inspector.js";
import { Table } from "./box_table.js";

/** @import { Workflow } from "../session/workflow.js" */
/** @import { Editor } from "../editor.js" */
/** @import { BoxHost, DrawnBoxes, Parts } from "../../web/types.js" */
/** @import { Preferences } from "../network/browser_storage.js" */

const BESIDE_PX = 940; // from this width of the editor on there is room beside the picture
const OPEN_PX = 1150; // from here on it is open there until somebody closes it

/**
 * "Boxes (7)", and how many of the model's are judged once somebody has begun to tick them.
 * @param {Workflow} workflow
 */
function countOf({ boxes, work, view }) {
  const hidden = work ? work.state.boxes.length - boxes.length : 0;
  const count = `Boxes (${boxes.length})${hidden ? ` · ${hidden} hidden` : ""}`;
  if (!boxes.some((box) => box.checked)) return count;
  const predicted = boxes.filter((box) => box.prediction_id !== null);
  return `${count} · ${predicted.filter((box) => !isUnjudged(box, view)).length} of ${predicted.length} judged`;
}

/**
 * What table and inspector need of the editor, some of which comes after them.
 * @type {(editor: Editor) => BoxHost}
 */
export const boxHost = (editor) => ({
  dispatch: (action) => editor.workflow.dispatch(action),
  box: (id) => editor.workflow.boxes.find((box) => box.id === id),
  selection: () => editor.workflow.work?.state.selection ?? [],
  limits: () => editor.stage.limits,
  say: (text) => editor.workflow.say(text),
  redraw: () => editor.drawBoxes(),
  recent: () => editor.labelling.recent,
  canReview: () => Boolean(editor.data.can_review),
  api: () => editor.workflow.api,
  pick: (field) => editor.labelling.pick(field),
});

export class BoxPanel {
  /** @type {boolean | null} */ #expected = null; // open or closed as set by us: everything else was the person
  /** @type {boolean | null} */ #beside = null;
  #width = 0;
  /** @type {Parts} */ refs;
  /** @type {Preferences} */ preferences;
  /** @type {Table} */ table;
  /** @type {Inspector} */ inspector;
  /** @type {HTMLElement} */ home;
  /** @type {() => void} */ redraw;

  /**
   * `refs` are the panel's parts; `host` see Table and Inspector; `preferences` are the person's.
   * @param {Parts} refs
   * @param {BoxHost} host
   * @param {Preferences} preferences
   * @param {AbortSignal} signal
   */
  constructor(refs, host, preferences, signal) {
    this.refs = refs;
    this.preferences = preferences;
    this.table = new Table(refs.table, host);
    this.inspector = new Inspector(refs.inspector, host);
    this.home = el("span", { hidden: true }); // where the details stand below the picture
    refs.boxes.before(this.home);
    // At the click: "toggle" comes later, and the page may be left or get another width before.
    find(refs.boxes, ":scope > summary").addEventListener("click", () => this.#remember(!this.open), { signal });
    refs.boxes.addEventListener("toggle", () => this.#toggled(), { signal });
    const observer = new ResizeObserver(([{ contentRect }]) => this.#place(contentRect.width));
    observer.observe(hostOf(refs.boxes) ?? refs.work);
    signal.addEventListener("abort", () => observer.disconnect());
    this.redraw = host.redraw;
  }

  get open() {
    return this.refs.boxes.open;
  }

  /** @param {number} width */
  #place(width) {
    if (width === this.#width) return; // the height changes with every row
    this.#width = width;
    const beside = width >= BESIDE_PX;
    const { boxes, work } = this.refs;
    if (beside !== this.#beside) {
      this.#beside = beside;
      boxes.classList.toggle("beside", beside);
      if (beside) work.append(boxes);
      else this.home.after(boxes);
    }
    const { sideOpen, tableOpen } = this.preferences.now;
    this.#set(beside ? (sideOpen ?? width >= OPEN_PX) : tableOpen);
  }

  /** @param {boolean} open */
  #set(open) {
    this.#expected = open;
    this.refs.boxes.open = open;
  }

  #toggled() {
    if (this.open !== this.#expected) this.#remember(this.open);
    this.redraw();
  }

  /** @param {boolean} open */
  #remember(open) {
    this.preferences.remember({ [this.#beside ? "sideOpen" : "tableOpen"]: open });
    this.#expected = open;
  }

  /** Open it and put the cursor into the note of the selected boxes. */
  writeNote() {
    this.refs.boxes.open = true;
    this.redraw();
    this.inspector.focusNote();
  }

  /** @param {Workflow} workflow */
  drawCount(workflow) {
    const text = workflow.view ? countOf(workflow) : "Boxes";
    if (this.refs.count.textContent !== text) this.refs.count.textContent = text;
  }

  /** @param {DrawnBoxes} state */
  draw(state) {
    if (!this.open) return;
    this.table.draw(state);
    this.inspector.draw(state);
  }
}
