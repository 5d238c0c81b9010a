// The panels beside the map, in the order of their tabs. A panel is a class with `constructor(explorer)`, `element`,
// `title` and `update()`, which is called when the selection, a label or a column has changed while it is on screen.

import { ClassifierPanel } from "./classifier.js";
import { SearchPanel } from "./search.js";
import { SelectionPanel } from "./selection.js";
import { SubsetsPanel } from "./subsets.js";

export const PANELS = [SelectionPanel, SearchPanel, ClassifierPanel, SubsetsPanel];
