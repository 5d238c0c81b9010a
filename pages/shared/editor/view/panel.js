// Everything around the spectrogram: controls, banners, status line. Drawn from the editor's state.

import { el, findAll } from "../../web/dom.js";
import { formatTime } from "../../web/numbers.js";
import { whyNow } from "../model/queue_choice.js";
import { summarise } from "../session/delivery.js";
import { Help, makeLegend } from "./help.js";
import { icon } from "./icons.js";
import { bannersOf, claimLine, faceOf, localTimes } from "./messages.js";

/** @import { Button, Label, Mode, PanelState, Parts, Progress, SessionView, StagePlace } from "../../web/types.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Keymap } from "../input/personal_keys.js" */
/** @import { Player } from "../sound/player.js" */
/** @import { Workflow } from "../session/workflow.js" */

/** @param {string} action @param {string} name @param {string} [picture] */
const tool = (action, name, picture = action) =>
  `<button class="tool" data-do="${action}" aria-label="${name}">${icon(picture)}</button>`;

const ANSWERS = {
  label: `
    <button data-do="skip" class="second">Skip</button>
    <button data-do="unsure" class="second">Unsure</button>
    <button data-do="submit" data-ref="submit" class="first">Submit</button>`,
  review: `
    <button data-do="reject" class="second">Reject</button>
    <button data-do="correct" data-ref="correct" class="second">Save as correction</button>
    <button data-do="accept" data-ref="accept" class="first">Accept</button>`,
  adjudicate: `
    <button data-do="unsure" class="second">Unsure</button>
    <button data-do="submit" data-ref="submit" class="first">Make gold</button>`,
  view: "",
};

/** @param {Mode} mode */
const TEMPLATE = (mode) => `
  <div class="desk">
  <header>
    <nav aria-label="Sessions">${tool("previousSession", "Previous session", "previous")}<strong data-ref="place"></strong>${tool("nextSession", "Following session", "next")}</nav>
    <span class="about" data-ref="about"></span>
    <span class="claim" data-ref="claim" title="Nobody else gets this session until then. The time is extended while you work."></span>
    <span class="slot switches" data-ref="switches"></span>
  </header>
  <div class="tools" role="toolbar" aria-label="Tools">
    <div class="group">
      <button class="tool play" data-do="togglePlay" data-ref="play" aria-label="Play">${icon("play")}</button>
      <span class="time" data-ref="time" role="timer" aria-label="Playback position"></span>
      <button class="tool" data-do="toggleLoop" data-ref="loop" aria-label="Loop" aria-pressed="false">${icon("loop")}</button>
      <span class="slot" data-ref="soundMenu"></span>
    </div>
    <div class="group labels" data-ref="labels" role="group" aria-label="Labels"></div>
    <div class="group end">
      <span class="edit"><button class="tool" data-do="continuous" data-ref="continuous" aria-label="Continuous drawing" aria-pressed="false">${icon("pencil")}</button>${tool("undo", "Undo")}${tool("redo", "Redo")}${tool("clear", "Clear all boxes", "trash").replace("data-do", "data-deletes data-do")}<span class="slot" data-ref="fillMenu"></span></span>
      ${tool("zoomOut", "Zoom out")}${tool("zoomIn", "Zoom in")}${tool("zoomReset", "Show everything")}
      <span class="slot" data-ref="predictionMenu"></span>
      <button class="tool" data-do="toggleAnswer" data-ref="answer" aria-label="Show the answer's boxes" aria-pressed="true">${icon("person")}</button>
      <button class="tool" data-do="togglePredictions" data-ref="predictions" aria-label="Show the model's predictions" aria-pressed="true">${icon("layers")}</button>
      <span class="slot" data-ref="pictureMenu"></span>
      ${tool("help", "Keyboard shortcuts", "keyboard")}
    </div>
  </div>
  <div class="banners" data-ref="banners"></div>
  <div class="slot" data-ref="deciding"></div>
  <div class="work" data-ref="work">
    <div class="pictures">
      <div class="strips" data-ref="strips"></div>
      <div class="stage" data-ref="stage" role="group" aria-label="Spectrogram"><div class="card" data-ref="card" hidden></div></div>
    </div>
  </div>
  <div class="below">
    <p class="notice" role="status" data-ref="notice"></p>
    <p class="hearing" role="note" data-ref="hearing" hidden></p>
    <span class="cursor" data-ref="cursor" title="Time, frequency and level under the pointer"></span>
  </div>
  <footer>
    <input class="comment" data-ref="comment" maxlength="4000" placeholder="Comment" aria-label="Comment">
    <div class="answers">${ANSWERS[mode]}</div>
  </footer>
  </div>
  <details class="boxes" data-ref="boxes"><summary data-ref="count"></summary>
    <div class="inside"><div class="scroller" data-ref="table"></div><section class="inspector" data-ref="inspector" aria-label="Selected boxes"></section></div>
  </details>
  <p class="legend" data-ref="legend"></p>`;

