// Requests to the server: JSON in, JSON out, two kinds of failure.

import { token } from "./address.js";
import { t } from "./strings.js";
import { refusal } from "./words.js";

/** The server answered that it cannot: why in `message` and `detail`, `body` is the whole answer. */
export class Refused extends Error {
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

/** Who reviews without seeing what others decided. */
function blinded() {
  if (localStorage.getItem("polyalign.blind") !== "true") return {};
  return { "Polyalign-Blind": encodeURIComponent(localStorage.getItem("polyalign.who") ?? "") };
}

export async function request(method, path, { query, json, form, signal } = {}) {
  const headers = { Authorization: `Bearer ${token}`, ...blinded() };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const body = json === undefined ? form : JSON.stringify(json);
  const answer = await reached(path + asked(query), { method, headers, body, signal, cache: "no-store" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

async function reached(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline(t("offline"));
  }
}

function asked(query) {
  const params =
    query instanceof URLSearchParams
      ? query
      : new URLSearchParams(
          Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== ""),
        );
  return params.size ? `?${params}` : "";
}

/** What the server answers, while the browser waits for it: for what it does not come back to. */
export function now(path, query) {
  const asking = new XMLHttpRequest();
  asking.open("GET", path + asked(query), false);
  for (const [name, value] of Object.entries({ Authorization: `Bearer ${token}`, ...blinded() })) asking.setRequestHeader(name, value);
  asking.send();
  return JSON.parse(asking.responseText);
}

const answered = (reply) => (reply.status === 204 ? null : reply.json());

export const get = async (path, query, signal) => answered(await request("GET", path, { query, signal }));
export const post = async (path, json) => answered(await request("POST", path, { json }));
export const send = async (path, form) => answered(await request("POST", path, { form }));
export const patch = async (path, json) => answered(await request("PATCH", path, { json }));
export const remove = async (path) => answered(await request("DELETE", path));

/** Fetches a file and hands it to the browser as a download under the server's name for it. */
export async function download(path, query) {
  const reply = await request("GET", path, { query });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await reply.blob());
  link.download = fileName(reply.headers.get("Content-Disposition") ?? "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return link.download;
}

function fileName(disposition) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition);
  if (encoded) return decodeURIComponent(encoded[1]);
  return /filename="([^"]+)"/i.exec(disposition)?.[1] ?? "export";
}

/** Calls back for each server-sent event, reconnecting for as long as the page is open. */
export async function listen(path, { onevent, onopen, onlost }) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 15000)) {
    try {
      const reply = await request("GET", path);
      onopen();
      wait = 500;
      await streamed(reply.body.pipeThrough(new TextDecoderStream()).getReader(), onevent);
    } catch {
      // a server that is started again answers soon
    }
    onlost();
    await new Promise((done) => setTimeout(done, wait));
  }
}

async function streamed(reader, onevent) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value.replaceAll("\r\n", "\n")).split("\n\n");
    rest = parts.pop();
    for (const part of parts) heard(part, onevent);
  }
}

function heard(part, onevent) {
  const lines = part.split("\n");
  const of = (name) => lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length).trim());
  const data = of("data:").join("\n");
  if (data) onevent(of("event:")[0] ?? "message", JSON.parse(data));
}
