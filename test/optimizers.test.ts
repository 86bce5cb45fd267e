// Optimizers against their formulas in double; the order of clipping, decay and update; slots; errors.
// (Numbers of real Keras: test/keras/lossesMetricsOptimizers.test.ts.)
import { beforeAll, describe, expect, test } from "vitest";
import { memory, setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import { add, multiply, sign, subtract } from "../src/ops/index.js";
import {
  Adam,
  AdamW,
  CosineDecay,
  Ftrl,
  Lamb,
  Optimizer,
  PiecewiseConstantDecay,
  RMSprop,
  SGD,
} from "../src/optimizers/index.js";
import { Dense, Input } from "../src/layers/index.js";
import { Sequential } from "../src/model.js";
import { extensionOf } from "../src/optimizers/extension.js";
import { getOptimizer } from "../src/optimizers/byName.js";
import { tensor, type Tensor, Variable } from "../src/tensor.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

const start = [0.5, -1.25, 2, 0];
const gradients = [
  [1e-4, 3, -20, 0.01],
  [0.2, -3, -10, 0.01],
  [-1e3, 0.5, 0, 0.01],
  [1, 1, 1, 1],
];
const make = (values: readonly number[]): Tensor => tensor(Float64Array.from(values), [values.length]);

async function afterSteps(optimizer: Optimizer, steps = gradients, from = start): Promise<number[]> {
  const w = new Variable("w", [from.length]).assign(from);
  for (const g of steps) optimizer.apply([make(g)], [w]);
  return [...(await w.data())];
}

/** The same walk with one number's rule: (w, g, t, memory) to the new w. */
function expected(rule: (w: number, g: number, t: number, kept: Record<string, number>) => number): number[] {
  return start.map((first, i) => {
    const kept: Record<string, number> = { m: 0, v: 0 };
    return gradients.reduce((w, g, t) => rule(w, g[i], t + 1, kept), first);
  });
}

function expectClose(actual: readonly number[], wanted: readonly number[], bound = 1e-12): void {
  expect(actual.length).toBe(wanted.length);
  actual.forEach((value, i) =>
    expect(Math.abs(value - wanted[i])).toBeLessThan(bound * Math.max(1, Math.abs(wanted[i]))),
  );
}

describe("rules", () => {
  test("SGD, with momentum, with Nesterov's", async () => {
    expectClose(
      await afterSteps(SGD({ learningRate: 0.1 })),
      expected((w, g) => w - 0.1 * g),
    );
    const velocity = (g: number, kept: Record<string, number>) => (kept.v = 0.9 * kept.v - 0.1 * g);
    expectClose(
      await afterSteps(SGD({ learningRate: 0.1, momentum: 0.9 })),
      expected((w, g, _t, kept) => w + velocity(g, kept)),
    );
    expectClose(
      await afterSteps(SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true })),
      expected((w, g, _t, kept) => w + 0.9 * velocity(g, kept) - 0.1 * g),
    );
  });

  const adam =
    (rate: number, decay = 0) =>
    (w: number, g: number, t: number, kept: Record<string, number>): number => {
      kept.m += (g - kept.m) * (1 - 0.9);
      kept.v += (g * g - kept.v) * (1 - 0.999);
      const alpha = (rate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
      return w * (1 - decay * rate) - (alpha * kept.m) / (Math.sqrt(kept.v) + 1e-7);
    };
  // The powers of beta are taken in single precision, as Keras takes them: off by up to 1e-5 of the step.
  test("Adam and AdamW", async () => {
    expectClose(await afterSteps(Adam({ learningRate: 0.1 })), expected(adam(0.1)), 3e-6);
    expectClose(await afterSteps(AdamW({ learningRate: 0.1 })), expected(adam(0.1, 0.004)), 3e-6);
    expectClose(await afterSteps(AdamW({ learningRate: 0.1, weightDecay: 0 })), expected(adam(0.1)), 3e-6);
  });

  test("RMSprop, with momentum", async () => {
    const square = (g: number, kept: Record<string, number>) => (kept.v = 0.8 * kept.v + 0.2 * g * g);
    const options = { learningRate: 0.1, rho: 0.8 };
    expectClose(
      await afterSteps(RMSprop(options)),
      expected((w, g, _t, kept) => w - (0.1 * g) / Math.sqrt(square(g, kept) + 1e-7)),
    );
    expectClose(
      await afterSteps(RMSprop({ ...options, momentum: 0.5 })),
      expected((w, g, _t, kept) => w - (kept.m = 0.5 * kept.m + (0.1 * g) / Math.sqrt(square(g, kept) + 1e-7))),
    );
  });

  test("Lamb and Ftrl leave the elements beside a gradient that is not finite as they are in Keras", async () => {
    const w = await afterSteps(Lamb({ learningRate: 0.5, epsilon: 0 }), [[NaN, 1, 1, 0.25]]);
    expectClose(w.slice(1), [-1.75, 1.5, -0.5], 1e-5); // the trust ratio is 1
    const flat = Ftrl({ learningRate: 0.5, learningRatePower: 0 });
    expectClose(await afterSteps(flat, [[1e200, 0, 0.5, 1]], [0, 0, 0, 0]), [-5e199, 0, -0.25, -0.5]);
  });

  test("a rule that is composed of ops leaves no memory behind", async () => {
    class Lion extends Optimizer {
      constructor() {
        super("Lion", { learningRate: 0.1 }, 1e-3, [], ["momentum"]);
      }
      protected override update(w: Tensor, [m]: readonly Variable[], g: Tensor, learningRate: number): void {
        const mean = (beta: number) => add(multiply(m, beta), multiply(g, 1 - beta));
        this.assign(w, subtract(w, multiply(sign(mean(0.9)), learningRate)));
        this.assign(m, mean(0.99));
      }
    }
    const rule = (w: number, g: number, _: number, kept: Record<string, number>) => {
      const step = Math.sign(0.9 * kept.m + 0.1 * g);
      kept.m = 0.99 * kept.m + 0.01 * g;
      return w - 0.1 * step;
    };
    const before = memory().buffers;
    expectClose(await afterSteps(new Lion()), expected(rule));
    expect(memory().buffers - before, "the weight and its slot").toBe(2);
  });

  test("defaults", async () => {
    const rates = [SGD(), Adam(), AdamW(), RMSprop()].map((optimizer) => optimizer.learningRate);
    expect(rates).toEqual([0.01, 0.001, 0.001, 0.001]);
  });
});

