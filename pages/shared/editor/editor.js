// The editor: puts the parts together and turns keys, clicks and gestures into actions.

import { FIELD } from "../web/chords.js";
import { find, painted } from "../web/dom.js";
import { fillWindow } from "../web/fill_window.js";
import { loadStyles } from "../web/stylesheets.js";
import { BOX_ACTIONS } from "./actions/box_actions.js";
import { gestureHost, Gestures } from "./input/gestures.js";
import { Keyboard, listen } from "./input/keyboard.js";
import { Keymap } from "./input/personal_keys.js";
import { Presence } from "./input/presence.js";
import { SESSION_ACTIONS } from "./actions/session_actions.js";
import { VIEW_ACTIONS } from "./actions/view_actions.js";
import { Deciding } from "./modes/adjudicate.js";
import { Grid } from "./modes/grid_verify.js";
import { WorkSwitch } from "./modes/mode_switch.js";
import { Verify } from "./modes/rapid_verify.js";
import { Reviewing } from "./modes/review.js";
import { Api, resolveUrl } from "./network/api.js";
import { dropOldDrafts, readKeys, Preferences, saveKeys, tabName } from "./network/browser_storage.js";
import { tabOutbox } from "./network/outbox.js";
import { Queue } from "./network/session_queue.js";
import { sessionInUrl, Url } from "./network/session_url.js";
import { Editing } from "./session/editing.js";
import { ReviewQueue } from "./session/review_queue.js";
import { Workflow } from "./session/workflow.js";
import { Player } from "./sound/player.js";
import { heardIn, Hearing } from "./sound/ultrasound_hint.js";
import { Boxes } from "./view/box_layer.js";
import { boxHost, BoxPanel } from "./view/box_panel.js";
import { FillMenu } from "./view/fill_menu.js";
import { GhostLegend, ghostsOf } from "./view/ghost_legend.js";
import { labelHost, Labelling } from "./view/label_bar.js";
import { closeMenus } from "./view/menu.js";
import { Panel } from "./view/panel.js";
import { Look } from "./view/picture_look.js";
import { QueueMenu } from "./view/queue_menu.js";
import { soundHost, SoundMenu } from "./view/sound_menu.js";
import { Stage } from "./view/stage.js";
import { ThresholdMenu } from "./view/threshold_menu.js";

/** @import { Assets, Box, Component, EditorData, Outcome, Part, SessionView, Shape, Verdict, Who } from "../web/types.js" */

const ACTIONS = { ...BOX_ACTIONS, ...VIEW_ACTIONS, ...SESSION_ACTIONS };
const ANSWERS = new Set(["submit", "noCalls", "skip", "unsure", "accept", "correct", "reject"]);
const STYLES = ["controls", "tools", "stage", "box_panel", "help", "labels", "modes", "windows"];
/** @type {Record<string, Outcome>} */
const OUTCOMES = { submit: "labelled", skip: "skipped", unsure: "unsure", noCalls: "labelled" };
const CLICK_GUARD_MS = 400; // the second click of a double click must not answer the next session

/** @param {any} event */
const isTyping = (event) => Boolean(event.composedPath()[0].matches?.(FIELD));

export class Editor {
  #abort = new AbortController();
  /** @type {Shape | null} */ #live = null; // the shape that is being dragged, see gestures.js
  /** @type {string | null} */ shownId = null; // id of the session whose picture is on the stage
  #clicked = false; // the last answer came from a click
  #guardUntil = 0;
  showPredictions = true;
  showAnswer = true;
  ghostLegend = new GhostLegend();
  #preferences = new Preferences();
  /** @type {Component<EditorData>} */ component;
  /** @type {EditorData} */ data;
  /** @type {HTMLElement} */ root;
  /** @type {Keymap} */ keymap;
  /** @type {Panel} */ panel;
  /** @type {Keyboard} */ keyboard;
  /** @type {Promise<void>} */ styled;
  /** @type {Player} */ player;
  /** @type {SoundMenu} */ sound;
  /** @type {Stage} */ stage;
  /** @type {Boxes} */ boxes;
  /** @type {ThresholdMenu} */ thresholdMenu;
  /** @type {BoxPanel} */ boxPanel;
  /** @type {Labelling} */ labelling;
  /** @type {Hearing} */ hearing;
  /** @type {Gestures} */ gestures;
  /** @type {Promise<void>} */ ready;
  /** @type {Look} */ look;
  /** @type {Workflow} */ workflow;
  /** @type {Presence} */ presence;
  /** @type {Reviewing} */ reviewing;
  /** @type {Deciding | undefined} */ deciding;
  /** @type {Editing} */ editing;
  /** @type {QueueMenu} */ queueMenu;
  /** @type {FillMenu} */ fillMenu;
  /** @type {Verify} */ verify;
  /** @type {Grid} */ grid;
  /** @type {WorkSwitch} */ modes;

