// Odd arguments, seeded: every public function gives a typed error of one line, or works, and memory is as before.
import { beforeAll, expect, test } from "vitest";
import { movingDigits } from "../src/datasets/index.js";
import { resize } from "../src/node/index.js";
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
  ["gates before a call", /gates: expected a tensor, received undefined/, () => zoetrope.LSTM({ units: 2 }).gates()],
  ["a product with what is no tensor", /expected a tensor, received/, () => zoetrope.matMul(symbolic(), null as never)],
  ["an amount of padding on one side", /pad: before \[1, 1\] and after undefined/, () => zoetrope.pad(symbolic(), [1, 1], undefined as never)],
  ["the penalty of no tensor", /expected a tensor/, () => zoetrope.OrthogonalRegularizer()(undefined as never)],
  ["a power of no tensor", /power: expected a tensor, received a list/, () => zoetrope.power(cyclic as never, 1)],
  ["gradients of no weights", /expected a list of weights/, () => zoetrope.valueAndGrad(() => zeros([]), 3 as never)()],
  ["gradients with a hole among the weights", /received \[undefined\]/, () => zoetrope.valueAndGrad(() => zeros([]), new Array(1) as never)()],
  ["gradients of what is no loss", /a loss of one element, received \[null\]/, () => zoetrope.valueAndGrad(() => null as never, [])()],
  ["gradients of no losses", /a loss of one element/, () => zoetrope.valueAndGrad(() => [] as never, [])()],
  ["a schedule of no step", /ExponentialDecay: step Symbol\(s\)/, () => decay()(Symbol("s") as never)],
  ["more windows than memory", /outputSize 4294967296; expected 4096 at most/, () => zoetrope.AdaptiveMaxPooling1D({ outputSize: 2 ** 32 })],
  ["a hole in a pipeline", /layers is \[undefined\]/, () => zoetrope.Pipeline({ layers: new Array(1) })],
  ["an object that has no text as an equation", /equation .*expected "abc,cd->abd"/, () => zoetrope.EinsumDense({ equation: { toString: 1 } as never, outputShape: 2 })],
  ["a hole in letters of axes", /biasAxes 5/, () => zoetrope.EinsumDense({ equation: "ab,bc->ac", outputShape: 2, biasAxes: 5 as never })],
  ["a large integer as a seed", /seed 1n; expected a number/, () => zoetrope.random([2], { seed: 1n as never })],
  ["a symbol as epsilon", /epsilon Symbol\(s\)/, () => norm(1, Symbol("s"))],
  ["a number as the shape of first values", /3 is not a shape/, () => zoetrope.getInitializer("x", "ones")(3 as never)],
  ["a number beside a symbolic tensor", /getItem: received undefined beside a symbolic/, () => zoetrope.slice(undefined as never, symbolic() as never)],
  ["a slope of an activation that is a list", /alpha \[1\]; expected a number/, () => zoetrope.elu(zeros([1]), { alpha: [1] as never })],
  ["slots of what is no weight", /Adam: expected a tensor, received null/, () => zoetrope.Adam().slotsOf(null as never)],
  ["a dilation of null", /dilation null; expected a whole number/, () => zoetrope.conv1d(zeros([1, 3, 1]), zeros([1, 1, 1]), { dilation: null as never })],
  ["a symbol in a mode", /mergeMode \[Symbol\(s\)\]/, () => zoetrope.Bidirectional(zoetrope.LSTM({ units: 1 }), { mergeMode: [Symbol("s")] as never })],
  ["a summary printed to nothing", /expected a function/, () => model().summary({ print: "" as never })],
  ["positions of large integers", /positions \[1n, 1, 1, 1\]; expected 4 columns/, () => model().summary({ positions: [1n, 1, 1, 1] as never })],
  ["layers that are no list", /layers 3; expected a list/, () => zoetrope.Sequential({ layers: 3 as never })],
  ["a padding that was given away", /padding Float32Array/, () => zoetrope.SeparableConv1D({ filters: 1, kernelSize: 1, padding: detached() as never })],
  ["a symbol as what to monitor", /monitor Symbol\(s\); expected a name/, () => zoetrope.EarlyStopping({ monitor: Symbol("s") as never })],
  ["an operation of a large integer of operands", /expected \{ operation, args \}/, () => new zoetrope.OperationLayer({ operation: { run: () => {}, name: "x", operands: 1n }, args: [] } as never)],
  ["pixels that are symbols", /preprocessInput: Symbol\(s\) at depth 0/, () => zoetrope.mobileNet.preprocessInput([Symbol("s")] as never)],
  ["a speed that is a symbol", /speed is \[1, Symbol\(s\)\]/, () => movingDigits({ count: 1, speed: [1, Symbol("s")] as never })],
  ["a picture of too many columns", /resize: 4294967296 x 1; expected/, () => resize({ width: 1, height: 1, rgb: new Float32Array(3) }, 2 ** 32, 1)],
  ["an LSTM step with what is no hook", /hook: 3; expected a function/, () => step(3)],
  ["a ConvLSTM without options", /kernel/, () => zoetrope.convLstm2d(zeros([1, 1, 2, 2, 1]), zeros([1]), zeros([1]), undefined, undefined as never)],
  ["options of an operation without a name", /expected \{ operation, args \}/, () => new zoetrope.OperationLayer({ operation: { run: () => {} }, args: [] } as never)],
  ["a reduction that is no text", /reduction Float32Array/, () => zoetrope.LogCosh({ reduction: detached() as never })],
]; // prettier-ignore

