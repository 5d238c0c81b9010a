// The explorer of one collection: joins the map, its colours and filters, the sound, the selection and the panels.

import { el, find, hostOf } from "../web/dom.js";
import { fillWindow } from "../web/fill_window.js";
import { loadStyles } from "../web/stylesheets.js";
import { Maps } from "./map/maps.js";
import { colorPoints, themeColors } from "./map/point_colors.js";
import { STATE } from "./map/point_renderer.js";
import { ScatterMap } from "./map/scatter_map.js";
import { Selection } from "./model/selection.js";
import { CollectionApi } from "./network/api.js";
import { Changes } from "./network/changes.js";
import { Classifiers } from "./network/classifiers.js";
import { Columns, TITLES } from "./network/columns.js";
import { Labelling } from "./network/labelling.js";
import { SavedView } from "./view/saved_view.js";
import { KeptSelection } from "./network/saved_selection.js";
import { PANELS } from "./panels/index.js";
import { Hearing } from "./view/clip_card.js";
import { describeClip } from "./view/clip_views.js";
import { Keys } from "./view/keyboard.js";
import { Legend } from "./view/legend.js";
import { Bar } from "./view/toolbar.js";

/** @import { Clip, Column, Component, ExplorePanel, ExplorerData, Parts } from "../web/types.js" */

const STYLES = ["controls", "map", "panels", "search_and_rules"];
const SUBSETS = ["subset", "evicted"]; // columns that acts on clips change
const LABELS = ["label", "annotator", "agreement", "verdict"]; // and those that answers change

export class Explorer {
  #abort = new AbortController();
  /** @type {HTMLElement} */ root;
  /** @type {CollectionApi} */ api;
  /** @type {Columns} */ columns;
  /** @type {Classifiers} */ classifiers;
  /** @type {Selection} */ selection;
  /** @type {ScatterMap} */ map;
  /** @type {Hearing} */ hearing;
  /** @type {Labelling} */ labelling;
  /** @type {Float32Array} places of all clips on the map that is shown: x, y, z */ points = new Float32Array(0);
  /** @type {Maps} */ maps;
  /** @type {Changes} */ #changes;
  colorName = "label";
  alphaName = "";
  /** @type {Set<string>} */ hiddenSubsets = new Set();
  #shown = new Uint8Array(0);
  /** @type {Legend} */ legend;
  /** @type {Bar} */ #bar;
  /** @type {KeptSelection} */ #kept;
  /** @type {ExplorePanel[]} */ #panels = [];
  /** @type {ExplorePanel | null} */ #open = null; // the panel on screen
  /** @type {Parts} */ #parts = {};
  /** @type {SavedView} */ #saved;
  #states = 0;
  #colorTurn = 0;
  /** @type {ExplorerData} */ data;

