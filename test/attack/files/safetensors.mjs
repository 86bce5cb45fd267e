// Safetensors files whose header does not fit to their bytes, and headers that hold a changed model.
import { oddJson, oddNumbers, oddTexts } from "./json.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

/** The header and the body of a file. */
export function takeApart(/** @type {Uint8Array} */ file) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString());
  return { header, body: file.subarray(8 + length) };
}

/** A file of a header's text and a body; `stated`: the length that the first bytes state. */
export function putTogether(/** @type {string} */ text, /** @type {Uint8Array} */ body, /** @type {bigint} */ stated = BigInt(Buffer.byteLength(text))) {
  const beginning = Buffer.alloc(8);
  beginning.writeBigUInt64LE(stated & 0xffff_ffff_ffff_ffffn);
  return new Uint8Array(Buffer.concat([beginning, Buffer.from(text), body]));
} // prettier-ignore

/** @type {((header: any, body: Uint8Array, chance: Chance) => [string, Uint8Array, bigint?])[]} */
const changes = [
  function entry(header, body, chance) {
    const entries = Object.keys(header).filter((key) => key !== "__metadata__");
    const one = header[chance.of(entries)];
    const odd = () => chance.of(oddNumbers);
    const field = chance.below(5);
    if (field === 0) one.shape = Array.from({ length: chance.of([0, 1, 2, 5, 1000]) }, odd);
    else if (field === 1) one.data_offsets = [odd(), odd()];
    else if (field === 2) one.data_offsets[chance.below(2)] += chance.of([-4, -1, 1, 4, 2 ** 32, 2 ** 53]);
    else if (field === 3)
      one.dtype = chance.of(["F16", "F64", "BF16", "I8", "f32", "", "__proto__", "constructor", null, 1]);
    else one.shape.push(chance.of([0, 1, 2 ** 31, 2 ** 53]));
    return [JSON.stringify(header), body];
  },
  function length(header, body, chance) {
    const text = JSON.stringify(header);
    const by = chance.of([-1n, 1n, -8n, 2n ** 31n, 2n ** 32n, 2n ** 53n, -(2n ** 20n)]);
    return [text, body, BigInt(Buffer.byteLength(text)) + by];
  },
  function numbers(header, body, chance) {
    const changed = Buffer.from(body);
    for (let left = 20; left > 0; left--) {
      const at = 4 * chance.below(Math.max(1, changed.length >> 2));
      if (at + 4 <= changed.length) changed.writeFloatLE(chance.of([NaN, Infinity, -Infinity, 1e38, -0, 1e-45]), at);
    }
    return [JSON.stringify(header), changed];
  },
  function rename(header, body, chance) {
    const key = chance.of(Object.keys(header));
    const { [key]: value, ...rest } = header;
    return [JSON.stringify({ ...rest, [chance.of(oddTexts)]: value }), body];
  },
  function model(header, body, chance) {
    const places = Object.keys(header.__metadata__).filter((key) => /^[[{]/.test(header.__metadata__[key]));
    const place = chance.of(places);
    header.__metadata__[place] = oddJson(JSON.parse(header.__metadata__[place]), chance).text;
    return [JSON.stringify(header), body];
  },
  function whole(header, body, chance) {
    return [oddJson(header, chance).text, body];
  },
];

/** A changed file. */
export function oddSafetensors(/** @type {Uint8Array} */ file, /** @type {Chance} */ chance) {
  const { header, body } = takeApart(file);
  const change = chance.of([...changes, changes[4], changes[4], changes[4]]);
  return { bytes: putTogether(...change(header, body, chance)), title: `safetensors with another ${change.name}` };
}
