// The entry: the rows of one sheet per place on the page. Another file is another sheet: nothing of the first one stays.

import { mounting } from "../web/mounting.js";
import { SheetRows } from "./rows.js";

export const mount = mounting(
  ({ sheet_id: sheetId }) => sheetId,
  (component) => new SheetRows(component),
  (rows, { data }) => rows.update(data),
);
