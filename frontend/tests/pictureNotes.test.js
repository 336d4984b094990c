import assert from "node:assert/strict";
import { test } from "node:test";
import { PictureNotes } from "../static/js/studio/pictureNotes.js";

function memory() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (k, v) => kept.set(k, v), kept };
}

const at = (id, minute) => ({ id, created_at: new Date(minute * 60_000).toISOString() });
const ids = (pictures) => pictures.map(({ id }) => id).join("");

test("of live pictures the last of each sitting at a drawing stays in sight", () => {
  const notes = new PictureNotes(memory());
  for (const id of "abc") notes.set(id, { live: "bay" });
  for (const id of "xy") notes.set(id, { live: "coast" });
  notes.set("o", { live: "bay" });
  const all = [at("c", 103), at("y", 102), at("G", 102), at("b", 101), at("x", 101)];
  assert.equal(ids(notes.worthSeeing([...all, at("a", 100), at("o", 20)])), "cyGo");
});

test("a long sitting is one, however long it is", () => {
  const notes = new PictureNotes(memory());
  const all = Array.from({ length: 60 }, (_, i) => at(`n${i}`, 1000 - 20 * i));
  for (const { id } of all) notes.set(id, { live: "bay" });
  assert.equal(ids(notes.worthSeeing(all)), "n0");
});

test("what was asked for, named or starred always does, across visits", () => {
  const kept = memory();
  const notes = new PictureNotes(kept);
  for (const id of "abcd") notes.set(id, { live: "bay" });
  notes.set("a", { name: "Evening" });
  notes.set("b", { star: true });
  const again = new PictureNotes(kept);
  const all = [at("d", 4), at("c", 3), at("b", 2), at("a", 1), at("Z", 0)];
  assert.equal(ids(again.worthSeeing(all)), "dbaZ");
  assert.equal(again.of("a").name, "Evening");
});

test("notes that are damaged are none, and the oldest make room", () => {
  const damaged = { getItem: () => "{]", setItem() {} };
  assert.deepEqual(new PictureNotes(damaged).of("a"), {});
  const kept = memory();
  const notes = new PictureNotes(kept);
  for (let i = 0; i < 700; i++) notes.set(`n${i}`, { live: "bay" });
  assert.ok(kept.getItem("doodlescape.pictures").length < 40_000);
  assert.deepEqual(notes.of("n0"), {});
  assert.deepEqual(notes.of("n699"), { live: "bay" });
});
