/** Labels as runs: pairs of a label and one less than how often it follows. */

const LONGEST = 256;

/** Room for the runs of the largest map so far: making it anew costs more than packing. */
let room = new Uint8Array();

/** @param {Uint8Array} labels @returns {Uint8Array} */
export function packRuns(labels) {
  const { length } = labels;
  if (room.length < 2 * length) room = new Uint8Array(2 * length);
  let out = 0;
  for (let at = 0; at < length;) {
    const label = labels[at];
    const last = at + LONGEST < length ? at + LONGEST : length;
    let end = at + 1;
    while (end < last && labels[end] === label) end++;
    room[out++] = label;
    room[out++] = end - at - 1;
    at = end;
  }
  return room.slice(0, out);
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
