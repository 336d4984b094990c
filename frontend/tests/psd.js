// Write the document that stands on the standard input as JSON to the standard output, as PSD.
import { readFileSync } from "node:fs";
import { writePsd } from "../static/js/files/psd.js";

const { height, width, seen, layers, colours } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const blob = writePsd(
  { height, width, labels: bytes(seen) },
  layers.map((layer) => ({ ...layer, labels: bytes(layer.labels) })),
  new Map(colours.map((rgb, id) => [id, rgb])),
);
process.stdout.write(new Uint8Array(await blob.arrayBuffer()));
