// A rectangle that the pointer draws over a field; a press that does not move is a click.

/** @import { LassoHost, Rectangle } from "./types.js" */

const DRAG_PX = 6;

/**
 * Does a rectangle touch an element?
 * @param {Element} node
 * @param {Rectangle} area
 */
export function isTouched(node, { left, top, right, bottom }) {
  const place = node.getBoundingClientRect();
  return place.left < right && place.right > left && place.top < bottom && place.bottom > top;
}

/** @param {EventTarget} target @param {number} x */
const isOnScrollbar = (target, x) =>
  target instanceof HTMLElement &&
  target.scrollHeight > target.clientHeight &&
  target.clientWidth > 0 &&
  x >= target.clientWidth;

export class Lasso {
  /** @type {HTMLElement} */ #field;
  /** @type {HTMLElement} */ #frame;
  /** @type {LassoHost} */ #host;

  /**
   * `frame` shows the rectangle. `host` is {moved(area | null), drawn(area), clicked(target, event)}: `area` is {left, top,
   * right, bottom} in the window while it is drawn, null once it is over.
   * @param {HTMLElement} field
   * @param {HTMLElement} frame
   * @param {LassoHost} host
   */
  constructor(field, frame, host) {
    this.#field = field;
    this.#frame = frame;
    this.#host = host;
    field.addEventListener("pointerdown", (event) => event.button === 0 && this.#press(event));
  }

  // A finger scrolls: it draws nothing.
  /** @param {PointerEvent} down */
  #press(down) {
    const done = new AbortController();
    const { signal } = done;
    const { target } = down; // later it is the host of the shadow root
    if (isOnScrollbar(target, down.offsetX)) return;
    /** @type {Rectangle | null} */
    let area = null;
    /** @param {PointerEvent} event */
    const move = (event) => {
      const isFar = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > DRAG_PX;
      if (down.pointerType === "touch" || (!area && !isFar)) return;
      if (!area) this.#field.setPointerCapture(down.pointerId);
      area = this.#show(down, event);
      this.#host.moved(area);
    };
    /** @param {PointerEvent} event */
    const end = (event) => {
      done.abort();
      this.#frame.hidden = true;
      this.#host.moved(null);
      if (event.type === "pointercancel") return;
      if (area) this.#host.drawn(area);
      else this.#host.clicked(target, event);
    };
    this.#field.addEventListener("pointermove", move, { signal });
    this.#field.addEventListener("pointerup", end, { signal });
    this.#field.addEventListener("pointercancel", end, { signal });
  }

  /** @param {PointerEvent} from @param {PointerEvent} to */
  #show(from, to) {
    const [left, right] = [Math.min(from.clientX, to.clientX), Math.max(from.clientX, to.clientX)];
    const [top, bottom] = [Math.min(from.clientY, to.clientY), Math.max(from.clientY, to.clientY)];
    const origin = this.#field.getBoundingClientRect();
    this.#frame.hidden = false;
    this.#frame.style.left = `${left - origin.left}px`;
    this.#frame.style.top = `${top - origin.top}px`;
    this.#frame.style.width = `${right - left}px`;
    this.#frame.style.height = `${bottom - top}px`;
    return { left, top, right, bottom };
  }
}
