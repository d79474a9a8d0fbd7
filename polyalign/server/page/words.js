// What the server says, in the words of this page: no option of a command line, no rule of a schema.
// @ts-check

import { el } from "./dom.js";
import { t, translated } from "./strings.js";

/** Fields as the page calls them. @type {Record<string, string>} */
const FIELDS = {
  name: t("field.name"),
  source_language: t("field.source_language"),
  target_language: t("field.target_language"),
  language: t("field.language"),
  text: t("field.text"),
  who: t("field.who"),
  min_score: t("field.min_score"),
  max_score: t("field.max_score"),
  mode: t("field.mode"),
};

/**
 * What is wrong with a field, by the server's name of the fault; in any other way it is not understood.
 * @type {Record<string, string>}
 */
const FAULTS = {
  missing: "fault.empty",
  string_too_short: "fault.empty",
  string_too_long: "fault.too_long",
  string_pattern_mismatch: "fault.language",
};

const ASK = "ask whoever runs this server to install it";

/** What a message tells people to do on a command line, and what they can do here. @type {[RegExp, string][]} */
const RULES = [
  [/ ?\((?:[^()]*)--[^()]*\)/g, ""],
  [/ask for (others|what it holds|languages that it has) with --source-lang and --target-lang/g, "ask for $1 in the fields for languages"],
  [/twice: polyalign pair .*/g, "as both files, and name both languages"],
  [/(open it with )?polyalign review \S+( '[^']*')?/g, "read it as a bitext file"],
  [/see polyalign models list/g, ASK],
  [/(is not installed|reads MarianMT models wrongly): (pip install|polyalign models pull) .*/g, `$1: ${ASK}`],
  [/pip install .*|upgrade with pip .*/g, ASK],
  [/far below what polyalign models pull \S+ installs/g, "far below the full one"],
  [/polyalign models pull \S+/g, "ask whoever runs this server to install a model"],
  [/(, )?(or|and) (name|pass) (its|another) --encoding|pass another --encoding/g, ": save it as UTF-8"],
  [/repair the file: save it/g, "repair the file, or save it"],
  [/use --encoder \S+/g, "ask whoever runs this server for another encoder"],
  [/start polyalign serve \S+/g, "ask whoever runs it for one with a folder"],
  [/(go through English with|name a model with|name one with) --[a-z]+( MODEL)?/g, "leave the model out"],
];

/**
 * What the server says is wrong, as {message, detail}: in the words of this page where it has some for this line,
 * else a sentence for its fault, and the line as a detail.
 * @param {string} line @param {string} fault
 */
export function trouble(line, fault) {
  const plain = withoutCommands(line);
  const own = translated(plain, "refused");
  return own === undefined ? { message: t(`trouble.${fault || "failed"}`), detail: plain } : { message: own, detail: "" };
}

/** What stands in place of an error: what is wrong, and the server's own line in small. @param {any} _ */
export const explained = ({ message, detail }) => [message, detail ? el("small", { class: "detail", lang: "en", dir: "ltr" }, detail) : ""];

/** @param {HTMLElement} node @param {any} error */
export function showError(node, error) {
  node.replaceChildren(...explained(error));
  node.hidden = false;
}

/** A note of the server, without words of the command line. @param {string} message */
export const withoutCommands = (message) => cut(RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message));

/** Advice that is of no use here is left out. @param {string} told */
function cut(told) {
  if (!/(^|\s)--[a-z]|\bpolyalign [a-z]+ |\bpip\b/.test(told)) return told;
  return told.replace(/:[^:]*((^|\s)--[a-z]|\bpolyalign [a-z]+ |\bpip\b)[^:]*$/, "");
}

/** Long work failed. */
export class Failed extends Error {
  /** @param {{error: string, fault: string}} _ */
  constructor({ error, fault }) {
    const { message, detail } = trouble(error, fault);
    super(message);
    this.detail = detail;
  }
}

/** What the answer to a request refuses, as `trouble`. @param {any} _ */
export function refusal({ detail, field, fault }) {
  if (field) return { message: t(FAULTS[fault] ?? "fault.other", { field: FIELDS[field] ?? t("field.other") }), detail: "" };
  return typeof detail === "string" ? trouble(detail, fault) : { message: t("fault.server"), detail: "" };
}
