/** The words for looks, in the page's language: read when they are shown. */

const en = {
  heading: "Looks that suit this doodle",
  name: (/** @type {number} */ n, /** @type {string[]} */ light) =>
    [`Look ${n}`, ...light].join(", "),
  light: {
    dark: "dark",
    bright: "bright",
    cool: "cool",
    warm: "warm",
    soft: "soft colours",
    vivid: "vivid colours",
  },
  credit: (/** @type {string} */ author, /** @type {string} */ licence) =>
    `Light and colours of a photo by ${author}${licence && `, ${licence}`}.`,
  hint: "The chosen one stays while you paint; the dice throw another.",
  failed: "The looks cannot be shown now.",
  strength: "Strength",
  strengthHint: "How much of this look; the rest is of the other one, or the one chosen before.",
  noSecond: "Choose another look: this blends it with the one before.",
  mix: "Mix",
  mixHint: "Choose a second look to mix into this one; press again to go on choosing the first",
  mixing: "Look that is mixed in",
};

/** @type {Record<string, typeof en>} */
const LANGUAGES = {
  en,
  de: {
    heading: "Stimmungen für diese Skizze",
    name: (n, light) => [`Stimmung ${n}`, ...light].join(", "),
    light: {
      dark: "dunkel",
      bright: "hell",
      cool: "kühl",
      warm: "warm",
      soft: "zarte Farben",
      vivid: "kräftige Farben",
    },
    credit: (author, licence) =>
      `Licht und Farben eines Fotos von ${author}${licence && `, ${licence}`}.`,
    hint: "Die gewählte bleibt, während du malst; der Würfel wirft eine andere.",
    failed: "Die Stimmungen lassen sich gerade nicht zeigen.",
    strength: "Stärke",
    strengthHint:
      "Wie viel von dieser Stimmung; der Rest ist von der anderen oder der davor gewählten.",
    noSecond: "Eine andere Stimmung wählen: dies mischt sie mit der davor.",
    mix: "Mischen",
    mixHint:
      "Eine zweite Stimmung zum Beimischen wählen; noch einmal drücken, um wieder die erste zu wählen",
    mixing: "Stimmung, die beigemischt wird",
  },
};

export const words = () => LANGUAGES[document.documentElement.lang] ?? en;
