/** What comes of a described scene: what was understood, and four layouts to choose from. */
import { byId, fill, h, roving } from "../../dom.js";
import { MAX_LAYERS } from "../../engine/layers.js";
import { newId } from "../../service/api.js";
import { composeLayouts } from "../../service/layouts.js";
import { sleep } from "../../service/polling.js";
import { words } from "../../strings/describe.js";
import { t } from "../../strings/index.js";
import { LayoutOnSheet } from "../../studio/layoutOnSheet.js";
import { MAX_SEED } from "../../studio/studio.js";
import { button, iconButton, toggle } from "../parts/controls.js";
import { low, narrow } from "../parts/windows.js";
import { styleSheet } from "../parts/styleSheet.js";
import { Understood } from "./understood.js";
import { drawThumbs } from "./thumbs.js";

/**
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../service/layouts.js").Layout} Layout
 */

const COUNT = 4;

/** Make the panel, dressed. @param {Studio} studio */
export async function openPanel(studio) {
  await styleSheet("css/describe.css");
  return new Panel(studio);
}

export class Panel {
  #studio;
  #sheet;
  #understood;
  #panel = byId("describe-panel");
  #line = byId("describe-line", "input");
  #parts = {
    status: h("p", { id: "describe-status", role: "status" }),
    understood: h("div", { class: "wishes" }),
    layouts: h("div", { class: "thumbs", role: "radiogroup" }),
    foot: h("div", { class: "row" }),
  };
  /** What the line said when it was last composed. */ #sentence = "";
  /** @type {(Layout | null)[]} */ #layouts = [];
  #picked = -1;
  #asLayer = false;
  /** @type {AbortController | null} */ #current = null;
  /** Draws the status in the language that is chosen. */ #tell = () => this.#showExamples();

  /** @param {Studio} studio */
  constructor(studio) {
    this.#studio = studio;
    this.#sheet = new LayoutOnSheet(studio);
    this.#understood = new Understood(studio, this.#parts.understood, {
      change: (prompt) => void this.#run(prompt),
      say: (sentence) => this.#try(sentence),
    });
    const close = iconButton("cancel", t.actions.close, () => this.hide(), {
      id: "describe-close",
    });
    fill(this.#panel, h("div", { class: "describe-head" }, this.#parts.status, close));
    this.#panel.append(this.#parts.layouts, this.#parts.foot, this.#parts.understood);
    roving(this.#parts.layouts, "button", (one) => one.click());
    this.#listen();
    studio.store.watch(["language", "theme", "patterns"], () => this.#draw());
  }

  /** Show what there is: layouts, or examples. */
  show() {
    this.#panel.hidden = false;
  }

  /** Fold the panel away, and give up what is still being composed. */
  hide() {
    if (this.#panel.contains(document.activeElement)) this.#studio.view.focus();
    this.#panel.hidden = true;
    if (!this.#layouts.every(Boolean)) this.#current?.abort();
  }

  /** Compose what the line says. @param {string} sentence */
  compose(sentence) {
    this.#sentence = sentence.trim();
    this.#understood.forget();
    this.show();
    if (this.#sentence) return void this.#run(this.#sentence);
    this.#end();
    this.#tell = () => this.#showExamples("prompt-empty");
    this.#draw();
  }

  #listen() {
    const form = byId("describe", "form");
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.hide();
        this.#studio.view.focus();
      } else if (event.key === "ArrowDown" && event.target === this.#line) {
        form.querySelector(/** @type {"button"} */ (".thumbs button, .examples button"))?.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    addEventListener("pointerdown", ({ target }) => {
      if (!form.contains(/** @type {Node} */ (target))) this.hide();
    });
  }

  /** @param {string} sentence */
  #try(sentence) {
    this.#line.value = sentence;
    this.compose(sentence);
  }

  #end() {
    this.#current?.abort();
    this.#layouts = [];
    this.#picked = -1;
  }

  /** @param {string} prompt empty where nothing is left of it */
  async #run(prompt) {
    this.#end();
    if (!prompt) {
      this.#tell = () => this.#say(words().nothingLeft);
      return this.#draw();
    }
    const { signal } = (this.#current = new AbortController());
    this.#layouts = Array(COUNT).fill(null);
    this.#tell = () => this.#say(words().composing);
    this.#draw();
    const { height, width } = this.#studio.editor.doodle;
    const seed = Math.floor(Math.random() * (MAX_SEED / 2));
    const order = { prompt, model: this.#studio.model.name, height, width, seed, count: COUNT };
    try {
      const parts = { api: this.#studio.api, newId, sleep };
      await composeLayouts(parts, order, signal, {
        tell: ({ online }) => online === undefined || this.#reach(online, signal),
        arrive: (index, layout) => this.#arrive(index, layout),
      });
      this.#tell = () => this.#say(words().ready);
      this.#studio.say(words().ready);
    } catch (error) {
      if (signal.aborted) return;
      this.#end();
      this.#tell = () => this.#showTrouble(error);
    }
    this.#draw();
  }

  /** @param {boolean} online @param {AbortSignal} signal */
  #reach(online, signal) {
    if (signal.aborted) return;
    const away = this.#studio.store.now.network ? words().unanswered : words().offline;
    this.#say(online ? words().composing : away);
  }

  /** @param {number} index @param {Layout} layout */
  #arrive(index, layout) {
    this.#layouts[index] = layout;
    this.#understood.hear(layout.wish, this.#sentence);
    this.#drawThumbs();
  }

  /** @param {number} index */
  #pick(index) {
    const layout = this.#layouts[index];
    if (!layout) return;
    this.#picked = index;
    const { map, wish } = layout;
    this.#sheet.put(map, { name: this.#sentence, wish, asLayer: this.#asLayer });
    this.#understood.tell(layout.wish);
    this.#drawThumbs();
    this.#studio.say(words().put(index + 1));
    // On a phone the panel lies over the sheet, which is what one wants to see now.
    if (narrow.matches || low.matches) this.hide();
  }

  #draw() {
    this.#tell();
    this.#understood.draw();
    this.#drawThumbs();
    this.#drawFoot();
  }

  /** @param {string} text @param {...import("../../dom.js").Child} more */
  #say(text, ...more) {
    const { status } = this.#parts;
    status.classList.remove("trouble");
    if (status.textContent !== text || more.length > 0) fill(status, text, ...more);
  }

  /** @param {string} [code] of what is the matter */
  #showExamples(code) {
    const t_ = words();
    const why = (code && t_.errors[code]) || t_.examples;
    const list = t_.list.map((text) => button(text, () => this.#try(text), { class: "small" }));
    this.#say(why, h("span", { class: "examples" }, ...list));
    this.#parts.status.classList.toggle("trouble", Boolean(code));
  }

  /** @param {unknown} error */
  #showTrouble(error) {
    const { code = "", message = String(error) } =
      /** @type {{ code?: string, message?: string }} */ (error);
    if (code.startsWith("prompt-")) return this.#showExamples(code);
    this.#say(words().errors[code] ?? words().failed(message));
    this.#parts.status.classList.add("trouble");
  }

  #drawThumbs() {
    drawThumbs(this.#studio, this.#parts.layouts, this.#layouts, this.#picked, (index) =>
      this.#pick(index),
    );
  }

  #drawFoot() {
    const { layers } = this.#studio.editor.doodle;
    const full = layers.length >= MAX_LAYERS;
    const asLayer = toggle("describe-layer", words().asLayer, this.#asLayer && !full, (on) => {
      this.#asLayer = on;
    });
    const others = button(
      words().others,
      () => void this.#run(this.#understood.prompt(this.#sentence)),
      {
        class: "small",
        id: "describe-others",
        image: "dice",
      },
    );
    this.#parts.foot.hidden = this.#layouts.length === 0;
    fill(this.#parts.foot, asLayer, others);
  }
}
