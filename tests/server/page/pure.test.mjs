// The modules of the page that need no browser, held to what is known of them: run by test_page_units.py.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const PAGE = new URL("../../../polyalign/server/page/", import.meta.url);
const page = (name) => import(new URL(`${name}.js`, PAGE));
const { Heights } = await page("heights");
const { probability } = await page("curves");
const known = await page("store");

/** Numbers from 0 to 1 that are the same each time. */
function* chance(seed = 1) {
  for (;;) yield (seed = (seed * 48271) % 2147483647) / 2147483647;
}

test("heights are the sums of the rows above, whatever was measured", () => {
  const next = chance();
  const draw = (most) => Math.floor(next.next().value * most);
  for (let round = 0; round < 50; round++) {
    const heights = new Heights(1 + draw(200), 20);
    for (let k = 0; k < 60; k++) heights.set(draw(heights.count), 1 + draw(90));
    if (round % 2) heights.resize(draw(250) + 1, draw(heights.count));
    let sum = 0;
    heights.values.forEach((height, index) => {
      assert.equal(heights.before(index), sum);
      assert.equal(heights.at(sum), index); // the first line of a row belongs to it
      assert.equal(heights.at(sum + height - 0.5), index);
      sum += height;
    });
    assert.equal(heights.total, sum);
  }
});

test("rows that were never measured take the mean of those that were", () => {
  const heights = new Heights(4, 20);
  heights.set(0, 30);
  heights.set(2, 50);
  heights.learn();
  assert.deepEqual(heights.values, [30, 40, 50, 40]);
});

test("a list without rows has no height", () => {
  const heights = new Heights(0, 20);
  assert.equal(heights.total, 0);
  assert.equal(heights.at(100), 0);
});

test("the curve of no decisions leaves scores alone, that of (1, 1, 0) too", () => {
  for (let score = 0.01; score < 1; score += 0.01) {
    assert.equal(probability(score, null), score);
    assert.ok(Math.abs(probability(score, [1, 1, 0]) - score) < 1e-9);
  }
});

test("the page and the server draw one curve", () => {
  const curve = process.env.CURVE ? JSON.parse(process.env.CURVE) : { numbers: [1, 1, 0], points: [] };
  for (const [score, value] of curve.points) assert.ok(Math.abs(probability(score, curve.numbers) - value) < 1e-4);
});

test("the store tells who listens what changed, once, and nothing else", () => {
  const { on, set } = known;
  const told = [];
  const both = () => told.push(["both", known.store.revision, known.store.folded]);
  on("revision", both);
  on("folded", both);
  on("marked", () => told.push(["marked"]));
  set({ revision: 7, folded: false, marked: null });
  set({ revision: 7 });
  assert.deepEqual(told, [["both", 7, false]]);
});

test("who tells of an event knows when all that listen are done", async () => {
  const heard = [];
  known.on("dialog", async (name) => {
    await null;
    heard.push(name);
  });
  await known.emit("dialog", "help");
  assert.deepEqual(heard, ["help"]);
});

test("what is known stays as it is for who holds it", () => {
  const before = known.store;
  known.set({ revision: before.revision + 1 });
  assert.notEqual(known.store, before);
  assert.throws(() => (before.revision = 0), TypeError);
  assert.throws(() => (known.store.revision = 0), TypeError);
});

test("runs are folded only where nothing is left out", () => {
  const { listingQuery, set } = known;
  set({ folded: true, opened: new Set([3, 5]) });
  assert.equal(String(listingQuery({ limit: 9 })), "collapse=true&open=3%2C5&limit=9");
  set({ filters: { state: "auto" } });
  assert.equal(String(listingQuery()), "state=auto");
});

test("no module but the store writes what is known", () => {
  const writes = /\bstore\.[\w.]+ ?(=(?![=>])|[-+|&?]+=)|\bstore\.\w+\.(set|add|delete|clear|push|splice|sort)\(|assign\(store\b/;
  const modules = readdirSync(PAGE).filter((name) => name.endsWith(".js"));
  const found = modules.filter((name) => writes.test(readFileSync(new URL(name, PAGE), "utf8")));
  assert.deepEqual(found, []);
  for (const line of ["store.revision = 1", "store.cursor.index += 1", "store.chosen.clear()"]) assert.match(line, writes);
});
