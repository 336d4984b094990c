/**
 * Label maps as 8-bit palette PNGs whose index is the label id (PNG specification, third edition).
 *
 * Written and read here by hand: a canvas would answer with colours, which some browsers change
 * on purpose, and labels must survive exactly.
 *
 * @typedef {import("../engine/resize.js").LabelMap} LabelMap
 * @typedef {[number, number, number]} Rgb
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** CRC-32 as in ISO 3309. @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * @param {LabelMap} map
 * @param {ReadonlyMap<number, Rgb>} colours shown for each label
 * @param {string} labelSet written as text beside the picture
 * @returns {Promise<Blob>} image/png
 */
export async function writeLabelPng(map, colours, labelSet) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, map.width);
  view.setUint32(4, map.height);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, palette, deflate, adaptive filters, not interlaced
  const palette = new Uint8Array(768);
  for (const [id, rgb] of colours) palette.set(rgb, 3 * id);
  const rows = new Uint8Array(map.height * (map.width + 1));
  for (let y = 0; y < map.height; y++) {
    rows.set(map.labels.subarray(y * map.width, (y + 1) * map.width), y * (map.width + 1) + 1);
  }
  const text = new TextEncoder().encode(`label-set\0${labelSet}`);
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("tEXt", text),
    chunk("IDAT", await pipe(rows, new CompressionStream("deflate"))),
    chunk("IEND", new Uint8Array()),
  ];
  return new Blob(parts, { type: "image/png" });
}

/** Read a label map PNG, as `readLabelPng` does. @param {Blob} blob */
export const readLabelMap = async (blob) => readLabelPng(new Uint8Array(await blob.arrayBuffer()));

/**
 * Read a PNG of 8 bits a pixel, grey or palette, as label ids.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<LabelMap>}
 * @throws {TypeError} when it is another kind of file
 */
export async function readLabelPng(bytes) {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new TypeError("not a PNG file");
  const chunks = [...readChunks(bytes)];
  const header = chunks.find((part) => part.type === "IHDR")?.data;
  if (!header) throw new TypeError("a PNG without a header");
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, , , interlaced] = header.subarray(8);
  if (depth !== 8 || (colour !== 0 && colour !== 3) || interlaced) {
    throw new TypeError("a label map is an 8-bit grey or palette PNG, not interlaced");
  }
  const data = concatenate(chunks.filter((part) => part.type === "IDAT").map((part) => part.data));
  const rows = await pipe(data, new DecompressionStream("deflate"));
  if (rows.length < height * (width + 1)) throw new TypeError("a PNG that is cut short");
  return { height, width, labels: unfilter(rows, height, width) };
}

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function* readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** Undo the filters of 8-bit one-channel rows (PNG specification, section 9).
 * @param {Uint8Array} rows @param {number} height @param {number} width */
function unfilter(rows, height, width) {
  const out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (width + 1)];
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? out[y * width + x - 1] : 0;
      const up = y > 0 ? out[(y - 1) * width + x] : 0;
      const corner = x > 0 && y > 0 ? out[(y - 1) * width + x - 1] : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[y * width + x] = rows[y * (width + 1) + 1 + x] + predicted;
    }
  }
  return out;
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionStream | DecompressionStream} stream */
export async function pipe(bytes, stream) {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** @param {Uint8Array[]} parts */
function concatenate(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
