/** What was understood of the line, what the visitor changed of it, and what is told besides. */
import { fill, h } from "../../dom.js";
import { words } from "../../strings/describe.js";
import { isOnly, keeping, sentenceOf } from "../../studio/wishes.js";
import { button } from "../parts/controls.js";
import { chipsOf, drawChip, drawChoices } from "./chips.js";

/**
 * @typedef {import("../../studio/studio.js").Studio} Studio
 * @typedef {import("../../studio/wishes.js").Wish} Wish
 * @typedef {import("../../studio/wishes.js").Thing} Thing
 * @typedef {{ change: (prompt: string) => void, say: (sentence: string) => void }} Acts
 *   `change` composes what is wanted now, `say` another sentence
 */

export class Understood {
  #studio;
  #box;
  #acts;
  #sentence = "";
  /** Of the line itself; what the visitor changed lies over it. @type {Wish | null} */ #said =
    null;
  /** Keys of the chips that were taken off. @type {Set<string>} */ #off = new Set();
  #opened = "";
  #edited = false;
  /** Of the layout that is on the sheet. @type {Wish["notes"]} */ #notes = [];

  /** @param {Studio} studio @param {HTMLElement} box @param {Acts} acts */
  constructor(studio, box, acts) {
    this.#studio = studio;
    this.#box = box;
    this.#acts = acts;
  }

  /** Begin anew, with another sentence. */
  forget() {
    this.#said = null;
    this.#off.clear();
    this.#opened = "";
    this.#edited = false;
    this.#notes = [];
  }

  /** Take up what was understood, unless that is known. @param {Wish} wish @param {string} sentence */
  hear(wish, sentence) {
    if (this.#said) return;
    this.#said = wish;
    this.#sentence = sentence;
    this.draw();
  }

  /** Tell what was decided for a layout. @param {Wish} wish */
  tell({ notes }) {
    this.#notes = notes;
    this.draw();
  }

  /** What is wanted now: the sentence as long as nothing was changed; "" where nothing is left. @param {string} sentence */
  prompt(sentence) {
    if (!this.#said || (this.#off.size === 0 && !this.#edited)) return sentence;
    const wish = this.#wish(this.#said);
    return wish.things.length > 0 ? sentenceOf(wish) : "";
  }

  /** @param {Wish} said @returns {Wish} */
  #wish(said) {
    const off = (/** @type {string} */ key) => this.#off.has(key);
    const excluded = said.excluded.filter((material) => !off(`without-${material}`));
    const kept = keeping(said, (at) => !off(`thing-${at}`));
    return {
      ...kept,
      style: off("light") ? null : said.style,
      excluded: [
        ...kept.excluded.filter((one) => !said.excluded.includes(one)),
        ...(isOnly(said) && off("only") ? [] : excluded),
      ],
    };
  }

  draw() {
    const focused = this.#box.contains(document.activeElement) ? document.activeElement?.id : "";
    const said = this.#said;
    this.#box.hidden = !said;
    if (!said) return fill(this.#box);
    const chips = chipsOf(this.#studio, said);
    const acts = {
      isOff: (/** @type {string} */ key) => this.#off.has(key),
      toggle: (/** @type {string} */ key) => this.#toggle(key),
      open: (/** @type {string} */ key) => {
        this.#opened = this.#opened === key ? "" : key;
        this.draw();
      },
      opened: this.#opened,
    };
    const opened = chips.find(({ key }) => key === this.#opened);
    fill(
      this.#box,
      h(
        "ul",
        { "aria-label": words().understood },
        ...chips.map((chip) => drawChip(this.#studio, chip, acts)),
      ),
      opened && h("div", { class: "row choices" }, ...this.#choices(said, opened)),
      ...this.#tellings(said),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  /** @param {string} key */
  #toggle(key) {
    if (!this.#off.delete(key)) this.#off.add(key);
    this.#opened = "";
    this.#compose();
    document.getElementById(`wish-${key}`)?.focus();
  }

  /** @param {Wish} said @param {import("./chips.js").Chip} chip */
  #choices(said, chip) {
    const thing = (/** @type {Partial<Thing>} */ patch) => {
      const things = said.things.map((one, at) => (at === chip.at ? { ...one, ...patch } : one));
      this.#edit({ ...said, things });
    };
    const light = (/** @type {string | null} */ style) => this.#edit({ ...said, style });
    return drawChoices(this.#studio, said, chip, thing, light);
  }

  /** @param {Wish} wish */
  #edit(wish) {
    this.#said = wish;
    this.#edited = true;
    this.#compose();
  }

  #compose() {
    this.#notes = [];
    this.draw();
    this.#acts.change(this.prompt(this.#sentence));
  }

  /** @param {Wish} said */
  #tellings({ unknown, notes }) {
    const t = words();
    const strange = unknown.map(({ word }) => t.quote(word)).join(", ");
    const guesses = unknown.filter(({ suggestion }) => suggestion);
    const decided = [
      ...notes.filter(({ code }) => !LAID.has(code)),
      ...this.#notes.filter(({ code }) => LAID.has(code)),
    ];
    return [
      unknown.length > 0 &&
        h(
          "p",
          { class: "note", id: "describe-unknown" },
          t.unknown(strange),
          ...guesses.map(({ word, suggestion }) => this.#guess(word, String(suggestion))),
        ),
      ...decided.map(({ code, words: which }) =>
        h("p", { class: "note" }, t.notes[code]?.(which) ?? which),
      ),
    ];
  }

  /** @param {string} word @param {string} known */
  #guess(word, known) {
    // The lexicon has no capitals, German nouns have.
    const fit = /^\p{Lu}/u.test(word) ? known[0].toUpperCase() + known.slice(1) : known;
    const say = () => this.#acts.say(this.#sentence.replace(word, fit));
    return button(words().instead(fit), say, { class: "small" });
  }
}

/** Notes that are of one layout, not of the sentence. */
const LAID = new Set(["not-placed", "no-room"]);
