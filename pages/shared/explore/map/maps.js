// Which map is shown by which axes, and new ones, which a job draws.

/** @import { Explorer } from "../explorer.js" */
/** @import { Binary, MapShape } from "../../web/types.js" */
/** @import { Camera } from "./camera.js" */

const WAIT_MS = 1000; // between looks at a job

/** @type {Record<string, string>} */
export const METHODS = { pacmap: "PaCMAP", umap: "UMAP", tsne: "t-SNE", pca: "PCA" };

/**
 * Places of all clips by chosen axes: each a function from a clip's number to a coordinate.
 * @param {number} count
 * @param {((number: number) => number)[]} axes
 * @param {boolean} isSame
 */
function gather(count, axes, isSame) {
  const places = new Float32Array(3 * count);
  const ends = axes.map((read) => {
    let [low, high] = [Infinity, -Infinity];
    for (let number = 0; number < count; number += 1) {
      const value = read(number);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? [(low + high) / 2, (high - low) / 2 || 1] : [0, 1];
  });
  const widest = Math.max(...ends.map(([, half]) => half)); // a map's axes have one scale
  axes.forEach((read, axis) => {
    const [middle, half] = ends[axis];
    const scale = 1 / (isSame ? widest : half);
    for (let number = 0; number < count; number += 1) places[3 * number + axis] = (read(number) - middle) * scale;
  });
  return places;
}

export class Maps {
  /** @type {Explorer} */ #explorer;
  /** @type {AbortSignal} */ #signal;
  /** @type {Map<string, Promise<Binary>>} */ #points = new Map(); // map -> promise of {header, values}
  /** @type {{id: string, method: string, dimensions: number, finished_at: string | null, job_id?: string}[]} */
  list = [];
  chosen = ""; // the newest, as long as nobody has chosen one
  axes = ["", "", ""]; // columns in the place of the map's own axes
  progress = ""; // of the map that is being drawn
  /** @type {Parameters<Camera["restore"]>[0] | null} */ #camera = null;

  /** @param {Explorer} explorer @param {AbortSignal} signal */
  constructor(explorer, signal) {
    this.#explorer = explorer;
    this.#signal = signal;
  }

  get map() {
    return this.list.find(({ id }) => id === this.chosen) ?? { id: "pca", method: "pca", dimensions: 2 };
  }
  /** @param {Partial<MapShape>} mapShape */
  titleOf({ method, dimensions, created_at: at, id }) {
    const name = `${METHODS[method] ?? method}${dimensions === 3 ? ", 3-D" : ""}`;
    return id.startsWith("pca") ? name : `${name} · ${(at ?? "").slice(0, 16).replace("T", " ")}`;
  }

  async load() {
    this.list = (await this.#explorer.api.get("maps")).items;
    const waiting = this.list.find(({ job_id: job, finished_at: end }) => job && !end);
    if (waiting && !this.progress) this.#watch(waiting.job_id, waiting.id);
    const ready = this.list.filter(({ finished_at: end, job_id: job }) => end || !job);
    if (!ready.some(({ id }) => id === this.chosen))
      this.chosen = ready.findLast(({ method }) => method !== "pca")?.id ?? "pca";
    this.list = ready;
  }

  /**
   * Fetch the places of a map, once: {header, values}.
   * @param {string} id
   */
  fetch(id) {
    if (!this.#points.has(id)) {
      const fetched = this.#explorer.api.points(id);
      fetched.catch(() => this.#points.delete(id));
      this.#points.set(id, fetched);
    }
    return this.#points.get(id);
  }

  /**
   * Show a map by its own axes, or by columns (see `axes`).
   * @param {string} id
   * @param {string[]} [axes]
   */
  async show(id, axes = this.axes) {
    const { header, values } = await this.fetch(id);
    const [, dimensions] = header.shape;
    const columns = await Promise.all(axes.map((name) => (name ? this.#explorer.columns.get(name) : null)));
    /** @param {number} axis */
    const own = (axis) =>
      axis < dimensions ? (/** @type {number} */ number) => values[number * dimensions + axis] : null;
    const readers = columns
      .map((column, axis) => (column ? (/** @type {number} */ number) => column.values[number] : own(axis)))
      .filter(Boolean);
    this.chosen = id;
    this.axes = axes;
    const places = gather(
      this.#explorer.count,
      readers,
      columns.every((column) => column === null),
    );
    this.#explorer.showPlaces(places, readers.length === 3);
    if (this.#camera) this.#explorer.map.camera.restore(this.#camera);
    this.#camera = null;
    this.#explorer.root.dataset.map = id;
    this.#explorer.remember();
    this.#explorer.update();
  }

  /**
   * Have a new map drawn; it is shown once it is there.
   * @param {string} method
   * @param {number} dimensions
   */
  async draw(method, dimensions) {
    try {
      const { job_id: job, map_id: map } = await this.#explorer.api.post("maps", { method, dimensions });
      await this.#watch(job, map);
    } catch (error) {
      if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    }
  }

  /** @param {string} job @param {string} map */
  async #watch(job, map) {
    const url = new URL(`../../jobs/${encodeURIComponent(job)}`, `${this.#explorer.api.url}/`).href;
    this.progress = "Drawing a map …";
    while (!this.#signal.aborted) {
      this.#explorer.update();
      const { state, done, total, error } = await this.#explorer.api.get(url);
      if (state === "done") {
        this.progress = "";
        await this.load();
        this.#explorer.say("The new map is ready.");
        return this.show(map ?? this.list.at(-1).id);
      }
      if (state !== "queued" && state !== "running") {
        this.progress = "";
        this.#explorer.update();
        return this.#explorer.say(error || "The map was not drawn.", { isBad: true });
      }
      this.progress =
        state === "queued"
          ? "The map is waiting for a worker …"
          : `Drawing a map${total ? `: ${Math.round((100 * done) / total)} %` : " …"}`;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    return null;
  }

  /** @param {{ map?: string; axes?: string[]; camera?: any }} options */
  recall({ map, axes, camera }) {
    if (map) this.chosen = map;
    if (axes?.length === 3) this.axes = axes;
    this.#camera = camera ?? null;
  }

  toJSON() {
    return { map: this.chosen, axes: this.axes };
  }
}