  /** @param {Component<ExplorerData>} component */
  constructor({ parentElement, data }) {
    const { signal } = this.#abort;
    this.data = data;
    this.#saved = new SavedView(this);
    this.root = find(parentElement, ".explorer");
    const styles = STYLES.map((name) => new URL(`styles/${name}.css`, import.meta.url).href);
    loadStyles(parentElement, this.root, styles);
    fillWindow(this.root, signal);
    this.api = new CollectionApi(data.round_id, data.collection_id, signal);
    this.columns = new Columns(this.api);
    this.classifiers = new Classifiers(this.api);
    this.selection = new Selection(data.clip_count);
    this.labelling = new Labelling(this);
    this.hearing = new Hearing(this.api, {
      place: (/** @type {number} */ number) => this.map.placeOf(number),
      size: () => [this.map.camera.width, this.map.camera.height],
      changed: () => this.#bar.draw(),
      describe: (/** @type {Clip} */ row) => describeClip(this, row),
    });
    this.map = new ScatterMap(
      {
        choose: (numbers, how) => this.selection.choose(numbers, how),
        hover: (number) => this.#hover(number),
        leave: () => this.#leave(),
        look: () => themeColors(this.map.element),
        hasSelection: () => this.selection.size > 0,
        moved: () => (this.hearing.hide(), this.remember()),
      },
      signal,
    );
    this.legend = new Legend({
      filter: (name, passes) => this.selection.filter(`column ${name}`, passes),
      isCounted: (number) => !this.isHidden(number),
      title: (name) => this.columns.titleOf(name),
      changed: () => this.remember(),
    });
    this.maps = new Maps(this, signal);
    this.#changes = new Changes(this, signal);
    this.#bar = new Bar(this);
    this.#build();
    new Keys(this, signal);
    this.#kept = new KeptSelection(this, signal);
    this.selection.addEventListener("change", () => this.#selectionChanged());
    window.addEventListener("pagehide", () => this.#saved.save(), { signal }); // also what has not rested yet
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.map.draw(), { signal });
    new MutationObserver(() => this.map.draw()).observe(hostOf(this.root) ?? this.root, {
      attributes: true,
      attributeFilter: ["style", "class"],
    });
    this.#start();
  }

  get count() {
    return this.selection.count;
  }
  get signal() {
    return this.#abort.signal;
  }

  #build() {
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    this.#panels = PANELS.map((Panel) => new Panel(this));
    const tabs = this.#panels.map((panel) =>
      el("button", { role: "tab", onclick: () => this.openPanel(panel) }, panel.title),
    );
    part("tabs", el("div", { class: "tabs", role: "tablist", hidden: tabs.length < 2 }, ...tabs));
    part("panel", el("div", { class: "panel", role: "tabpanel" }));
    part("notice", el("p", { class: "notice", role: "status" }));
    this.map.element.append(this.hearing.card);
    const mapside = el("div", { class: "mapside" }, this.map.element, this.legend.element, this.#parts.notice);
    const aside = el("aside", { class: "panels", "aria-label": "Panels" }, this.#parts.tabs, this.#parts.panel);
    this.root.replaceChildren(this.#bar.element, el("div", { class: "body" }, mapside, aside));
    this.openPanel(this.#panels[0]);
  }

  async #start() {
    performance.mark("explore-start");
    this.#saved.recall();
    try {
      await this.#changes.note();
      this.#fetchAhead();
      const [labels] = await Promise.allSettled([this.labelling.load(), this.columns.load(), this.maps.load()]);
      if (labels.status === "rejected") throw labels.reason;
      this.#forgetLost();
      this.maps.fetch(this.maps.chosen).catch(() => {}); // on its way, too
      await Promise.all([
        this.maps.show(this.maps.chosen),
        this.#chooseColor().then(() => this.colorBy(this.colorName)),
        this.#kept.load(),
      ]);
      await this.#hideSubsets();
      await this.legend.restore(this.#saved.before.legend ?? {}, async (name) =>
        this.columns.has(name) ? this.columns.get(name) : null,
      );
      this.root.dataset.state = "ready";
      performance.measure("explore-ready", "explore-start"); // for the tests: how long it took
      this.update();
      for (const name of ["score", "prediction"]) this.columns.get(name).catch(() => {}); // for the cards
      this.labelling.recall().catch(() => {}); // without it, what is done from now on can be undone
      this.#findWanted();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.root.dataset.state = "error";
      this.say(error.message, { label: "Try again", run: () => this.#start(), isBad: true });
    }
  }

  // A stretch that the address names, such as a box of the label page.
  #findWanted() {
    const search = this.#panels.find((panel) => panel.findStretch);
    if (!this.data.find) return;
    this.openPanel(search);
    search.findStretch(this.data.find);
  }

  // Predictions have a label of their own long before anybody gives them one.
  async #chooseColor() {
    if (this.#saved.before.color || this.data.unit !== "prediction" || !this.columns.has("prediction")) return;
    const { categories } = await this.columns.get("label");
    if (!categories.some(Boolean)) this.colorName = "prediction";
  }

  // What the first picture needs is on its way before it is known what there is.
  #fetchAhead() {
    for (const name of [this.colorName, ...SUBSETS]) if (name in TITLES) this.columns.get(name).catch(() => {});
    if (this.maps.chosen) this.maps.fetch(this.maps.chosen).catch(() => {});
  }

  // Columns that were made here, such as the scores of a search, are gone after a reload.
  #forgetLost() {
    if (!this.columns.has(this.colorName)) this.colorName = "label";
    if (!this.columns.has(this.alphaName)) this.alphaName = "";
    this.maps.axes = this.maps.axes.map((name) => (this.columns.has(name) ? name : ""));
  }

  /**
   * New data of the page.
   * @param {ExplorerData | null} [data]
   */
  update(data = null) {
    if (data) this.data = data;
    this.#bar.draw();
    this.#open?.update();
  }

  destroy() {
    this.#saved.save();
    this.hearing.hide();
    this.#abort.abort();
  }

  /** Remember how things are shown, in a moment. */
  remember() {
    this.#saved.remember();
  }

  // What is shown ---------------------------------------------------------------------------------------

  /**
   * Show a map's places: {points: Float32Array, dimensions}; clips without a place are not drawn.
   * @param {Float32Array} places
   * @param {boolean} isSolid
   */
  showPlaces(places, isSolid) {
    this.#leave();
    this.points = places;
    this.map.setPlaces(places, isSolid);
    this.#countShown();
  }

  /**
   * Colour all clips by a column.
   * @param {string} name
   */
  async colorBy(name) {
    const turn = (this.#colorTurn += 1);
    const [column, alphas] = await Promise.all([
      this.columns.get(name),
      this.alphaName ? this.columns.get(this.alphaName) : null,
    ]);
    if (turn !== this.#colorTurn) return;
    this.colorName = name;
    this.#useLabelColors(column);
    this.map.setColors(colorPoints(column, alphas));
    this.legend.show(column);
    this.root.dataset.color = name;
    this.remember();
    this.update();
  }

  /**
   * Let clips with a low score fade: the name of a number column, or "" for none.
   * @param {string} name
   */
  fadeBy(name) {
    this.alphaName = name;
    return this.colorBy(this.colorName);
  }

  // Labels have the colours of the round in every column.
  /** @param {Column} column */
  #useLabelColors(column) {
    if (!["label", "prediction", "given_label"].includes(column.name) && !column.isLabels) return;
    const known = new Map(this.labelling.labels.map(({ name, color }) => [name, color]));
    column.colors = column.categories?.map((name, at) => known.get(name) ?? column.colors?.[at] ?? null);
  }

  /**
   * Is a clip out of sight, and not to be selected: by its subset, as evicted, or without a place?
   * @param {number} number
   */
  isHidden(number) {
    return this.#shown[number] !== 1;
  }

  /** @param {string} name */
  async toggleSubset(name) {
    if (!this.hiddenSubsets.delete(name)) this.hiddenSubsets.add(name);
    await this.#hideSubsets();
    this.remember();
  }

  // What is hidden is not selected, now and by every later lasso.
  async #hideSubsets() {
    await Promise.all(SUBSETS.filter((name) => this.columns.has(name)).map((name) => this.columns.get(name)));
    this.#countShown();
    this.legend.draw();
    this.update();
  }

  #countShown() {
    const evicted = this.columns.find("evicted");
    const subset = this.hiddenSubsets.size ? this.columns.find("subset") : null;
    const shown = new Uint8Array(this.count);
    for (let number = 0; number < this.count; number += 1) {
      const isOut =
        Number.isNaN(this.points[3 * number]) ||
        (evicted && evicted.categories[evicted.values[number]]) ||
        (subset && this.hiddenSubsets.has(subset.categories[subset.values[number]]));
      shown[number] = isOut ? 0 : 1;
    }
    this.#shown = shown;
    this.selection.filter("shown", shown.includes(0) ? shown : null);
    this.#drawStates();
  }

