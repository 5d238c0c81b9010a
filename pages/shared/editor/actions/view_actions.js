// What keys and buttons do to the sound and to the part of the picture that is on screen.

/** @import { Editor } from "../editor.js" */
/** @import { Actions } from "../../web/types.js" */

const ZOOM = 0.7;

/** @param {Editor} editor */
function zoomCentre({ editing, stage, player }) {
  const box = editing.selected;
  if (box) return (box.start_s + box.end_s) / 2;
  const { t0, t1 } = stage.view;
  return player.time > t0 && player.time < t1 ? player.time : (t0 + t1) / 2;
}

/** @param {Editor} editor @param {number} pages @param {number} bands */
function pan({ stage }, pages, bands) {
  if (!stage.zoomed) return false;
  stage.pan(pages * stage.spanS, bands);
  return true;
}

/** @type {Actions} */
export const VIEW_ACTIONS = {
  togglePlay({ sound, player }) {
    sound.settle();
    player.toggle();
  },

  playSelection({ sound, player, stage, editing }) {
    const { t0, t1 } = stage.view;
    const box = editing.selected;
    sound.settle();
    player.playRange(box?.start_s ?? t0, box?.end_s ?? t1);
  },

  /** What is too high to be heard, slowly: at once. */
  playSlow({ sound, player, editing }, _event, target) {
    sound.set({ speed: Number(target.dataset.speed), keepPitch: false });
    const box = editing.selected;
    if (box) player.playRange(box.start_s, box.end_s);
    else if (!player.playing) player.toggle();
  },

  /** @param {Editor} editor */
  toggleLoop(editor) {
    editor.player.loop = !editor.player.loop;
    editor.draw();
  },
  slower: ({ sound }) => sound.step(-1),
  faster: ({ sound }) => sound.step(1),
  normalSpeed: ({ sound }) => sound.normal(),
  toggleKeepPitch: ({ sound }) => sound.toggle("keepPitch"),
  toggleBandPass: ({ sound }) => sound.toggle("bandPass"),
  toggleHeterodyne: ({ sound }) => sound.toggle("heterodyne"),
  toStart: ({ player, stage }) => player.seek(stage.time.unfold(0)),
  toEnd: ({ player, stage }) => player.seek(stage.limits.t1),

  /** @param {Editor} editor */
  zoomIn: (editor) => editor.stage.zoomTime(ZOOM, zoomCentre(editor)),
  /** @param {Editor} editor */
  zoomOut: (editor) => editor.stage.zoomTime(1 / ZOOM, zoomCentre(editor)),
  zoomReset: ({ stage }) => stage.reset(),

  zoomBox({ stage, editing }) {
    if (!editing.selected) return false;
    stage.zoomTo(editing.selected);
    return true;
  },

  toggleFolding: ({ look }) => look.toggleFolding(),
  /** @param {Editor} editor */
  panUp: (editor) => pan(editor, 0, 0.5),
  /** @param {Editor} editor */
  panDown: (editor) => pan(editor, 0, -0.5),
  /** @param {Editor} editor */
  panOn: (editor) => pan(editor, 0.8, 0),
  /** @param {Editor} editor */
  panBack: (editor) => pan(editor, -0.8, 0),
};
