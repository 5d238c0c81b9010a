// One clip as a tile of a grid or a row of a table: its spectrogram, what it is called, and its sound.

import { paint } from "../../web/clip_picture.js";
import { el } from "../../web/dom.js";
import { writeTime } from "../../web/numbers.js";

/** @import { Explorer } from "../explorer.js" */
/** @import { Child, Clip, DecodedPicture } from "../../web/types.js" */

/** @param {Explorer} explorer @param {string} name */
const dot = (explorer, name) => {
  const color = explorer.labelling.labels.find((label) => label.name === name)?.color;
  return el("span", { class: "dot", style: `--color: ${color ?? "transparent"}` });
};

/**
 * What a clip is called: by people, or with a question mark by a model.
 * @param {Explorer} explorer
 * @param {Pick<Clip, "number" | "label">} clip
 */
export function callOf(explorer, { number, label }) {
  const prediction = explorer.columns.valueOf("prediction", number);
  return label || (prediction ? `${prediction}?` : "no label");
}

/**
 * What is written about a clip, once all of it is here.
 * @param {Explorer} explorer
 * @param {number} number
 */
async function read(explorer, number) {
  const [row] = await Promise.all([
    explorer.hearing.row(number),
    explorer.columns.get("prediction").catch(() => /** @type {any} */ (null)),
  ]);
  return row;
}

/**
 * A button that plays a clip and shows where it is on the map.
 * @param {Explorer} explorer
 * @param {number} number
 * @param {...Child} content
 */
function playButton(explorer, number, ...content) {
  return el(
    "button",
    {
      class: "play-clip",
      "data-number": number,
      "aria-label": `Play clip ${number}`,
      onclick: () => explorer.goTo(number),
      onpointerenter: ({ pointerType }) => {
        explorer.map.setCurrent(number);
        if (pointerType !== "touch" && explorer.hearing.isOn) explorer.hearing.play(number);
      },
      onpointerleave: () => explorer.hearing.stop(),
    },
    ...content,
  );
}

/** @param {Explorer} explorer @param {number} number */
const evictButton = (explorer, number) =>
  el(
    "button",
    {
      class: "evict",
      title: "Remove from the selection",
      "aria-label": `Remove clip ${number} from the selection`,
      onclick: () => explorer.selection.evict([number]),
    },
    "×",
  );

/**
 * A tile: spectrogram, label and score; a click plays it.
 * @param {Explorer} explorer
 * @param {number} number
 * @param {{ canEvict?: boolean }} [options]
 */
export function makeTile(explorer, number, { canEvict = true } = {}) {
  const canvas = el("canvas", { class: "waiting", "aria-hidden": "true" });
  const line = el("span", { class: "line" });
  const node = el(
    "div",
    { class: "tile", "data-number": number },
    el(
      "div",
      { class: "inner" },
      playButton(explorer, number, canvas, line),
      canEvict ? evictButton(explorer, number) : null,
    ),
  );
  explorer.hearing.picture(number).then(
    (/** @type {DecodedPicture} */ picture) => (paint(canvas, picture), canvas.classList.remove("waiting")),
    () => canvas.classList.add("missing"),
  );
  read(explorer, number).then(
    (row) => {
      const score = explorer.columns.valueOf("score", number);
      line.replaceChildren(
        dot(explorer, row.label),
        el("span", { class: "name" }, callOf(explorer, row)),
        score === null ? "" : el("span", { class: "score" }, score.toFixed(2)),
      );
    },
    () => {},
  );
  return node;
}

/**
 * A clip's label as a button; once it is clicked, as a field: Enter gives the label, an empty one takes it off.
 * @param {Explorer} explorer
 * @param {Clip} row
 */
function makeName(explorer, row) {
  const { number } = row;
  const name = el(
    "button",
    {
      class: "name",
      title: "Change the label",
      "aria-label": `Label of clip ${number}: ${callOf(explorer, row)}`,
      onclick: () => edit(),
    },
    dot(explorer, row.label),
    el("span", {}, callOf(explorer, row)),
  );
  const edit = () => {
    const names = el(
      "datalist",
      { id: `labels-of-${number}` },
      ...explorer.labelling.labels.map((label) => el("option", { value: label.name })),
    );
    let isDone = false; // a field that goes loses the focus, too
    /** @param {boolean} isKept */
    const end = (isKept) => {
      if (isDone) return;
      isDone = true;
      const label = field.value.trim();
      holder.replaceWith(name);
      if (!isKept || label === row.label) return;
      if (label) explorer.labelling.apply(label, [number], { how: "table" });
      else explorer.labelling.remove([number], { how: "table" });
    };
    const field = el("input", {
      type: "text",
      list: names.id,
      value: row.label,
      maxlength: 80,
      autocomplete: "off",
      "aria-label": `New label of clip ${number}`,
      onkeydown: ({ key }) => (key === "Enter" ? end(true) : key === "Escape" && end(false)),
      onchange: () => end(true),
      onblur: () => end(false),
    });
    const holder = el("span", { class: "name" }, field, names);
    name.replaceWith(holder);
    field.select();
  };
  return name;
}

/**
 * A row of a table: play, label, score, subset, place.
 * @param {Explorer} explorer
 * @param {number} number
 */
export function makeRow(explorer, number) {
  const cells = el("span", { class: "cells" });
  const node = el(
    "div",
    { class: "row", "data-number": number },
    playButton(explorer, number, "▶"),
    cells,
    evictButton(explorer, number),
  );
  read(explorer, number).then(
    (row) =>
      cells.replaceChildren(
        makeName(explorer, row),
        el("span", { class: "score" }, explorer.columns.valueOf("score", number)?.toFixed(2) ?? "–"),
        el("span", { class: "subset" }, row.subset ?? ""),
        el(
          "span",
          { class: "place", title: row.recording_name || row.url },
          `${writeTime(row.start_s)} ${row.recording_name || row.url}`,
        ),
      ),
    (error) => cells.replaceChildren(error.message),
  );
  return node;
}

/**
 * What the card says about a clip.
 * @param {Explorer} explorer
 * @param {Clip} row
 */
export function describeClip(explorer, row) {
  const color = explorer.labelling.labels.find(({ name }) => name === row.label)?.color;
  const score = explorer.columns.valueOf("score", row.number)?.toFixed(2);
  return [
    el(
      "strong",
      { class: "label" },
      el("span", { class: "dot", style: `--color: ${color ?? "transparent"}` }),
      callOf(explorer, row),
      score && el("span", { class: "score" }, score),
    ),
    el("span", { class: "place" }, `${writeTime(row.start_s)} · ${row.recording_name || row.url || row.recording_id}`),
    row.error ? el("span", { class: "fault" }, row.error) : null,
  ].filter(Boolean);
}
