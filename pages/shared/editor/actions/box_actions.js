// What keys and buttons do to boxes: {name of an action in shortcuts.js: what it does}. Each gets the editor, the event and
// the button; false when there is nothing to do, so that a key stays free.

/** @import { Actions } from "../../web/types.js" */
/** @import { Editor } from "../editor.js" */

/**
 * Show the selected box to everybody who labels, as an example of its label.
 * @param {Editor} editor
 */
function showAsExample({ editing, workflow, data }) {
  const box = editing.selected;
  if (!box) return false;
  const { label, start_s, end_s, low_hz, high_hz } = box;
  const sound = { label, start_s, end_s, low_hz, high_hz };
  workflow.api.addExample({ session_id: workflow.view.session_id, who: data.annotator, ...sound }).then(
    () => workflow.say(`Everybody who labels sees this box now among the examples of “${label}”, under About.`),
    (error) => workflow.say(error.message),
  );
  return true;
}

/** @type {Actions} */
export const BOX_ACTIONS = {
  label: ({ labelling }, _event, target) => labelling.use(target.dataset.name),
  pickLabel: ({ labelling }) => labelling.pick(),
  newBox: ({ editing }) => editing.addAtPlayhead(),
  continuous: ({ editing }) => editing.toggleContinuous(),
  arrow: ({ editing }, event) => editing.arrow(event),
  toggleBand: ({ editing }) => editing.toggleBand(),
  removeBox: ({ editing }) => editing.remove(),
  clear: ({ editing }) => editing.clear(),
  unsureBox: ({ editing }) => editing.toggleUnsure(),
  note: ({ editing, boxPanel }) => (editing.selected ? boxPanel.writeNote() : false),
  undo: ({ workflow }) => workflow.undo(),
  redo: ({ workflow }) => workflow.dispatch({ type: "redo" }),

  nextBox: ({ editing }) => editing.step(1),
  previousBox: ({ editing }) => editing.step(-1),
  nextByScore: ({ editing }) => editing.stepByScore(1),
  previousByScore: ({ editing }) => editing.stepByScore(-1),
  extendOn: ({ editing }) => editing.extend(1),
  extendBack: ({ editing }) => editing.extend(-1),
  selectAll: ({ editing }) => editing.selectAll(),

  tick: ({ editing }) => editing.accept(),
  tickAll: ({ editing }) => editing.acceptAll(),
  rejectBox: ({ editing }) => editing.reject(),
  showMore: ({ thresholdMenu }) => thresholdMenu.step(-1),
  showLess: ({ thresholdMenu }) => thresholdMenu.step(1),

  example: (editor) => showAsExample(editor),

  annotatedToHere: ({ fillMenu }) => fillMenu.toHere(),
  fillIn: ({ fillMenu }) => (fillMenu.run(), true),

  duplicate: ({ editing }) => editing.duplicate(),
  copy: ({ editing }) => !String(getSelection()) && editing.copy(), // marked text is the browser's to copy
  paste: ({ editing }) => editing.paste(),
};
