// The entry: one live source per place on the page.

import { mounting } from "../web/mounting.js";
import { LiveView } from "./live_view.js";

export const mount = mounting(
  ({ feed_id: feedId }) => feedId,
  (component) => new LiveView(component),
  (view, { data }) => view.update(data),
);
