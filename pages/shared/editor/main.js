// The entry: one editor per place on the page. Streamlit calls `mount` again whenever it has new data.

import { Editor } from "./editor.js";

const editors = new WeakMap(); // parentElement -> {editor, identity}

const identityOf = ({ mode, round_id: roundId }) => `${mode} ${roundId}`;

function unmount(parentElement) {
  editors.get(parentElement)?.editor.destroy();
  editors.delete(parentElement);
}

export function mount(component) {
  const { parentElement, data } = component;
  const identity = identityOf(data);
  const known = editors.get(parentElement);
  if (known?.identity === identity) known.editor.update(component);
  else {
    unmount(parentElement); // another round is another editor
    editors.set(parentElement, { editor: new Editor(component), identity });
  }
  return () => unmount(parentElement);
}
