// What the types forbid: a line here that is allowed fails the check.

import { store } from "../../../polyalign/server/page/store.js";

// @ts-expect-error only `set` changes what is known
store.revision = 1;
// @ts-expect-error
store.cursor.index = 1;
// @ts-expect-error
store.project.undo = "mark";
// @ts-expect-error
store.chosen.clear();
