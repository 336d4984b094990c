import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const ROOT = new URL("..", import.meta.url);
const page = readFileSync(new URL("index.html", ROOT), "utf8");
const files = readdirSync(new URL("static/", ROOT), { recursive: true }).map(String);
const all = (pattern, text) => [...text.matchAll(pattern)].map((match) => match[1]);

test("the page preloads every module it is made of, and nothing else", () => {
  const modules = files.filter((file) => file.endsWith(".js")).map((file) => `/static/${file}`);
  const loaded = all(/(?:modulepreload" href|module" src)="([^"]+)"/g, page);
  assert.deepEqual(loaded.toSorted(), modules.toSorted());
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

test("scripts and styles weigh less than 150 kB compressed", () => {
  const heavy = files.filter((file) => /\.(js|css)$/.test(file));
  const bytes = heavy.reduce(
    (sum, file) => sum + gzipSync(readFileSync(new URL(`static/${file}`, ROOT))).length,
    0,
  );
  assert.ok(bytes < 150_000, `${bytes} bytes`);
});
