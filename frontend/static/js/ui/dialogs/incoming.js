/** Listening for files that are dropped on the page, and pictures that are pasted. */
import { byId } from "../../dom.js";

/** @param {import("../../studio/studio.js").Studio} studio */
export function incoming(studio) {
  const veil = byId("drop");
  /** @param {DragEvent} event */
  const hasFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    studio.openDialog("import", file);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) studio.openDialog("import", file);
  });
}
