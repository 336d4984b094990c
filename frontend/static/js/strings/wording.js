/** The words of the dialogs, in the page's language: read with the first dialog. */
import { deDialogs } from "./de-dialogs.js";
import { enDialogs } from "./en-dialogs.js";

/** @type {Record<string, typeof enDialogs>} */
const LANGUAGES = { de: deDialogs };

export const wording = () => LANGUAGES[document.documentElement.lang] ?? enDialogs;
