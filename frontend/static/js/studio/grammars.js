/**
 * The few words with which a wish is said to the service, as `spade/words/reading/lexicon.tsv`
 * knows them: `tests/frontend/test_wishes.py` holds them against it.
 *
 * @typedef {object} Grammar
 * @property {Record<string, string>} nouns by the name of a label
 * @property {Record<string, string>} sizes
 * @property {Record<number, string>} numbers
 * @property {Record<string, string>} places
 * @property {Record<string, string>} relations
 * @property {Record<string, string>} lights by the name of a preset
 * @property {string} begin tells the language, even of one word @property {string} and @property {string} no @property {string} only
 */

/** Where in the picture a thing may be. */
export const PLACES = ["left", "middle", "right", "sides", "front", "back", "top"];

/** @type {Record<string, Grammar>} */
export const GRAMMARS = {
  en: {
    nouns: {
      "sky-other": "sky",
      clouds: "clouds",
      fog: "fog",
      mountain: "mountains",
      hill: "hills",
      rock: "rocks",
      sand: "sand",
      dirt: "dirt",
      snow: "snow",
      sea: "sea",
      "water-other": "lake",
      river: "river",
      tree: "trees",
      bush: "bushes",
      grass: "grass",
      flower: "flowers",
      road: "road",
      "building-other": "house",
    },
    sizes: { small: "small", usual: "", big: "big" },
    numbers: { 1: "a", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six" },
    places: {
      left: "on the left",
      right: "on the right",
      middle: "in the middle",
      sides: "on both sides",
      front: "in the foreground",
      back: "in the background",
      top: "at the top",
    },
    relations: {
      before: "in front of",
      behind: "behind",
      above: "above",
      below: "below",
      between: "between",
      in: "in",
      on: "on",
      beside: "next to",
      leftof: "left of",
      rightof: "right of",
    },
    lights: {
      "golden-hour": "sunset",
      dusk: "dusk",
      mist: "misty light",
      day: "daylight",
      winter: "winter light",
    },
    begin: "picture with",
    and: "and",
    no: "no",
    only: "nothing else",
  },
  de: {
    nouns: {
      "sky-other": "Himmel",
      clouds: "Wolken",
      fog: "Nebel",
      mountain: "Berge",
      hill: "Hügel",
      rock: "Felsen",
      sand: "Sand",
      dirt: "Erde",
      snow: "Schnee",
      sea: "Meer",
      "water-other": "See",
      river: "Fluss",
      tree: "Bäume",
      bush: "Büsche",
      grass: "Gras",
      flower: "Blumen",
      road: "Straße",
      "building-other": "Haus",
    },
    sizes: { small: "klein", usual: "", big: "groß" },
    numbers: { 1: "ein", 2: "zwei", 3: "drei", 4: "vier", 5: "fünf", 6: "sechs" },
    places: {
      left: "links",
      right: "rechts",
      middle: "in der Mitte",
      sides: "auf beiden Seiten",
      front: "im Vordergrund",
      back: "im Hintergrund",
      top: "oben",
    },
    relations: {
      before: "vor",
      behind: "hinter",
      above: "über",
      below: "unter",
      between: "zwischen",
      in: "in",
      on: "auf",
      beside: "neben",
      leftof: "links von",
      rightof: "rechts von",
    },
    lights: {
      "golden-hour": "Abendlicht",
      dusk: "Dämmerung",
      mist: "nebliges Licht",
      day: "Tageslicht",
      winter: "Winterlicht",
    },
    begin: "Bild mit",
    and: "und",
    no: "keine",
    only: "nichts sonst",
  },
};
