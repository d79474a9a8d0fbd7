// What the server says, in the words of this page: no option of a command line, no rule of a schema.

import { t, translated } from "./strings.js";

/** Fields as the page calls them. */
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

/** What is wrong with a field, by the server's name of the fault; in any other way it is not understood. */
const FAULTS = {
  missing: "fault.empty",
  string_too_short: "fault.empty",
  string_too_long: "fault.too_long",
  string_pattern_mismatch: "fault.language",
};

const ASK = "ask whoever runs this server to install it";

/** What a message tells people to do on a command line, and what they can do here. */
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

/** A message without words of the command line; advice that is of no use here is left out. */
export const worded = (message) => translated(withoutCommands(message), "refused");

function withoutCommands(message) {
  const told = RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message);
  if (!/(^|\s)--[a-z]|\bpolyalign [a-z]+ |\bpip\b/.test(told)) return told;
  return told.replace(/:[^:]*((^|\s)--[a-z]|\bpolyalign [a-z]+ |\bpip\b)[^:]*$/, "");
}

/** What the answer to a request refuses, in one line. */
export function refusal(status, { detail, field, fault }) {
  if (field) return t(FAULTS[fault] ?? "fault.other", { field: FIELDS[field] ?? t("field.other") });
  return typeof detail === "string" ? worded(detail) : t("fault.server");
}
