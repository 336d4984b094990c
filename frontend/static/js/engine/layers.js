/**
 * The layers of a doodle, lowest first, and what is seen of them from above.
 *
 * The lowest layer has a label on every pixel and is always shown, so that what is seen from above
 * has a label everywhere. The layers over it may be see-through, pixel by pixel, and hidden.
 *
 * @typedef {object} Layer
 * @property {number} id unique in its stack; 0 is the lowest
 * @property {string | null} name null for one that the page makes up
 * @property {boolean} shown
 * @property {Uint8Array} labels `[height * width]`
 */

/** What a pixel holds where a layer lets the ones below be seen: no label set has this id. */
export const SEE_THROUGH = 255;
export const MAX_LAYERS = 24;

/** @param {Uint8Array} labels @returns {Layer} */
export const lowest = (labels) => ({ id: 0, name: null, shown: true, labels });

/**
 * Write what is seen from above to a run of pixels.
 *
 * @param {readonly Layer[]} layers @param {Uint8Array} out @param {number} from @param {number} to
 */
export function compose(layers, out, from, to) {
  out.set(layers[0].labels.subarray(from, to), from);
  for (let i = 1; i < layers.length; i++) {
    const { shown, labels } = layers[i];
    if (!shown) continue;
    for (let at = from; at < to; at++) {
      if (labels[at] !== SEE_THROUGH) out[at] = labels[at];
    }
  }
}
