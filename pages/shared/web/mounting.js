// One view for each place on the page. Streamlit calls `mount` again whenever it has new data, and at last the function
// that the newest call returned. Where new data come while scripts are still on their way, it calls an older call's
// function, too, after the newer call: that one is not to end the view.

/** @import { Component } from "./types.js" */

/**
 * @template Data
 * @template {{ destroy(): void }} View
 * @param {(data: Data) => string} identityOf of which other one is shown by another view
 * @param {(component: Component<Data>) => View} make
 * @param {(view: View, component: Component<Data>) => void} update
 */
export function mounting(identityOf, make, update) {
  /** @type {WeakMap<HTMLElement, { view: View, identity: string, newest: Component<Data> }>} by the place */
  const held = new WeakMap();

  /** @param {HTMLElement} place */
  function unmount(place) {
    held.get(place)?.view.destroy();
    held.delete(place);
  }

  /** @param {Component<Data>} component */
  return function mount(component) {
    const place = component.parentElement;
    const identity = identityOf(component.data);
    if (held.get(place)?.identity === identity) update(held.get(place).view, component);
    else {
      unmount(place);
      held.set(place, { view: make(component), identity, newest: component });
    }
    held.get(place).newest = component;
    return () => held.get(place)?.newest === component && unmount(place);
  };
}
