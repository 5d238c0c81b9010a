// The entry: one explorer per place on the page. Streamlit calls `mount` again whenever it has new data.

import { Explorer } from "./explorer.js";

const explorers = new WeakMap(); // parentElement -> {explorer, identity}

const identityOf = ({ round_id: roundId, collection_id: collectionId }) => `${roundId} ${collectionId}`;

function unmount(parentElement) {
  explorers.get(parentElement)?.explorer.destroy();
  explorers.delete(parentElement);
}

export function mount(component) {
  const { parentElement, data } = component;
  const identity = identityOf(data);
  const known = explorers.get(parentElement);
  if (known?.identity === identity) known.explorer.update(data);
  else {
    unmount(parentElement); // another collection is another explorer
    explorers.set(parentElement, { explorer: new Explorer(component), identity });
  }
  return () => unmount(parentElement);
}
