/** Every shortcut, and whether single keys are any. */
import { h } from "../../dom.js";
import { wording } from "../../strings/wording.js";
import { words as ofSelections } from "../../strings/selectionWords.js";
import { t } from "../../strings/index.js";
import { COMMANDS, shown } from "../../studio/commands.js";
import { toggle } from "../parts/controls.js";

/** @param {import("../../studio/studio.js").Studio} studio @returns {import("../parts/controls.js").Page} */
export function helpDialog({ store }) {
  const single = toggle("help-shortcuts", wording().help.single, store.now.shortcuts, (shortcuts) =>
    store.set({ shortcuts }),
  );
  const groups = /** @type {const} */ (["painting", "editing", "viewing"]).map((group) => {
    const commands = COMMANDS.filter((command) => command.group === group);
    return keyList(
      wording().help[group],
      commands.map(({ name, keys }) => [name(t), shown(keys[0])]),
    );
  });
  const { keys } = wording().help;
  const mouse = /** @type {[string, string][]} */ ([
    [t.actions.peek, "\\"],
    [keys.drag, shown("space")],
    [keys.alt, shown("alt")],
    [keys.shift, shown("shift")],
    [keys.digits, "1–9"],
    [keys.escape, shown("escape")],
  ]);
  const canvas = /** @type {[string, string][]} */ ([
    [keys.arrows, "← ↑ ↓ →"],
    [keys.space, shown("space")],
    [keys.enter, shown("enter")],
  ]);
  const chosen = ofSelections();
  const selecting = /** @type {[string, string][]} */ ([
    [chosen.all, shown("ctrl+a")],
    [chosen.copy, shown("ctrl+c")],
    [chosen.cut, shown("ctrl+x")],
    [chosen.paste, shown("ctrl+v")],
    [chosen.erase, chosen.eraseKey],
  ]);
  const lists = h(
    "div",
    { class: "keys" },
    ...groups,
    keyList(chosen.withTool, selecting),
    keyList(wording().help.canvas, [...canvas, ...mouse]),
  );
  return { title: wording().help.heading, body: h("div", { class: "dialog-body" }, single, lists) };
}

/** @param {string} title @param {[string, string][]} rows */
const keyList = (title, rows) =>
  h(
    "section",
    {},
    h("h3", {}, title),
    h(
      "dl",
      {},
      ...rows.flatMap(([words, keys]) => [h("dt", {}, words), h("dd", {}, h("kbd", {}, keys))]),
    ),
  );
