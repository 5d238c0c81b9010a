// The entry: the rows of one sheet per place on the page. Streamlit calls `mount` again whenever it has new data.

import { SheetRows } from "./rows.js";

const shown = new WeakMap(); // parentElement -> SheetRows

function unmount(parentElement) {
  shown.get(parentElement)?.destroy();
  shown.delete(parentElement);
}

export function mount(component) {
  const { parentElement, data } = component;
  const known = shown.get(parentElement);
  if (known?.sheetId === data.sheet_id) known.update(data);
  else {
    unmount(parentElement); // another file: nothing of the first one stays
    shown.set(parentElement, new SheetRows(component));
  }
  return () => unmount(parentElement);
}
