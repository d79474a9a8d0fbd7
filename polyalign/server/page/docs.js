// The OpenAPI description as a page: no network, nothing but the server's own file.

import { token } from "./address.js";
import { el, find, debounce } from "./dom.js";

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
        parameters.map((one) => [
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

function answers(responses) {
  const rows = Object.entries(responses).map(([status, { description, content }]) => [
    code(status),
    bodies(content),
    description,
  ]);
  return table("Answers", rows);
}

const contents = (name, content) =>
  table(
    name,
    Object.entries(content).map(([media, { schema }]) => [code(media), shape(schema)]),
  );

const bodies = (content) =>
  Object.entries(content ?? {}).map(([media, { schema }]) => el("div", {}, `${media} `, shape(schema)));

function table(name, rows) {
  if (!rows.length) return null;
  return [
    el("h3", {}, name),
    el(
      "table",
      {},
      rows.map((cells) =>
        el(
          "tr",
          {},
          cells.map((cell) => el("td", {}, cell)),
        ),
      ),
    ),
  ];
}

const code = (text) => el("code", {}, text);

/** A schema in a line: names of types are links to them. */
function shape(schema) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return el("a", { href: `#type-${name}` }, name);
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.flatMap((one, place) => (place ? [" or ", shape(one)] : [shape(one)]));
  if (schema.type === "array") return ["list of ", shape(schema.items) || "anything"];
  if (schema.prefixItems)
    return schema.prefixItems.flatMap((one, place) => (place ? [", ", shape(one)] : [shape(one)]));
  if (schema.enum) return code(schema.enum.map((one) => JSON.stringify(one)).join(" "));
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  return [code(schema.type ?? "anything"), limits(schema)];
}

function limits({ minimum, maximum, maxLength, default: fallback }) {
  const said = [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `to ${maximum}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    fallback !== undefined && `else ${JSON.stringify(fallback)}`,
  ].filter(Boolean);
  return said.length ? ` ${said.join(", ")}` : "";
}

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
  if (!node) return;
  node.open = true;
  node.scrollIntoView();
}

start();
