/** Random acts on a doodle with layers, as the property tests do them. */
import {
  addLayer,
  mergeLayer,
  moveLayer,
  removeLayer,
  renameLayer,
  showLayer,
} from "../static/js/engine/layerEdits.js";
import { SEE_THROUGH } from "../static/js/engine/layers.js";
import { apply } from "../static/js/engine/operations.js";

/** Everything there is to know of a doodle. */
export const state = (doodle) =>
  JSON.stringify([
    Buffer.from(doodle.labels).toString("base64"),
    doodle.layers.map((one) => ({ ...one, labels: Buffer.from(one.labels).toString("base64") })),
  ]);

/** Do one random act to a doodle: paint, or change its layers. */
export function act(doodle, { kind, at, ...op }) {
  const { id } = doodle.layers[at % doodle.layers.length];
  const acts = {
    add: () => addLayer(doodle),
    remove: () => removeLayer(doodle),
    raise: () => moveLayer(doodle, 1),
    lower: () => moveLayer(doodle, -1),
    merge: () => mergeLayer(doodle),
    toggle: () => showLayer(doodle, id, !doodle.layers.find((one) => one.id === id).shown),
    rename: () => renameLayer(doodle, id, `layer ${at}`),
    choose: () => doodle.choose(id) && false,
    erase: () => {
      const label = doodle.layer === doodle.layers[0] ? 156 : SEE_THROUGH;
      return apply(doodle, { ...op, kind: "rectangle", label });
    },
    paint: () => apply(doodle, op.operation),
    flatten: () => apply(doodle, { kind: "all", label: 0, labels: doodle.labels.slice() }),
  };
  return acts[kind]();
}
