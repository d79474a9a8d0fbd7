// Several reviewers: where they decided otherwise than each other, and the review in figures, also for the client.
// @ts-check

import { get, handOver } from "./api.js";
import { bitextName } from "./labels.js";
import { bitextPath, editor, langOf, store } from "./store.js";
import { bdi, button, el, errorLine, table, tableRow, title } from "./dom.js";
import { STATES } from "./row.js";
import { queue, say } from "./saving.js";
import { date, decimal, direction, language, languageName, named, number, percent, t } from "./strings.js";
import { operate, refresh } from "./work.js";
import { showError } from "./words.js";

const FATES = /** @type {const} */ (["accepted", "corrected", "rejected", "doubtful", "undecided"]);

/** @param {string[]} names @param {(string | number)[][]} rows */
const lines = (names, rows) => table(names, el("tbody", {}, rows.map((cells) => tableRow(cells.map((cell) => bdi(cell))))));

/** The rows on which reviewers differ, each to be settled. @param {Closing} _ */
export function agreement({ close }) {
  const content = el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": t("agreement") });
  const error = errorLine();
  /** @param {any} problem */
  const fail = (problem) => showError(error, problem);
  const paint = async () => {
    const { agreements, disputed } = await get(`${bitextPath()}/agreement`);
    const none = agreements.length ? t("agreement.settled") : t("agreement.alone");
    content.replaceChildren(
      ...[agreements.length && agreed(agreements), el("h3", {}, t("agreement.disputed", { count: disputed.length }))].filter(Boolean),
      disputed.length ? el("ol", { class: "proposals disputed" }, disputed.map(one)) : el("p", {}, none),
    );
  };
  /** @param {number} row @param {State} state */
  const settle = (row, state) =>
    queue(
      async () => {
        await operate("settle", { rows: [row], state });
        await refresh();
        await paint();
        error.hidden = true;
      },
      fail,
      { decides: true },
    );
  /** @param {Row} row */
  const one = (row) => {
    /** @param {Side} side */
    const cell = (side) => el("div", { class: "text", ...langOf(side) }, row[side].map(({ text }) => el("p", {}, text)));
    const said = row.verdicts.map(({ who, state, at }) => el("li", {}, bdi(who || t("agreement.nameless")), " ", STATES[state], " ", el("small", {}, date(at))));
    const acts = /** @type {State[]} */ (["confirmed", "rejected"]).map((state) => button(t(`agreement.${state}`), () => settle(row.id, state), { "aria-label": t(`agreement.${state}.row`, { number: row.number }) }));
    const go = button(t("concordance.go"), () => { close(); queue(() => store.view.go(row.id)); }, { class: "plain" });
    return el("li", { "data-disputed": row.id }, el("div", { class: "pair" }, cell("source"), bdi(number(row.number)), cell("target")), el("ul", { class: "verdicts" }, said), el("div", { class: "line" }, editor() && acts, go));
  };
  queue(paint, fail);
  return [title(t("agreement"), close), el("p", { class: "hint" }, t("agreement.hint")), error, content];
}

/** @param {readonly ShownAgreement[]} agreements */
function agreed(agreements) {
  const names = [t("history.who"), t("view.rows"), t("agreement.agreed"), t("agreement.kappa")];
  const rows = agreements.map(({ one, other, rows: count, agreed: same, kappa }) => [
    `${one || t("agreement.nameless")} – ${other}`,
    number(count),
    percent(same / count),
    kappa === null ? "–" : decimal(kappa),
  ]);
  return lines(names, rows);
}

/** The review in figures. @param {Closing} _ */
export function statistics({ close }) {
  const content = el("div", { class: "scroll report", role: "region", tabindex: 0, "aria-label": t("statistics") });
  /** @type {Statistics | undefined} */
  let known;
  queue(async () => {
    known = await get(`${bitextPath()}/statistics`);
    content.replaceChildren(...figures(/** @type {Statistics} */ (known)));
  });
  const save = button(t("statistics.report"), () => known && saved(known), { class: "main" });
  return [title(t("statistics"), close), content, el("footer", {}, save)];
}

/** @param {Statistics} _ */
function figures({ shares, work, flags, comments, terms, progress, agreements }) {
  /** @param {number} value @param {number} all */
  const share = (value, all) => (all ? `${number(value)} (${percent(value / all)})` : "–");
  const bands = shares.map((one) => {
    const all = FATES.reduce((sum, fate) => sum + one[fate], 0);
    const name = one.low === null || one.high === null ? t("statistics.unscored") : `${decimal(one.low, 1)}–${decimal(one.high, 1)}`;
    return [name, ...FATES.map((fate) => share(one[fate], all))];
  });
  const people = work.map(({ who, rows, operations, hours, first, last }) => [
    who || t("agreement.nameless"),
    number(rows),
    number(operations),
    decimal(hours, 1),
    hours >= 0.05 ? number(Math.round(rows / hours)) : "–",
    `${date(first)} – ${date(last)}`,
  ]);
  const facts = [
    t("pairs.of", { decided: progress.pairs_decided, count: progress.pairs }),
    progress.alone ? t("alone.of", { decided: progress.alone_decided, count: progress.alone }) : "",
    t("statistics.comments", { count: comments }),
    t("glossary.terms", { count: terms }),
  ];
  return [
    el("ul", {}, facts.filter(Boolean).map((fact) => el("li", {}, fact))),
    el("h3", {}, t("statistics.shares")),
    lines([t("score"), ...FATES.map((fate) => t(`statistics.${fate}`))], bands),
    el("h3", {}, t("statistics.work")),
    lines([t("history.who"), t("view.rows"), t("statistics.operations"), t("statistics.hours"), t("statistics.speed"), t("history.when")], people),
    el("p", { class: "hint" }, t("statistics.pauses")),
    ...(agreements.length ? [el("h3", {}, t("agreement")), agreed(agreements)] : []),
    ...(Object.keys(flags).length
      ? [el("h3", {}, t("statistics.flags")), lines([t("filter.flag"), t("view.rows")], Object.entries(flags).map(([name, count]) => [named("flag", name), number(count)]))]
      : []),
  ];
}

const STYLE = "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1a1f25}table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #dde1e6;padding:4px 8px;text-align:start}h1{font-size:1.5em}small,.hint{color:#57616c}";

/**
 * The figures as a page of its own, for somebody who has no polyalign: one file that fetches nothing.
 * @param {Statistics} known
 */
function saved(known) {
  const { source, target } = store.bitext;
  const page = document.implementation.createHTMLDocument(t("statistics.title", { name: bitextName(store.bitext) }));
  Object.assign(page.documentElement, { lang: language, dir: direction });
  page.head.prepend(Object.assign(page.createElement("meta"), { httpEquiv: "Content-Type", content: "text/html; charset=utf-8" }));
  page.body.append(
    el("h1", {}, t("statistics.title", { name: bitextName(store.bitext) })),
    el("p", {}, `${languageName(source.language)} – ${languageName(target.language)} · ${date(new Date())}`),
    ...figures(known),
  );
  // our own policy forbids a style in a document that is made here, so that it comes into the text of it
  const text = page.documentElement.outerHTML.replace("</head>", `<style>${STYLE}</style></head>`);
  const file = handOver(new Blob([`<!doctype html>\n${text}\n`], { type: "text/html" }), `${store.project.name}.html`);
  say(t("export.done", { file }));
}
