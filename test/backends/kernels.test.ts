// Every kernel on every backend against the reference's double, by the case tables.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type AnyBackend, type Buffer, getBackend, init, memory, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { createWasmBackend } from "../../src/backends/wasm/index.js";
import { ArgumentError } from "../../src/errors.js";
import type { Backend, Kernels } from "../../src/kernels.js";
import { type KernelName, kernelNames, rowOf, type Use } from "../../src/kernelTable.js";
import { forEachTile } from "../support/builds.js";
import { callOf, type Case, runOnReference, sized, type Tolerance } from "../support/cases/case.js";
import { cases, timedCases } from "../support/cases.js";

/** How inputs are stored: in separate buffers, as views with odd offsets, as weights (which may be packed). */
type Form = "buffer" | "view" | "weight";

test("a module says which build it is; others are no wide one", async () => {
  const names = { release: "SIMD", relaxed: "relaxed SIMD", wide: "relaxed SIMD, wide" };
  for (const [build, name] of Object.entries(names)) {
    const wasm = readFileSync(`build/${build}.wasm`);
    await init({ wasm });
    expect(memory().backend).toBe(`wasm (${name})`);
    const wide = await init({ wasm, wide: true }).then(() => memory().backend, String);
    const advice =
      "ArgumentError: init: wide: true, but the wasm module is of another build; pass zoetrope/kernels-wide.wasm.";
    expect(wide).toBe(build === "wide" ? `wasm (${name})` : advice);
  }
  const needs = "init: wide: true needs the relaxed build.";
  expect(() => createWasmBackend({ relaxed: false, wide: true })).toThrow(new ArgumentError(needs));
});

test("where there is no relaxed SIMD, wide: true is an error that says so", async () => {
  vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  await expect(init({ wide: true })).rejects.toThrow("init: wide: true needs relaxed SIMD, which this engine lacks;");
  vi.restoreAllMocks();
});

test("every kernel of the table exists in every backend, and has cases", () => {
  const memoryOnly: Record<Exclude<keyof Backend<Buffer>, keyof Kernels<Buffer>>, true> = {
    ...{ name: true, allocate: true, free: true, view: true, write: true, read: true, memory: true },
    ...{ computeAsync: true, info: true },
  };
  for (const backend of [createReferenceBackend(), createWasmBackend()]) {
    const kernels = Object.keys(backend).filter((key) => !(key in memoryOnly));
    expect(kernels.filter((key) => !(kernelNames as readonly string[]).includes(key))).toEqual([]);
    expect(kernelNames.filter((name) => typeof backend[name] !== "function")).toEqual([]);
  }
  for (const table of [cases, timedCases]) {
    expect(Object.keys(table).sort()).toEqual([...kernelNames].sort());
    const empty = kernelNames.filter((name) => table[name]()[Symbol.iterator]().next().done);
    expect(empty).toEqual([]);
  }
});

test("each kernel whose sums the table cuts into parts has a timed case where they are cut", () => {
  const cut = kernelNames.filter((name) => rowOf(name).parts);
  expect(cut.length).toBeGreaterThan(0);
  const whole = cut.filter((name) => [...timedCases[name]()].every((c) => rowOf(name).parts!(...callOf(c)) === 1));
  expect(whole).toEqual([]);
});

/** What the kernel does with each input of a case, as the table has it; known from the call that the case makes. */
function usesOf(name: KernelName, c: Case, y: Buffer, xs: readonly Buffer[]): (Use | undefined)[] {
  const uses = Object.values(rowOf(name).buffers);
  const args = callOf(c, y, xs);
  expect(args[0], `${c.name}: the first argument is the output`).toBe(y);
  return xs.map((x) => uses[args.indexOf(x)]);
}

describe("reference, single", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  agree(["view"]);
});

const allForms: Form[] = ["buffer", "view", "weight"];

forEachTile(() => {
  agree(allForms);
});

describe("timed cases", () => {
  const builds: AnyBackend[] = [];
  beforeAll(async () => {
    for (const options of [{ relaxed: false }, { relaxed: true }, { relaxed: true, wide: true }]) {
      await init(options);
      builds.push(getBackend());
    }
  });

  // Case by case on all builds, each in another form, so that results of the reference, which are large, need not be kept.
  test.each(kernelNames)("%s", async (name) => {
    const problems: string[] = [];
    let turn = 0;
    for (const c of timedCases[name]()) {
      const expected = exactOf(c);
      for (const k of builds) {
        const found = await problemsOf(k, name, c, expected, allForms[turn++ % allForms.length]);
        problems.push(...found.map((problem) => `${k.name}: ${problem}`));
      }
    }
    expect(problems).toEqual([]);
    expect(builds.map((k) => k.memory().buffers)).toEqual([0, 0, 0]);
  });
});

/** Of these there are so many cases that each runs in one form, in turn. */
const dense: KernelName[] = ["gemm", "conv2d", "conv2dGradInput", "conv2dGradFilter", "depthwiseConv2d"];

interface Exact {
  y: Float64Array;
  /** The inputs afterwards, where the kernel changes some. */
  xs: Float64Array[] | undefined;
  allowed: ReturnType<Tolerance>;
}
/** The results of the reference, kept from one backend to the next; by kernel and number of the case. */
const known = new Map<string, Exact>();

function exactOf(c: Case): Exact {
  const { y, xs } = runOnReference(c.run, c.inputs, c.length, c.start);
  return { y, xs: c.changes && xs, allowed: c.tolerance(c.inputs, c.length) };
}

