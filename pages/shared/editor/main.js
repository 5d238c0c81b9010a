// The entry: one editor per place on the page.

import { Editor } from "./editor.js";
import { mounting } from "./mounting.js";

export const mount = mounting(
  ({ mode, round_id: roundId }) => `${mode} ${roundId}`,
  (component) => new Editor(component),
  (editor, component) => editor.update(component),
);
