// Archives whose parts contradict each other: names, sizes, places, methods.
import { crc32, deflateRawSync } from "node:zlib";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/**
 * A member as the archive describes it, in its own header and in the directory.
 * @typedef {{ name: string, data: Uint8Array, method: number, flags: number, crc: number, packed: number, size: number, place?: number }} Member
 */

const numbers = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 22, 46];

/** A member as it should be. @returns {Member} */
const member = (/** @type {string} */ name, /** @type {Uint8Array} */ content, /** @type {boolean} */ deflated) => {
  const data = deflated ? deflateRawSync(content) : content;
  return { name, data, method: deflated ? 8 : 0, flags: 0, crc: crc32(content), packed: data.length, size: content.length };
}; // prettier-ignore

function fields(/** @type {[number, number][]} */ values) {
  const bytes = Buffer.alloc(values.reduce((sum, [width]) => sum + width, 0));
  let place = 0;
  for (const [width, value] of values) {
    bytes.writeUIntLE(value % 2 ** (8 * width), place, width);
    place += width;
  }
  return bytes;
}

const common = (/** @type {Member} */ { name, method, flags, crc, packed, size }) =>
  /** @type {[number, number][]} */ ([[2, 20], [2, flags], [2, method], [4, 0], [4, crc], [4, packed], [4, size], [2, Buffer.byteLength(name)], [2, 0]]); // prettier-ignore

/** The bytes of an archive. `local` and `listed` are the two descriptions of each member. */
function archive(/** @type {Member[]} */ local, /** @type {Member[]} */ listed, /** @type {any} */ end = {}) {
  const parts = [];
  const places = [];
  let place = 0;
  for (const each of local) {
    const header = Buffer.concat([fields([[4, 0x04034b50], ...common(each)]), Buffer.from(each.name)]);
    places.push(place);
    parts.push(header, each.data);
    place += header.length + each.data.length;
  }
  const directory = listed.map((each, i) =>
    Buffer.concat([
      fields([[4, 0x02014b50], [2, 20], ...common(each), [2, 0], [2, 0], [2, 0], [4, 0], [4, each.place ?? places[i % places.length] ?? 0]]),
      Buffer.from(each.name),
    ]),
  ); // prettier-ignore
  const bytes = directory.reduce((sum, { length }) => sum + length, 0);
  const { count = listed.length, size = bytes, begin = place, comment = 0 } = end;
  return Buffer.concat([...parts, ...directory, fields([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, begin], [2, comment]])]); // prettier-ignore
}

/** @type {((members: Member[], chance: Chance) => { local: Member[], listed: Member[], end?: object, title: string })[]} */
const lies = [
  function field(members, chance) {
    const listed = members.map((each) => ({ ...each }));
    const local = chance.below(2) === 0 ? listed : members;
    const name = chance.of(/** @type {const} */ (["method", "flags", "crc", "packed", "size", "place"]));
    chance.of(listed)[name] = chance.of(numbers);
    return { local, listed, title: `a wrong ${name}` };
  },
  function twice(members, chance) {
    const other = { ...chance.of(members) };
    other.data = other.data.slice(0, other.data.length >> 1);
    return { local: [...members, other], listed: [...members, other], title: "a member twice" };
  },
  function overlap(members) {
    const listed = members.map((each) => ({ ...each, place: 0 }));
    return { local: members, listed, title: "members at one place" };
  },
  function names(members, chance) {
    const local = members.map((each) => ({ ...each }));
    chance.of(local).name = chance.of(["../config.json", "/config.json", "config.json/", "", "CONFIG.JSON", "x".repeat(60_000), "\0", "__proto__"]); // prettier-ignore
    return { local, listed: local, title: "an odd name" };
  },
  function bomb(members, chance) {
    const content = new Uint8Array(chance.of([2e6, 6e7, 3e8]));
    const { name } = chance.of(members);
    const local = members.map((each) => (each.name === name ? member(name, content, true) : each));
    const honest = chance.below(2) === 0;
    const listed = honest ? local : local.map((each) => (each.name === name ? { ...each, size: 100 } : each));
    return {
      local,
      listed,
      title: `a member that grows to ${content.length} bytes${honest ? "" : ", declared as 100"}`,
    };
  },
  function many(members, chance) {
    const more = Array.from({ length: chance.of([100, 3000]) }, (_, i) => member(`x${i}`, new Uint8Array(1), false));
    return { local: [...members, ...more], listed: [...members, ...more], title: "many members" };
  },
  function end(members, chance) {
    const name = chance.of(["count", "size", "begin", "comment"]);
    return {
      local: members,
      listed: members,
      end: { [name]: chance.of(numbers) },
      title: `a wrong ${name} at the end`,
    };
  },
  function broken(members, chance) {
    const local = members.map((each) => ({ ...each, data: Uint8Array.from(each.data) }));
    const { data } = chance.of(local);
    for (let left = 5; left > 0; left--) data[chance.below(data.length)] ^= 1 << chance.below(8);
    return { local, listed: local, title: "damaged content" };
  },
];

/** An archive of some content that lies. */
export function oddArchive(/** @type {Record<string, Uint8Array>} */ contents, /** @type {Chance} */ chance) {
  const members = Object.entries(contents).map(([name, content]) => member(name, content, chance.below(2) === 0));
  const { local, listed, end, title } = chance.of(lies)(members, chance);
  return { bytes: new Uint8Array(archive(local, listed, end)), title: `archive with ${title}` };
}

/** An archive that does not lie. */
export function plainArchive(/** @type {Record<string, Uint8Array>} */ contents) {
  const members = Object.entries(contents).map(([name, content]) => member(name, content, false));
  return new Uint8Array(archive(members, members));
}