function knownExactOf(key: string, c: Case): Exact {
  const exact = known.get(key) ?? exactOf(c);
  known.set(key, exact);
  return exact;
}

function agree(forms: Form[]): void {
  test.each(kernelNames)("%s", async (name) => {
    const k = getBackend();
    const heldBefore = k.memory().buffers;
    const problems: string[] = [];
    let turn = 0;
    for (const c of cases[name]()) {
      const expected = knownExactOf(`${name} ${turn}`, c);
      const chosen = dense.includes(name) ? [forms[turn % forms.length]] : forms;
      for (const form of chosen) problems.push(...(await problemsOf(k, name, c, expected, form)));
      for (const alias of aliasesOf(name, c)) {
        problems.push(...(await problemsOf(k, name, c, expected, "buffer", alias)));
      }
      if (problems.length > 5) break;
      turn++;
    }
    expect(problems).toEqual([]);
    expect(k.memory().buffers, "buffers left behind").toBe(heldBefore);
  });
}

/** The inputs that may be the output as well: the table says which, where they have as many elements. */
function aliasesOf(name: KernelName, c: Case): number[] {
  const [y, ...xs] = [c.length, ...c.inputs.map((x) => x.length)].map(sized);
  const uses = usesOf(name, c, y, xs);
  return uses.flatMap((use, i) => (use === "in or out" && c.inputs[i].length === c.length ? [i] : []));
}

/**
 * Runs a case between guards and says what is wrong: values too far off, inputs or guards that changed.
 * @param alias the input that is the output as well.
 */
async function problemsOf(
  k: AnyBackend,
  name: KernelName,
  c: Case,
  exact: Exact,
  form: Form,
  alias?: number,
): Promise<string[]> {
  const before = hold(k, guards, "buffer");
  const y: Held = { written: alias === undefined ? c.start : c.inputs[alias], owner: k.allocate(c.length), from: 0 };
  const after = hold(k, guards, "buffer");
  // What a kernel changes is an output, which is no view.
  const inputs = c.inputs.map((x, i) => (i === alias ? y : hold(k, x, c.changes?.has(i) ? "buffer" : form, i)));
  if (y.written) k.write(y.owner, y.written);
  else k.kernels.fill(y.owner, NaN);
  const xs = inputs.map(({ owner, from }, i) => (from === 0 ? owner : k.view(owner, from, c.inputs[i].length)));

  const uses = usesOf(name, c, y.owner, xs);
  c.run(k.kernels, y.owner, xs);

  const problems = [difference("y", await k.read(y.owner), exact.y, exact.allowed)];
  for (const [i, { owner, written }] of inputs.entries()) {
    if (i === alias) continue;
    const now = await k.read(owner);
    const tolerance = c.changes?.get(i);
    const changes = uses[i]?.startsWith("changed") ?? false;
    if (changes && !tolerance)
      problems.push(`input ${i} is changed by the kernel, and the case does not say how far off it may be`);
    if (changes && tolerance)
      problems.push(difference(`input ${i}`, now, exact.xs![i], tolerance(c.inputs, now.length)));
    else if (!sameValues(now, written!)) problems.push(`input ${i}, or what lies around it, changed`);
  }
  for (const { owner } of [before, after]) {
    if (!sameValues(await k.read(owner), guards)) problems.push("a guard beside y changed");
  }
  for (const { owner } of new Set([before, y, after, ...inputs])) k.free(owner);
  const how = alias === undefined ? form : `y is input ${alias}`;
  return problems.filter((problem) => problem !== undefined).map((problem) => `${c.name} (${how}): ${problem}`);
}

const guards = new Float32Array(16).fill(-12345.678);

interface Held {
  owner: Buffer;
  /** All that `owner` holds. */
  written: Float32Array | undefined;
  /** Where the values begin; before and after them are guards. */
  from: number;
}

/** x with `before` guards before it and more after it. */
function surrounded(x: Float32Array, before: number): Float32Array {
  const wide = new Float32Array(before + x.length + guards.length).fill(guards[0]);
  wide.set(x, before);
  return wide;
}

/** Memory with the values of x. */
function hold(k: AnyBackend, x: Float32Array, form: Form, input = 0): Held {
  const from = form === "view" ? 1 + (input % 3) : 0;
  const written = from === 0 ? x : surrounded(x, from);
  const owner = k.allocate(written.length, form === "weight" ? "weight" : undefined);
  k.write(owner, written);
  return { owner, written, from };
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return false;
  return a.length === b.length;
}

/** The first element that is too far from the exact one; NaN and infinity must be met exactly. */
function difference(
  what: string,
  actual: ArrayLike<number>,
  expected: Float64Array,
  allowed: ReturnType<Tolerance>,
): string | undefined {
  if (actual.length !== expected.length) return `${what} has ${actual.length} elements, expected ${expected.length}`;
  for (let i = 0; i < actual.length; i++) {
    const nearest = Math.fround(expected[i]);
    if (actual[i] === nearest || (Number.isNaN(actual[i]) && Number.isNaN(nearest))) continue;
    const distance = Math.abs(actual[i] - expected[i]);
    const limit = allowed(expected[i], i);
    // The rounding to single precision, which no backend can avoid, is half the distance to the neighbours.
    const unavoidable = Math.abs(nearest - expected[i]);
    if (!Number.isFinite(nearest) || !(distance <= limit + unavoidable)) {
      return `${what}[${i}] = ${actual[i]}, expected ${expected[i]}, off by ${distance}, allowed ${limit}`;
    }
  }
  return undefined;
}
