/**
 * A doodle's layers as a Photoshop document, which most picture editors open (Adobe Photoshop File
 * Formats Specification): RGB, 8 bits a channel, rows packed by runs.
 *
 * Written here by hand, as PNGs are: the few parts of the format that flat layers need are short,
 * and labels get their colours exactly.
 *
 * @typedef {[number, number, number]} Rgb
 * @typedef {{ name: string, shown: boolean, labels: Uint8Array }} NamedLayer `[height * width]` labels
 */
import { SEE_THROUGH } from "../engine/layers.js";

const RGB = 3;
/** Channels of a layer: red, green, blue, and how opaque it is. Some readers trust this order. */
const CHANNELS = [0, 1, 2, -1];
const PACKED = 1;
const MOST_IN_RUN = 128;
const HIDDEN = 0b10;
/** Says that the bit for what is hidden means it. */
const FLAGS = 0b1000;

/**
 * @param {{ height: number, width: number, labels: Uint8Array }} map what is seen from above
 * @param {readonly NamedLayer[]} layers of the same size, lowest first
 * @param {ReadonlyMap<number, Rgb>} colours of every label
 * @returns {Blob}
 */
export function writePsd({ height, width, labels }, layers, colours) {
  const tables = CHANNELS.map((channel) => tableOf(channel, colours));
  const channels = layers.map((layer) => {
    const rows = runsOf(layer.labels, width);
    return tables.map((table) => packed([rows], [table]));
  });
  const records = layers.map((layer, i) => record(layer, height, width, channels[i]));
  const info = even(join([u16(layers.length), ...records, ...channels.flat()]));
  const seen = runsOf(labels, width);
  const parts = [
    text("8BPS"),
    u16(1),
    new Uint8Array(6),
    u16(RGB),
    u32(height),
    u32(width),
    u16(8),
    u16(RGB),
    sized([]), // no palette
    sized([]), // no resources
    sized([sized([info]), sized([])]),
    packed([seen, seen, seen], tables.slice(0, RGB)),
  ];
  return new Blob(parts, { type: "image/vnd.adobe.photoshop" });
}

/** What a channel holds for each label. @param {number} channel @param {ReadonlyMap<number, Rgb>} colours */
function tableOf(channel, colours) {
  const table = new Uint8Array(256);
  if (channel < 0) table.fill(255, 0, SEE_THROUGH);
  else for (const [id, rgb] of colours) table[id] = rgb[channel];
  return table;
}

/** What the document says of a layer. @param {NamedLayer} layer @param {number} height @param {number} width @param {Uint8Array[]} channels */
function record({ name, shown }, height, width, channels) {
  const extra = [sized([]), sized([]), shortName(name), text("8BIM"), text("luni"), longName(name)];
  return join([
    ...[0, 0, height, width].map(u32),
    u16(channels.length),
    ...channels.flatMap((data, i) => [u16(CHANNELS[i]), u32(data.length)]),
    text("8BIMnorm"),
    new Uint8Array([255, 0, FLAGS | (shown ? 0 : HIDDEN), 0]), // opaque, not clipped
    sized(extra),
  ]);
}

/** For programs that read no other. @param {string} name */
function shortName(name) {
  const ascii = text(name.slice(0, 63).replaceAll(/[^ -~]/g, "?"));
  const whole = new Uint8Array(4 * Math.ceil((ascii.length + 1) / 4));
  whole[0] = ascii.length;
  whole.set(ascii, 1);
  return whole;
}

/** @param {string} name */
function longName(name) {
  const units = Array.from({ length: name.length }, (_, i) => u16(name.charCodeAt(i)));
  return sized([even(join([u32(units.length), ...units]), 4)]);
}

/** The runs of every row, as lengths and labels by turns. @param {Uint8Array} labels @param {number} width @returns {number[][]} */
function runsOf(labels, width) {
  return Array.from({ length: labels.length / width }, (_, y) => {
    /** @type {number[]} */ const runs = [];
    const end = (y + 1) * width;
    for (let at = y * width; at < end;) {
      const begin = at;
      while (at < end && at - begin < MOST_IN_RUN && labels[at] === labels[begin]) at++;
      runs.push(at - begin, labels[begin]);
    }
    return runs;
  });
}

/** Pack channels (PackBits), the lengths of all rows first. @param {number[][][]} channels rows of each @param {Uint8Array[]} tables one a channel */
function packed(channels, tables) {
  const rows = channels.flatMap((rows, i) => rows.map((runs) => pack(runs, tables[i])));
  return join([u16(PACKED), ...rows.map(({ length }) => u16(length)), ...rows]);
}

/** @param {number[]} runs @param {Uint8Array} table */
function pack(runs, table) {
  const bytes = new Uint8Array(runs.length);
  for (let i = 0; i < runs.length; i += 2) {
    bytes[i] = runs[i] > 1 ? 257 - runs[i] : 0; // a single value is a literal of one
    bytes[i + 1] = table[runs[i + 1]];
  }
  return bytes;
}

/** @param {number} value */
const u16 = (value) => new Uint8Array([value >> 8, value]);
/** @param {number} value */
const u32 = (value) => new Uint8Array([value >> 24, value >> 16, value >> 8, value]);
/** @param {string} ascii */
const text = (ascii) => new TextEncoder().encode(ascii);
/** Its length comes first. @param {Uint8Array[]} parts */
const sized = (parts) => join([u32(parts.reduce((sum, one) => sum + one.length, 0)), ...parts]);

/** Fill up to a multiple. @param {Uint8Array} bytes @param {number} [multiple] */
const even = (bytes, multiple = 2) => join([bytes, new Uint8Array(-bytes.length & (multiple - 1))]);

/** @param {Uint8Array[]} parts */
function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
