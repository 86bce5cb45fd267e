/**
 * The peak speed of one core: loops that multiply and add in registers only, written as modules of WebAssembly, as the
 * benchmark of the repository measures it too.
 */

const turns = 250_000;
/** Multiplications and additions of a register in a turn: four lanes, two operations. */
const perTurn = 8;
/** Calls that are timed; the fastest counts. The first ones run before the engine has optimized the loop. */
const calls = 10;
/**
 * Registers of the loops. A dozen hide the latencies and leave some of the sixteen of x64 free; twice as many are fastest
 * where the engine merges two to one of 256 bits.
 */
const counts = [10, 12, 20, 24];

/** Gives the peak of one core in GFLOP/s: the highest that it has measured so far. */
export type PeakMeter = () => number;

/** Makes a meter for the kernels of a backend of this name; undefined for other backends, and where bytes cannot be compiled. */
export function peakMeter(backend: string): PeakMeter | undefined {
  if (!backend.startsWith("wasm")) return undefined;
  try {
    const isFused = backend.includes("relaxed");
    const loops = counts.map((count) => ({ count, run: loopOf(count, isFused).run }));
    let most = 0;
    return () => {
      for (const { count, run } of loops) {
        for (let call = 0; call < calls; call++) {
          const began = performance.now();
          run(-1, 0, turns);
          most = Math.max(most, (turns * count * perTurn) / (performance.now() - began) / 1e6);
        }
      }
      return most;
    };
  } catch {
    return undefined; // the host compiles no bytes
  }
}

/** A loop: `run` replaces every register s by s factor + offset in each turn, and stores all in the memory. */
interface Loop {
  run(factor: number, offset: number, turns: number): void;
  memory: WebAssembly.Memory;
}

/** The loop over so many registers, which start as what is in the memory, side by side. */
export function loopOf(count: number, isFused: boolean): Loop {
  // Locals: factor, offset, turns, both numbers as vectors, then the registers.
  const [factor, offset, left, factors, offsets, first] = [0, 1, 2, 3, 4, 5];
  const all = Array.from({ length: count }, (_, i) => i);
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const splat = [0xfd, 0x13];
  const at = (i: number) => [4, ...unsigned(16 * i)]; // the alignment, and the offset from address 0
  const zero = [0x41, 0];
  const [multiply, add, fused] = [[0xfd, 0xe6, 1], [0xfd, 0xe4, 1], [0xfd, 0x85, 2]]; // prettier-ignore
  const next = (s: number) => [
    ...[...get(s), ...get(factors)],
    ...(isFused ? [...get(offsets), ...fused] : [...multiply, ...get(offsets), ...add]),
    ...set(s),
  ];
  const body = [
    ...[...get(factor), ...splat, ...set(factors), ...get(offset), ...splat, ...set(offsets)],
    ...all.flatMap((i) => [...zero, 0xfd, 0x00, ...at(i), ...set(first + i)]), // v128.load
    ...[0x03, 0x40], // loop
    ...all.flatMap((i) => next(first + i)),
    ...[...get(left), 0x41, 1, 0x6b, 0x22, left, 0x0d, 0], // i32.sub, local.tee, br_if
    0x0b,
    // Neighbouring stores, at which V8 starts to merge vectors.
    ...all.flatMap((i) => [...zero, ...get(first + i), 0xfd, 0x0b, ...at(i)]),
    0x0b,
  ];
  const [f32, i32, v128] = [0x7d, 0x7f, 0x7b];
  const code = [1, count + 2, v128, ...body];
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, f32, f32, i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("run"), 0, 0, ...name("memory"), 2, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Loop;
}

const section = (id: number, contents: number[]): number[] => [id, ...unsigned(contents.length), ...contents];

const name = (text: string): number[] => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];

/** A number in seven bits a byte. */
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)]);
