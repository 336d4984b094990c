import { setImmediate } from "node:timers/promises";
import { Painter } from "../static/js/service/painter.js";
import { Store } from "../static/js/state.js";
import { forgetful } from "./arbitraries.js";

/** A painter over an API that answers from a script; time passes at once. */
export function stage(script = {}) {
  const store = new Store(forgetful);
  const calls = [];
  const slept = [];
  let ids = 0;
  const job = (status, more = {}) => ({
    id: "j",
    status,
    position: null,
    eta_s: null,
    attempt: 1,
    images: [],
    error: null,
    ...more,
  });
  const api = {
    submit: async (id, form) => {
      calls.push(["submit", id, form.get("slot")]);
      return script.submit?.(calls.length, form);
    },
    job: async (id, wait_s) => {
      calls.push(["job", id, wait_s]);
      return script.jobs?.shift()?.(job) ?? job("succeeded", { images: [{ url: "/i", seed: 5 }] });
    },
    blob: async (url) => {
      calls.push(["blob", url]);
      await script.blob?.(url);
      return new Blob(["picture"]);
    },
    cancel: async (id) => calls.push(["cancel", id]),
  };
  const painter = new Painter({
    api,
    store,
    slot: "tab",
    newId: () => `id${++ids}`,
    sleep: async (s, signal) => {
      slept.push(s);
      await setImmediate();
      signal.throwIfAborted();
    },
    makeRequest: (quick) => ({
      form: async () => new FormData(),
      key: script.key?.(store.now) ?? "same",
      free: script.free?.(store.now) ?? null,
      ...(quick && script.soft && { soft: { height: 256, width: 256 } }),
    }),
  });
  return { api, store, painter, calls, slept };
}
