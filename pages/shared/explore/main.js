// The entry: one explorer per place on the page.

import { mounting } from "../web/mounting.js";
import { Explorer } from "./explorer.js";

export const mount = mounting(
  ({ round_id: roundId, collection_id: collectionId }) => `${roundId} ${collectionId}`,
  (component) => new Explorer(component),
  (explorer, { data }) => explorer.update(data),
);
