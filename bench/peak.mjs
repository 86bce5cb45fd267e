// The most that one thread of this machine can do in wasm: loops that multiply and add in registers alone.
import asc from "assemblyscript/asc";

const accumulators = Array.from({ length: 12 }, (_, i) => `s${i}`);
const lanes = 4;
const turns = 500_000;

const fma = (s) => `${s} = f32x4.relaxed_madd(${s}, a, b);`;
const mulAdd = (s) => `${s} = f32x4.add(f32x4.mul(${s}, a), b);`;
/** The sum of all, so that none is dropped by the compiler. */
const summed = `return f32x4.extract_lane(${accumulators.reduce((sum, s) => `f32x4.add(${sum}, ${s})`)}, 0);`;
/** Neighbours in memory, which is where V8 begins to merge vectors into wider ones. */
const stored = `${accumulators.map((s, i) => `v128.store(results, ${s}, ${16 * i});`).join(" ")} return 0;`;

/**
 * An AssemblyScript function. Each accumulator waits for itself alone; a dozen of them hide the latency and leave room in
 * sixteen registers. The factors are arguments because V8 may build constants anew at every use.
 */
const loop = (name, step, end) => `
  export function ${name}(factor: f32, offset: f32, turns: i32): f32 {
    const a = f32x4.splat(factor);
    const b = f32x4.splat(offset);
    ${accumulators.map((s, i) => `let ${s} = v128.load(results, ${16 * i});`).join(" ")}
    for (let turn = 0; turn < turns; turn++) {
      ${accumulators.map(step).join(" ").repeat(2)}
    }
    ${end}
  }`;

async function compile(source, features) {
  const files = { "peak.ts": source };
  const options = ["peak.ts", "--outFile", "peak.wasm", "-O3", "--runtime", "stub"];
  const { error, stderr } = await asc.main([...options, ...features.flatMap((feature) => ["--enable", feature])], {
    readFile: (name) => files[name] ?? null,
    writeFile: (name, contents) => void (files[name] = contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`peak.mjs: asc: ${stderr.toString()}`);
  return files["peak.wasm"];
}

const table = `const results = memory.data(${16 * accumulators.length}, 16);`;

/** @returns GFLOP/s of `run`, the best of many short tries. */
function best(run) {
  let seconds = Infinity;
  for (let i = 0; i < 30; i++) {
    const began = performance.now();
    run(0.5, 0.5, turns);
    seconds = Math.min(seconds, (performance.now() - began) / 1000);
  }
  return (turns * 2 * accumulators.length * lanes * 2) / seconds / 1e9;
}

async function peakOf(step, end, features) {
  const bytes = await compile(table + loop("peak", step, end), features);
  if (!WebAssembly.validate(bytes)) return undefined;
  return best((await WebAssembly.instantiate(bytes)).instance.exports.peak);
}

/**
 * GFLOP/s: of multiplications and additions; of fused ones, which need relaxed SIMD; and of fused ones that V8 may merge to
 * 256 bits where its flag is set. Undefined for what this engine lacks.
 */
export async function measurePeaks() {
  const relaxed = ["simd", "relaxed-simd"];
  return {
    mulAdd: await peakOf(mulAdd, summed, ["simd"]),
    fma: await peakOf(fma, summed, relaxed),
    merged: await peakOf(fma, stored, relaxed),
  };
}
