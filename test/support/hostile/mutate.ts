// Changes to files that were good: in their bytes, and in the JSON that they hold. The same for a number every time.

/** Whole numbers by chance (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  }

  /** 0 to limit - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

// ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const numbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const joined = (...parts: Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));

const changes: ((bytes: Bytes, chance: Chance) => Bytes)[] = [
  function flipBit(bytes, chance) {
    bytes[chance.below(bytes.length)] ^= 1 << chance.below(8);
    return bytes;
  },
  function setByte(bytes, chance) {
    bytes[chance.below(bytes.length)] = chance.below(256);
    return bytes;
  },
  function setNumber(bytes, chance) {
    const width = chance.of([1, 2, 4, 8]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const place = chance.below(Math.max(1, bytes.length - 8));
    const value = chance.of(numbers);
    for (let i = 0; i < width && place + i < bytes.length; i++)
      view.setUint8(place + i, i < 4 ? (value >>> (8 * i)) & 255 : 0);
    return bytes;
  },
  function cutOff(bytes, chance) {
    return bytes.slice(0, chance.below(bytes.length));
  },
  function remove(bytes, chance) {
    const place = chance.below(bytes.length);
    return joined(bytes.subarray(0, place), bytes.subarray(place + 1 + chance.below(16)));
  },
  function insert(bytes, chance) {
    const place = chance.below(bytes.length);
    const more = Uint8Array.from({ length: 1 + chance.below(16) }, () => chance.below(256));
    return joined(bytes.subarray(0, place), more, bytes.subarray(place));
  },
  function copyOver(bytes, chance) {
    const from = chance.below(bytes.length);
    bytes.copyWithin(chance.below(bytes.length), from, from + 1 + chance.below(64));
    return bytes;
  },
  function repeat(bytes, chance) {
    const place = chance.below(bytes.length);
    const part = bytes.subarray(place, place + 1 + chance.below(256));
    return joined(bytes.subarray(0, place), part, bytes.subarray(place));
  },
];

/** A changed copy; one change mostly, at times several. `places`: where most changes are made, [begin, end). */
export function mutatedBytes(
  bytes: Bytes,
  chance: Chance,
  places: readonly [number, number] = [0, bytes.length],
): Bytes {
  const [begin, end] = chance.below(4) > 0 ? places : [0, bytes.length];
  let part: Bytes = bytes.slice(begin, end);
  for (let left = chance.of([1, 1, 1, 2, 5]); left > 0 && part.length > 0; left--)
    part = chance.of(changes)(part, chance);
  return joined(bytes.subarray(0, begin), part, bytes.subarray(end));
}

// ── JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const values: unknown[] = [
  ...[
    null,
    true,
    false,
    "",
    "x",
    "__proto__",
    "constructor",
    "linear",
    "Lambda",
    "../x",
    "\0",
    "dense",
    "Dense",
    "float16",
  ],
  ...[0, 1, -1, 2, 3, 0.5, -0, 7, 64, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e308, 1e-308],
  ...[
    [],
    {},
    [0],
    [1, 1],
    [null],
    [[[]]],
    { class_name: "Dense", config: {} },
    { class_name: "Dense", config: { units: 2 } },
  ],
  ...[{ number: "NaN" }, { number: "Infinity" }, { className: "elu", config: { alpha: "x" } }, [-1], [1e9], ["a", "a"]],
  "x".repeat(1000),
];

interface Slot {
  holder: Record<string, unknown>;
  key: string;
}

/** Every place of a value in a structure. */
function slotsOf(value: unknown, slots: Slot[] = []): Slot[] {
  if (value instanceof Object) {
    for (const key of Object.keys(value)) {
      slots.push({ holder: value as Slot["holder"], key });
      slotsOf((value as Slot["holder"])[key], slots);
    }
  }
  return slots;
}

const copyOf = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

/** A changed copy of JSON, as text: values, keys and whole branches; what JSON.stringify would not write, too. */
export function mutatedJson(json: unknown, chance: Chance): string {
  const root = { root: copyOf(json) };
  let text: string | undefined;
  for (let left = chance.of([1, 1, 1, 2, 4]); left > 0; left--) {
    const slots = slotsOf(root.root);
    if (slots.length === 0) break;
    const { holder, key } = chance.of(slots);
    const other = chance.of(slots);
    const kind = chance.below(10);
    if (kind < 4) holder[key] = copyOf(chance.of(values));
    else if (kind === 4) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    } else if (kind === 5) holder[key] = copyOf(other.holder[other.key]);
    else if (kind === 6)
      [holder[key], other.holder[other.key]] = [copyOf(other.holder[other.key]), copyOf(holder[key])];
    else if (kind === 7) {
      if (Array.isArray(holder)) holder.push(copyOf(holder[key] as unknown));
      else
        holder[chance.of(["units", "name", "x", "config", "class_name", "layers", "dtype", "__proto_"])] = holder[key];
    } else if (kind === 8 && typeof holder[key] === "number") holder[key] += chance.of([-1, 1, 0.5, 1e6]);
    else if (kind === 9 && typeof holder[key] === "string") {
      const word: string = holder[key];
      const place = chance.below(word.length + 1);
      holder[key] =
        word.slice(0, place) + chance.of(["", "x", "/", "_", "\ud800", "2"]) + word.slice(place + chance.below(2));
    } else holder[key] = [holder[key]];
  }
  text = JSON.stringify(root.root) ?? "null";
  const rare = chance.below(40);
  if (rare === 0) text = text.replace(/"([a-z_]+)":/, '"__proto__":');
  else if (rare === 1) text = text.replace(/"([A-Za-z_]+)":/, '"$1":1,"$1":');
  else if (rare === 2) text = text.replace(/:(\d+|"[^"]*")/, `:${"[".repeat(200)}${"]".repeat(200)}`);
  else if (rare === 4) text = text.replace(/:(\d+|"[^"]*")/, `:${"[".repeat(1e5)}${"]".repeat(1e5)}`);
  else if (rare === 5)
    text = text.replace(/:-?\d[\d.e+-]*/, `:${chance.of(["1e999", "-0", "9007199254740993", "1e-999"])}`);
  else if (rare === 6) text = `\ufeff${text}`;
  else if (rare === 7)
    text = text.replace(/"[^"]+"/g, (word) => (chance.below(9) > 0 ? word : JSON.stringify("long\u202e\x1b[2J".repeat(2e4)))); // prettier-ignore
  else if (rare === 3) text = new TextDecoder().decode(mutatedBytes(new TextEncoder().encode(text), chance));
  return text;
}
