// A score as a probability, by the curve that decisions have drawn: the server draws it, see calibrating.py.
// @ts-check

const EDGE = 0.002; // as the server keeps scores from 0 and 1

/**
 * How probable it is that a pair with this score is right, by the curve [a, b, c], or by the score alone.
 * @param {number} score
 * @param {readonly number[] | null} [curve]
 */
export function probability(score, curve) {
  if (!curve) return score;
  const held = Math.min(Math.max(score, EDGE), 1 - EDGE);
  const [a, b, c] = curve;
  return 1 / (1 + Math.exp(-(a * Math.log(held) - b * Math.log(1 - held) + c)));
}
