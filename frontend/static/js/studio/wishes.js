/**
 * What was understood of a sentence, and saying it anew after it was changed.
 *
 * Saying it anew is for the service, which understands the same again; people see the phrases.
 *
 * @typedef {import("../service/layouts.js").Wish} Wish
 * @typedef {import("../service/layouts.js").Relation} Relation
 * @typedef {import("../service/layouts.js").Thing} Thing
 */
import { GRAMMARS, PLACES } from "./grammars.js";

export { PLACES };

/** So many materials are left out only by "only", which leaves the sky alone. */
const MANY = 10;
const SKY = ["sky-other", "clouds", "fog"];

/** Whether all is left out that was not named. @param {Wish} wish */
export const isOnly = ({ excluded }) => excluded.length >= MANY;

/**
 * The noun for a thing: as it was said, if that stands for nothing else.
 *
 * @param {Wish} wish @param {number} at @returns {string}
 */
export function nounOf({ things, language }, at) {
  const { words, material, implied } = things[at];
  const shared = things.some((other, i) => i !== at && other.words === words);
  return implied || shared ? (GRAMMARS[language].nouns[material] ?? material) : words;
}

/**
 * What is said of a thing besides its name, in the sentence's language.
 *
 * @param {Wish} wish @param {number} at @returns {string[]}
 */
export function detailsOf(wish, at) {
  const { size, count, places, relations } = wish.things[at];
  const { sizes, numbers, places: where } = GRAMMARS[wish.language];
  return [
    sizes[size],
    count && count > 1 ? numbers[count] : "",
    ...places.map((place) => where[place]),
    ...relations.map((relation) => related(wish, relation)),
  ].filter(Boolean);
}

/** The preset of a light, or nothing, in words. @param {Wish} wish @returns {string} */
export const lightOf = ({ language, style }) =>
  style ? (GRAMMARS[language].lights[style] ?? "") : "";

/** Names of materials, as one says them. @param {Wish} wish @param {string} material */
export const materialOf = ({ language }, material) =>
  GRAMMARS[language].nouns[material] ?? material;

/**
 * A wish without some of its things: their materials must not be there, for a scene may bring them
 * again, and what lay to them lies where it will.
 *
 * @param {Wish} wish @param {(at: number) => boolean} keeps @returns {Wish}
 */
export function keeping(wish, keeps) {
  const kept = wish.things.map((_, at) => at).filter(keeps);
  const things = kept.map((at) => ({
    ...wish.things[at],
    words: nounOf(wish, at),
    implied: false,
    relations: wish.things[at].relations
      .map(({ kind, to }) => ({ kind, to: to.filter(keeps).map((one) => kept.indexOf(one)) }))
      .filter(({ to }) => to.length > 0),
  }));
  const left = wish.things.filter((_, at) => !keeps(at)).map(({ material }) => material);
  const gone = left.filter((one) => !things.some(({ material }) => material === one));
  return { ...wish, things, excluded: [...new Set([...wish.excluded, ...gone])] };
}

/** A sentence of which the service understands this wish. @param {Wish} wish @returns {string} */
export function sentenceOf(wish) {
  const { begin, no, only } = GRAMMARS[wish.language];
  const all = wish.things.map((_, at) => at);
  const named = all.map((at) => clauseOf(wish, at));
  const lying = all.flatMap((at) =>
    wish.things[at].relations.map((one) => `${nounOf(wish, at)} ${related(wish, one)}`),
  );
  const left = wish.excluded.filter((one) => !isOnly(wish) || SKY.includes(one));
  const without = left.map((material) => `${no} ${materialOf(wish, material)}`);
  const clauses = [...named, ...lying, lightOf(wish), isOnly(wish) && only, ...without];
  return `${begin} ${clauses.filter(Boolean).join(", ")}`;
}

/** @param {Wish} wish @param {number} at */
function clauseOf(wish, at) {
  const { size, count, places } = wish.things[at];
  const { sizes, numbers, places: where } = GRAMMARS[wish.language];
  const said = [count ? numbers[count] : "", sizes[size], nounOf(wish, at)];
  return [...said, ...places.map((place) => where[place])].filter(Boolean).join(" ");
}

/** @param {Wish} wish @param {Relation} relation */
function related(wish, { kind, to }) {
  const { relations, and } = GRAMMARS[wish.language];
  return `${relations[kind] ?? kind} ${to.map((at) => nounOf(wish, at)).join(` ${and} `)}`;
}