describe("clipping and decay", () => {
  const sgd = (options: object) => SGD({ learningRate: 1, ...options });
  const once = async (options: object, gs: number[][]): Promise<number[][]> => {
    const weights = gs.map((g, i) => new Variable(`w${i}`, [g.length]).assign(g.map(() => 0)));
    sgd(options).apply(gs.map(make), weights);
    return Promise.all(weights.map(async (w) => [...(await w.data())].map((x) => -x)));
  };

  test("clipvalue, clipnorm for each, globalClipnorm for all", async () => {
    const gs = [
      [3, 4],
      [0.6, -0.8],
      [0, 0],
    ];
    expect(await once({ clipvalue: 1 }, gs)).toEqual([
      [1, 1],
      [0.6, -0.8],
      [-0, -0],
    ]);
    const [each, short] = await once({ clipnorm: 2 }, gs);
    expectClose(each, [1.2, 1.6]);
    expectClose(short, [0.6, -0.8]);
    const all = await once({ globalClipnorm: 2 }, gs);
    const factor = 2 / Math.sqrt(26);
    gs.forEach((g, i) =>
      expectClose(
        all[i],
        g.map((x) => x * factor),
      ),
    );
    expectClose((await once({ globalClipnorm: 6 }, gs)).flat(), gs.flat());
  });

  test("globalClipnorm makes all steps NaN where the norm is not finite, as in Keras", async () => {
    const all = await once({ globalClipnorm: 2 }, [[Infinity, 0], [3]]);
    expect(all).toEqual([[NaN, NaN], [NaN]]);
    expect(await once({ clipnorm: 2 }, [[Infinity, 0], [3]])).toEqual([[NaN, -0], [2]]);
  });

  test("first the gradient is clipped, then the weight decays, then the rule", async () => {
    const w = await afterSteps(sgd({ clipvalue: 0.5, weightDecay: 0.1 }), [[9, -9, 0.25, 0]]);
    expectClose(w, [0.5 * 0.9 - 0.5, -1.25 * 0.9 + 0.5, 2 * 0.9 - 0.25, 0]);
  });

  test("one kind of clipping at a time", () => {
    expect(() => Adam({ clipnorm: 1, clipvalue: 1 })).toThrow(
      "Adam: received clipnorm and clipvalue; give one of them.",
    );
  });
});