const model = () => zoetrope.Sequential([zoetrope.Input({ shape: [2] }), zoetrope.Dense({ units: 2 })]);
const gathered = () => zoetrope.gather(zoetrope.Input({ shape: [2] }), undefined as never);
const dropped = (options: object) => zoetrope.Dropout({ rate: 0.5, ...options } as never)(zeros([2, 2]));
const norm = (steps: unknown, epsilon: unknown = 0.1) => {
  const [x, gamma, beta] = [zeros([2, 2]), zeros([2]), zeros([2])];
  return zoetrope.batchNormTraining(x, gamma, beta, { epsilon: epsilon as number, steps: steps as number });
};
const symbolic = () => zoetrope.Input({ shape: [2] });
const decay = () => zoetrope.ExponentialDecay({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5 });
const cyclic: unknown[] = [];
cyclic.push(cyclic);
const step = (hook: unknown) => {
  const functions = { project: () => zeros([1, 4]), activation: zoetrope.tanh, recurrentActivation: zoetrope.sigmoid };
  return zoetrope.lstmStep(zeros([1, 4]), { h: zeros([1, 1]), c: zeros([1, 1]) }, functions, hook as never);
};
/** An array whose memory was given away. */
const detached = () => {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};

test.each(refused)("%s: a typed error, and no memory", (_, message, work) => {
  const { buffers } = memory();
  scope(() => {
    expect(work).toThrow(ZoetropeError);
    expect(work).toThrow(message);
  });
  if (!/model/.test(String(work))) expect(memory().buffers).toBe(buffers);
});

test("what holds itself, and what was given away, are taken as they are", () => {
  expect(scope(() => cyclic)).toBe(cyclic);
  expect(zoetrope.tensor(detached()).shape).toEqual([0]);
  expect(zoetrope.SpectralNormalization(zoetrope.Dense({ units: 1 }), null as never).powerIterations).toBe(1);
});

test("null as options is none", () => {
  expect(zoetrope.TimeDistributed(zoetrope.Dense({ units: 1 }), null as never).statistics).toBe("step");
  scope(() => {
    const [x, h] = [zeros([1, 2]), zeros([1, 1])];
    expect(zoetrope.SimpleRNNCell({ units: 1 })(x, [h], null as never)[0].shape).toEqual([1, 1]);
  });
  expect(zoetrope.formatValues([1], [1], null as never)).toBe("[1]");
  expect(zoetrope.formatValues([], [2 ** 40, 0])).toContain("...");
});

test("a list of places with a hole is refused before anything is cut", () => {
  const x = zeros([4]);
  const { buffers } = memory();
  const places: number[] = [1];
  places[2] = 3;
  expect(() => zoetrope.split(x, places)).toThrow("split: index undefined; expected a whole number from 0.");
  expect(memory().buffers).toBe(buffers);
  x.dispose();
});

test("a refused step of a cell leaves nothing", async () => {
  const { cell } = zoetrope.LSTM({ units: 2 });
  const [x, h, other] = [zeros([1, 3]), zeros([1, 2]), zeros([1, 3])];
  const made = zoetrope.stepGates(cell, x, [h, h]);
  const { buffers } = memory();
  expect(() => zoetrope.stepGates(cell, x, [other, h])).toThrow(ZoetropeError);
  expect(memory().buffers).toBe(buffers);
  for (const each of [x, h, other, ...Object.values(made), ...cell.weights]) each.dispose();
});

test("a layer that gives its input gives no mask to one that is disposed", () => {
  const { buffers } = memory();
  scope(() => {
    const x = zeros([2, 3, 1]);
    x.dispose();
    expect(() => zoetrope.Identity()(x, { mask: zeros([2, 3]) })).toThrow(zoetrope.DisposedError);
  });
  expect(memory().buffers).toBe(buffers);
});

test("a mask that is no tensor but falsy is none", () => {
  scope(() => expect(zoetrope.Identity()(zeros([2, 3, 1]), { mask: 0 as never }).shape).toEqual([2, 3, 1]));
});

test.each<[string, object]>([
  ["EarlyStopping", zoetrope.EarlyStopping()],
  ["ReduceLROnPlateau", zoetrope.ReduceLROnPlateau()],
  ["LearningRateScheduler", zoetrope.LearningRateScheduler(() => 1)],
])("a hook of %s without a model, or without logs", async (name, callback: zoetrope.Callback) => {
  const logs = [{ val_loss: 1 }, null as never];
  for (const given of logs) {
    await expect(async () => callback.onEpochEnd!(0, given)).rejects.toThrow(`${name}: `);
    await expect(async () => callback.onEpochEnd!(0, given)).rejects.toThrow(ZoetropeError);
  }
  expect(() => zoetrope.TerminateOnNaN().onTrainBatchEnd!(0, null as never)).toThrow("TerminateOnNaN: logs null");
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
  [
    "classes of another number",
    () => zoetrope.mobileNet.decodePredictions(zeros([1, 1000]), { classes: [[]] as never }),
  ],
  ["a hole in a list of callbacks", () => model().predict([[1, 2]], { callbacks: new Array(1) as never })],
  ["no signal but a falsy value", () => model().predict([[1, 2]], { signal: 0 as never })],
  ["a MobileNet of a large integer", () => zoetrope.MobileNet({ weights: null, alpha: 1n as never })],
  ["a MobileNet without a shape", () => zoetrope.MobileNet({ weights: null, inputShape: 32 as never })],
  ["a MobileNet of null as its shape", () => zoetrope.MobileNet({ weights: null, inputShape: null as never })],
  ["print to what is no function", () => zoetrope.print(zeros([1]), { print: 3 as never })],
])("%s: a typed error", (_, work) => expect(work()).rejects.toThrow(ZoetropeError));