/**
 * Where in the recording, and what kind of recording: one line.
 * @param {SessionView} sessionView
 * @param {string} order
 */
function aboutView({ suggestion, recording, starts_at_s: from, duration_s: length, started_at: at }, order) {
  const parts = [recording.file_name];
  if (recording.channel_count > 1) parts.push(`channel ${recording.channel + 1} of ${recording.channel_count}`);
  if (length < recording.duration_s - 1e-6) parts.push(`${formatTime(from, 0)}–${formatTime(from + length, 0)}`);
  if (at) parts.push(`${at.slice(0, 19).replace("T", " ")} UTC (${nameMethod(recording.start_method)})`);
  parts.push(`${recording.sample_rate_hz / 1000} kHz`);
  if (recording.site) parts.push(recording.site);
  const why = whyNow(order, suggestion);
  if (why) parts.unshift(`${why[0].toUpperCase()}${why.slice(1)}`);
  return [...parts, ...recording.notes.map((note) => `\u26a0 ${note}`)].join(" · ");
}

// "file_name_assumed_utc" is "file name, assumed UTC".
/** @param {string} method */
const nameMethod = (method) =>
  method
    .replace(/_(given|assumed|ambiguous|corrected)/g, ", $1")
    .replaceAll("_", " ")
    .replace("utc", "UTC");

/** @param {Button} button */
const button = ({ label, action }) => el("button", { class: "small", "data-do": action }, label);

const LEVELS = {
  /** @param {number} level */
  none: (level) => `${level.toFixed(0)} dB`,
  /** @param {number} level */
  median: (level) => `${level.toFixed(0)} dB above background`,
  /** @param {number} level */
  pcen: (level) => `${level.toFixed(0)} dB (PCEN)`,
};

/**
 * "12.35 s · 4.2 kHz · −63 dB": as many digits as a pixel is worth.
 * @param {StagePlace} place
 * @param {Stage} stage
 */
function describePlace(place, stage) {
  const { t, f } = place;
  const { limits, home, scales, info } = stage;
  if (t < 0 || t > limits.t1 || f < home.f0 - scales.hertzAt(home.f0) || f > home.f1) return "";
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(scales.secondsPerPixel)), limits.t1 < 10 ? 3 : 2), 5);
  const band = home.f1 <= 2000 ? `${f.toFixed(0)} Hz` : `${(f / 1000).toFixed(scales.hertzAt(f) < 5 ? 3 : 2)} kHz`;
  const level = stage.levelAt(place);
  const parts = [`${t.toFixed(digits)} s`, band, ...(level === null ? [] : [LEVELS[info.denoise](level)])];
  return parts.join(" · ").replace("-", "\u2212");
}

export class Panel {
  /** @type {Label[]} */ #labels = []; // of the round on screen
  /** @type {HTMLElement} */ root;
  /** @type {Mode} */ mode;
  /** @type {Keymap} */ keymap;
  /** @type {Parts} */ refs;
  /** @type {Help} */ help;

