// The editor: puts the parts together and turns keys, clicks and gestures into actions.

import { FIELD } from "../web/chords.js";
import { painted } from "../web/dom.js";
import { fillWindow } from "../web/fill_window.js";
import { loadStyles } from "../web/stylesheets.js";
import { BOX_ACTIONS } from "./input/box_actions.js";
import { Gestures } from "./input/gestures.js";
import { Keyboard, listen } from "./input/keyboard.js";
import { Keymap } from "./input/keymap.js";
import { Presence } from "./input/presence.js";
import { VIEW_ACTIONS } from "./input/view_actions.js";
import { Grid } from "./modes/grid_verify.js";
import { WorkSwitch } from "./modes/mode_switch.js";
import { Verify } from "./modes/rapid_verify.js";
import { Reviewing } from "./modes/review.js";
import { Api, resolveUrl } from "./network/api.js";
import {
  dropOldDrafts,
  readKeys,
  readPreferences,
  saveKeys,
  savePreferences,
  tabName,
} from "./network/browser_storage.js";
import { tabOutbox } from "./network/outbox.js";
import { Queue } from "./network/session_queue.js";
import { sessionInUrl, Url } from "./network/session_url.js";
import { Editing } from "./session/editing.js";
import { Workflow } from "./session/workflow.js";
import { Player } from "./sound/player.js";
import { Hearing } from "./sound/ultrasound_hint.js";
import { Boxes } from "./view/box_layer.js";
import { BoxPanel } from "./view/box_panel.js";
import { FillMenu } from "./view/fill_menu.js";
import { labelHost, Labelling } from "./view/label_bar.js";
import { closeMenus } from "./view/menu.js";
import { Panel } from "./view/panel.js";
import { Look } from "./view/picture_look.js";
import { QueueMenu } from "./view/queue_menu.js";
import { SoundMenu } from "./view/sound_menu.js";
import { Stage } from "./view/stage.js";
import { ThresholdMenu } from "./view/threshold_menu.js";

const ANSWERS = new Set(["submit", "noCalls", "skip", "unsure", "accept", "correct", "reject"]);
const STYLES = ["controls", "tools", "stage", "boxes", "help", "labels", "modes", "windows"];
const CLICK_GUARD_MS = 400; // the second click of a double click must not answer the next session

const isTyping = (event) => Boolean(event.composedPath()[0].matches?.(FIELD));

export class Editor {
  #abort = new AbortController();
  #live = null; // the shape that is being dragged, see gestures.js
  #shown = null; // id of the session whose picture is on the stage
  #clicked = false; // the last answer came from a click
  #guardUntil = 0;
  #showPredictions = true;
  #preferences = readPreferences();

