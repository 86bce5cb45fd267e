// Changes to HDF5 files within their structures: addresses, sizes and counts where the format has them.

/** @typedef {import("../support/chance.mjs").Chance} Chance */

/** Where structures begin; messages of object headers have no signature. */
const signatures = [
  "\x89HDF",
  "OHDR",
  "OCHK",
  "TREE",
  "HEAP",
  "SNOD",
  "GCOL",
  "FRHP",
  "FHDB",
  "FHIB",
  "BTHD",
  "BTLF",
  "BTIN",
  "FADB",
  "EAHD",
];

const values = [0n, 1n, 2n, 0xffn, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 0x7fff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn];

/** The places of all structures of a file. */
function structuresOf(/** @type {Buffer} */ bytes) {
  const places = [];
  for (const signature of signatures) {
    for (let at = bytes.indexOf(signature, 0, "latin1"); at >= 0; at = bytes.indexOf(signature, at + 1, "latin1")) places.push(at); // prettier-ignore
  }
  return places;
}

/** The places of 8 bytes that hold an address within the file, aligned as the library writes them. */
function addressesOf(/** @type {Buffer} */ bytes) {
  const places = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const value = bytes.readBigUInt64LE(at);
    if (value >= 48n && value < BigInt(bytes.length)) places.push(at);
  }
  return places;
}

/** @type {((bytes: Buffer, chance: Chance) => string)[]} */
const changes = [
  function number(bytes, chance) {
    const at = chance.of(structuresOf(bytes)) + chance.below(96);
    const width = chance.of([1, 2, 4, 8]);
    if (at + 8 > bytes.length) return "nothing";
    const value = chance.of(values) & ((1n << BigInt(8 * width)) - 1n);
    for (let i = 0; i < width; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
    return `${value} in ${width} bytes of a structure`;
  },
  function redirect(bytes, chance) {
    const places = addressesOf(bytes);
    const [to, from] = [chance.of(places), chance.of(places)];
    bytes.copy(bytes, to, from, from + 8);
    return "an address of another structure";
  },
  function outside(bytes, chance) {
    bytes.writeBigUInt64LE(BigInt(bytes.length) + chance.of([-8n, 0n, 1n, 2n ** 40n]), chance.of(addressesOf(bytes)));
    return "an address outside of the file";
  },
  function byte(bytes, chance) {
    const at = chance.of(structuresOf(bytes)) + chance.below(200);
    if (at < bytes.length) bytes[at] = chance.below(256);
    return "a byte of a structure";
  },
  function swap(bytes, chance) {
    const places = structuresOf(bytes);
    const [a, b] = [chance.of(places), chance.of(places)];
    const old = Buffer.from(bytes.subarray(a, a + 64));
    bytes.copy(bytes, a, b, b + 64);
    old.copy(bytes, b);
    return "two structures swapped";
  },
];

/** A changed copy of an HDF5 file. */
export function oddHdf5(/** @type {Uint8Array} */ good, /** @type {Chance} */ chance) {
  const bytes = Buffer.from(good);
  const titles = [];
  for (let left = chance.of([1, 1, 2, 4]); left > 0; left--) titles.push(chance.of(changes)(bytes, chance));
  return { bytes: new Uint8Array(bytes), title: `HDF5 with ${titles.join(", ")}` };
}
