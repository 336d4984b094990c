import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const ROOT = new URL("..", import.meta.url);
const page = readFileSync(new URL("index.html", ROOT), "utf8");
const files = readdirSync(new URL("static/", ROOT), { recursive: true }).map(String);
const all = (pattern, text) => [...text.matchAll(pattern)].map((match) => match[1]);

/** Modules that a module imports at once, or with `import()` when they are wanted. */
const source = (file) =>
  readFileSync(new URL(`static/${file}`, ROOT), "utf8").replace(/\/\*[^]*?\*\//g, "");
const beside = (file) => (path) => new URL(path, `file:///${file}`).pathname.slice(1);
const imported = (file) =>
  all(/^(?:import|export)\b[^"';]*?from "([^"]+)"/gm, source(file)).map(beside(file));
const wanted = (file) => all(/\bimport\("([^"]+)"\)/g, source(file)).map(beside(file));

/** Modules that come with these. */
function closure(begin, next) {
  const found = new Set(begin);
  for (const file of found) for (const one of next(file)) found.add(one);
  return found;
}

const FIRST = closure(["js/main.js"], imported);

test("the page preloads every module that it opens with, and nothing else", () => {
  const loaded = all(/(?:modulepreload" href|module" src)="\/static\/([^"]+)"/g, page);
  assert.deepEqual(loaded.toSorted(), [...FIRST].toSorted());
});

test("every module is reached from the one that opens the page, at once or when it is wanted", () => {
  const reached = closure(["js/main.js"], (file) => [...imported(file), ...wanted(file)]);
  const modules = files.filter((file) => /^js\/.*\.js$/.test(file));
  assert.deepEqual([...reached].toSorted(), modules.toSorted());
});

test("every icon that is asked for is in the sprite, and none lies there unused", () => {
  const sprite = readFileSync(new URL("static/icons.svg", ROOT), "utf8");
  const drawn = all(/<symbol id="([\w-]+)"/g, sprite);
  const sources = files
    .filter((file) => file.endsWith(".js"))
    .map((file) => readFileSync(new URL(`static/${file}`, ROOT), "utf8"));
  const text = [page, ...sources].join("\n");
  for (const name of all(/icons\.svg#([\w-]+)/g, page)) assert.ok(drawn.includes(name), name);
  for (const name of drawn)
    assert.ok(new RegExp(`["'#]${name}["']|\\b${name}:`).test(text), `${name} is unused`);
});

test("nothing on the page needs an exception from the strict content security policy", () => {
  assert.doesNotMatch(
    page,
    /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\/(?!www\.w3\.org)/,
  );
});

test("scripts and styles of a first visit weigh less than 160 kB compressed, in every window and language", () => {
  const large = ["js/ui/light/choice.js"]; // the strip of looks
  const languages = files.filter((file) => /^js\/strings\/[a-z]{2}\.js$/.test(file));
  const late = ["js/files/offlinePage.js", ...large];
  const styles = [...all(/stylesheet" href="\/static\/([^"]+)"/g, page), "css/light.css"];
  const weigh = (/** @type {Iterable<string>} */ some) =>
    [...some].reduce(
      (sum, file) => sum + gzipSync(readFileSync(new URL(`static/${file}`, ROOT))).length,
      0,
    );
  for (const language of languages) {
    const modules = closure(["js/main.js", language, ...late], imported);
    const bytes = weigh([...modules, ...styles, "again.js"]);
    assert.ok(bytes < 160_000, `${language}: ${bytes} bytes`);
  }
});
