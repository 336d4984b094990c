/** This browser's jobs, as the server lists them, and bringing one back. */
import { readLabelMap } from "../files/png.js";

/** @typedef {import("./studio.js").Studio} Studio */
/** @typedef {import("../service/api.js").Job} Job */

/** Read the newest jobs; what was read of the older ones stays. @param {Studio} studio */
export async function refreshHistory({ api, store }) {
  try {
    const { jobs, next } = await api.jobs();
    const { history, historyNext } = store.now;
    const oldest = jobs.at(-1)?.created_at ?? "";
    const older = next ? history.filter(({ created_at }) => created_at < oldest) : [];
    const goesOn = older.length > 0;
    store.set({ history: [...jobs, ...older], historyNext: goesOn ? historyNext : next });
  } catch {
    // The strip shows what it had; the banner tells when the server is away.
  }
}

/** Read the next page of older jobs, if there is one. @param {Studio} studio */
export async function readHistory({ api, store }) {
  const { historyNext } = store.now;
  if (!historyNext) return;
  const { jobs, next } = await api.jobs(historyNext);
  const known = new Set(store.now.history.map(({ id }) => id));
  const older = jobs.filter(({ id }) => !known.has(id));
  store.set({ history: [...store.now.history, ...older], historyNext: next });
}

/** Bring an earlier job's doodle, pictures and options back. @param {Studio} studio @param {Job} job */
export async function reopen(studio, job) {
  const { api, store, painter } = studio;
  const png = await api.labelMap(job.id);
  const map = await readLabelMap(png);
  if (store.now.models.some(({ name }) => name === job.model)) studio.fit.chooseModel(job.model);
  const style = studio.model.styles.find(({ name }) => name === job.style)?.name ?? null;
  const naturalBorders = job.borders === "natural";
  studio.fit.load("open", map);
  const [{ seed, look = null }] = job.images;
  store.set({ seed, style, stylePhoto: null, look, naturalBorders });
  await painter.open(job);
}

/** Delete an earlier picture for good, here and at the server. @param {Studio} studio @param {string} id */
export async function erase({ api, store }, id) {
  await api.erase(id);
  const { history, photo } = store.now;
  store.set({ history: history.filter((job) => job.id !== id) });
  // What is still shown of it belongs to this browser alone from now on.
  if (photo?.job === id) store.set({ photo: { ...photo, job: null } });
}
