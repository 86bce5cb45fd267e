// Whatever runs out of memory changes nothing: every single request for memory of a step is refused once.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Heap } from "../src/backends/wasm/heap.js";
import {
  Adam,
  AdamW,
  affine,
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Dropout,
  Flatten,
  GaussianNoise,
  getInitializer,
  init,
  Input,
  LSTM,
  MaxNorm,
  meanSquaredError,
  memory,
  Model,
  type ModelLayer,
  Nadam,
  Optimizer,
  OutOfMemoryError,
  random,
  resize2d,
  RMSprop,
  scope,
  ShapeError,
  setBackend,
  setSeed,
  SGD,
  subtract,
  type Tensor,
  TimeDistributed,
  valueAndGrad,
  Variable,
  ZoetropeError,
  zeros,
} from "../src/index.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import { RandomStream } from "../src/random.js";
import { streamStates } from "../src/formats/streams.js";

/** Refuses the request for memory of this number, from 0; none if it is -1. */
let refused = -1;
let requests = 0;
const { reserve } = Heap.prototype;

beforeEach(async () => {
  await init();
  setSeed(1);
  // No spy, which would keep a list of all calls.
  Heap.prototype.reserve = function (bytes: number) {
    if (bytes > 0 && requests++ === refused) throw new OutOfMemoryError(`refused request ${refused}`);
    return reserve.call(this, bytes);
  };
});

afterEach(() => void (Heap.prototype.reserve = reserve));

/** The number of requests for memory of `work`. */
function requestsOf(work: () => unknown): number {
  requests = 0;
  work();
  return requests;
}

/**
 * Runs `work` once for each request for memory in it, which is refused; then once without. Returns their number.
 * @param first the first request that is refused.
 */
async function refuseEach(work: () => unknown, state: () => Promise<object>, first = 0): Promise<number> {
  for (let number = first; ; number++) {
    const before = { ...(await state()), memory: memory() };
    [requests, refused] = [0, number];
    let error: unknown;
    try {
      await work();
    } catch (thrown) {
      error = thrown;
    }
    const wasRefused = requests > number;
    refused = -1;
    if (!wasRefused) {
      expect(error).toBeUndefined();
      return number;
    }
    expect(error, `request ${number}`).toBeInstanceOf(OutOfMemoryError);
    const { usedBytes, buffers } = memory();
    const { memory: held, ...rest } = before;
    expect({ number, usedBytes, buffers }).toEqual({ number, usedBytes: held.usedBytes, buffers: held.buffers });
    expect({ number, ...(await state()) }).toEqual({ number, ...rest });
  }
}

/** The bits of all elements; a text is compared much faster than a list. */
const bits = async (list: readonly Tensor[]): Promise<string[]> =>
  Promise.all(list.map(async (x) => Buffer.from((await x.data()).buffer).toString("base64")));

/** All that a step changes. */
async function stateOf(model: ModelLayer) {
  const lstm = model.layers.find((layer) => layer.className === "LSTM") as ReturnType<typeof LSTM>;
  const { optimizer } = model;
  return {
    weights: await bits(model.weights),
    slots: await bits(optimizer?.variables ?? []),
    iterations: optimizer?.iterations,
    states: lstm.states && (await bits(lstm.states)),
    streams: streamStates(model),
  };
}

class Descent extends Optimizer {
  constructor(options: object = {}) {
    super("Descent", options, 0.1, [], ["momentum"]);
  }
  protected override update(w: Tensor, [m]: readonly Variable[], g: Tensor, learningRate: number): void {
    this.assign(m, subtract(affine(m, 0.5), affine(g, learningRate)));
    this.assign(w, subtract(w, affine(m, -1)));
  }
}

const clip = [2, 2, 4, 4, 1];

function film(): ModelLayer {
  const x = Input({ shape: clip.slice(1), batchSize: 2 } as never);
  let y = TimeDistributed(
    Conv2D({ filters: 2, kernelSize: 3, padding: "same", kernelConstraint: MaxNorm({ axis: [0, 1, 2] }) }),
  )(x);
  y = TimeDistributed(BatchNormalization({ momentum: 0.5 }))(y);
  y = ConvLSTM2D({ filters: 2, kernelSize: 2, dropout: 0.3, returnSequences: true, stateful: true })(y);
  y = TimeDistributed(Flatten())(Dropout({ rate: 0.5 })(y));
  y = LSTM({ units: 2, stateful: true, recurrentConstraint: "unitNorm", activityRegularizer: "l2" })(
    GaussianNoise({ stddev: 0.1 })(y),
  );
  return Model({ inputs: x, outputs: Dense({ units: 1, kernelRegularizer: "l1" })(y) });
}

