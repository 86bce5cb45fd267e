// The peak speed of one core of this machine in wasm: loops that multiply and add in registers only.
import asc from "assemblyscript/asc";

const lanes = 4;
const turns = 500_000;
const registers = (n) => Array.from({ length: n }, (_, i) => `s${i}`);

// Forms of such a loop: the registers that it uses, and what it does to them in a turn, two operations per register. A
// dozen registers hide the latencies and leave some of the sixteen free. `a` and `b` are -1 and 0, so that values stay
// bounded.

const fused = (n) => ({
  kept: registers(n),
  turn: registers(n).map((s) => `${s} = f32x4.relaxed_madd(${s}, a, b);`),
});
const chained = (n) => ({
  kept: registers(n),
  turn: registers(n).map((s) => `${s} = f32x4.add(f32x4.mul(${s}, a), b);`),
});
/** (s, m) <- (s + m, a s): the two do not depend on each other. With a = -1 the values repeat in a cycle. */
const paired = (n) => ({
  kept: registers(2 * n),
  turn: registers(n).map((s, i) => {
    const m = `s${n + i}`;
    return `{ const sum = f32x4.add(${s}, ${m}); ${m} = f32x4.mul(${s}, a); ${s} = sum; }`;
  }),
});

/** Returns the sum of all registers, so that the compiler drops none. */
const summed = (kept) => `return f32x4.extract_lane(${kept.reduce((sum, s) => `f32x4.add(${sum}, ${s})`)}, 0);`;
/** Stores the registers side by side: V8 starts merging vectors from neighbouring stores. */
const stored = (kept) => `${kept.map((s, i) => `v128.store(at, ${s}, ${16 * i});`).join(" ")} return 0;`;

/**
 * What is measured: fused multiply-adds; multiplications and additions; and fused multiply-adds that V8 may merge to
 * 256 bits. Which form V8 compiles without needless moves differs between its versions; the fastest counts.
 */
export const peakForms = {
  fma: { forms: [fused(10), fused(12)], end: summed, features: ["simd", "relaxed-simd"] },
  mulAdd: { forms: [chained(10), chained(12), paired(6)], end: summed, features: ["simd"] },
  merged: { forms: [fused(10), fused(12), fused(20), fused(24)], end: stored, features: ["simd", "relaxed-simd"] },
};

/** Factors and the address are arguments: V8 may rebuild constants at every use, and merges no constant addresses. */
const functionOf = ({ kept, turn }, name, end) => `
  export function ${name}(factor: f32, offset: f32, turns: i32, at: usize): f32 {
    const a = f32x4.splat(factor);
    const b = f32x4.splat(offset);
    ${kept.map((s, i) => `let ${s} = v128.load(at, ${16 * i});`).join(" ")}
    for (let turn = 0; turn < turns; turn++) { ${turn.join(" ")} }
    ${end(kept)}
  }`;

const mostRegisters = 24;
const table = `export const table = memory.data<f32>([${Array.from({ length: mostRegisters * lanes }, (_, i) => 1 + Math.floor(i / lanes))}]);`;

async function compile(text, features) {
  const files = { "peak.ts": text };
  const options = ["peak.ts", "--outFile", "peak.wasm", "-O3", "--runtime", "stub"];
  const { error, stderr } = await asc.main([...options, ...features.flatMap((feature) => ["--enable", feature])], {
    readFile: (name) => files[name] ?? null,
    writeFile: (name, contents) => void (files[name] = contents),
    listFiles: () => [],
  });
  // oxlint-disable-next-line typescript/no-base-to-string -- the stream keeps what was written, and toString returns it
  if (error) throw new Error(`bench/peak.mjs: asc: ${stderr.toString()}`);
  return files["peak.wasm"];
}

/** The calls that run the loops of a kind, with the operations of each. @throws Error where the engine lacks a feature. */
export async function peakLoops(kind) {
  const { forms, end, features } = peakForms[kind];
  const text = [table, ...forms.map((form, i) => functionOf(form, `loop${i}`, end))].join("\n");
  const bytes = await compile(text, features);
  if (!WebAssembly.validate(bytes)) throw new Error("this engine lacks relaxed SIMD");
  const { exports } = (await WebAssembly.instantiate(bytes)).instance;
  return forms.map(({ turn }, i) => ({
    run: () => exports[`loop${i}`](-1, 0, turns, exports.table.value),
    flops: turns * turn.length * lanes * 2,
  }));
}

/** The speed of a loop in GFLOP/s, the best of some short calls. */
function speedOf({ run, flops }) {
  let least = Infinity;
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    run();
    least = Math.min(least, performance.now() - began);
  }
  return flops / least / 1e6;
}

/** The peak of a kind in GFLOP/s, in this process. @throws Error where the engine lacks a feature. */
export const measurePeak = async (kind) => Math.max(...(await peakLoops(kind)).map(speedOf));

/** A contender whose cases are the kinds of peaks. */
export const open = async () => async (kind) => {
  const loops = await peakLoops(kind);
  const [fastest] = loops.toSorted((a, b) => speedOf(b) - speedOf(a));
  return { ...fastest, isPeak: true };
};
