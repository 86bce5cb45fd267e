// The peak speed of one thread of this machine in wasm, measured by loops that multiply and add in registers only.
import asc from "assemblyscript/asc";

const lanes = 4;
const turns = 1_000_000;
const registers = (n) => Array.from({ length: n }, (_, i) => `s${i}`);

// Forms of such a loop: the registers that it uses, and what it does to them in an iteration, two operations per
// register. A dozen
// registers hide the latencies and leave some of the sixteen free. `a` and `b` are -1 and 0, so that values stay
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
 * Factors and the address are arguments: V8 may rebuild constants at every use, and does not merge accesses to constant
 * addresses.
 */
const source = ({ kept, turn }, end) => `
  export const table = memory.data<f32>([${kept.flatMap((_, i) => new Array(lanes).fill(i + 1))}]);
  export function peak(factor: f32, offset: f32, turns: i32, at: usize): f32 {
    const a = f32x4.splat(factor);
    const b = f32x4.splat(offset);
    ${kept.map((s, i) => `let ${s} = v128.load(at, ${16 * i});`).join(" ")}
    for (let turn = 0; turn < turns; turn++) { ${turn.join(" ")} }
    ${end(kept)}
  }`;

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

/** GFLOP/s, the best of many short runs; undefined when the engine lacks a feature. */
async function speedOf(form, end, features) {
  const bytes = await compile(source(form, end), features);
  if (!WebAssembly.validate(bytes)) return undefined;
  const { peak, table } = (await WebAssembly.instantiate(bytes)).instance.exports;
  let seconds = Infinity;
  for (let i = 0; i < 30; i++) {
    const began = performance.now();
    peak(-1, 0, turns, table.value);
    seconds = Math.min(seconds, (performance.now() - began) / 1000);
  }
  return (turns * form.turn.length * lanes * 2) / seconds / 1e9;
}

/** The fastest of several forms: which of them V8 compiles without needless moves differs between its versions. */
async function fastest(forms, end, features) {
  const speeds = [];
  for (const form of forms) speeds.push(await speedOf(form, end, features));
  return speeds.includes(undefined) ? undefined : Math.max(...speeds);
}

/**
 * GFLOP/s of multiplications and additions; of fused multiply-adds, which need relaxed SIMD; and of fused multiply-adds
 * that V8 may merge to 256 bits if its flag is set.
 */
export async function measurePeaks() {
  const relaxed = ["simd", "relaxed-simd"];
  return {
    mulAdd: await fastest([chained(10), chained(11), chained(12), paired(6)], summed, ["simd"]),
    fma: await fastest([fused(10), fused(12)], summed, relaxed),
    merged: await fastest([fused(10), fused(12), fused(20), fused(24)], stored, relaxed),
  };
}
