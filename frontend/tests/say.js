/** Say wishes anew: reads a list of them, writes the sentence of each, and those with one thing less. */
import { readFileSync } from "node:fs";
import { keeping, sentenceOf } from "../static/js/studio/wishes.js";

const said = JSON.parse(readFileSync(0, "utf8")).map((wish) => ({
  all: sentenceOf(wish),
  less: wish.things.map((_, left) => sentenceOf(keeping(wish, (at) => at !== left))),
}));
console.log(JSON.stringify(said));