describe("learning rate", () => {
  test("can be read and set; a schedule is asked with the number of updates so far", async () => {
    const optimizer = SGD({ learningRate: 1 });
    optimizer.learningRate = 0.25;
    expect(await afterSteps(optimizer, [[1, 0, 0, 0]])).toEqual([0.25, -1.25, 2, 0]);
    const asked: number[] = [];
    const scheduled = SGD({ learningRate: (step) => (asked.push(step), 0.5 ** step) });
    expectClose(
      await afterSteps(scheduled, [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
      ]),
      [0.5 - 1.75, -1.25, 2, 0],
    );
    expect(asked).toEqual([0, 1, 2]);
    expect(scheduled.iterations).toBe(3);
    expect(scheduled.learningRate).toBe(0.125);
    expect(() => (scheduled.learningRate = 0.1)).toThrow(/follows a schedule/);
  });

  test("must be a finite number from 0", () => {
    expect(() => Adam({ learningRate: -1 })).toThrow("Adam: learningRate -1; expected a number from 0.");
    expect(() => (Adam().learningRate = NaN)).toThrow(/learningRate NaN/);
  });
});

describe("slots", () => {
  const names = (optimizer: Optimizer) => optimizer.variables.map(({ name }) => name);
  const weights = () => [new Variable("a", [2]).assign([0, 0]), new Variable("b", [3]).assign([0, 0, 0])];
  const step = (optimizer: Optimizer, list = weights()) =>
    optimizer.apply(
      list.map((w) => make(new Array(w.size).fill(1))),
      list,
    );

  test("are listed in Keras's order, and are counted with the iteration and the rate", () => {
    const adam = Adam();
    expect([adam.built, adam.countParams()]).toEqual([false, 2]);
    step(adam);
    expect(names(adam)).toEqual(["Adam/a/momentum", "Adam/a/velocity", "Adam/b/momentum", "Adam/b/velocity"]);
    expect([adam.built, adam.countParams()]).toEqual([true, 12]);
    const rmsprop = RMSprop({ momentum: 0.9, learningRate: () => 0.1 });
    step(rmsprop);
    expect(names(rmsprop)).toEqual([
      "RMSprop/a/velocity",
      "RMSprop/b/velocity",
      "RMSprop/a/momentum",
      "RMSprop/b/momentum",
    ]);
    expect(rmsprop.countParams()).toBe(11);
    const sgd = SGD();
    step(sgd);
    expect([sgd.built, sgd.variables.length]).toEqual([true, 0]);
  });

  test("apply disposes the gradients and leaves only the slots; dispose disposes those", () => {
    const list = weights();
    const optimizer = Adam({ globalClipnorm: 1 });
    const before = memory().buffers;
    step(optimizer, list);
    expect(memory().buffers).toBe(before + 4);
    for (let i = 0; i < 10; i++) step(optimizer, list);
    expect(memory().buffers).toBe(before + 4);
    optimizer.dispose();
    expect(memory().buffers).toBe(before);
    expect([optimizer.iterations, optimizer.built]).toEqual([0, false]);
  });

  test("a weight that is added later begins with zeros", async () => {
    const optimizer = SGD({ learningRate: 1, momentum: 0.5 });
    const [a, b] = weights();
    step(optimizer, [a]);
    step(optimizer, [a, b]);
    expect([...(await a.data())]).toEqual([-2.5, -2.5]);
    expect([...(await b.data())]).toEqual([-1, -1, -1]);
  });
});

