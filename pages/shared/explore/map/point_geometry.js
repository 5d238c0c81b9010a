// What lies inside a shape on the screen, and what lies nearest to a point. No DOM.

/** @import { IsCounted, Point } from "../../web/types.js" */

const BANDS = 256;

/**
 * Screen places [x0, y0, x1, y1, ...] of points (x, y, z each) seen by an affine view, see Camera.affine.
 * @param {Float32Array} places
 * @param {number[]} affine
 */
export function project(places, affine) {
  const [a0, a1, a2, a3, a4, a5, a6, a7] = affine;
  const count = places.length / 3;
  const screen = new Float32Array(2 * count);
  for (let point = 0; point < count; point += 1) {
    const x = places[3 * point];
    const y = places[3 * point + 1];
    const z = places[3 * point + 2];
    screen[2 * point] = a0 * x + a1 * y + a2 * z + a3;
    screen[2 * point + 1] = a4 * x + a5 * y + a6 * z + a7;
  }
  return screen;
}

/**
 * A test whether a place is inside a polygon [[x, y], ...] (even-odd). Edges are sorted into horizontal bands, so that
 * each place looks at those of its own band only.
 * @param {Point[]} polygon
 */
export function polygonTest(polygon) {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const tall = (bottom - top) / BANDS || 1;
  /** @param {number} y */
  const bandOf = (y) => Math.min(Math.max(Math.floor((y - top) / tall), 0), BANDS - 1);
  const bands = Array.from({ length: BANDS }, () => /** @type {number[][]} */ ([]));
  polygon.forEach(([x0, y0], index) => {
    const [x1, y1] = polygon[(index + 1) % polygon.length];
    for (let band = bandOf(Math.min(y0, y1)); band <= bandOf(Math.max(y0, y1)); band += 1)
      bands[band].push([x0, y0, x1, y1]);
  });
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    if (!(x >= left && x <= right && y >= top && y <= bottom)) return false;
    let inside = false;
    for (const edge of bands[bandOf(y)]) {
      if (edge[1] > y !== edge[3] > y && x < edge[0] + ((y - edge[1]) / (edge[3] - edge[1])) * (edge[2] - edge[0]))
        inside = !inside;
    }
    return inside;
  };
}

/**
 * Numbers of the points whose places on the screen pass a test.
 * @param {Float32Array} screen
 * @param {IsCounted} isCounted
 * @param {(x: number, y: number) => boolean} test
 */
export function pointsWhere(screen, isCounted, test) {
  const found = [];
  for (let point = 0; 2 * point < screen.length; point += 1)
    if (isCounted(point) && test(screen[2 * point], screen[2 * point + 1])) found.push(point);
  return found;
}

/**
 * The point nearest to (x, y) within `reach` pixels, -1 if there is none.
 * @param {Float32Array} screen
 * @param {IsCounted} isCounted
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 */
export function nearestPoint(screen, isCounted, x, y, reach) {
  let [best, least] = [-1, reach * reach];
  for (let point = 0; 2 * point < screen.length; point += 1) {
    const dx = screen[2 * point] - x;
    const dy = screen[2 * point + 1] - y;
    const far = dx * dx + dy * dy;
    if (far <= least && isCounted(point)) [best, least] = [point, far];
  }
  return best;
}

/**
 * The nearest neighbour of a point in a direction (unit vector), within 45 degrees of it; -1 if there is none.
 * @param {Float32Array} screen
 * @param {IsCounted} isCounted
 * @param {number} from
 * @param {Point} pair
 */
export function neighbourTowards(screen, isCounted, from, [right, down]) {
  const [x, y] = [screen[2 * from], screen[2 * from + 1]];
  let [best, least] = [-1, Infinity];
  for (let point = 0; 2 * point < screen.length; point += 1) {
    const dx = screen[2 * point] - x;
    const dy = screen[2 * point + 1] - y;
    const along = dx * right + dy * down;
    const across = Math.abs(dx * down - dy * right);
    if (!(along > 0 && across <= along) || point === from) continue;
    const far = dx * dx + dy * dy;
    if (far < least && isCounted(point)) [best, least] = [point, far];
  }
  return best;
}

/**
 * The path of a shape in SVG; a single corner is a dot.
 * @param {Point[]} corners
 * @param {boolean} isClosed
 */
export function pathOf(corners, isClosed) {
  if (corners.length < 2) return corners.length ? `M${corners[0].join(" ")}h.1` : "";
  const places = corners.map((each) => each.map((value) => value.toFixed(1)).join(" "));
  return `M${places.join("L")}${isClosed ? "Z" : ""}`;
}
