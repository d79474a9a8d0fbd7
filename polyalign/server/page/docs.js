// The OpenAPI description as a page: no network, nothing but the server's own file.
// @ts-check

import { token } from "./address.js";
import { debounce, el, find, tableRow } from "./dom.js";

async function start() {
  const theme = localStorage.getItem("polyalign.theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const reply = await fetch("openapi.json", { headers: { Authorization: `Bearer ${token}` } });
  if (!reply.ok) return void (find("#about").textContent = `The description could not be read: ${reply.status}.`);
  const { info, paths, components } = await reply.json();
  find("#about").textContent =
    `${info.description ?? ""} Version ${info.version}. Every request under /api takes the token: “Authorization: Bearer TOKEN” or “?token=TOKEN”.`;
  find("#paths").append(
    ...Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => operation(path, method, one)),
    ),
  );
  find("#schemas").append(
    el("h2", {}, "Types"),
    ...Object.entries(components?.schemas ?? {}).map(([name, schema]) => type(name, schema)),
  );
  find("#find").addEventListener("input", debounce(120, narrow));
  addEventListener("hashchange", target);
  target();
  return undefined;
}

/** @param {string} path @param {string} method @param {any} _ */
function operation(path, method, { summary, description, parameters = [], requestBody, responses }) {
  const head = el(
    "summary",
    {},
    el("span", { class: `method ${method}` }, method.toUpperCase()),
    el("code", {}, path),
    el("span", { class: "says" }, description?.split("\n")[0] ?? summary ?? ""),
  );
  return el(
    "details",
    { id: `${method} ${path}` },
    head,
    el(
      "div",
      {},
      description && el("p", {}, description),
      table(
        "Parameters",
        parameters.map((/** @type {any} */ one) => [
          code(one.name),
          one.in + (one.required ? ", required" : ""),
          shape(one.schema),
          one.description ?? one.schema?.description ?? "",
        ]),
      ),
      requestBody && contents("Body", requestBody.content),
      answers(responses),
    ),
  );
}

/** @param {Record<string, any>} responses */
function answers(responses) {
  const rows = Object.entries(responses).map(([status, { description, content }]) => [
    code(status),
    bodies(content),
    description,
  ]);
  return table("Answers", rows);
}

/** @param {string} name @param {Record<string, any>} content */
const contents = (name, content) =>
  table(name, Object.entries(content).map(([media, { schema }]) => [code(media), shape(schema)]));

/** @param {Record<string, any>} content */
const bodies = (content) =>
  Object.entries(content ?? {}).map(([media, { schema }]) => el("div", {}, `${media} `, shape(schema)));

/** @param {string} name @param {Child[][]} rows */
function table(name, rows) {
  if (!rows.length) return null;
  return [el("h3", {}, name), el("table", {}, rows.map(tableRow))];
}

/** @param {string} text */
const code = (text) => el("code", {}, text);

/** A schema in a line: names of types are links to them. @param {any} schema @returns {Child} */
function shape(schema) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return el("a", { href: `#type-${name}` }, name);
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return listed(either, " or ");
  if (schema.type === "array") return ["list of ", shape(schema.items) || "anything"];
  if (schema.prefixItems) return listed(schema.prefixItems, ", ");
  if (schema.enum) return code(schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(" "));
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  return [code(schema.type ?? "anything"), limits(schema)];
}

/** @param {any[]} schemas @param {string} between */
const listed = (schemas, between) => schemas.map((one, place) => [place > 0 && between, shape(one)]);

/** @param {any} _ */
function limits({ minimum, maximum, maxLength, default: fallback }) {
  const said = [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `to ${maximum}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    fallback !== undefined && `else ${JSON.stringify(fallback)}`,
  ].filter(Boolean);
  return said.length ? ` ${said.join(", ")}` : "";
}

/** @param {string} name @param {any} _ */
function type(name, { description, properties = {}, required = [], ...schema }) {
  const rows = Object.entries(properties).map(([key, one]) => [
    code(key),
    required.includes(key) ? "required" : "",
    shape(one),
    one.description ?? "",
  ]);
  const inner = rows.length ? table("Fields", rows) : el("p", {}, shape(schema));
  return el(
    "details",
    { id: `type-${name}` },
    el("summary", {}, code(name), el("span", { class: "says" }, description ?? "")),
    el("div", {}, inner),
  );
}

function narrow() {
  const wanted = find("#find").value.trim().toLowerCase();
  for (const node of document.querySelectorAll("details"))
    node.hidden = !node.textContent.toLowerCase().includes(wanted);
}

function target() {
  const node = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(node instanceof HTMLDetailsElement)) return;
  node.open = true;
  node.scrollIntoView();
}

start();
