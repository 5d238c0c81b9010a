// The panels beside the map, in the order of their tabs. A panel is a class with `constructor(explorer)`, `element`,
// `title` and `update()`, which is called when the selection, a label or a column has changed while it is on screen.

import { ClassifierPanel } from "./classifier.js";
import { ComparePanel } from "./compare.js";
import { DensityPanel } from "./density.js";
import { RulesPanel } from "./rules.js";
import { SamplePanel } from "./sample.js";
import { SearchPanel } from "./search.js";
import { SelectionPanel } from "./selection.js";
import { SubsetsPanel } from "./subsets.js";

export const PANELS = [
  SelectionPanel,
  SearchPanel,
  RulesPanel,
  ClassifierPanel,
  ComparePanel,
  DensityPanel,
  SamplePanel,
  SubsetsPanel,
];
