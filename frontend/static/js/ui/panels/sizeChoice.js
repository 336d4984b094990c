/** The choice of the picture's size, for models that paint several. */
import { h } from "../../dom.js";
import { growth, isLarge, nameOf, offered, shapeOf } from "../../service/sizes.js";
import { t } from "../../strings/index.js";
import { field, select } from "../parts/controls.js";

/** @typedef {import("../../service/sizes.js").Size} Size */

/** @param {import("../../studio/studio.js").Studio} studio @returns {import("../../dom.js").Child} */
export function sizeChoice({ model, editor, fit }) {
  const { doodle } = editor;
  const sizes = offered(model);
  if (sizes.length < 2) return null;
  // A size that came with an import or an earlier drawing is kept, and stands among the others.
  if (!sizes.some((size) => nameOf(size) === nameOf(doodle))) sizes.push(doodle);
  const choices = sizes.map(
    (size) => /** @type {[string, string]} */ ([nameOf(size), words(model, size)]),
  );
  const choose = (/** @type {string} */ name) => {
    const size = sizes.find((one) => nameOf(one) === name);
    if (size) fit.chooseSize(size);
  };
  return field(
    t.sizes.heading,
    select("sheet-size", choices, nameOf(doodle), choose),
    warning(model, doodle),
  );
}

/** @param {import("../../service/api.js").Model} model @param {Size} size */
const words = (model, size) =>
  t.sizes.name(t.sizes[shapeOf(size)], isLarge(model, size), size.width, size.height);

/** What to expect of a size that the model never saw. @param {import("../../service/api.js").Model} model @param {Size} size */
function warning(model, size) {
  const times = growth(model, size);
  if (times <= 1) return null;
  const [height, width] = model.native_size;
  const about = new Intl.NumberFormat(document.documentElement.lang, {
    maximumSignificantDigits: 2,
  }).format(times);
  return h("span", { class: "note", id: "size-note" }, t.sizes.larger(width, height, about));
}