  /** @param {Component<EditorData>} component */
  constructor(component) {
    const { parentElement, data } = component;
    const { signal } = this.#abort;
    this.component = component;
    this.data = data;
    this.root = find(parentElement, ".podcast-editor");
    this.keymap = new Keymap(data.mode, readKeys(), saveKeys);
    this.panel = new Panel(this.root, this.keymap);
    this.keyboard = new Keyboard(this.root, this.panel.refs.stage, signal);
    const styles = STYLES.map((name) => new URL(`styles/${name}.css`, import.meta.url).href);
    this.styled = loadStyles(parentElement, this.root, styles);
    fillWindow(this.root, signal);
    this.player = new Player({
      changed: () => this.#drawSound(),
      say: (text) => this.workflow.say(text),
      resolve: resolveUrl,
      nextCut: (time, end) => this.stage.time.nextCut(time, end),
    });
    this.player.volume = this.#preferences.now.volume;
    this.sound = new SoundMenu(this.panel.refs, this.#preferences.now.sound, soundHost(this, this.#preferences));
    this.stage = new Stage(this.panel.refs.stage, new URL(data.plotly_url, document.baseURI).href, {
      onlayout: () => this.drawBoxes(),
      fetchPart: (part, abort) => this.look.pictures.part(this.workflow.view, part, abort),
    });
    this.boxes = new Boxes(this.stage.overlay);
    this.panel.refs.stage.append(this.ghostLegend.element);
    this.thresholdMenu = new ThresholdMenu(this.panel.refs.predictionMenu, () => this.workflow);
    this.boxPanel = new BoxPanel(this.panel.refs, boxHost(this), this.#preferences, signal);
    this.labelling = new Labelling(this.panel.refs.labels, this.root, data.round_id, labelHost(this), signal);
    this.hearing = new Hearing(this.panel.refs.hearing, () => heardIn(this));
    this.gestures = new Gestures(this.stage, gestureHost(this), signal);
    this.#listen(signal);
    this.ready = this.#start(signal);
  }

  /** @param {AbortSignal} signal */
  async #start(signal) {
    dropOldDrafts();
    const { round_id: roundId, mode } = this.data;
    const holder = await tabName();
    const outbox = await tabOutbox();
    await this.styled; // what is not seen takes no keys
    if (signal.aborted) return;
    const who = () => ({ holder, annotator: this.data.annotator });
    const api = new Api(roundId, signal);
    const queue = new Queue(api, who);
    queue.onfetch = (view) => this.sound.prepare(view);
    this.look = new Look(
      api,
      roundId,
      this.panel.refs,
      {
        stage: this.stage,
        view: () => (this.shownId === this.workflow?.view?.session_id ? this.workflow.view : null),
        boxes: () => this.workflow.boxes,
        say: (text) => this.workflow.say(text),
        refresh: () => queue.redraw(),
      },
      signal,
    );
    queue.pictures = this.look.pictures;
    this.workflow = new Workflow({
      mode,
      roundId,
      api,
      queue,
      outbox,
      who,
      signal,
      show: (view, assets, screen) => this.#show(view, assets, screen),
      screen: () => this.stage.view,
      changed: () => this.draw(),
      tell: (event, value) => this.component.setTriggerValue(event, value),
      url: new Url(["label", "review"].includes(mode) ? roundId : null, (id) => this.workflow.open(id, null), signal),
      reviews: mode === "review" ? new ReviewQueue(api, queue, this) : null,
    });
    this.presence = new Presence({
      ontouch: () => this.workflow.touch(),
      onhide: () => this.workflow.pause(),
      onreturn: () => this.workflow.wake(),
      signal,
    });
    queue.isHere = () => this.presence.here;
    if (mode === "review") this.reviewing = new Reviewing(this.root, this.workflow);
    if (mode === "adjudicate") this.deciding = new Deciding(this.panel.refs.deciding, this.workflow, this.stage);
    this.editing = new Editing(this.workflow, this.stage, this.player);
    signal.addEventListener("abort", () => queue.close());
    if (mode === "label") {
      this.queueMenu = new QueueMenu(this.panel.refs.switches, roundId, {
        load: () => api.queueOptions(),
        changed: () => this.workflow.reorder(),
      });
      this.fillMenu = new FillMenu(this.panel.refs.fillMenu, this.stage, {
        workflow: this.workflow,
        player: this.player,
        api,
        who,
        signal,
      });
      this.#addModes(queue, api, who);
      window.addEventListener("pagehide", () => queue.release(), { signal });
      window.addEventListener("pageshow", (event) => event.persisted && queue.refill(), { signal });
    }
    const first = mode === "label" ? sessionInUrl(roundId) : this.data.session_id;
    await this.workflow.start(first).then(() => this.keyboard.arrive());
  }

  /** @param {Queue} queue @param {Api} api @param {() => Who} who */
  #addModes(queue, api, who) {
    const { root, panel, stage, player, workflow } = this;
    const desk = find(root, ".desk");
    const common = { workflow, player, label: () => this.queueMenu.label, preferences: this.#preferences };
    const changed = () => this.modes.draw();
    this.verify = new Verify(desk, { ...common, stage, changed, settle: () => this.sound.settle() });
    const open = (/** @type {string} */ sessionId) => this.modes.use("edit") && workflow.open(sessionId);
    const look = () => this.look.pictures.settings(workflow.view);
    const tell = (/** @type {any} */ event, /** @type {unknown} */ value) =>
      this.component.setTriggerValue(event, value);
    this.grid = new Grid(desk, {
      ...common,
      tell,
      api,
      who,
      look,
      open,
      roundId: this.data.round_id,
      resolve: resolveUrl,
    });
    this.modes = new WorkSwitch(root, panel.refs.switches, { verify: this.verify, grid: this.grid });
    queue.choice = () => this.verify.narrow(this.queueMenu.request);
  }

  /**
   * Python has new data for the same round: another name, or another session to look at.
   * @param {Component<EditorData>} component
   */
  update(component) {
    const before = this.data;
    this.component = component;
    this.data = component.data;
    this.draw();
    // A reviewer may have gone on meanwhile: only what the page opened itself is opened here.
    const isOurs = this.data.mode === "review" && this.data.moves === before.moves;
    if (this.data.mode !== "label" && !isOurs && this.data.session_id !== before.session_id)
      this.workflow?.open(this.data.session_id, null);
  }

  destroy() {
    this.workflow?.keepDraft();
    this.#abort.abort();
    this.sound.close();
    this.player.close();
    this.stage.destroy();
  }

  /**
   * Show a shape that is being dragged, see gestures.js; null: it is over.
   * @param {Shape | null} shape
   */
  showLive(shape) {
    this.#live = shape;
    if (shape) this.showAnswer = true; // nobody draws into what is hidden
    this.drawBoxes();
  }

  // Drawing -------------------------------------------------------------------------------------------

  /** @param {SessionView} view @param {Assets} assets @param {Part | null} screen */
  async #show(view, { picture, sound }, screen) {
    this.gestures.abandon();
    this.editing.adoptLabels(view);
    this.player.use(sound, view.audio ? this.sound.plan(view, this.editing.selected) : undefined);
    const time = await this.look.timeOf(view);
    if (this.workflow.view !== view) return; // somebody went on meanwhile
    await this.stage.show(view, picture, this.look.pictures.settings(view), time);
    if (screen) this.stage.lookAt(screen);
    this.shownId = view.session_id;
    this.workflow.drawAhead(picture !== null && sound !== null);
    await painted();
    if (this.workflow.view !== view) return;
    this.look.shown(view, picture);
    if (!this.#clicked) return;
    this.#clicked = false;
    this.#guardUntil = performance.now() + CLICK_GUARD_MS;
    setTimeout(() => this.draw(), CLICK_GUARD_MS + 10);
  }

  /** @returns {Box[]} */
  get #boxesNow() {
    const { boxes } = this.workflow;
    const { drawn, changed } = this.#live ?? {};
    if (drawn) return [...boxes, { ...this.editing.complete(drawn), id: "drawing" }];
    return changed ? boxes.map((old) => changed.find(({ id }) => id === old.id) ?? old) : boxes;
  }

