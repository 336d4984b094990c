/** Publishing a picture under a link, and taking the link back. */
import { fill, h } from "../../dom.js";
import { refreshHistory } from "../../studio/jobHistory.js";
import { wording } from "../../strings/wording.js";
import { t } from "../../strings/index.js";
import { actions, button, showDone } from "../parts/controls.js";

/** @typedef {import("../../studio/studio.js").Studio} Studio */

/** @param {Studio} studio @returns {import("../parts/controls.js").Page} */
export function shareDialog(studio) {
  const body = h("div", { class: "dialog-body" });
  const { photo, history } = studio.store.now;
  const job = photo?.job;
  const known = history.find(({ id }) => id === job)?.share ?? null;
  if (!job) fill(body, h("p", {}, wording().share.needPhoto));
  else if (known) showLink(studio, body, job, known.url);
  else offer(studio, body, job);
  return { title: wording().share.heading, body };
}

/** @param {HTMLElement} body @param {unknown} error */
function complain(body, error) {
  const why = error instanceof Error ? error.message : String(error);
  body.querySelector(".trouble")?.remove();
  body.append(h("p", { class: "trouble", role: "alert" }, t.status.failed(why)));
}

/** @param {Studio} studio @param {HTMLElement} body @param {string} job */
function offer(studio, body, job) {
  const make = async () => {
    try {
      const { url } = await studio.api.share(job);
      void refreshHistory(studio);
      showLink(studio, body, job, url);
    } catch (error) {
      complain(body, error);
    }
  };
  fill(
    body,
    h("p", {}, wording().share.explain),
    actions(button(wording().share.make, () => void make(), { class: "primary", image: "link" })),
  );
}

/** @param {Studio} studio @param {HTMLElement} body @param {string} job @param {string} path */
function showLink(studio, body, job, path) {
  const url = new URL(path, location.href).href;
  const field = h("input", {
    type: "text",
    readonly: true,
    value: url,
    "aria-label": wording().share.link,
    id: "share-link",
  });
  const copy = async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(url);
      studio.say(wording().share.copied);
      showDone(copyButton);
    } catch {
      // The link is selected: Ctrl+C does it.
    }
  };
  const copyButton = button(wording().share.copy, () => void copy(), {
    class: "primary",
    image: "copy",
  });
  const takeBack = async () => {
    try {
      await studio.api.unshare(job);
      void refreshHistory(studio);
      offer(studio, body, job);
      studio.say(wording().share.takenBack);
      body.prepend(h("p", { class: "note" }, wording().share.takenBack));
    } catch (error) {
      complain(body, error);
    }
  };
  fill(
    body,
    h("p", {}, wording().share.explain),
    h("div", { class: "row" }, field, copyButton),
    actions(
      button(wording().share.takeBack, () => void takeBack(), { class: "small", id: "take-back" }),
    ),
  );
  field.select();
}
