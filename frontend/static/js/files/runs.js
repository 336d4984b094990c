/** Labels as runs: pairs of a label and one less than how often it follows. */

const LONGEST = 256;

/** @param {Uint8Array} labels @returns {Uint8Array} */
export function packRuns(labels) {
  const runs = new Uint8Array(2 * countRuns(labels));
  for (let at = 0, out = 0; at < labels.length; out += 2) {
    const end = endOfRun(labels, at);
    runs[out] = labels[at];
    runs[out + 1] = end - at - 1;
    at = end;
  }
  return runs;
}

/** @param {Uint8Array} labels */
function countRuns(labels) {
  let count = 0;
  for (let at = 0; at < labels.length; at = endOfRun(labels, at)) count++;
  return count;
}

/** @param {Uint8Array} labels @param {number} at */
function endOfRun(labels, at) {
  const last = Math.min(labels.length, at + LONGEST);
  let end = at + 1;
  while (end < last && labels[end] === labels[at]) end++;
  return end;
}

/**
 * @param {Uint8Array} runs @param {number} length in labels
 * @param {(label: number) => boolean} [knows] whether a label may be there
 * @returns {Uint8Array}
 * @throws {TypeError} when they are not runs of so many labels, or of others
 */
export function unpackRuns(runs, length, knows = () => true) {
  const labels = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    if (!knows(runs[i])) throw new TypeError(`label ${runs[i]} has no place here`);
    labels.fill(runs[i], at, at + runs[i + 1] + 1);
    at += runs[i + 1] + 1;
  }
  if (at !== length || runs.length % 2) throw new TypeError(`${at} labels instead of ${length}`);
  return labels;
}
