import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS, combinations, shown } from "../static/js/studio/commands.js";
import { deDialogs } from "../static/js/strings/de-dialogs.js";
import { de } from "../static/js/strings/de.js";
import { enDialogs } from "../static/js/strings/en-dialogs.js";
import { en } from "../static/js/strings/en.js";
import { describe } from "../static/js/ui/photo/statusWords.js";

const press = (key, code, more = {}) =>
  combinations({
    key,
    code,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    getModifierState: () => false,
    ...more,
  });

test("no two commands share a shortcut", () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("a shortcut is what the key types", () => {
  assert.deepEqual(press("b", "KeyB"), ["b"]);
  assert.deepEqual(press("Z", "KeyZ", { ctrlKey: true, shiftKey: true }), ["ctrl+shift+z"]);
  // Z and Y are swapped on a German keyboard: what is typed counts.
  assert.deepEqual(press("z", "KeyY", { ctrlKey: true }), ["ctrl+z"]);
  assert.deepEqual(press("?", "Minus", { shiftKey: true })[0], "?");
});

test("where a keyboard types other letters, the key's place counts", () => {
  assert.ok(press("и", "KeyB").includes("b"));
  assert.ok(press("я", "KeyZ", { ctrlKey: true }).includes("ctrl+z"));
});

test("AltGr types characters and Alt is left to the browser", () => {
  const altGraph = { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" };
  assert.equal(press("[", "Digit8", altGraph)[0], "[");
  assert.deepEqual(press("b", "KeyB", { altKey: true }), []);
});

test("shortcuts are shown as they are engraved", () => {
  assert.equal(shown("ctrl+shift+z"), "Ctrl+Shift+Z");
  assert.equal(shown("["), "[");
  assert.equal(shown("+"), "+");
});

test("the photo is described by what was painted", () => {
  const labels = Uint8Array.from([1, 1, 1, 2]);
  assert.equal(
    describe(labels, (id) => (id === 1 ? "sky" : "sea")),
    "Photo painted from the doodle: sky 75 %, sea 25 %",
  );
});

/** Paths of all words of a language. */
const paths = (words, at = "") =>
  Object.entries(words).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? paths(value, `${at}${name}.`)
      : [`${at}${name}`],
  );

test("German has every word that English has", () => {
  const free = /^(labels|errors)\./;
  const german = [...paths(de), ...paths(deDialogs)];
  const english = [...paths(en), ...paths(enDialogs)];
  const missing = english.filter((path) => !german.includes(path) && !free.test(path));
  assert.deepEqual(missing, []);
});
