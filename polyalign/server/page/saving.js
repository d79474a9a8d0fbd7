// One command after the other, each sent at once; what could not be sent is kept, waits and says so.
// @ts-check

import { Offline, Refused } from "./api.js";
import { button, find } from "./dom.js";
import * as outbox from "./outbox.js";
import { t } from "./strings.js";
import { explained } from "./words.js";

const FINAL = [400, 409, 413, 422]; // what the server does not do, now or later; other answers may pass

/** @type {(Required<Queued> & {command: () => unknown, onerror: (error: any) => unknown, done: () => void})[]} */
const waiting = [];
/** @type {(() => void)[]} */
const idling = []; // who waits until nothing is under way
let working = false;
let unsaved = 0; // decisions that were made and that the server has not answered for
let wake = () => {};
let gone = () => {};

/** A command makes no sense now: said to the user, and no fault of the page. */
export class Unable extends Error {}

/** Somebody gave a decision up that could not be saved. */
class GivenUp extends Error {}

/**
 * Runs a command after those before it, so that each works on what the last one left. `name` is that of a command
 * that can be given again after a reload, `decides` says whether it may change something.
 * @param {() => unknown} command @param {(problem: any) => unknown} onerror @param {Queued} _
 */
export function queue(command, onerror = fail, { name = "", decides = false } = {}) {
  if (decides) begun();
  return /** @type {Promise<void>} */ (
    new Promise((done) => {
      waiting.push({ command, onerror, done, name, decides });
      if (!working) drain();
    })
  );
}

async function drain() {
  at(true);
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { command, onerror, done, decides } = next;
    try {
      await command();
    } catch (error) {
      onerror(error);
      if (error instanceof Offline || error instanceof GivenUp) forget();
    }
    if (decides) ended();
    done();
  }
  at(false);
}

/** What was to come after a command that failed would not work on what it was meant for. */
function forget() {
  for (const { done, decides } of waiting.splice(0)) {
    if (decides) ended();
    done();
  }
}

/** @param {boolean} work */
function at(work) {
  working = work;
  find("#saved").dataset.busy = work ? "yes" : "no";
  if (!work) for (const go of idling.splice(0)) go();
}

/** Waits until no command is under way: what is looked up beside them is there then. */
export const idle = async () => working && /** @type {Promise<void>} */ (new Promise((go) => idling.push(go)));

function begun() {
  unsaved += 1;
  if (find("#saved").dataset.state === "saved") show("saving", t("saved.saving"));
}

function ended() {
  unsaved -= 1;
  calm();
}

function calm() {
  if (!unsaved && find("#saved").dataset.state === "saving") show("saved", t("saved"));
}

export const busy = () => working;
export const pending = () => unsaved > 0;

/**
 * Sends a decision that is kept: goes on trying until the server has answered for it.
 * @param {{key: string}} entry @param {() => Promise<any>} send
 */
export async function deliver(entry, send) {
  begun();
  show("saving", t("saved.saving"));
  try {
    return await tried(send);
  } catch (error) {
    show("failed", notSaved(error));
    throw error;
  } finally {
    outbox.drop(entry);
    ended();
  }
}

/** @param {any} error */
const notSaved = (error) => t("saved.not", { why: error.message });

/** @param {() => Promise<any>} send */
async function tried(send) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refused && FINAL.includes(error.status)) throw error;
      await pause(attempt, notSaved(error), true);
    }
  }
}

/**
 * Asks for something that the page cannot go on without, until there is a connection.
 * @param {() => Promise<any>} ask
 */
export async function reach(ask) {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await ask();
      calm();
      return answer;
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      await pause(attempt, error.message, false);
    }
  }
}

/**
 * Waits for the next try: the button, the network's return, or a while that grows to 15 s. Raises GivenUp.
 * @param {number} attempt @param {string} text @param {boolean} decision
 */
async function pause(attempt, text, decision) {
  const wait = Math.min(1000 * 2 ** attempt, 15000);
  show("offline", t("saved.again", { text, count: Math.round(wait / 1000) }), true);
  find("#give-up").hidden = !decision;
  await new Promise((done, failed) => {
    wake = () => done(null);
    gone = () => failed(new GivenUp(t("saved.given_up")));
    setTimeout(wake, wait);
  });
  show("saving", t("saved.saving"));
}

/** @param {string} state @param {string} text */
export function show(state, text, retry = false) {
  const mark = find("#saved");
  mark.dataset.state = state;
  find("#saved-text").textContent = text;
  find("#retry").hidden = !retry;
  find("#give-up").hidden = true;
}

/** Nothing waits to be saved any more: what was refused is no longer wanted. */
export function allSaved() {
  if (find("#saved").dataset.state !== "failed") return;
  if (unsaved > 0) show("saving", t("saved.saving"));
  else show("saved", t("saved"));
}

let hiding = 0;

/**
 * A line for the user (a text or nodes), read out by screen readers; errors stay until the next one. `actions` are its
 * buttons.
 * @param {string | (Node | string)[]} text @param {string} kind @param {Record<string, () => unknown>} actions
 */
export function say(text, kind = "note", actions = {}) {
  const line = find("#says");
  line.replaceChildren(...[text].flat(), ...Object.entries(actions || {}).map(([label, run]) => button(label, run)));
  line.dataset.kind = kind;
  line.hidden = !text.length;
  clearTimeout(hiding);
  if (kind === "note") hiding = setTimeout(() => (line.hidden = true), 6000);
}

/** @param {any} error */
export function fail(error) {
  if (error.name === "AbortError") return undefined;
  if (error instanceof Unable) return say(error.message);
  say(explained(error), "error");
  if (error instanceof Refused || error instanceof GivenUp) allSaved();
  if (!(error instanceof Offline || error instanceof Refused || error instanceof GivenUp)) console.error(error);
  return undefined;
}

/**
 * `state()` is what commands that were given and not begun depend on: kept with them when the page goes.
 * @param {() => object} state
 */
export function start(state) {
  find("#retry").addEventListener("click", () => wake());
  find("#give-up").addEventListener("click", () => gone());
  find("#says").addEventListener("click", () => (find("#says").hidden = true));
  addEventListener("online", () => wake());
  addEventListener("pagehide", () => {
    const names = waiting.map(({ name }) => name).filter(Boolean);
    if (names.length) outbox.leave({ ...state(), names });
  });
}