function gradients(model: ModelLayer, x: Tensor, y: Tensor): void {
  scope(() => {
    const loss = () => meanSquaredError(y, model.compute([x], { training: true })[0]);
    valueAndGrad(loss, model.trainableWeights)();
  });
}

const optimizers: Record<string, (options: object) => Optimizer> = {
  Adam,
  SGD: (options) => SGD({ momentum: 0.9, ...options }),
  AdamW,
  RMSprop: (options) => RMSprop({ momentum: 0.5, ...options }),
  "a rule that is composed of ops": (options) => new Descent({ weightDecay: 0.01, ...options }),
  Nadam,
  "averages and accumulated gradients": (options) =>
    Adam({ useEma: true, emaOverwriteFrequency: 1, gradientAccumulationSteps: 2, ...options }),
};

describe("training", () => {
  test.each(Object.entries(optimizers))("%s: a step is made whole or not at all", async (_, make) => {
    const x = random(clip, { seed: 1 });
    const y = zeros([2, 1]);
    const started = async (): Promise<ModelLayer> => {
      setSeed(5);
      const model = film();
      gradients(model, x, y); // fills the caches of packed weights, which stay
      model.compile({ optimizer: make({ clipnorm: 0.5 }), loss: "mse", metrics: ["mae"] });
      return model;
    };
    const [model, twin] = [await started(), await started()];
    // With the first optimizer all requests; with the others those after the gradients.
    const [inGradients] = [model, twin].map((each) => requestsOf(() => gradients(each, x, y)));
    const first = make === Adam ? 0 : inGradients;
    const logs: unknown[] = [];
    const number = await refuseEach(
      async () => logs.push(await model.trainOnBatch(x, y)),
      () => stateOf(model),
      first,
    );
    expect(number - first).toBeGreaterThan(20);
    logs.push(await model.trainOnBatch(x, y));
    expect(logs).toEqual([await twin.trainOnBatch(x, y), await twin.trainOnBatch(x, y)]);
    expect(await stateOf(model)).toEqual(await stateOf(twin));
  });
});