  /** Subsets, evictions or other facts about clips have changed on the server. */
  async clipsChanged(names = SUBSETS) {
    await this.#changes.note();
    this.hearing.forget();
    await Promise.all(names.filter((name) => this.columns.find(name)).map((name) => this.columns.refresh(name)));
    if (names.includes(this.colorName)) await this.colorBy(this.colorName);
    await this.#hideSubsets();
  }

  /** Labels have changed on the server. */
  labelsChanged() {
    return this.clipsChanged(LABELS);
  }

  /** Others have labelled or moved clips, or drawn a map. */
  async othersChanged() {
    await Promise.all([this.labelling.load(), this.maps.load()]);
    await this.clipsChanged([...LABELS, ...SUBSETS]);
  }

  #drawStates() {
    cancelAnimationFrame(this.#states);
    this.#states = requestAnimationFrame(() => {
      const states = new Uint8Array(this.count);
      for (let number = 0; number < this.count; number += 1) {
        if (this.#shown[number] !== 1) states[number] = STATE.hidden;
        else if (!this.selection.passes(number)) states[number] = STATE.faint;
        else states[number] = this.selection.has(number) ? STATE.chosen : STATE.plain;
      }
      this.map.setStates(states);
      this.root.dataset.selected = String(this.selection.size);
    });
  }

  #selectionChanged() {
    this.#drawStates();
    this.update();
  }

  // The current clip ------------------------------------------------------------------------------------

  /** @param {number} number */
  #hover(number) {
    if (this.map.current === number && this.hearing.number === number) return;
    this.map.setCurrent(number);
    this.hearing.show(number);
  }

  #leave() {
    if (this.map.current < 0) return;
    this.map.setCurrent(-1);
    this.hearing.hide();
  }

  /**
   * Go to a clip: by the keyboard, or from a panel.
   * @param {number} number
   */
  goTo(number) {
    if (number < 0) return;
    this.map.setCurrent(number, { reveal: true });
    this.hearing.show(number, { atOnce: true });
    this.#open?.update();
  }

  // Panels and words ------------------------------------------------------------------------------------

  /** @param {ExplorePanel} panel */
  openPanel(panel) {
    this.#open = panel;
    this.#parts.panel.replaceChildren(panel.element);
    [...this.#parts.tabs.children].forEach((tab, at) =>
      tab.setAttribute("aria-selected", String(this.#panels[at] === panel)),
    );
    panel.update();
  }

  /**
   * Say something; `action` is {label, run, isBad}.
   * @param {string} text
   * @param {{ label?: string; run?: (() => unknown) | null; isBad?: boolean }} [options]
   */
  say(text, { label = "", run = null, isBad = false } = {}) {
    this.#parts.notice.classList.toggle("bad", isBad);
    this.#parts.notice.replaceChildren(
      el("span", {}, text),
      run ? el("button", { class: "small", onclick: () => (this.#parts.notice.replaceChildren(), run()) }, label) : "",
    );
  }
}