  /** @param {HTMLElement} root @param {Keymap} keymap */
  constructor(root, keymap) {
    const { mode } = keymap;
    this.root = root;
    this.mode = mode;
    this.keymap = keymap;
    root.innerHTML = TEMPLATE(mode);
    root.dataset.mode = mode;
    this.refs = Object.fromEntries(findAll(root, "[data-ref]").map((node) => [node.dataset.ref, node]));
    this.help = new Help(
      keymap,
      () => this.#labels,
      () => this.#nameKeys(),
    );
    root.append(this.help.element);
    this.#nameKeys();
  }

  // Tooltips and legend name the keys that this person uses.
  #nameKeys() {
    this.refs.legend.replaceChildren(...makeLegend(this.keymap));
    for (const node of findAll(this.root, "[data-do]")) {
      const text =
        this.keymap.tooltip(node.dataset.do) ||
        (node.dataset.do === "label" ? node.title : node.getAttribute("aria-label"));
      if (text) node.title = text;
    }
  }

  /**
   * `state` is {workflow, player, order, held, showPredictions, zoomed}.
   * @param {PanelState} state
   */
  draw(state) {
    const { workflow } = state;
    const { view, phase } = workflow;
    this.root.dataset.state = workflow.ahead ? "loading" : phase;
    this.root.dataset.sessionId = view?.session_id ?? "";
    this.root.dataset.face = workflow.face?.kind ?? (workflow.finished && view ? "finished" : "");
    this.#drawHead(view, workflow.progress, state.order);
    this.#setText("claim", claimLine(workflow));
    this.#labels = view?.labels ?? [];
    this.#drawTools(state);
    this.#drawBanners(workflow);
    this.#drawCard(workflow);
    this.#drawNotice(workflow);
    this.#drawAnswers(state);
  }

  /** @param {string} name @param {string} text */
  #setText(name, text) {
    if (this.refs[name].textContent !== text) this.refs[name].textContent = text;
  }

  /** @param {SessionView | null} view @param {Progress | null} progress @param {string} order */
  #drawHead(view, progress, order) {
    const { place, about } = this.refs;
    // The id is what lists and messages call it; review pages have it in the line above.
    const number = view ? `${view.position + 1}${progress ? ` of ${progress.sessions}` : ""}` : "";
    const key = view ? `${view.session_id} ${number}` : "";
    if (place.dataset.key !== key)
      place.replaceChildren(
        ...(view
          ? [
              el("span", { class: "word" }, "Session "),
              el("span", { class: "id" }, view.session_id),
              el("span", { class: "number", title: "Place in the order of the round" }, number),
            ]
          : []),
      );
    place.dataset.key = key;
    place.title = view ? [`Session ${view.session_id}`, aboutView(view, order)].join(" · ") : "";
    about.textContent = view ? aboutView(view, order) : "";
    about.title = view ? [view.session_id, ...view.recording.notes].join("\n") : "";
    this.#enable("previousSession", Boolean(view?.previous_id));
    this.#enable("nextSession", Boolean(view?.next_id));
  }

  /** @param {PanelState} panelState */
  #drawTools({ workflow, player, showPredictions, showAnswer, zoomed }) {
    const { refs } = this;
    const playable = ["ready", "saving"].includes(workflow.phase) || workflow.failure !== null;
    this.#enable("togglePlay", playable);
    refs.loop.setAttribute("aria-pressed", String(player.loop));
    refs.predictions.setAttribute("aria-pressed", String(showPredictions));
    refs.answer.setAttribute("aria-pressed", String(showAnswer));
    refs.answer.hidden = refs.predictions.hidden = this.mode === "label";
    this.#enable("continuous", workflow.canEdit);
    this.#enable("undo", workflow.canEdit && workflow.work.state.past.length > 0);
    this.#enable("redo", workflow.canEdit && workflow.work.state.future.length > 0);
    this.#enable("clear", workflow.canEdit && workflow.boxes.length > 0);
    this.#enable("zoomReset", zoomed);
    this.drawSound(player, workflow.view);
  }

  /**
   * The part that changes while playing.
   * @param {Player} player
   * @param {SessionView | null} view
   */
  drawSound(player, view) {
    const { play, time } = this.refs;
    const name = player.playing ? "Pause" : "Play";
    if (play.getAttribute("aria-label") !== name) {
      play.setAttribute("aria-label", name);
      play.innerHTML = icon(name.toLowerCase());
    }
    const length = view?.duration_s ?? 0;
    const digits = length && length < 10 ? 2 : 1;
    const text = `${formatTime(player.time, digits)} / ${formatTime(length, digits)}`;
    if (time.textContent !== text) time.textContent = text;
  }

  /** @param {Workflow} workflow */
  #drawBanners(workflow) {
    const banners = bannersOf(workflow);
    const key = JSON.stringify(banners);
    if (this.refs.banners.dataset.key === key) return;
    this.refs.banners.dataset.key = key;
    this.refs.banners.replaceChildren(
      ...banners.map(({ tone, text, actions = [], links = [] }) =>
        el(
          "div",
          { class: `banner ${tone}`, role: tone === "bad" ? "alert" : "note" },
          el("span", {}, text),
          ...links.map(({ label, href }) => el("a", { href }, label)),
          ...actions.map(button),
        ),
      ),
    );
  }

  /** @param {Workflow} workflow */
  #drawCard(workflow) {
    const face = faceOf(workflow);
    const { card } = this.refs;
    const key = JSON.stringify(face);
    if (card.dataset.key === key) return;
    card.dataset.key = key;
    card.hidden = !face;
    if (!face) return;
    card.replaceChildren(
      el("h2", {}, face.title),
      face.text ? el("p", {}, face.text) : "",
      face.hint ? el("p", {}, face.hint) : "",
      el("div", { class: "actions" }, ...face.actions.map(button)),
    );
  }

  /** @param {Workflow} workflow */
  #drawNotice({ notice }) {
    const key = JSON.stringify(notice);
    if (this.refs.notice.dataset.key === key) return;
    this.refs.notice.dataset.key = key;
    this.refs.notice.replaceChildren(
      ...(notice ? [localTimes(notice.text), ...(notice.button ? [button(notice.button)] : [])] : []),
    );
  }

  /** @param {PanelState} panelState */
  #drawAnswers({ workflow, held }) {
    const { submit, correct, comment } = this.refs;
    for (const [action, outcome] of [
      ["skip", "skipped"],
      ["unsure", "unsure"],
      ["submit", "labelled"],
      ["accept", ""],
      ["reject", ""],
    ]) {
      this.#enable(action, !held && workflow.canFinish(outcome));
    }
    this.#enable("correct", !held && workflow.canFinish("") && workflow.canCorrect);
    const { boxes } = workflow;
    if (correct) this.#drawVerdicts(workflow);
    if (submit && this.mode === "adjudicate") submit.textContent = `Make gold: ${summarise(boxes)}`;
    else if (submit) submit.textContent = boxes.length ? `Submit ${summarise(boxes)}` : "Submit: no calls";
    comment.disabled = !workflow.canEdit;
    const text = workflow.work?.comment ?? "";
    if (comment.value !== text) comment.value = text;
  }

  // After an edit, saving it is what comes first: accepting would drop it.
  /** @param {Workflow} workflow */
  #drawVerdicts({ edited, canCorrect, boxes, reviews }) {
    const { correct, accept } = this.refs;
    correct.textContent = edited
      ? `Save ${summarise(boxes)} as correction`
      : canCorrect
        ? "Correct the outcome"
        : "Save as correction";
    for (const [node, comesFirst] of [
      [correct, edited],
      [accept, !edited],
    ]) {
      node.classList.toggle("first", comesFirst);
      node.classList.toggle("second", !comesFirst);
    }
    if (reviews?.obstacle) accept.disabled = true;
  }

  /** @param {string} action @param {boolean} on */
  #enable(action, on) {
    for (const node of findAll(this.root, `[data-do="${action}"]:not(.small)`)) node.disabled = !on;
  }

  /**
   * Show what lies under the pointer on the stage.
   * @param {StagePlace | null} place
   * @param {Stage} stage
   */
  drawCursor(place, stage) {
    this.refs.cursor.textContent = place ? describePlace(place, stage) : "";
  }
}
