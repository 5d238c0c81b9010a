// The entry: one editor per place on the page.

import { mounting } from "../web/mounting.js";
import { Editor } from "./editor.js";

export const mount = mounting(
  ({ mode, round_id: roundId }) => `${mode} ${roundId}`,
  (component) => new Editor(component),
  (editor, component) => editor.update(component),
);
