import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { Doodle } from "../static/js/engine/doodle.js";
import { apply } from "../static/js/engine/operations.js";
import { Autosave, MAX_DRAWINGS } from "../static/js/files/autosave.js";
import { DrawingLock } from "../static/js/files/drawingLock.js";

/** What all tabs of a browser share: the kept drawings, the locks, a clock and ids. */
function browser() {
  const saved = new Map();
  const locks = new Map();
  let ids = 0;
  const database = {
    save: async (drawing, photo, { all, put, drop }) => {
      const before = saved.get(drawing.id);
      const kept = new Map(all ? [] : before?.kept.map((step) => [step.key, step]));
      for (const key of drop) kept.delete(key);
      for (const step of put) kept.set(step.key, structuredClone(step));
      const labels = drawing.labels.slice();
      const order = saved.size + ids++;
      saved.set(drawing.id, {
        ...drawing,
        labels,
        changed: order,
        kept: [...kept.values()],
        photo: photo === undefined ? (before?.photo ?? null) : photo,
      });
    },
    load: async (id) => saved.get(id) ?? null,
    list: async () => [...saved.values()].sort((a, b) => b.changed - a.changed),
    remove: async (id) => void saved.delete(id),
  };
  const lockManager = (mine) => ({
    request: async (name, _, hold) => {
      if (locks.has(name)) return hold(null);
      locks.set(name, mine);
      mine.add(name);
      await hold({ name });
      locks.delete(name);
      mine.delete(name);
    },
    query: async () => ({ held: [...locks.keys()].map((name) => ({ name })) }),
  });
  /** Open a tab; reloading one means closing it and opening with the same session. */
  const tab = (session = new Map(), withLocks = true) => {
    const mine = new Set();
    const sheet = { doodle: new Doodle(2, 2, 0), photo: null };
    const told = [];
    const autosave = new Autosave({
      database,
      lock: new DrawingLock(withLocks ? lockManager(mine) : null),
      tab: { getItem: (key) => session.get(key) ?? null, setItem: (k, v) => session.set(k, v) },
      newId: () => `drawing${++ids}`,
      read: () => {
        const { labels, steps } = sheet.doodle;
        return { height: 2, width: 2, model: "m", photo: sheet.photo, labels, steps };
      },
      onKept: (kept) => told.push(kept),
    });
    const settle = async () => {
      for (let i = 0; i < 20; i++) await setImmediate();
    };
    return {
      autosave,
      session,
      sheet,
      settle,
      told,
      paint: async (label) => {
        const labels = new Uint8Array(4).fill(label);
        apply(sheet.doodle, { kind: "all", label, labels });
        autosave.doodleChanged();
        await settle();
      },
      open: async () => {
        const found = await autosave.restore();
        if (found) {
          sheet.doodle = new Doodle(2, 2, found.labels);
          autosave.recall(sheet.doodle, found, () => true);
        }
        await settle();
        return found ? found.labels[0] : null;
      },
      close: () => mine.forEach((name) => locks.delete(name)),
    };
  };
  return { tab, saved, database };
}

const labelsKept = (saved) => [...saved.values()].map(({ labels }) => labels[0]).toSorted();

test("a browser whose database never answers counts as one that keeps nothing", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { tab, database } = browser();
  const one = tab();
  let done = () => {};
  database.save = () => new Promise((resolve) => (done = resolve));
  one.paint(1);
  t.mock.timers.tick(4000);
  assert.deepEqual(one.told, [false]);
  done();
  await setImmediate();
  assert.deepEqual(one.told, [false, true], "and as one that keeps, once it has");
});

test("a tab that is reloaded goes on with its own drawing", async () => {
  const { tab, saved } = browser();
  const first = tab();
  await first.open();
  await first.paint(5);
  first.close();
  const again = tab(first.session);
  assert.equal(await again.open(), 5);
  await again.paint(6);
  assert.deepEqual(labelsKept(saved), [6]);
});

test("a second tab never writes over the first one's drawing", async () => {
  const { tab, saved } = browser();
  const first = tab();
  await first.open();
  await first.paint(1);
  const second = tab();
  assert.equal(await second.open(), null, "the first tab's drawing is in use");
  await second.paint(2);
  await first.paint(3);
  assert.deepEqual(labelsKept(saved), [2, 3]);
});

test("a duplicated tab goes on with a copy", async () => {
  const { tab, saved } = browser();
  const first = tab();
  await first.open();
  await first.paint(1);
  const twin = tab(new Map(first.session));
  assert.equal(await twin.open(), 1);
  await twin.paint(2);
  await first.paint(3);
  assert.deepEqual(labelsKept(saved), [2, 3]);
});

test("without locks, every visit is a drawing of its own", async () => {
  const { tab, saved } = browser();
  const first = tab(new Map(), false);
  await first.open();
  await first.paint(1);
  const second = tab(new Map(), false);
  assert.equal(await second.open(), 1);
  await second.paint(2);
  await first.paint(3);
  assert.deepEqual(labelsKept(saved), [2, 3]);
});

