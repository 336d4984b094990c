/** Words of the line that describes a scene, in English: read when it is used. */

export const enDescribe = {
  examples: "For example",
  /** @type {string[]} */
  list: [
    "a lake between mountains at sunset",
    "a lighthouse on a cliff by the sea, stormy",
    "a winter forest with a small house in the middle",
  ],
  composing: "Composing four layouts…",
  ready: "Choose a layout",
  put: (/** @type {number} */ n) => `Layout ${n} is on the sheet`,
  understood: "Understood",
  change: (/** @type {string} */ what) => `Change: ${what}`,
  takeOff: (/** @type {string} */ what) => `Leave out: ${what}`,
  putBack: (/** @type {string} */ what) => `Put back: ${what}`,
  without: (/** @type {string} */ what) => `no ${what}`,
  only: "nothing else",
  where: "Where",
  anywhere: "Anywhere",
  /** @type {Record<string, string>} */
  places: {
    left: "On the left",
    middle: "In the middle",
    right: "On the right",
    sides: "On both sides",
    front: "In the foreground",
    back: "In the background",
    top: "At the top",
  },
  size: "How large",
  sizes: { small: "Small", usual: "As usual", big: "Large" },
  light: "Light",
  noLight: "Any light",
  unknown: (/** @type {string} */ words) =>
    `No picture comes to mind for ${words}; the rest is there.`,
  quote: (/** @type {string} */ word) => `“${word}”`,
  instead: (/** @type {string} */ known) => `Did you mean “${known}”?`,
  /** What was decided, by code. @type {Record<string, (words: string) => string>} */
  notes: {
    "one-light": (words) => `Only one kind of light at a time; left out: ${words}.`,
    "asked-and-excluded": (words) => `Asked for and ruled out at once, so it stays: ${words}.`,
    "not-placed": (words) => `There, but not where you wanted it: ${words}.`,
    "no-room": (words) => `No room was found for: ${words}.`,
    "light-stays": (words) => `Light cannot be left out: ${words}.`,
  },
  layouts: "Layouts",
  layout: (/** @type {number} */ n, /** @type {string} */ shares) => `Layout ${n}: ${shares}`,
  asLayer: "As a new layer",
  others: "Four others",
  /** Why there is none, by error code. @type {Record<string, string>} */
  errors: {
    "prompt-empty": "These words name nothing that can be painted. Say what is to be seen:",
    "prompt-nothing-understood":
      "None of these words is known here. Skies, mountains, water, plants, roads and houses are:",
    "prompt-too-long": "That is too long: say it in 500 letters.",
    "rate-limited": "You asked for a lot at once. Try again in a moment.",
    "quota-exceeded": "You asked for a lot at once. Try again in a moment.",
  },
  failed: (/** @type {string} */ why) => `No layout came of it. ${why}`,
  nothingLeft: "Nothing is left to compose. Put something back:",
  offline:
    "You are offline, and layouts are composed by the service. It goes on as soon as you are back.",
  unanswered:
    "Layouts are composed by the service, which does not answer. It goes on as soon as it does.",
};
