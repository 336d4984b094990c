import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Previews } from "../static/js/service/previews.js";
import { FITTING, makeRequest } from "../static/js/service/request.js";

const MODEL = {
  name: "alpine",
  abilities: { seed: true, style: true, natural_borders: true },
  styles: [{ name: "dusk" }],
  looks: 9,
  label_set: {
    name: "landscape",
    labels: [{ id: 1, name: "sea", colours: { natural: "#0000ff" } }],
  },
};
const MAP = { height: 1, width: 2, labels: new Uint8Array([1, 1]) };
const OPTIONS = { seed: 3, format: "png", style: null, stylePhoto: null, look: null };
const PHOTO = new File(["light"], "alps.jpg", { type: "image/jpeg" });

/** What a request says of its light. */
async function light(options, model = MODEL) {
  const form = await makeRequest(MAP, model, { ...OPTIONS, ...options }).form(1);
  const names = ["look", "style", "style_image"].filter((name) => form.has(name));
  return names.map((name) => (name === "style_image" ? name : `${name}=${form.get(name)}`));
}

test("one thing gives the light: a photo, else a look, else a preset, which narrows those that fit", async () => {
  assert.deepEqual(await light({}), []);
  assert.deepEqual(await light({ style: "dusk" }), ["style=dusk"]);
  assert.deepEqual(await light({ look: "dune" }), ["look=dune"]);
  assert.deepEqual(await light({ look: "dune", style: "dusk" }), ["look=dune"]);
  assert.deepEqual(await light({ look: FITTING, style: "dusk" }), ["look=fitting", "style=dusk"]);
  assert.deepEqual(await light({ look: "dune", stylePhoto: PHOTO }), ["style_image"]);
});

test("a model without looks is asked for none", async () => {
  assert.deepEqual(await light({ look: "dune", style: "dusk" }, { ...MODEL, looks: 0 }), [
    "style=dusk",
  ]);
});

test("only where nothing gives the light does the service choose the look", () => {
  const free = (options, model = MODEL) => makeRequest(MAP, model, { ...OPTIONS, ...options }).free;
  assert.equal(free({}), free({ format: "webp", naturalBorders: true }));
  assert.notEqual(free({}), free({ seed: 4 }));
  for (const given of [{ style: "dusk" }, { look: "dune" }, { stylePhoto: PHOTO }])
    assert.equal(free(given), null);
  assert.equal(free({}, { ...MODEL, looks: 0 }) || null, null);
});

test("another light is another picture", () => {
  const keys = [
    {},
    { look: "dune" },
    { look: "reef" },
    { style: "dusk" },
    { stylePhoto: PHOTO },
  ].map((options) => makeRequest(MAP, MODEL, { ...OPTIONS, ...options }).key);
  assert.equal(new Set(keys).size, keys.length);
});

/** A service whose jobs end when the test says so. */
function stage() {
  const asked = [];
  const told = [];
  let ids = 0;
  const doors = new Map();
  const api = {
    submit: async (id, form) => void asked.push(["submit", id, form.get("count")]),
    job: (id, _wait_s, signal) =>
      new Promise((resolve, reject) => {
        doors.set(id, resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    cancel: async (id) => void asked.push(["cancel", id]),
  };
  const previews = new Previews({ api, newId: () => `p${++ids}`, sleep: async () => {} }, (found) =>
    told.push(found && found.previews.map(({ look }) => look)),
  );
  const request = (key) => ({
    key,
    form: async (count) => {
      const form = new FormData();
      form.set("count", String(count));
      return form;
    },
  });
  const end = async (id, status, looks = []) => {
    await setImmediate();
    doors.get(id)({ id, status, images: looks.map((look) => ({ look, url: `/${look}` })) });
    await setImmediate();
  };
  return { asked, told, previews, request, end };
}

test("previews of a doodle are painted once, in one job", async () => {
  const { asked, told, previews, request, end } = stage();
  assert.equal(previews.want(request("bay"), 3), true);
  assert.equal(previews.want(request("bay"), 3), false);
  await end("p1", "succeeded", ["dune", "reef", "dune"]);
  assert.equal(previews.want(request("bay"), 3), false);
  assert.deepEqual(asked, [["submit", "p1", "3"]]);
  assert.deepEqual(told, [["dune", "reef"]]);
});

test("previews that are out of date are cancelled, and nothing of them is told", async () => {
  const { asked, told, previews, request, end } = stage();
  previews.want(request("bay"), 3);
  await setImmediate();
  previews.drop("bay");
  assert.equal(asked.length, 1);
  previews.drop("meadow");
  previews.want(request("meadow"), 3);
  await end("p2", "succeeded", ["moor"]);
  assert.deepEqual(
    asked.filter(([name]) => name === "cancel"),
    [["cancel", "p1"]],
  );
  assert.deepEqual(told, [["moor"]]);
});

test("previews that could not be had are asked for again when they are wanted again", async () => {
  const { told, previews, request, end } = stage();
  previews.want(request("bay"), 3);
  await end("p1", "failed");
  assert.equal(previews.want(request("bay"), 3), true);
  await end("p2", "succeeded", ["dune"]);
  assert.deepEqual(told, [null, ["dune"]]);
});