  constructor(component) {
    const { parentElement, data } = component;
    const { signal } = this.#abort;
    this.component = component;
    this.data = data;
    this.root = parentElement.querySelector(".podcast-editor");
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
    this.player.volume = this.#preferences.volume;
    this.sound = new SoundMenu(this.panel.refs, this.#preferences.sound, {
      player: this.player,
      keymap: this.keymap,
      look: () => {
        const view = this.workflow?.view ?? null;
        return { view, box: this.editing?.selected ?? null, shown: view !== null && this.#shown === view.session_id };
      },
      upcoming: () => this.workflow?.queue.upcoming ?? [],
      remember: (sound) => (this.#remember({ sound }), this.hearing.draw()),
    });
    this.stage = new Stage(this.panel.refs.stage, new URL(data.plotly_url, document.baseURI).href, {
      onlayout: () => this.#drawBoxes(),
      fetchPart: (part, abort) => this.look.pictures.part(this.workflow.view, part, abort),
    });
    this.boxes = new Boxes(this.stage.overlay);
    this.thresholdMenu = new ThresholdMenu(this.panel.refs.predictionMenu, () => this.workflow);
    this.boxPanel = new BoxPanel(
      this.panel.refs,
      this.#boxHost(),
      { read: () => this.#preferences, remember: (changes) => this.#remember(changes) },
      signal,
    );
    this.labelling = new Labelling(this.panel.refs.labels, this.root, data.round_id, labelHost(this), signal);
    this.hearing = new Hearing(this.panel.refs.hearing, () => this.#heard());
    this.gestures = new Gestures(this.stage, this.#gestureHost(), signal);
    this.#listen(signal);
    this.ready = this.#start(signal);
  }

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
        view: () => (this.#shown === this.workflow?.view?.session_id ? this.workflow.view : null),
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
      changed: () => this.#draw(),
      tell: (event, value) => this.component.setTriggerValue(event, value),
      url: new Url(mode === "label" ? roundId : null, (id) => this.workflow.open(id, null), signal),
    });
    this.presence = new Presence({
      ontouch: () => this.workflow.touch(),
      onhide: () => this.workflow.pause(),
      onreturn: () => this.workflow.wake(),
      signal,
    });
    queue.isHere = () => this.presence.here;
    this.workflow.acceptProblem = this.data.accept_problem ?? "";
    if (mode === "review") this.reviewing = new Reviewing(this.root, this.workflow);
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
    await this.workflow.start(first);
  }

  #addModes(queue, api, who) {
    const { root, panel, stage, player, workflow } = this;
    const desk = root.querySelector(".desk");
    const common = {
      workflow,
      player,
      label: () => this.queueMenu.label,
      read: () => this.#preferences,
      remember: (changes) => this.#remember(changes),
    };
    const changed = () => this.switch.draw();
    this.verify = new Verify(desk, { ...common, stage, changed, settle: () => this.sound.settle() });
    const open = (sessionId) => this.switch.use("edit") && workflow.open(sessionId);
    const look = () => this.look.pictures.settings(workflow.view);
    const tell = (event, value) => this.component.setTriggerValue(event, value);
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
    this.switch = new WorkSwitch(root, panel.refs.switches, { verify: this.verify, grid: this.grid });
    queue.choice = () => this.verify.narrow(this.queueMenu.request);
  }

  /** Python has new data for the same round: another name, or another session to look at. */
  update(component) {
    const before = this.data;
    this.component = component;
    this.data = component.data;
    if (this.workflow) this.workflow.acceptProblem = this.data.accept_problem ?? "";
    this.#draw();
    if (this.data.mode !== "label" && this.data.session_id !== before.session_id)
      this.workflow?.open(this.data.session_id, null);
  }

  destroy() {
    this.workflow?.keepDraft();
    this.#abort.abort();
    this.sound.close();
    this.player.close();
    this.stage.destroy();
  }

  // Drawing -------------------------------------------------------------------------------------------

  async #show(view, { picture, sound }, screen) {
    this.gestures.abandon();
    this.editing.adoptLabels(view);
    this.player.use(sound, view.audio ? this.sound.plan(view, this.editing.selected) : undefined);
    const time = await this.look.timeOf(view);
    if (this.workflow.view !== view) return; // somebody went on meanwhile
    await this.stage.show(view, picture, this.look.pictures.settings(view), time);
    if (screen) this.stage.lookAt(screen);
    this.#shown = view.session_id;
    this.look.shown(view, picture);
    this.#draw();
    await painted();
    if (!this.#clicked) return;
    this.#clicked = false;
    this.#guardUntil = performance.now() + CLICK_GUARD_MS;
    setTimeout(() => this.#draw(), CLICK_GUARD_MS + 10);
  }

  get #boxesNow() {
    const { boxes } = this.workflow;
    const { drawn, changed } = this.#live ?? {};
    if (drawn) return [...boxes, { ...this.editing.complete(drawn), id: "drawing" }];
    return changed ? boxes.map((old) => changed.find(({ id }) => id === old.id) ?? old) : boxes;
  }

  #draw() {
    if (!this.workflow || this.#abort.signal.aborted) return;
    const { workflow, player, stage } = this;
    this.panel.draw({
      workflow,
      player,
      zoomed: stage.zoomed,
      order: this.queueMenu?.request.order,
      held: performance.now() < this.#guardUntil,
      showPredictions: this.#showPredictions,
    });
    this.queueMenu?.draw(workflow.queue.matching);
    this.boxPanel.drawCount(workflow);
    this.sound.draw();
    this.labelling.draw();
    this.thresholdMenu.draw();
    this.fillMenu?.draw();
    this.verify?.draw();
    this.root.classList.toggle("blank", this.#shown !== workflow.view?.session_id);
    this.#drawBoxes();
  }

  #drawBoxes() {
    const { view } = this.workflow ?? {};
    if (!view || this.#shown !== view.session_id) return;
    const selection = this.workflow.work?.state.selection ?? [];
    const common = { boxes: this.#boxesNow, selection: this.#live?.drawn ? ["drawing"] : selection, view };
    const ghosts = this.data.mode !== "label" && this.#showPredictions ? view.predictions : [];
    const handles = this.workflow.canEdit && !this.#live?.frame && !this.editing.continuous;
    this.boxes.draw({ ...common, ghosts, frame: this.#live?.frame, scales: this.stage.scales, handles });
    this.boxPanel.draw({ ...common, editable: this.workflow.canEdit });
    this.stage.overlay.classList.toggle("editable", this.workflow.canEdit);
    this.stage.overlay.classList.toggle("continuous", this.editing.continuous);
    this.panel.refs.continuous.setAttribute("aria-pressed", String(this.editing.continuous));
    this.look.layout();
    this.hearing.draw();
    this.fillMenu?.drawBand();
    this.stage.mark(this.player.time);
    this.panel.root.querySelector("[data-do=zoomReset]").disabled = !this.stage.zoomed;
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

  #listen(signal) {
    const { root, panel } = this;
    const { refs } = panel;
    listen(
      { find: (chord) => (this.switch ? this.switch.find(chord, this.keymap) : this.keymap.find(chord)) },
      {
        run: (action, event) => this.#run(action, event),
        relabel: (key) => !this.panel.help.open && this.labelling.useKey(key),
        released: (event) => isTyping(event) || this.workflow?.dispatch({ type: "settle" }), // what is typed is one step
      },
      signal,
    );
    root.addEventListener("click", (event) => {
      const target = event.target.closest("[data-do]");
      if (target && !target.disabled) this.#run(target.dataset.do, event, target);
      else if (!event.target.closest("details.menu")) closeMenus(root);
    });
    root.addEventListener("input", (event) => event.target.dataset.look && this.#setLook(event.target));
    for (const input of root.querySelectorAll("[data-look]")) input.value = this.#preferences[input.dataset.look];
    refs.comment.addEventListener("input", () => this.workflow.setComment(refs.comment.value));
    refs.comment.addEventListener(
      "keydown",
      (event) => event.key === "Enter" && !event.isComposing && this.keyboard.take(),
    );
  }

  #boxHost() {
    return {
      dispatch: (action) => this.workflow.dispatch(action),
      box: (id) => this.workflow.boxes.find((box) => box.id === id),
      selection: () => this.workflow.work?.state.selection ?? [],
      limits: () => this.stage.limits,
      say: (text) => this.workflow.say(text),
      redraw: () => this.#drawBoxes(),
      recent: () => this.labelling.recent,
      pick: (field) => this.labelling.pick(field),
    };
  }

  /** What is heard when it is played now. */
  #heard() {
    const { view } = this.workflow ?? {};
    const { f0: low, f1: high } = this.stage.view;
    return {
      settings: this.sound.settings,
      view: this.#shown === view?.session_id ? view : null,
      box: this.editing?.selected ?? null,
      shown: { low, high },
    };
  }

  #gestureHost() {
    return {
      boxes: () => this.workflow?.boxes ?? [],
      selected: () => this.workflow.work?.state.selected ?? null,
      selection: () => this.workflow.work?.state.selection ?? [],
      editable: () => this.workflow.canEdit && !this.verify?.active,
      continuous: () => this.editing.continuous,
      leastS: () => this.workflow.view.display?.min_box_s ?? 0,
      select: (ids) => this.workflow.dispatch({ type: "select", ids }),
      toggle: (id) => this.workflow.dispatch({ type: "toggle", id }),
      seek: (t) => this.player.seek(t),
      play: (box) => this.player.playRange(box.start_s, box.end_s),
      takeKeyboard: () => this.keyboard.take(),
      hover: (place) => this.panel.drawCursor(place, this.stage),
      live: (shape) => {
        this.#live = shape;
        this.#drawBoxes();
      },
      commit: ({ drawn, changed }) => {
        if (drawn) this.editing.add(drawn);
        else
          this.workflow.dispatch({
            type: "changeEach",
            patches: Object.fromEntries(changed.map((box) => [box.id, box])),
          });
      },
    };
  }

  #setLook(input) {
    const { look } = input.dataset;
    const value = input.type === "range" ? Number(input.value) : input.value;
    this.#remember({ [look]: value });
    if (look === "volume") this.player.volume = value;
  }

  #remember(changes) {
    this.#preferences = { ...this.#preferences, ...changes };
    savePreferences(this.#preferences);
  }

  /** Do what a key or a button stands for; false when there is nothing to do, so that the key stays free. */
  #run(action, event, target = null) {
    if (!this.workflow) return false;
    if (this.panel.help.open) return action === "escape" && this.panel.help.leave(); // wherever the focus is
    if (this.reviewing?.asking) return action === "escape" && this.reviewing.leave();
    if (ANSWERS.has(action)) return this.#answer(action, event);
    if (action in Verify.prototype) return this.verify.run(action, event);
    if (action in Grid.prototype) return this.grid.run(action, event);
    const act = BOX_ACTIONS[action] ?? VIEW_ACTIONS[action];
    return act ? act(this, event, target) : this[`do_${action}`](event, target);
  }

  #answer(action, event) {
    const clicked = event.type === "click" && event.detail > 0;
    if (clicked && (event.detail > 1 || performance.now() < this.#guardUntil)) return true;
    this.#clicked = clicked;
    this.keyboard.take(); // what is typed next is about the next session
    const { workflow } = this;
    const outcome = { submit: "labelled", skip: "skipped", unsure: "unsure", noCalls: "labelled" }[action];
    if (action === "noCalls" && workflow.canFinish("empty")) this.editing.removeAll();
    if (outcome) workflow.submit(outcome);
    else this.reviewing?.run(action);
    return true;
  }

  // Everything that is not in box_actions.js or view_actions.js -----------------------------------------------------------

  do_editMode() {
    return this.switch.use("edit");
  }
  do_gridMode() {
    return this.switch.use(this.grid.active ? "edit" : "grid");
  }
  do_gridKey(event) {
    return this.grid.key(event);
  }
  do_verifyMode() {
    return this.switch.use(this.verify.active ? "edit" : "verify");
  }

  do_escape() {
    if (this.labelling.picker.close() || this.gestures.abandon()) return true;
    const left = this.keyboard.leave();
    if (closeMenus(this.root) || left) return true;
    if (this.verify?.active || this.grid?.active) this.switch.use("edit");
    else if (this.editing.selected) this.editing.select(null);
    else return false;
    return true;
  }

  // Sound and picture ---------------------------------------------------------------------------------

  do_toggleLoop() {
    this.player.loop = !this.player.loop;
    this.#draw();
  }

  do_togglePredictions() {
    this.#showPredictions = !this.#showPredictions;
    this.#draw();
  }

  // Session -------------------------------------------------------------------------------------------

  do_comment() {
    this.panel.refs.comment.focus();
  }
  do_help() {
    this.panel.help.showModal();
  }
  do_retry() {
    this.workflow.retry();
  }
  do_tryAgain() {
    this.workflow.face?.retry
      ? this.workflow.face.retry()
      : this.workflow.open(this.workflow.view?.session_id ?? null, null);
  }
  do_openNext() {
    this.workflow.next();
  }
  do_clearFilters() {
    this.queueMenu.clear();
  }
  do_goThroughSkipped() {
    this.workflow.goThroughSkipped();
  }
  do_edit() {
    this.workflow.edit();
  }
  do_restoreOlder() {
    this.workflow.restoreOlder();
  }
  do_back() {
    this.workflow.open(this.workflow.notice.button.sessionId);
  }
  do_previousSession() {
    this.workflow.open(this.workflow.view.previous_id);
  }
  do_nextSession() {
    this.workflow.open(this.workflow.view.next_id);
  }
}
