// How the picture looks: joins this person's settings, the menu, the strips and what is fetched for them.

import { LookMenu } from "./lookmenu.js";
import { Pictures } from "./pictures.js";
import { Strips } from "./strips.js";

export class Look {
  #host;
  #menu;
  #strips;

  /**
   * `host` offers stage, view() of the session on the stage (null while there is none), say(text) and
   * refresh(): the pictures that were fetched ahead are to be fetched again.
   */
  constructor(api, roundId, refs, host, signal) {
    this.#host = host;
    this.pictures = new Pictures(api, roundId);
    this.#menu = new LookMenu(refs.pictureMenu, {
      settings: () => this.settings,
      info: () => host.stage.info,
      view: () => host.view(),
      say: (text) => host.say(text),
      recolour: (changes) => this.#recolour(changes),
      refetch: (changes) => this.#refetch(changes),
      reset: () => this.#reset(),
    });
    const fetchPeaks = (part, abort) => this.pictures.peaks(host.view(), part, abort);
    this.#strips = new Strips(refs.strips, host.stage, fetchPeaks, signal);
  }

  get settings() {
    return this.pictures.settings(this.#host.view());
  }

  /** The stage has another size or view. */
  layout() {
    this.#strips.draw();
  }

  /** A session has come on the stage with a picture that may have been fetched before the settings changed. */
  shown(view, picture) {
    this.#menu.draw();
    if (picture && !this.pictures.isCurrent(picture, view)) this.#fetchAgain();
  }

  #recolour(changes) {
    this.pictures.change(changes);
    this.#host.stage.colour(this.settings);
    this.#menu.draw();
  }

  #refetch(changes) {
    this.pictures.change(changes);
    this.#menu.draw();
    return this.#fetchAgain();
  }

  #reset() {
    this.pictures.reset();
    this.#menu.draw();
    this.#host.stage.colour(this.settings);
    return this.#fetchAgain();
  }

  // The old picture stays until the new one is there.
  async #fetchAgain() {
    const { stage, view, say, refresh } = this.#host;
    const session = view();
    if (!session?.picture || (stage.url && stage.url === this.pictures.url(session))) return;
    try {
      const picture = await this.pictures.whole(session);
      if (view() !== session || !this.pictures.isCurrent(picture, session)) return; // something newer is wanted
      stage.replace(picture, this.settings);
      this.#menu.draw();
    } catch (error) {
      if (error.name !== "AbortError") say(`This picture cannot be shown: ${error.message}`);
      return;
    }
    refresh();
  }
}