  draw() {
    if (!this.workflow || this.#abort.signal.aborted) return;
    const { workflow, player, stage } = this;
    this.panel.draw({
      workflow,
      player,
      zoomed: stage.zoomed,
      order: this.queueMenu?.request.order,
      held: performance.now() < this.#guardUntil,
      showPredictions: this.showPredictions,
      showAnswer: this.showAnswer,
    });
    this.queueMenu?.draw(workflow.queue.matching);
    this.boxPanel.drawCount(workflow);
    this.sound.draw();
    this.labelling.draw();
    this.thresholdMenu.draw();
    for (const part of [this.fillMenu, this.verify, this.deciding]) part?.draw();
    this.root.classList.toggle("blank", this.shownId !== workflow.view?.session_id);
    this.drawBoxes();
  }

  drawBoxes() {
    const { view } = this.workflow ?? {};
    if (!view || this.shownId !== view.session_id) return;
    const selection = this.workflow.work?.state.selection ?? [];
    const common = {
      boxes: this.showAnswer ? this.#boxesNow : [],
      selection: this.#live?.drawn ? ["drawing"] : selection,
      view,
    };
    const ghosts = this.showPredictions ? ghostsOf(this) : [];
    const handles = this.workflow.canEdit && !this.#live?.frame && !this.editing.continuous;
    this.boxes.draw({ ...common, ghosts, frame: this.#live?.frame, scales: this.stage.scales, handles });
    this.ghostLegend.draw(ghosts);
    this.boxPanel.draw({ ...common, editable: this.workflow.canEdit });
    this.stage.overlay.classList.toggle("editable", this.workflow.canEdit);
    this.stage.overlay.classList.toggle("continuous", this.editing.continuous);
    this.panel.refs.continuous.setAttribute("aria-pressed", String(this.editing.continuous));
    this.look.layout();
    this.hearing.draw();
    this.fillMenu?.drawBand();
    this.stage.mark(this.player.time);
    find(this.panel.root, "[data-do=zoomReset]").disabled = !this.stage.zoomed;
  }

  #drawSound() {
    if (!this.workflow) return;
    const { player, stage } = this;
    if (player.playing && !player.loop) this.presence.touch(); // a loop goes on alone
    this.panel.drawSound(player, this.workflow.view);
    if (player.playing) stage.follow(player.time);
    stage.mark(player.time);
  }

  // Input ---------------------------------------------------------------------------------------------

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { root, panel } = this;
    const { refs } = panel;
    listen(
      { find: (chord) => (this.modes ? this.modes.find(chord, this.keymap) : this.keymap.find(chord)) },
      {
        run: (action, event) => this.#run(action, event),
        relabel: (key) => !this.panel.help.open && this.labelling.useKey(key),
        released: (event) => isTyping(event) || this.workflow?.dispatch({ type: "settle" }), // what is typed is one step
      },
      signal,
    );
    root.addEventListener("click", (/** @type {any} */ event) => {
      const target = event.target.closest("[data-do]");
      if (target && !target.disabled) this.#run(target.dataset.do, event, target);
      else if (!event.target.closest("details.menu")) closeMenus(root);
    });
    refs.comment.addEventListener("input", () => this.workflow.setComment(refs.comment.value));
    refs.comment.addEventListener(
      "keydown",
      (/** @type {any} */ event) => event.key === "Enter" && !event.isComposing && this.keyboard.take(),
    );
  }

  /**
   * Do what a key or a button stands for; false when there is nothing to do, so that the key stays free.
   * @param {string} action
   * @param {any} event of a key or a pointer
   * @param {HTMLElement | null} [target]
   */
  #run(action, event, target = null) {
    if (!this.workflow) return false;
    if (this.panel.help.open) return action === "escape" && this.panel.help.leave(); // wherever the focus is
    if (this.reviewing?.asking) return action === "escape" && this.reviewing.leave();
    if (ANSWERS.has(action)) return this.#answer(action, event);
    if (action in Verify.prototype) return this.verify.run(action, event);
    if (action in Grid.prototype) return this.grid.run(action, event);
    return ACTIONS[action]?.(this, event, target);
  }

  /** @param {string} action @param {MouseEvent} event */
  #answer(action, event) {
    const clicked = event.type === "click" && event.detail > 0;
    if (clicked && (event.detail > 1 || performance.now() < this.#guardUntil)) return true;
    this.#clicked = clicked;
    this.keyboard.take(); // what is typed next is about the next session
    const [{ workflow }, outcome] = [this, OUTCOMES[action]];
    if (action === "noCalls" && workflow.canFinish("empty")) this.editing.removeAll();
    if (outcome && this.deciding?.mayFinish() === false) return true;
    if (outcome) workflow.submit(outcome);
    else this.reviewing?.run(/** @type {Verdict} */ (action));
    return true;
  }
}
