// Packs two builds of the kernels into one text that gzip compresses well, which src/backends/wasm/unpack.ts unpacks, and a third one
// as the difference from one of them.
//
// gzip finds repeated strings and gives frequent characters few bits. In the bytes of wasm it finds few of them: equal sequences
// of instructions differ in their locals, and a byte may be a local, an offset or an opcode. So operands are stored separately, by
// kind, which leaves long repeats in the rest, and a frequent instruction of several bytes is one character. The builds are stored
// together: most of their differences are a multiplication and an addition in one and a multiply-add in the other, and each of
// these is one character too. `runPasses` of asconfig.json number the locals of each function by their use, so that few characters
// name most of them, and what local.get reads is stored as its place in the list of locals, of which the last used one is the first:
// a number that was just computed is often read next.

/** Differences with fewer equal instructions than this between them are stored as one, which takes gzip fewer bits. */
const leastShared = 20;

const multiply = "fde601";
const add = "fde401";
const multiplyAdd = "fd8502";

/**
 * Characters that can name a word: printable, neither hexadecimal digits nor marks of `code`, and not escaped in a
 * string.
 */
const names = Array.from({ length: 93 }, (_, i) => String.fromCharCode(33 + i)).filter(
  (char) => !/[\da-z{|}~"'`$\\]/.test(char),
);

export function pack(plain, relaxed) {
  return packItems(merge(instructions(plain), instructions(relaxed)));
}

/** Packs items: instructions, texts of both builds, and pairs of lists of them. */
function packItems(merged) {
  const operands = kinds.map(() => "");
  const recent = Array.from({ length: 128 }, (_, local) => local);
  const encode = (instruction) => {
    const { rest, kind, operand } = splitOperand(instruction);
    const char = String.fromCharCode(40 + (kind === 0 ? recent.indexOf(operand) : operand));
    if (kind === undefined || !isPlain.test(char)) return instruction;
    if (kind < 3) recent.unshift(...recent.splice(recent.indexOf(operand), 1));
    operands[kind] += char;
    return rest + String.fromCharCode(103 + kind);
  };
  const items = merged.flatMap((item) =>
    Array.isArray(item) ? ["{", ...item[0].map(encode), "|", ...item[1].map(encode), "}"] : encode(item),
  );
  // Frequent words get the characters that are frequent among the operands: gzip has one code for a character in both.
  const namesByUse = byCount(operands.join(""), names);
  const words = byCount(items, worthAName(items));
  const named = new Map(words.map((word, i) => [word, namesByUse[i]]));
  const places = [];
  for (const [word, name] of named) places[name.charCodeAt(0) - 33] = word;
  return { code: items.map((item) => named.get(item) ?? item).join(""), words: places.join(), operands };
}

/**
 * What turns one build into another, for src/backends/wasm/wide/build.ts. `steps`, separated by ";", each with three numbers: how many
 * bytes are the same, how many of the first build's are left out, and how many of `added` come in their place, which is packed.
 */
export function difference(from, to) {
  const steps = [];
  const added = [];
  let same = 0;
  for (const item of merge(instructions(from), instructions(to))) {
    // Of a multiplication and an addition, both builds' bytes are in one string.
    const pair = Array.isArray(item)
      ? item
      : /^{(.*)\|(.*)}$/
          .exec(item)
          ?.slice(1)
          .map((text) => (text ? [text] : []));
    if (!pair) same += item.length / 2;
    else {
      steps.push([same, ...pair.map((list) => list.join("").length / 2)].join());
      added.push(...pair[1]);
      same = 0;
    }
  }
  return { steps: steps.join(";"), added: packItems(added) };
}

/** The items that save the most characters when each is one character. */
function worthAName(items) {
  const saved = new Map();
  for (const item of items) saved.set(item, (saved.get(item) ?? 0) + item.length - 1);
  const most = [...saved].sort(([, a], [, b]) => b - a).slice(0, names.length);
  return most.map(([item]) => item);
}

/** `chosen`, ordered by how often each occurs in `all`, the most frequent first. */
function byCount(all, chosen) {
  const counts = new Map();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return chosen.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

// ── instructions, all in hexadecimal ────────────────────────────────────────────────────────────────────────────────────

/**
 * Cuts a module into its instructions, and outside of the code into its bytes. A wrong cut only makes the result
 * larger.
 */
function instructions(bytes) {
  const found = [];
  let at = 0;
  const byte = () => bytes[at++];
  const number = () => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const next = byte();
      value += (next & 127) * unit;
      if (!(next >= 128)) return value; // also stops beyond the end, after a wrong cut
    }
  };
  /** The bytes that `read` passes become one entry. */
  const entry = (read) => {
    const start = at;
    const value = read();
    found.push(bytes.toString("hex", start, at));
    return value;
  };
  const instruction = () => {
    const opcode = byte();
    const [numbers, others] = opcode < 0xfc ? following(opcode) : followingLong(opcode, number());
    for (let i = 0; i < numbers; i++) number();
    at += others;
  };
  const bytesTo = (end) => {
    while (at < end) entry(byte);
  };
  const functionBody = () => {
    const end = entry(number) + at;
    for (let groups = entry(number); groups > 0 && at < end; groups--) entry(() => number() + byte());
    while (at < end) entry(instruction);
  };
  bytesTo(8);
  while (at < bytes.length) {
    const id = entry(byte);
    const end = entry(number) + at;
    if (id === 10) for (let functions = entry(number); functions > 0; functions--) functionBody();
    bytesTo(end);
  }
  return found;
}

