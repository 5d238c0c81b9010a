// What keys and buttons do to the session on screen, and to the page around it.

import { closeMenus } from "../view/menu.js";

/** @import { Actions } from "../../web/types.js" */

/** @type {Actions} */
export const SESSION_ACTIONS = {
  editMode: ({ modes }) => modes.use("edit"),
  verifyMode: ({ modes, verify }) => modes.use(verify.active ? "edit" : "verify"),
  gridMode: ({ modes, grid }) => modes.use(grid.active ? "edit" : "grid"),
  gridKey: ({ grid }, event) => grid.key(event),

  escape({ root, labelling, gestures, keyboard, editing, verify, grid, modes, deciding }) {
    if (labelling.picker.close() || gestures.abandon()) return true;
    const left = keyboard.leave();
    if (closeMenus(root) || left) return true;
    if (verify?.active || grid?.active) modes.use("edit");
    else if (editing.selected) editing.select(null);
    else return deciding?.leave() ?? false;
    return true;
  },

  takeSide: ({ deciding }, event, target) => deciding.takeSide(target ? Number(target.dataset.side) : event.key - 1),
  takeAgreed: ({ deciding }) => deciding.takeAgreed(),
  takeConsensus: ({ deciding }) => deciding.takeConsensus(),
  nextDifference: ({ deciding }) => deciding.step(1),
  previousDifference: ({ deciding }) => deciding.step(-1),
  chooseSide: ({ deciding }, event, target) =>
    target ? deciding.choose(Number(target.dataset.side)) : deciding.chooseLetter(event.key),
  chooseConsensus: ({ deciding }) => deciding.choose("consensus"),
  chooseNone: ({ deciding }) => deciding.choose("none"),

  comment: ({ panel }) => panel.refs.comment.focus(),
  help: ({ panel }) => panel.help.showModal(),
  togglePredictions(editor) {
    editor.showPredictions = !editor.showPredictions;
    editor.draw();
  },
  toggleAnswer(editor) {
    editor.showAnswer = !editor.showAnswer;
    editor.draw();
  },
  retry: ({ workflow }) => workflow.retry(),
  clearFilters: ({ queueMenu }) => queueMenu.clear(),
  goThroughSkipped({ workflow }) {
    workflow.goThroughSkipped();
  },
  edit: ({ workflow }) => workflow.edit(),
  restoreOlder: ({ workflow }) => workflow.restoreOlder(),

  tryAgain({ workflow }) {
    const { face, view } = workflow;
    if (face?.retry) face.retry();
    else workflow.open(view?.session_id ?? null, null);
  },
  openNext({ workflow }) {
    workflow.next();
  },
  back({ workflow }) {
    workflow.open(workflow.notice.button.sessionId);
  },
  previousSession({ workflow }) {
    workflow.open(workflow.view.previous_id);
  },
  nextSession({ workflow }) {
    workflow.open(workflow.view.next_id);
  },
};