test("what replaces the sheet begins a new drawing, and the old one can be opened again", async () => {
  const { tab, saved } = browser();
  const only = tab();
  await only.open();
  await only.paint(1);
  const old = only.autosave.id;
  only.autosave.branch();
  await only.paint(2);
  assert.deepEqual(labelsKept(saved), [1, 2]);
  const found = await only.autosave.open(old);
  assert.equal(found?.labels[0], 1);
  assert.equal(only.autosave.id, old);
});

test("a sheet on which nothing was painted is not kept", async () => {
  const { tab, saved } = browser();
  const only = tab();
  await only.open();
  only.autosave.flush();
  only.autosave.branch();
  await only.settle();
  assert.equal(saved.size, 0);
});

test("the oldest drawings make room, but none that is open somewhere", async () => {
  const { tab, saved } = browser();
  const old = tab();
  await old.open();
  await old.paint(200);
  const busy = tab();
  for (let label = 1; label <= MAX_DRAWINGS + 5; label++) {
    busy.autosave.branch();
    await busy.paint(label);
  }
  assert.ok(labelsKept(saved).includes(200));
  assert.ok(saved.size <= MAX_DRAWINGS + 1);
  assert.ok(labelsKept(saved).includes(MAX_DRAWINGS + 5));
});

test("a browser that keeps nothing is told of, once it fails and once it works again", async () => {
  const { tab, database } = browser();
  const only = tab();
  await only.open();
  const { save } = database;
  database.save = async () => {
    throw new Error("QuotaExceededError");
  };
  await only.paint(1);
  database.save = save;
  await only.paint(2);
  assert.deepEqual(only.told, [false, true]);
});

test("whatever tabs do, the newest content of every drawing is kept", async () => {
  const step = fc.record({
    tab: fc.nat({ max: 2 }),
    act: fc.constantFrom("paint", "paint", "branch", "reload", "duplicate"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
      const { tab, saved } = browser();
      const tabs = [tab(), tab(), tab()];
      /** @type {Map<string, number>} */ const wanted = new Map();
      let label = 0;
      for (const one of tabs) await one.open();
      for (const { tab: at, act } of steps) {
        const one = tabs[at];
        if (act === "paint") {
          await one.paint(++label);
          wanted.set(one.autosave.id, label);
        } else if (act === "branch") one.autosave.branch();
        else {
          if (act === "reload") one.close();
          tabs[at] = tab(act === "reload" ? one.session : new Map(one.session));
          await tabs[at].open();
          if (act === "duplicate") one.close();
        }
      }
      for (const [id, content] of wanted) assert.equal(saved.get(id)?.labels[0], content);
    }),
    { numRuns: 50 },
  );
});

test("a reload keeps what can be undone and done again", async () => {
  const { tab } = browser();
  const first = tab();
  await first.open();
  for (const label of [1, 2, 3]) await first.paint(label);
  first.sheet.doodle.undo();
  first.autosave.doodleChanged();
  await first.settle();
  first.close();
  const again = tab(first.session);
  assert.equal(await again.open(), 2);
  const { doodle } = again.sheet;
  assert.equal(doodle.redo()?.label, 3);
  for (const label of [2, 1, 0]) {
    assert.ok(doodle.undo());
    assert.equal(doodle.labels[0], label);
  }
  assert.equal(doodle.undo(), null);
});

test("a copy of a drawing has its steps of undo, and takes none from the drawing itself", async () => {
  const { tab, saved } = browser();
  const first = tab();
  await first.open();
  for (const label of [1, 2]) await first.paint(label);
  const twin = tab(new Map(first.session));
  await twin.open();
  await twin.paint(3);
  const depths = () => [...saved.values()].map(({ kept }) => kept.length);
  assert.deepEqual(depths(), [2, 3]);
  first.close();
  twin.close();
  const again = tab(twin.session);
  assert.equal(await again.open(), 3);
  assert.deepEqual([again.sheet.doodle.undo()?.label, again.sheet.doodle.labels[0]], [3, 2]);
});

test("where there is no room for the steps of undo, the drawing is kept without them", async () => {
  const { tab, database, saved } = browser();
  const { save } = database;
  database.save = async (drawing, photo, changes) => {
    if (changes.put.length > 0) throw new DOMException("full", "QuotaExceededError");
    await save(drawing, photo, changes);
  };
  const only = tab();
  await only.open();
  for (const label of [1, 2]) await only.paint(label);
  assert.deepEqual(labelsKept(saved), [2]);
  assert.deepEqual(new Set(only.told), new Set([true]));
  only.close();
  const again = tab(only.session);
  assert.equal(await again.open(), 2);
  assert.equal(again.sheet.doodle.undoable, null);
});
