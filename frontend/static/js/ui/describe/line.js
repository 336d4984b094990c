/** The line in which one describes a scene; what comes of it is read when it is first used. */
import { byId, fill } from "../../dom.js";
import { t } from "../../strings/index.js";
import { missing } from "../parts/missing.js";

/** @param {import("../../studio/studio.js").Studio} studio */
export function describeLine(studio) {
  const form = byId("describe", "form");
  const line = byId("describe-line", "input");
  /** @type {Promise<import("./panel.js").Panel> | null} */ let opening = null;
  const open = () => {
    opening ??= import("./panel.js").then(({ openPanel }) => openPanel(studio));
    opening.catch(() => (opening = null));
    return opening;
  };
  line.addEventListener(
    "focus",
    () =>
      void open().then(
        (panel) => panel.show(),
        () => {},
      ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      (await open()).compose(line.value);
    } catch {
      const panel = byId("describe-panel");
      fill(panel, missing(t.describe.away));
      panel.hidden = false;
    }
  });
  studio.store.watch(["models", "model"], () => {
    form.hidden = studio.model?.abilities.compose === false;
  });
}
