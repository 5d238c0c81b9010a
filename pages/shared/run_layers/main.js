// The entry: one view of layers per place on the page.

import { find } from "../web/dom.js";
import { mounting } from "../web/mounting.js";
import { loadStyles } from "../web/stylesheets.js";
import { LayersView } from "./layers_view.js";

export const mount = mounting(
  () => "",
  ({ parentElement, data }) => {
    const root = find(parentElement, ".podcast-layers");
    loadStyles(parentElement, root, [new URL("run_layers.css", import.meta.url).href]);
    const view = new LayersView(root);
    view.update(data);
    return view;
  },
  (view, { data }) => view.update(data),
);
