/**
 * A look as requests and pictures name it: its id, or two of them blended.
 *
 * @typedef {{ first: string, second: string | null, weight: number }} Blend `weight` is the second's, 0 to 1
 */

/** @param {string} look @returns {Blend} */
export function readBlend(look) {
  const [first, rest] = look.split("+");
  if (!rest) return { first, second: null, weight: 0 };
  const [second, weight] = rest.split(":");
  return { first, second, weight: Number(weight) };
}

/** @param {string} first @param {string} second @param {number} weight of the second, 0 to 1 */
export const blended = (first, second, weight) =>
  weight > 0 ? `${first}+${second}:${Number(weight.toFixed(2))}` : first;