/** How many variable-length numbers and how many bytes follow an opcode. */
function following(opcode) {
  const within = (first, last) => opcode >= first && opcode <= last;
  if (within(0x28, 0x3e)) return [2, 0]; // loads and stores: alignment, offset
  if (opcode === 0x43) return [0, 4]; // f32.const
  const takesOne =
    within(0x02, 0x04) || // block, loop, if
    within(0x0c, 0x0d) || // branches
    opcode === 0x10 || // call
    within(0x20, 0x24) || // variables
    within(0x3f, 0x42); // size of the memory, integers
  return [Number(takesOne), 0];
}

/** How many follow an opcode that has a prefix. */
function followingLong(prefix, opcode) {
  const within = (first, last) => opcode >= first && opcode <= last;
  if (prefix === 0xfc) return [opcode === 10 ? 2 : Number(opcode === 11), 0]; // memory.copy, memory.fill
  if (within(0, 11) || within(92, 93)) return [2, 0]; // loads and stores
  if (within(12, 13)) return [0, 16]; // v128.const, i8x16.shuffle
  if (within(21, 34)) return [0, 1]; // lanes
  if (within(84, 91)) return [2, 1]; // loads and stores of a lane
  return [0, 0];
}

/** Instructions that end in an operand, by the kind of the operand. */
const kinds = [
  /^20..$/, // local.get
  /^21..$/, // local.set
  /^22..$/, // local.tee
  /^(41|10)..$/, // i32.const, call: a number, a function
  /^(2[89a-f]|3[0-9a-e]|fd0[0-9ab])....$/, // loads and stores: the offset
];

/** Characters of operands: printable and not escaped in a string. */
const isPlain = /[(-[\]-_a-}]/;

/** An instruction without its operand, the operand's kind and its value; {} when it has none. */
function splitOperand(instruction) {
  const kind = kinds.findIndex((pattern) => pattern.test(instruction));
  return kind < 0 ? {} : { rest: instruction.slice(0, -2), kind, operand: parseInt(instruction.slice(-2), 16) };
}

// ── differences ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Merges two lists: shared items, "{plain|relaxed}" for a multiply-add, and pairs of lists where they differ otherwise.
 */
function merge(plain, relaxed) {
  const items = [];
  let [i, j] = [0, 0];
  while (i < plain.length || j < relaxed.length) {
    const [nextI, nextJ] = nextShared(plain, relaxed, i, j);
    if (nextI > i || nextJ > j) items.push([plain.slice(i, nextI), relaxed.slice(j, nextJ)]);
    const run = sharedRun(plain, relaxed, nextI, nextJ);
    items.push(...run.items);
    [i, j] = [run.i, run.j];
  }
  return items;
}

/** The nearest positions in both lists from which on enough items are shared. */
function nextShared(plain, relaxed, i, j) {
  for (let distance = 0; distance <= plain.length - i + relaxed.length - j; distance++) {
    for (let k = Math.max(0, distance - relaxed.length + j); k <= distance && i + k <= plain.length; k++) {
      const place = [i + k, j + distance - k];
      if (sharedRun(plain, relaxed, ...place, leastShared).items.length >= leastShared) return place;
    }
  }
  return [plain.length, relaxed.length];
}

/** The items that two lists share from two positions on, at most `most`. */
function sharedRun(plain, relaxed, i, j, most = Infinity) {
  const items = [];
  while (i < plain.length && items.length < most) {
    if (plain[i] === relaxed[j]) {
      items.push(plain[i++]);
      j++;
    } else if (plain[i] === multiply) {
      items.push(`{${plain[i++]}|}`);
    } else if (plain[i] === add && relaxed[j] === multiplyAdd) {
      items.push(`{${plain[i++]}|${relaxed[j++]}}`);
    } else break;
  }
  return { items, i, j };
}
