// The modules of the page that need no browser, held to what is known of them: run by test_page_units.py.

import assert from "node:assert/strict";
import { test } from "node:test";

const page = (name) => import(new URL(`../../../polyalign/server/page/${name}.js`, import.meta.url));
const { Heights } = await page("heights");
const { probability } = await page("curves");

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
