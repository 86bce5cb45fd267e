/** Reading and writing zip files in memory. The names of members are never used as paths on a disk. */
import { FileError } from "../errors.js";
import { importFflate } from "./peers.js";

/** How many times the length of the file all members may have together; 32 MiB are always allowed. */
const maxRatio = 20;
const alwaysAllowed = 2 ** 25;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: Uint8Array;
  readonly size: number;
}

type Fail = (what: string) => never;

/**
 * The members of a zip file that have given names. Members that are not compressed are views of `bytes`, not copies.
 * @param where what errors begin with.
 * @param maxBytes how many bytes all members may have together, 2 GiB by default.
 * @param names exact names, each with the most bytes that the member may have; all other members are ignored.
 * @param isWanted whether a member of another name is read too; its size is bounded by `maxBytes` alone. None by default.
 * @throws FileError for whatever is wrong with the file or these members; sizes are checked before memory is allocated,
 * and again while a member is decompressed.
 */
export async function readZip(
  where: string,
  bytes: Uint8Array,
  names: Readonly<Record<string, number>>,
  maxBytes = 2 ** 31,
  isWanted: (name: string) => boolean = () => false,
): Promise<Map<string, Uint8Array>> {
  const fail: Fail = (what) => {
    throw new FileError(`${where}: ${what}.`);
  };
  const entries = listEntries(bytes, (name) => Object.hasOwn(names, name) || isWanted(name), fail);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  const limit = Math.min(maxBytes, Math.max(alwaysAllowed, maxRatio * bytes.length));
  if (total > limit) fail(`its members claim ${total} bytes, more than the limit of ${limit} for this file`);
  const members = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const { name, method, packed, size, checksum } = entry;
    if (members.has(name)) fail(`holds ${JSON.stringify(name)} twice`);
    if (size > names[name]) fail(`${JSON.stringify(name)} claims ${size} bytes, more than the limit of ${names[name]}`);
    if (method !== 0 && method !== 8)
      fail(`${JSON.stringify(name)} is compressed by method ${method}; known are 0 and 8`);
    if (method === 0 && packed.length !== size) fail(`${JSON.stringify(name)} is stored with two different sizes`);
    const member = method === 0 ? packed : await inflate(where, entry, fail);
    if (crc32(member) !== checksum) fail(`${JSON.stringify(name)} is damaged (its checksum is another)`);
    members.set(name, member);
  }
  return members;
}

/** The wanted entries of the directory, which is at the end of the file. */
function listEntries(bytes: Uint8Array, isWanted: (name: string) => boolean, fail: Fail): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = findEnd(view);
  if (end === undefined) return fail("not a zip file, or a truncated one: it has no directory");
  const count = view.getUint16(end + 10, true);
  let place = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (place + 46 > bytes.length || view.getUint32(place, true) !== 0x02014b50) fail("its directory is broken");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => view.getUint16(place + at, true));
    const name = new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + nameLength));
    if (isWanted(name)) entries.push(readEntry(bytes, view, place, name, fail));
    place += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** The place of the end record, which is last but for a comment of up to 65,535 bytes. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - 22;
  for (let place = last; place >= Math.max(0, last - 65535); place--) {
    if (view.getUint32(place, true) === 0x06054b50) return place;
  }
  return undefined;
}

function readEntry(bytes: Uint8Array, view: DataView, place: number, name: string, fail: Fail): Entry {
  const isEncrypted = view.getUint16(place + 8, true) & 1;
  if (isEncrypted) fail(`${JSON.stringify(name)} is encrypted`);
  const method = view.getUint16(place + 10, true);
  const [checksum, packedSize, size] = [16, 20, 24].map((at) => view.getUint32(place + at, true));
  const header = view.getUint32(place + 42, true);
  if (header + 30 > bytes.length || view.getUint32(header, true) !== 0x04034b50) {
    return fail(`${JSON.stringify(name)} is not where the directory says`);
  }
  const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (begin + packedSize > bytes.length) fail(`${JSON.stringify(name)} is cut off`);
  return { name, method, checksum, packed: bytes.subarray(begin, begin + packedSize), size };
}

/** Decompresses piece by piece, so that a member that claims to be short cannot become much longer. */
async function inflate(where: string, { name, packed, size }: Entry, fail: Fail): Promise<Uint8Array> {
  const { Inflate } = await importFflate(where);
  const member = new Uint8Array(size);
  let length = 0;
  const stream = new Inflate((chunk) => {
    if (length + chunk.length > size) fail(`${JSON.stringify(name)} is longer than the ${size} bytes that it claims`);
    member.set(chunk, length);
    length += chunk.length;
  });
  const step = 2 ** 13;
  try {
    for (let place = 0; place < packed.length; place += step) {
      stream.push(packed.subarray(place, place + step), place + step >= packed.length);
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    fail(`${JSON.stringify(name)} cannot be unpacked (${(error as Error).message})`);
  }
  if (length !== size) fail(`${JSON.stringify(name)} is ${length} bytes long and claims ${size}`);
  return member;
}

let table: Uint32Array | undefined;

/** The checksum that zip files store for each member (CRC-32 of ISO 3309). */
function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? 0xedb88320 : 0);
    return byte;
  });
  let sum = -1;
  for (let i = 0; i < bytes.length; i++) sum = (sum >>> 8) ^ table[(sum ^ bytes[i]) & 0xff];
  return ~sum >>> 0;
}

/** A zip file of these members, not compressed. The same members always give the same bytes. */
export async function writeZip(
  where: string,
  members: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { zipSync } = await importFflate(where);
  // The earliest time that a zip file can store, in the time zone of this machine.
  return zipSync({ ...members }, { level: 0, mtime: new Date(1980, 0, 1) }) as Uint8Array<ArrayBuffer>;
}
