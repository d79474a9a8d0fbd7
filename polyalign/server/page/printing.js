// Print holds the whole text: the list in the page has only the rows in sight.
// @ts-check

import { now } from "./api.js";
import { bitextPath, listingQuery, store } from "./store.js";
import { bdi, el, find } from "./dom.js";
import { itemElement } from "./row.js";
import { languageName } from "./strings.js";

const MOST = 500; // rows of one answer

export function start() {
  addEventListener("beforeprint", () => store.bitext && find("#print").replaceChildren(...whole()));
  addEventListener("afterprint", () => find("#print").replaceChildren());
}

/** Headings and all rows that the filter shows. The browser waits for nothing that comes later than now. */
function whole() {
  const rows = [];
  for (let total = 1; rows.length < total;) {
    const query = listingQuery({ offset: rows.length, limit: MOST });
    query.delete("collapse");
    const page = now(`${bitextPath()}/rows`, query);
    if (!page.rows.length) break;
    rows.push(...page.rows);
    total = page.total;
  }
  return [headings(), ...rows.map((row, index) => itemElement(row, { index, order: null }))];
}

function headings() {
  /** @param {Side} side */
  const heading = (side) => {
    const { language, path } = store.bitext[side];
    return el("div", { class: "heading" }, el("b", {}, languageName(language)), bdi(path ?? "", "file"));
  };
  return el("div", { class: "headings" }, heading("source"), el("div"), heading("target"));
}
