// Requests to the server: JSON in, JSON out, two kinds of failure.
// @ts-check

import { token } from "./address.js";
import { t } from "./strings.js";
import { refusal } from "./words.js";

/** The server answered that it cannot: why in `message` and `detail`, `body` is the whole answer. */
export class Refused extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    const { message, detail } = refusal(body);
    super(message);
    this.detail = detail;
    this.status = status;
    this.body = body;
  }
}

/** The server did not answer. */
export class Offline extends Error {}

/** Who reviews without seeing what others decided. @returns {Record<string, string>} */
function blinded() {
  if (localStorage.getItem("polyalign.blind") !== "true") return {};
  return { "Polyalign-Blind": encodeURIComponent(localStorage.getItem("polyalign.who") ?? "") };
}

/** @param {string} method @param {string} path @param {Asking} _ */
export async function request(method, path, { query, json, form, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${token}`, ...blinded() };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const body = json === undefined ? form : JSON.stringify(json);
  const answer = await reached(path + asked(query), { method, headers, body, signal, cache: "no-store" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** @param {string} path @param {RequestInit} options */
async function reached(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Offline(t("offline"));
  }
}

/** @param {Asking["query"]} query */
function asked(query) {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query ?? {});
  const params = given.flatMap(([name, value]) => (value == null || value === "" ? [] : [[name, String(value)]]));
  return params.length ? `?${new URLSearchParams(params)}` : "";
}

/**
 * What the server answers, while the browser waits for it: for what it does not come back to.
 * @param {string} path @param {URLSearchParams} query
 */
export function now(path, query) {
  const asking = new XMLHttpRequest();
  asking.open("GET", path + asked(query), false);
  for (const [name, value] of Object.entries({ Authorization: `Bearer ${token}`, ...blinded() })) asking.setRequestHeader(name, value);
  asking.send();
  return JSON.parse(asking.responseText);
}

/** @param {string} method @param {string} path @param {Asking} asking @returns {Promise<any>} */
async function answered(method, path, asking = {}) {
  const reply = await request(method, path, asking);
  return reply.status === 204 ? null : reply.json();
}

/** @param {string} path @param {Asking["query"]} [query] @param {AbortSignal} [signal] */
export const get = (path, query, signal) => answered("GET", path, { query, signal });
/** @param {string} path @param {unknown} [json] */
export const post = (path, json) => answered("POST", path, { json });
/** @param {string} path @param {FormData} form */
export const send = (path, form) => answered("POST", path, { form });
/** @param {string} path @param {unknown} json */
export const patch = (path, json) => answered("PATCH", path, { json });
/** @param {string} path */
export const remove = (path) => answered("DELETE", path);

/**
 * Fetches a file and hands it to the browser as a download under the server's name for it.
 * @param {string} path @param {Query} [query]
 */
export async function download(path, query) {
  const reply = await request("GET", path, { query });
  return handOver(await reply.blob(), fileName(reply.headers.get("Content-Disposition") ?? ""));
}

/** Gives the browser a file under that name. @param {Blob} blob @param {string} name */
export function handOver(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return name;
}

/** @param {string} disposition */
function fileName(disposition) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition);
  if (encoded) return decodeURIComponent(encoded[1]);
  return /filename="([^"]+)"/i.exec(disposition)?.[1] ?? "export";
}

/**
 * Calls back for each server-sent event, reconnecting for as long as the page is open.
 * @param {string} path @param {Listener} _
 */
export async function listen(path, { onevent, onopen, onlost }) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 15000)) {
    try {
      const reply = await request("GET", path);
      onopen();
      wait = 500;
      await streamed(/** @type {ReadableStream} */ (reply.body).pipeThrough(new TextDecoderStream()).getReader(), onevent);
    } catch {
      // a server that is started again answers soon
    }
    onlost();
    await new Promise((done) => setTimeout(done, wait));
  }
}

/** @param {ReadableStreamDefaultReader<string>} reader @param {Listener["onevent"]} onevent */
async function streamed(reader, onevent) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value.replaceAll("\r\n", "\n")).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) heard(part, onevent);
  }
}

/** @param {string} part @param {Listener["onevent"]} onevent */
function heard(part, onevent) {
  const lines = part.split("\n");
  /** @param {string} name */
  const of = (name) => lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length).trim());
  const data = of("data:").join("\n");
  if (data) onevent(of("event:")[0] ?? "message", JSON.parse(data));
}
