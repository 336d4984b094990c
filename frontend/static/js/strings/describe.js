/** The words of the line that describes a scene, in the page's language. */
import { deDescribe } from "./de-describe.js";
import { enDescribe } from "./en-describe.js";

/** @type {Record<string, typeof enDescribe>} */
const LANGUAGES = { de: deDescribe };

export const words = () => LANGUAGES[document.documentElement.lang] ?? enDescribe;
