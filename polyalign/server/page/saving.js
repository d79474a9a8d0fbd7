// One command after the other, each sent at once; what could not be sent waits and says so.

import { Offline, Refused } from "./api.js";
import { find } from "./dom.js";

const waiting = [];
let working = false;
let unsaved = 0;
let wake = () => {};

/** A command makes no sense now: said to the user, and no fault of the page. */
export class Unable extends Error {}

/** Runs a command after those before it, so that each works on what the last one left. */
export function queue(command, onerror = fail) {
  return new Promise((done) => {
    waiting.push({ command, onerror, done });
    if (!working) drain();
  });
}

async function drain() {
  at(true);
  while (waiting.length) {
    const { command, onerror, done } = waiting.shift();
    try {
      await command();
    } catch (error) {
      onerror(error);
    }
    done();
  }
  at(false);
}

function at(work) {
  working = work;
  find("#saved").dataset.busy = work ? "yes" : "no";
}

export const busy = () => working;
export const pending = () => unsaved > 0;

/**
 * Sends something that must not be lost: goes on trying until the server has answered. `arrived(error)` is asked
 * after a retry was refused, because the answer of the try before it may be what was lost.
 */
export async function deliver(send, arrived) {
  unsaved += 1;
  show("saving", "saving…");
  try {
    const answer = await tried(send, arrived);
    show("saved", "saved");
    return answer;
  } catch (error) {
    show("failed", `not saved: ${error.message}`);
    throw error;
  } finally {
    unsaved -= 1;
  }
}

async function tried(send, arrived) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refused && error.status === 409 && attempt && arrived) return await arrived(error);
      if (!(error instanceof Offline || error.status >= 500) || error.status === 503) throw error;
      await pause(error, attempt);
    }
  }
}

/** Waits for the next try: the button, the network's return, or a while that grows to 15 s. */
async function pause(error, attempt) {
  const wait = Math.min(1000 * 2 ** attempt, 15000);
  show("offline", `not saved: ${error.message}; trying again every ${Math.round(wait / 1000)} s`, true);
  await new Promise((done) => {
    wake = done;
    setTimeout(done, wait);
  });
  show("saving", "saving…");
}

export function show(state, text, retry = false) {
  const mark = find("#saved");
  mark.dataset.state = state;
  find("#saved-text").textContent = text;
  find("#retry").hidden = !retry;
}

/** Nothing waits to be saved any more: what was refused is no longer wanted. */
export function allSaved() {
  if (!unsaved && find("#saved").dataset.state === "failed") show("saved", "saved");
}

let hiding = 0;

/** One line for the user, read out by screen readers; errors stay until the next one. */
export function say(text, kind = "note") {
  const line = find("#says");
  line.textContent = text;
  line.dataset.kind = kind;
  line.hidden = !text;
  clearTimeout(hiding);
  if (kind === "note") hiding = setTimeout(() => (line.hidden = true), 6000);
}

export function fail(error) {
  if (error.name === "AbortError") return undefined;
  if (error instanceof Unable) return say(error.message);
  say(error.message, "error");
  if (error instanceof Refused) allSaved();
  if (!(error instanceof Offline || error instanceof Refused)) console.error(error);
  return undefined;
}

export function start() {
  find("#retry").addEventListener("click", () => wake());
  find("#says").addEventListener("click", (event) => (event.currentTarget.hidden = true));
  addEventListener("online", () => wake());
}
