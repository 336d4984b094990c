/** The painting options: model, size, seed, file format, and what the eraser leaves. */
import { byId, fill, h } from "../../dom.js";
import { growth, isLarge, nameOf, offered, shapeOf } from "../../service/sizes.js";
import { labelName, t } from "../../strings/index.js";
import { MAX_SEED } from "../../studio/studio.js";
import { field, fieldGroup, iconButton, select, toggle } from "../parts/controls.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */
/** @typedef {import("../../service/api.js").Model} Model */
/** @typedef {import("../../service/sizes.js").Size} Size */

/** Draw the panel. @param {Studio} studio */
export function options(studio) {
  const panel = byId("options-panel");
  const { store, model } = studio;
  if (!model) return fill(panel, h("p", {}, t.app.noModels));
  const { models, format, baseLabel } = store.now;
  const labels = studio.labels.map(
    ({ id }) => /** @type {[string, string]} */ ([String(id), labelName(studio.label(id))]),
  );
  fill(
    panel,
    liveSwitch(studio),
    field(
      t.options.model,
      select(
        "model",
        models.map(({ name, title }) => [name, title]),
        model.name,
        (name) => {
          studio.fit.chooseModel(name);
          studio.painter.edited();
        },
      ),
    ),
    sizeChoice(studio),
    model.abilities.natural_borders && bordersSwitch(studio),
    model.abilities.seed && seeds(studio),
    field(
      t.options.format,
      select(
        "format",
        [
          ["png", "PNG"],
          ["jpeg", "JPEG"],
          ["webp", "WebP"],
        ],
        format,
        (value) => store.set({ format: /** @type {import("../../state.js").Format} */ (value) }),
      ),
    ),
    field(
      t.options.base,
      select("base", labels, String(baseLabel), (id) => store.set({ baseLabel: Number(id) })),
    ),
    h(
      "p",
      { class: "note" },
      t.options.licence(model.licence.name),
      " ",
      !model.licence.commercial && t.options.nonCommercial,
    ),
  );
}

/** The bar has this switch too, where there is room for it. @param {Studio} studio */
function liveSwitch({ store, painter }) {
  const words = `${t.actions.live}: ${t.actions.liveHint}`;
  return toggle("option-live", words, store.now.live, (live) => {
    store.set({ live });
    if (live) painter.edited();
  });
}

/** The choice of the size, for models that paint several. @param {Studio} studio @returns {import("../../dom.js").Child} */
function sizeChoice({ model, editor, fit }) {
  const { doodle } = editor;
  const sizes = offered(model);
  if (sizes.length < 2) return null;
  // A size that came with an import or an earlier drawing is kept, and stands among the others.
  if (!sizes.some((size) => nameOf(size) === nameOf(doodle))) sizes.push(doodle);
  const choices = sizes.map(
    (size) => /** @type {[string, string]} */ ([nameOf(size), sizeWords(model, size)]),
  );
  const choose = (/** @type {string} */ name) => {
    const size = sizes.find((one) => nameOf(one) === name);
    if (size) fit.chooseSize(size);
  };
  return field(
    t.sizes.heading,
    select("sheet-size", choices, nameOf(doodle), choose),
    sizeNote(model, doodle),
  );
}

/** @param {Model} model @param {Size} size */
const sizeWords = (model, size) =>
  t.sizes.name(t.sizes[shapeOf(size)], isLarge(model, size), size.width, size.height);

/** What to expect of a size that the model never saw. @param {Model} model @param {Size} size */
function sizeNote(model, size) {
  const times = growth(model, size);
  if (times <= 1) return null;
  const [height, width] = model.native_size;
  const about = new Intl.NumberFormat(document.documentElement.lang, {
    maximumSignificantDigits: 2,
  }).format(times);
  return h("span", { class: "note", id: "size-note" }, t.sizes.larger(width, height, about));
}

/** @param {Studio} studio */
function bordersSwitch({ store, painter }) {
  const words = `${t.options.borders}: ${t.options.bordersHint}`;
  return toggle("option-borders", words, store.now.naturalBorders, (naturalBorders) => {
    store.set({ naturalBorders });
    painter.edited();
  });
}

/** @param {Studio} studio */
function seeds(studio) {
  const { store } = studio;
  const { seed, seedLocked } = store.now;
  const number = h("input", {
    type: "number",
    id: "seed",
    min: 0,
    max: MAX_SEED,
    step: 1,
    value: seed,
    "aria-label": t.options.seed,
  });
  number.addEventListener("change", () => {
    const value = Math.min(MAX_SEED, Math.max(0, Math.round(Number(number.value) || 0)));
    store.set({ seed: value, look: null });
    number.value = String(value);
    studio.painter.edited();
  });
  const roll = () => studio.rollSeed();
  const lock = () => store.set({ seedLocked: !seedLocked });
  return fieldGroup(
    t.options.seed,
    h(
      "div",
      { class: "row" },
      number,
      iconButton("dice", t.options.dice, roll, { id: "roll" }),
      iconButton(seedLocked ? "lock" : "unlock", t.options.lock, lock, {
        id: "lock",
        "aria-pressed": String(seedLocked),
      }),
    ),
    h("span", { class: "note" }, t.options.lockHint),
  );
}
