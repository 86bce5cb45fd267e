// Odd arguments, seeded: every public function gives a typed error of one line, or works, and memory is as before.
import { beforeAll, expect, test } from "vitest";
import * as zoetrope from "../src/index.js";
import { RandomStream } from "../src/random.js";

const { init, memory, scope, zeros, ZoetropeError } = zoetrope;

/** Functions that wait, change the engine or call back; they have tests of their own. */
const left = new Set([
  ...["init", "setBackend", "setSeed", "clearNames", "memory", "keep", "valueAndGrad", "print"],
  ...["callable", "formatValues", "fromPixels", "mobileNet", "MobileNet"],
  ...["LearningRateScheduler", "TerminateOnNaN", "ModelCheckpoint"],
]);

const functions = Object.entries(zoetrope).filter(
  ([name, value]) => typeof value === "function" && !left.has(name) && !/^class\b/.test(String(value)),
) as [string, (...args: unknown[]) => unknown][];

const sizes = [NaN, 1.5, -1, 2 ** 31, 2 ** 53, Infinity, "3", null, 10n, 0, 1, 2, 3];
const things = [undefined, null, "text", 3, -1, NaN, {}, [], [2, 2], true, { strides: 2, stride: 2 }, { units: "3" }];

beforeAll(() => init({ maxMemoryBytes: 2 ** 26 }));

test("there are functions to try", () => expect(functions.length).toBeGreaterThan(150));

test.each(functions)("%s", (name, work) => {
  const random = new RandomStream([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0);
  const oneOf = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const size = () => oneOf(sizes);
  const makers: (() => unknown)[] = [
    size,
    () => [size(), size()],
    () => [size(), size(), size()],
    () => oneOf(things),
    () => zeros(oneOf([[], [2], [2, 3], [1, 4, 4, 2], [3, 3, 2, 2]])),
    () => ({ [oneOf(["axis", "units", "shape", "rate", "kernelSize", "filters", "size"])]: size() }),
  ];
  for (let turn = 0; turn < 40; turn++) {
    const { buffers, usedBytes } = memory();
    let problem: unknown;
    scope(() => {
      // What makes a layer takes its options, and more only for subclasses.
      const most = /^[A-Z]/.test(name) ? 2 : 4;
      const args = Array.from({ length: random.integer(most) }, () => oneOf(makers)());
      try {
        work(...args);
      } catch (error) {
        const isTyped = error instanceof ZoetropeError && !error.message.includes("\n");
        if (!isTyped) problem = { name, args: args.map(String), error };
      }
    });
    expect(problem).toBeUndefined();
    expect(memory()).toMatchObject({ buffers, usedBytes });
  }
});

/** Calls with one argument of another kind, and what the error says. */
const refused: [string, RegExp, () => unknown][] = [
  ["weights without a list", /received undefined weights, has 2/, () => model().setWeights(undefined as never)],
  ["weights without shapes", /is \[2, 2\], received \[NaN\]/, () => model().setWeights([undefined, {}] as never)],
  ["a name that no text can be made of", /unknown layer Object/, () => model().getLayer({ toString: null } as never)],
  ["a number that throws", /value Object; expected a number/, () => zoetrope.full([2], { valueOf: null } as never)],
  ["time steps as text", /steps "2"; expected a whole number from 1/, () => norm("2")],
  ["a class without fromConfig", /expected a class/, () => zoetrope.registerLayer({ className: "X" } as never)],
  ["no values to format", /expected 2 numbers/, () => zoetrope.formatValues(undefined as never, [2])],
  ["holes in a list of cells", /expected a list of cells/, () => zoetrope.StackedRNNCells(new Array(2) as never)],
  ["more digits than there are", /precision 101/, () => zoetrope.formatValues([1], [1], { precision: 101 })],
  ["a large integer as a place", /start \[1n\] and size/, () => zoetrope.slice(zeros([2]), [1n] as never)],
  ["a text as a shape of noise", /noiseShape "ab"/, () => dropped({ noiseShape: "ab" })],
  ["a graph's gather without indices", /expected a tensor, received undefined/, () => gathered()],
  ["a symbol as an axis", /dims \[Symbol\(s\), 1\]/, () => zoetrope.Permute({ dims: [Symbol("s"), 1] } as never)],
  ["a summary printed to a number", /expected a function/, () => model().summary({ print: 3 } as never)],
  ["a summary of null", /expected options/, () => model().summary(null as never)],
];

const model = () => zoetrope.Sequential([zoetrope.Input({ shape: [2] }), zoetrope.Dense({ units: 2 })]);
const gathered = () => zoetrope.gather(zoetrope.Input({ shape: [2] }), undefined as never);
const dropped = (options: object) => zoetrope.Dropout({ rate: 0.5, ...options } as never)(zeros([2, 2]));
const norm = (steps: unknown) => {
  const [x, gamma, beta] = [zeros([2, 2]), zeros([2]), zeros([2])];
  return zoetrope.batchNormTraining(x, gamma, beta, { epsilon: 0.1, steps: steps as number });
};

test.each(refused)("%s: a typed error, and no memory", (_, message, work) => {
  const { buffers } = memory();
  scope(() => {
    expect(work).toThrow(ZoetropeError);
    expect(work).toThrow(message);
  });
  if (!/model/.test(String(work))) expect(memory().buffers).toBe(buffers);
});

test("pictures of no rows are resized to and from", () => {
  scope(() => {
    expect(zoetrope.resize2d(zeros([2, 3, 4, 1]), [0, 5]).shape).toEqual([2, 0, 5, 1]);
    expect(zoetrope.resize2d(zeros([2, 3, 4, 1]), [2, 0]).shape).toEqual([2, 2, 0, 1]);
    expect(zoetrope.resize2d(zeros([2, 0, 4, 1]), [0, 0]).shape).toEqual([2, 0, 0, 1]);
  });
});

test.each<[string, () => Promise<unknown>]>([
  ["predict with what is no signal", () => model().predict([[1, 2]], { signal: {} as never })],
  ["predict with an array without a shape", () => model().predict({ data: null, shape: null } as never)],
  ["predict with a number as a callback", () => model().predict([[1, 2]], { onProgress: 3 } as never)],
  ["weights of MobileNet that are a number", () => zoetrope.MobileNet({ weights: -1, alpha: 0.25 } as never)],
  ["print to what is no function", () => zoetrope.print(zeros([1]), { print: 3 as never })],
])("%s: a typed error", (_, work) => expect(work()).rejects.toThrow(ZoetropeError));
