/**
 * Event files of TensorBoard: records of TensorFlow (a length and the bytes, each with its CRC-32C) that hold messages of
 * Protocol Buffers, `Event` of tensorflow/core/util/event.proto.
 */

/** A named number at a step. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

// ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A whole number from 0 as seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** How the bytes of a field are found: as a varint, as eight bytes, by their number, as four bytes. */
const wires = { varint: 0, eight: 1, counted: 2, four: 5 };

const field = (number: number, wire: keyof typeof wires, bytes: ArrayLike<number>): number[] => [
  ...varint(number * 8 + wires[wire]),
  ...(wire === "counted" ? varint(bytes.length) : []),
  ...Array.from(bytes),
];

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function bytesOf(length: 4 | 8, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  if (length === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}

/** The message that an event file begins with. @param time in seconds since 1970. */
export const versionEvent = (time: number): Uint8Array =>
  record([...field(1, "eight", bytesOf(8, time)), ...field(3, "counted", text("brain.Event:2"))]);

/** The scalars of a step. @param time in seconds since 1970. */
export function scalarEvent(time: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const values = scalars.flatMap(({ tag, value }) =>
    field(1, "counted", [...field(1, "counted", text(tag)), ...field(2, "four", bytesOf(4, value))]),
  );
  const stepField = step === 0 ? [] : field(2, "varint", varint(step)); // 0 is not written
  return record([...field(1, "eight", bytesOf(8, time)), ...stepField, ...field(5, "counted", values)]);
}

// ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The CRC-32C (Castagnoli's polynomial), turned and moved as TensorFlow's records have it. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function record(message: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12 + message.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, message.length, true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(message, 12);
  view.setUint32(12 + message.length, maskedCrc(bytes.subarray(12, 12 + message.length)), true);
  return bytes;
}
