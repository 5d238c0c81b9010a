// The entry: the thumbnails of one round per place on the page.

import { mounting } from "../web/mounting.js";
import { BoxGrid } from "./box_grid.js";

export const mount = mounting(
  ({ round_id: roundId }) => roundId,
  (component) => new BoxGrid(component),
  (grid, component) => grid.update(component),
);