describe("without fit", () => {
  const make = (): ModelLayer => {
    setSeed(5);
    const model = film();
    gradients(model, random(clip, { seed: 1 }), zeros([2, 1]));
    return model;
  };

  test("a batch of predict or evaluate that fails leaves the states of recurrent layers", async () => {
    const model = make();
    model.compile({ loss: "mse" });
    const [x, y] = [random(clip, { seed: 1 }), zeros([2, 1])];
    for (let i = 0; i < 2; i++) (await model.predict(x)).dispose(); // fills the caches of inference
    await refuseEach(
      async () => (await model.predict(x)).dispose(),
      () => stateOf(model),
    );
    await refuseEach(
      () => model.evaluate(x, y),
      () => stateOf(model),
    );
    await refuseEach(
      () => model.compute([x])[0].dispose(),
      () => stateOf(model),
    );
  });

  test("a first predict that fails is made good by the next, and dispose frees what it kept", async () => {
    const x = random(clip, { seed: 1 });
    const right = film();
    const forget = ({ layers }: ModelLayer) =>
      layers.forEach((layer) => (layer as { resetStates?(): void }).resetStates?.());
    forget(right);
    const wanted = await bits([await right.predict(x)]);
    for (let number = 0, wasRefused = true; wasRefused; number++) {
      const { buffers, usedBytes } = memory();
      const model = film();
      model.setWeights(right.weights);
      forget(model);
      [requests, refused] = [0, number];
      const [failed] = await Promise.allSettled([model.predict(x)]);
      wasRefused = requests > number;
      refused = -1;
      if (failed.status === "fulfilled") failed.value.dispose();
      else expect(failed.reason).toBeInstanceOf(OutOfMemoryError);
      expect(failed.status === "rejected").toBe(wasRefused);
      forget(model);
      const y = await model.predict(x);
      expect(await bits([y])).toEqual(wanted);
      y.dispose();
      model.dispose();
      expect({ number, ...memory() }).toMatchObject({ number, buffers, usedBytes });
    }
  });

  test("valueAndGrad and apply by hand are each made whole or not at all", async () => {
    const model = make();
    const optimizer = Adam({ globalClipnorm: 1 });
    const [x, y] = [random(clip, { seed: 1 }), zeros([2, 1])];
    const loss = () => meanSquaredError(y, model.compute([x], { training: true })[0]);
    const step = valueAndGrad(loss, model.trainableWeights);
    const state = async () => ({ ...(await stateOf(model)), slots: await bits(optimizer.variables) });
    const results: ReturnType<typeof step>[] = [];
    await refuseEach(() => results.push(step()), state);
    expect(results).toHaveLength(1);
    const { grads } = results[0];
    expect(await refuseEach(() => optimizer.apply(grads), state)).toBeGreaterThan(20);
    expect(optimizer.iterations).toBe(1);
    expect(grads.every((gradient) => gradient.isDisposed)).toBe(true);
  });

  test("a layer that could not be built or called has no weights, and is built by the next call", async () => {
    const x = random([2, 3], { seed: 1 });
    for (const layer of [Dense({ units: 2 }), BatchNormalization()]) {
      const weights = () => ({ built: layer.built, weights: layer.weights.length });
      await refuseEach(
        () => layer(x, { training: true }).dispose(),
        async () => weights(),
      );
      expect(weights()).toEqual({ built: true, weights: layer.className === "Dense" ? 2 : 4 });
    }
  });

  test("what setWeights and assign cannot take changes nothing", async () => {
    const layer = Dense({ units: 2 });
    layer(zeros([1, 2])).dispose();
    const before = await bits(layer.weights);
    const bias = { data: [1, 1], shape: [2] };
    const odd = [[1, 2, 3], [1, 2, 3, "4"], [1, 2, 3, 4n], "1234", null, undefined, { length: 4 }];
    for (const data of odd) {
      expect(() => layer.setWeights([bias, { data, shape: [2, 2] } as never].reverse())).toThrow(ZoetropeError);
      expect(() => layer.kernel.assign(data as never)).toThrow(ZoetropeError);
    }
    expect(() =>
      layer.setWeights([
        { data: [1, 2, 3, 4], shape: [2, 2] },
        { data: [1], shape: [2] },
      ]),
    ).toThrow(ShapeError);
    expect(await bits(layer.weights)).toEqual(before);
    await setBackend(createReferenceBackend());
    const elsewhere = zeros([2, 2]);
    expect(() => layer.kernel.assign(elsewhere)).toThrow(/received \[2, 2\] on reference/);
    expect(await bits(layer.weights)).toEqual(before);
  });

  test("an error in a transaction restores variables that were assigned in it, and only then", async () => {
    const v = new Variable("v", [2]).assign([1, 2]);
    const failing = valueAndGrad(() => {
      v.assign([3, 4]);
      v.assign([5, 6]);
      throw new Error("no");
    }, []);
    expect(failing).toThrow("no");
    expect([...(await v.data())]).toEqual([1, 2]);
    const { buffers } = memory();
    valueAndGrad(() => (v.assign([3, 4]), zeros([])), [v])().grads[0].dispose();
    expect([...(await v.data())]).toEqual([3, 4]);
    expect(memory().buffers).toBe(buffers + 1); // the value
  });
});

describe("memory is asked for before values are computed", () => {
  test("for weights, random tensors, noise and resized frames", () => {
    const initializer = vi.fn(() => []);
    const draws = vi.spyOn(RandomStream.prototype, "bits");
    const { buffers, usedBytes } = memory();
    const huge = 2 ** 31;
    const works: (() => unknown)[] = [
      () => Dense({ units: 1e9, kernelInitializer: initializer })(Input({ shape: [4] })),
      () => Dense({ units: huge, kernelInitializer: "orthogonal" })(Input({ shape: [4] })),
      () => Dense({ units: 1e9, kernelInitializer: "heNormal" })(Input({ shape: [4] })),
      () => random([huge]),
      () => scope(() => resize2d(zeros([1, 2, 2, 1]), [2 ** 20, 2 ** 20])),
      () => scope(() => resize2d(zeros([1, 2, 2, 1]), [huge, 1])),
    ];
    for (const work of works) expect(work).toThrow(ZoetropeError);
    expect(initializer).not.toHaveBeenCalled();
    expect(draws).not.toHaveBeenCalled();
    expect(memory()).toMatchObject({ buffers, usedBytes });
    draws.mockRestore();
  });

  test("an orthogonal matrix that takes too long is refused", () => {
    const draws = vi.spyOn(RandomStream.prototype, "bits");
    const initializer = getInitializer("test", "orthogonal");
    expect(() => initializer([8192, 8192])).toThrow("orthogonal: [8192, 8192] is too large; use another initializer.");
    expect(draws).not.toHaveBeenCalled();
    draws.mockRestore();
  });
});
