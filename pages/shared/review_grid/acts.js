// What is done to boxes and answers: told before, done under an id that makes a second try harmless, and undone.

import { el, uuid } from "../web/dom.js";
import { countOf } from "../web/numbers.js";
import { answersSeen, applyCorrection, nameOf } from "./layout.js";

/** @import { BoxCorrections, GridBox, SeenBox } from "../web/types.js" */

/** @param {Record<string, number>} reasons */
const writeReasons = (reasons) =>
  Object.entries(reasons)
    .map(([reason, count]) => `${count.toLocaleString("en")} left: ${reason}`)
    .join("; ");

/**
 * Say what becomes of the boxes that nobody meant: an answer has one verdict, on all of its boxes.
 * @param {BoxCorrections} found
 */
function writeKept({ kept, answers }) {
  if (!kept) return "";
  const whose = answers.length === 1 ? "this answer" : "these answers";
  const verbs = kept === 1 ? "counts as checked by you, too, and moves" : "count as checked by you, too, and move";
  return `The other ${kept === 1 ? "box" : countOf(kept, "box", "boxes")} of ${whose} ${verbs} to “Corrected” with it.`;
}

/** @param {GridBox} box @returns {SeenBox} */
const toSeen = ({ session_id, submission_id, number }) => ({ session_id, submission_id, number });

export class Acts {
  /** @type {import("./box_grid.js").BoxGrid} */ #grid;
  /** @type {{ text: string; run(id: string): Promise<unknown> }[]} */ #done = [];
  #isBusy = false;

  /** @param {import("./box_grid.js").BoxGrid} grid */
  constructor(grid) {
    this.#grid = grid;
    grid.controls.remove.onclick = () => this.give("");
    grid.controls.accept.onclick = () => this.accept();
    grid.controls.undo.onclick = () => this.undo();
    grid.controls.open.onclick = () => grid.open();
  }

  /**
   * Ask whether the boxes that are meant should get a label, or (an empty one) go.
   * @param {string} label
   */
  give(label) {
    const { meant, data, requests } = this.#grid;
    if (!data.can_review || !meant.length) return;
    const boxes = meant.map(toSeen);
    this.#try(async () => {
      const told = await requests.correct(boxes, label, data.annotator);
      const what = `${countOf(told.changed, "box", "boxes")} in ${countOf(told.answers.length, "answer")}`;
      const text = label ? `Relabel ${what} as ${label}` : `Remove ${what}`;
      this.#confirm(told.changed, text, told.reasons, (id) => this.#correct(meant, boxes, label, id), writeKept(told));
    });
  }

  /** @param {GridBox[]} meant @param {SeenBox[]} boxes @param {string} label @param {string} id */
  async #correct(meant, boxes, label, id) {
    const grid = this.#grid;
    const done = await grid.requests.correct(boxes, label, grid.data.annotator, id);
    const known = new Set(grid.boxes.filter((box) => grid.seen.has(box)));
    const changed = applyCorrection(grid.boxes, new Set(meant.map(nameOf)), label, done);
    for (const box of known) if (box.fate !== "removed") grid.seen.add(box);
    for (const box of changed) grid.selected.delete(box);
    const what = `${countOf(done.changed, "box", "boxes")} in ${countOf(done.answers.length, "answer")}`;
    const text = label ? `${what} relabelled as ${label}.` : `${what} removed.`;
    const undo = (/** @type {string} */ id) => grid.requests.undoCorrection(done.act_id, grid.data.annotator, id);
    this.#remember(text, done.reasons, undo, writeKept(done));
  }

  /** Ask whether the answers of which all boxes were seen should be accepted. */
  accept() {
    const { boxes, seen, data, requests } = this.#grid;
    const { whole, partly } = answersSeen(boxes, (box) => seen.countOf(box));
    const rest = partly ? ` ${countOf(partly, "answer")} have boxes that you have not seen yet.` : "";
    if (!whole.length) {
      this.#grid.controls.say(`No answer waits of which you have seen all boxes.${rest}`);
      return;
    }
    this.#try(async () => {
      const told = await requests.accept(whole, data.annotator);
      const text = `Accept ${countOf(told.judged, "answer")} of which you have seen all boxes`;
      this.#confirm(told.judged, text, told.reasons, async (id) => {
        const done = await requests.accept(whole, data.annotator, id);
        this.#remember(`${countOf(done.judged, "answer")} accepted.`, done.reasons, (undo) =>
          requests.undoVerdicts(done.act_id, data.annotator, undo),
        );
        await this.#grid.load();
      });
      if (rest) this.#grid.controls.say(rest.trim());
    });
  }

  /** Take the last act back that still stands. */
  undo() {
    const last = this.#done.at(-1);
    if (!last || this.#isBusy) return;
    const id = uuid();
    this.#try(async () => {
      await last.run(id);
      this.#done.pop();
      this.#offerUndo();
      await this.#grid.load();
      this.#grid.controls.say(`Undone: ${last.text}`);
      this.#grid.focusOn();
    });
  }

  /** Leave what was asked about as it is; says whether anything was. */
  cancel() {
    const { confirm } = this.#grid.controls;
    const was = !confirm.hidden;
    confirm.hidden = true;
    return was;
  }

  /**
   * @param {number} count
   * @param {string} text
   * @param {Record<string, number>} reasons
   * @param {(id: string) => Promise<unknown>} run
   * @param {string} [kept] what becomes of other boxes
   */
  #confirm(count, text, reasons, run, kept = "") {
    const { controls } = this.#grid;
    const left = writeReasons(reasons);
    if (!count) {
      controls.say(`Nothing to change. ${left}`);
      return;
    }
    const id = uuid(); // the same until it is acknowledged
    const go = el("button", { type: "button", class: "first" }, text);
    const note = "Each answer is corrected in your name; the original is kept, and Undo takes all of it back.";
    const lines = [kept, left && `${left}.`, text.startsWith("Accept") ? "" : note].filter(Boolean);
    go.onclick = () =>
      this.#try(async () => {
        await run(id);
        controls.confirm.hidden = true;
        this.#grid.focusOn();
      });
    const no = el("button", { type: "button", onclick: () => this.cancel() && this.#grid.focusOn() }, "Cancel");
    controls.confirm.replaceChildren(
      go,
      no,
      ...lines.map((line) => el("span", line === kept ? { class: "kept" } : { class: "dim" }, line)),
    );
    controls.confirm.hidden = false;
    go.focus();
  }

  /**
   * @param {string} text
   * @param {Record<string, number>} reasons
   * @param {(id: string) => Promise<unknown>} run takes it back
   * @param {string} [kept] what becomes of other boxes
   */
  #remember(text, reasons, run, kept = "") {
    this.#done.push({ text, run });
    this.#offerUndo();
    this.#grid.draw();
    this.#grid.controls.say([text, kept, writeReasons(reasons)].filter(Boolean).join(" "), {
      label: "Undo",
      run: () => this.undo(),
    });
  }

  #offerUndo() {
    this.#grid.controls.undo.disabled = !this.#done.length;
  }

  /** @param {() => Promise<void>} run */
  async #try(run) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await run();
    } catch (error) {
      if (error.name !== "AbortError") this.#grid.controls.say(`Not done: ${error.message}`);
    } finally {
      this.#isBusy = false;
    }
  }
}