describe("gradients and weights that do not belong together are refused, and nothing changes", () => {
  test.each([
    ["another shape", () => [make([1, 1]), make([1, 1])], /gradient 1 is \[2\], its weight \[3\]/],
    ["another number", () => [make([1, 1])], /1 gradients for 2 weights/],
  ])("%s", async (_name, grads, message) => {
    const optimizer = Adam({ weightDecay: 0.5 });
    const w = [new Variable("a", [2]).assign([1, 2]), new Variable("b", [3]).assign([3, 4, 5])];
    const gs = grads();
    expect(() => optimizer.apply(gs, w)).toThrow(message);
    expect([...(await w[0].data()), ...(await w[1].data())]).toEqual([1, 2, 3, 4, 5]);
    expect([optimizer.iterations, optimizer.variables.length, gs[0].isDisposed]).toEqual([0, 0, false]);
  });

  test("no weights, disposed gradients", () => {
    expect(() => SGD().apply([make([1])])).toThrow(/received no weights/);
    const g = make([1]);
    g.dispose();
    expect(() => SGD().apply([g], [new Variable("a", [1])])).toThrow(/after it had been disposed/);
  });
});

test("by name, in any case; an unknown name is an error with the most similar name", () => {
  expect(getOptimizer("here", "adamW").name).toBe("AdamW");
  expect(getOptimizer("here", "RMSprop").name).toBe("RMSprop");
  expect(getOptimizer("here", "sgd").name).toBe("SGD");
  expect(() => getOptimizer("here", "adm")).toThrow('here: unknown optimizer "adm"; did you mean "adam"?');
  expect(() => Adam({ learning_rate: 1 } as object)).toThrow(
    'Adam: unknown option "learning_rate"; did you mean "learningRate"?',
  );
});

describe("beside the rule", () => {
  test("averages replace the weights at the end of fit, not of a batch", async () => {
    const model = Sequential([Input({ shape: [1] }), Dense({ units: 1, useBias: false })]);
    model.compile({ optimizer: SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 }), loss: "mse" });
    const [w] = model.trainableWeights;
    w.assign([0]);
    await model.fit([[1]], [[1]], { epochs: 2, verbose: 0 });
    // The weight is 0.2, then 0.36; the average 0.2, then 0.28.
    expect((await w.data())[0]).toBeCloseTo(0.28, 10);
    await model.trainOnBatch([[1]], [[1]]);
    expect((await w.data())[0]).toBeCloseTo(0.28 + 0.2 * 0.72, 10);
  });

  test("a growing scale of the loss is counted", async () => {
    const optimizer = SGD({ dynamicLossScale: { initialScale: 8, growthSteps: 3 } });
    await afterSteps(optimizer);
    expect(extensionOf(optimizer)?.lossScale?.state).toEqual({ scale: 16, steps: 1 });
  });

  test("options that no optimizer takes are refused", () => {
    expect(() => Adam({ gradientAccumulationSteps: 1 })).toThrow("gradientAccumulationSteps 1; expected a whole number from 2"); // prettier-ignore
    expect(() => Adam({ emaMomentum: 2 })).toThrow("Adam: emaMomentum 2; expected a number from 0 to 1");
    expect(() => Ftrl({ learningRatePower: 1 })).toThrow("Ftrl: learningRatePower 1; expected a number up to 0");
    expect(() => PiecewiseConstantDecay({ boundaries: [2, 1], values: [1, 2, 3] })).toThrow("expected numbers that rise"); // prettier-ignore
    expect(() => CosineDecay({ initialLearningRate: 1, decaySteps: 0 })).toThrow("CosineDecay: decaySteps 0; expected a number above 0"); // prettier-ignore
  });
});
