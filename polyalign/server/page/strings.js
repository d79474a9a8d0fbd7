// What the page says, in the reader's language: a file of strings each, beside numbers, plurals and dates.
// @ts-check

/** The languages of the page, by their own names. */
export const LANGUAGES = { en: "English", ar: "العربية", tr: "Türkçe" };

const KEPT = "polyalign.language";
/** @param {string} tag */
const primary = (tag) => tag.toLowerCase().split("-")[0];
const kept = () => localStorage.getItem(KEPT) ?? "";

/** The language somebody set, "" where it follows the browser. */
export const chosenLanguage = kept() in LANGUAGES ? kept() : "";

export const language =
  chosenLanguage || (navigator.languages.map(primary).find((tag) => tag in LANGUAGES) ?? "en");
export const direction = language === "ar" ? "rtl" : "ltr";

/** The attributes of what the page says inside a text of another language. */
export const ours = { lang: language, dir: direction };

// with the region, as that decides on digits and the order of dates
const locale = navigator.languages.find((tag) => primary(tag) === language) ?? language;
/** @param {string} name */
const fetched = async (name) => (await fetch(new URL(`./strings/${name}.json`, import.meta.url))).json();
const [strings, inEnglish] = await Promise.all([fetched(language), language === "en" ? null : fetched("en")]);

/** Sets the language of the page, "" for the browser's, and loads it anew. @param {string} name */
export function setLanguage(name) {
  if (name) localStorage.setItem(KEPT, name);
  else localStorage.removeItem(KEPT);
  location.reload();
}

const plural = new Intl.PluralRules(locale);
const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * A string of the page with its values filled in. Numbers are written as the language does; a string with forms
 * is chosen by the value `count`.
 * @param {string} key @param {Record<string, any>} values @returns {string}
 */
export function t(key, values = {}) {
  const found = strings[key];
  if (found === undefined) throw new Error(`no string ${key}`);
  const form = typeof found === "string" ? found : (found[plural.select(values.count)] ?? found.other);
  return form.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => shown(values[name]));
}

/**
 * A string of the page for a name that the server gives, or the name where there is none for it.
 * @param {string} group @param {string} name
 */
export const named = (group, name) => (strings[`${group}.${name}`] === undefined ? name : t(`${group}.${name}`));

/** @param {unknown} value */
const shown = (value) => (typeof value === "number" ? number(value) : isolated(String(value ?? "")));

/** What may run in the other direction is kept apart from what stands around it. @param {string} text */
const isolated = (text) => (text && (direction === "rtl" || RTL.test(text)) ? `\u2068${text}\u2069` : text);

const numbers = new Intl.NumberFormat(locale);
/** @param {number} value */
export const number = (value) => numbers.format(value);

const formats = [0, 1, 2].map(
  (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** A number with so many digits behind its point. @param {number} value */
export const decimal = (value, digits = 2) => formats[digits].format(value);

const percents = new Intl.NumberFormat(locale, { style: "percent" });
/** @param {number} share */
export const percent = (share) => percents.format(share);

/** @param {string} unit */
const units = (unit) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" });
const [seconds, minutes] = [units("second"), units("minute")];

/** A time in whole seconds, or minutes where it is longer. @param {number} time */
export const duration = (time) => (time < 90 ? seconds.format(Math.round(time)) : minutes.format(Math.round(time / 60)));

const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
/** @param {string | Date} at */
export const date = (at) => dates.format(new Date(at));

/** @param {readonly string[]} parts */
export const list = (parts) => parts.join(t("comma"));

const languages = new Intl.DisplayNames([locale], { type: "language" });

/** Whether one text comes before another in the order of the language. */
export const compared = new Intl.Collator(locale, { numeric: true }).compare;

/** @param {string} tag */
export function languageName(tag) {
  if (!tag || tag === "und") return t("language.unknown");
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/**
 * What the server says, by the string of a group whose English form it is; undefined for anything else.
 * @param {string} message @param {string} group
 */
export function translated(message, group) {
  for (const [key, text] of Object.entries(inEnglish ?? strings)) {
    const found = key.startsWith(`${group}.`) && pattern(text).exec(message);
    if (found) return t(key, found.groups);
  }
  return undefined;
}

/** @param {string} text */
const pattern = (text) =>
  new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>.+)")}$`, "s");

/** Fills what `data-t` and `data-t-ATTRIBUTE` name in the document, which takes the language's direction. */
export function translatePage() {
  Object.assign(document.documentElement, ours);
  for (const node of document.querySelectorAll("*"))
    for (const { name, value } of [...node.attributes]) {
      if (name === "data-t") node.textContent = t(value);
      else if (name.startsWith("data-t-")) node.setAttribute(name.slice("data-t-".length), t(value));
    }
}
