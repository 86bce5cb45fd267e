// What is written is read again, bit for bit, or is refused before anything is written.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ArgumentError, type ZoetropeError } from "../../src/errors.js";
import { writeHdf5 } from "../../src/formats/hdf5/write.js";
import {
  layerFromConfig,
  loadModel,
  loadWeights,
  readMetadata,
  saveModel,
  saveWeights,
} from "../../src/formats/index.js";
import {
  BatchNormalization,
  callable,
  clearNames,
  Dense,
  Dropout,
  Flatten,
  Input,
  Layer,
  LSTM,
  Model,
  type ModelLayer,
  registerLayer,
  Sequential,
  setSeed,
  type Tensor,
  TimeDistributed,
} from "../../src/index.js";
import { Chance } from "../support/hostile/mutate.js";
import { readInPlace } from "../support/hostile/inPlace.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
  readInPlace(true);
});

const names = [
  ...["ü", "层", "🦁", "a b", " ", ".", "..", "a:b", "a\\b", "vars", "layers", "cell", "name", "toString", "__proto__"],
  ...["constructor", "a\0b", "a\nb", "\ud800", "x".repeat(70_000), "__metadata__", "optimizer", "1", "%2e", "kernel"],
];

class ScaleLayer extends Layer {
  static override className = "层";
  override build() {
    this.addWeight("kernel", [2], "ones");
    this.addWeight("kernel", [1], "zeros"); // two of one name
    this.addWeight("kernel_1", [1], "zeros");
  }
  override call([x]: Tensor[]) {
    return [x];
  }
  override computeOutputShape(shapes: (number | null)[][]) {
    return shapes;
  }
}
registerLayer(ScaleLayer);
const Scale = callable(ScaleLayer);

/** A model by chance, of layers with odd names, some with layers inside, compiled or not. */
function modelBy(chance: Chance): ModelLayer {
  const unused = [...names];
  const name = () => unused.splice(chance.below(unused.length), 1)[0];
  const x = Input({ shape: [3, 2], name: name() });
  let y = x;
  for (let i = chance.below(4); i >= 0; i--) {
    const inner = Sequential([Input({ shape: [2] }), Dense({ units: 2, name: name() })]);
    const makers = [
      () => TimeDistributed(Dense({ units: 2, name: name() }), { name: name() })(y),
      () => TimeDistributed(inner, { name: name() })(y),
      () => BatchNormalization({ name: name() })(y),
      () => LSTM({ units: 2, returnSequences: true, name: name() })(y),
      () => Dropout({ rate: 0.5, name: name() })(y),
      () => Scale({ name: name() })(y),
    ];
    y = makers[chance.below(makers.length)]() as typeof y;
  }
  const model = Model({ inputs: x, outputs: Dense({ units: 1, name: name() })(Flatten({ name: name() })(y)) });
  if (chance.below(2) === 0) model.compile({ optimizer: chance.of(["adam", "sgd", "rmsprop"]), loss: "mse" });
  return model;
}

async function bitsOf(model: ModelLayer): Promise<[string, number[]][]> {
  return Promise.all(
    model.weights.map(async (weight) => [weight.name, [...new Uint8Array((await weight.data()).slice().buffer)]]),
  );
}

describe("models by chance", () => {
  test.each(Array.from({ length: 24 }, (_, seed) => seed))("number %i", async (seed) => {
    const chance = new Chance(seed);
    const model = modelBy(chance);
    if (model.optimizer) await model.trainOnBatch([[[1, 2], [3, 4], [5, 6]]], [[1]]); // prettier-ignore
    const metadata = Object.fromEntries(names.filter((name) => name !== "__proto__").map((name) => [name, name]));
    const wanted = await bitsOf(model);
    const own = await loadModel(await saveModel(model, undefined, { metadata }));
    expect(await bitsOf(own)).toEqual(wanted);
    expect(own.metadata).toEqual(metadata);
    expect(own.layers.map((layer) => layer.name)).toEqual(model.layers.map((layer) => layer.name));
    expect(own.optimizer?.iterations).toBe(model.optimizer?.iterations);
    const keras = await loadModel(await saveModel(model, undefined, { format: "keras" }));
    expect((await bitsOf(keras)).map(([, bits]) => bits)).toEqual(wanted.map(([, bits]) => bits));
    for (const format of ["safetensors", "weights.h5"] as const) {
      const bytes = await saveWeights(model, undefined, { format });
      for (const weight of own.weights) weight.assign(new Float32Array(weight.size));
      await loadWeights(own, bytes);
      expect(await bitsOf(own)).toEqual(wanted);
    }
  });
});

describe("sizes", () => {
  const line = () => Sequential([Input({ shape: [2] }), Dense({ units: 1 })]);

  test("20 MB of metadata, and quotes that become longer in a header", async () => {
    const metadata = { labels: "x".repeat(2e7), quotes: '"\\'.repeat(1e6) };
    const bytes = await saveModel(line(), undefined, { metadata });
    expect((await loadModel(bytes)).metadata).toEqual(metadata);
    expect(await readMetadata(bytes)).toEqual(metadata);
  });

  test("weights that could be compressed a thousand times", async () => {
    const model = Sequential([Input({ shape: [1000] }), Dense({ units: 10_000, kernelInitializer: "zeros" })]);
    const loaded = await loadModel(await saveModel(model, undefined, { format: "keras" }));
    expect(loaded.countParams()).toBe(10_010_000);
  });

  const nested = (depth: number) => {
    let model = line();
    for (let i = 0; i < depth; i++) model = Sequential([Input({ shape: [2] }), model]);
    return model;
  };

  test.each([
    ["safetensors", 24],
    ["keras", 14],
  ] as const)("models inside each other in %s: %i are read", async (format, depth) => {
    const model = nested(depth);
    expect(await bitsOf(await loadModel(await saveModel(model, undefined, { format })))).toEqual(await bitsOf(model));
  });

  const refused: [string, () => Promise<unknown>, RegExp][] = [
    [
      "60 levels",
      () => saveModel(nested(60)),
      /"sequential_60": holds something that no file .*deeper than 100 levels/,
    ],
    ["15 levels in HDF5", () => saveModel(nested(15), undefined, { format: "keras" }), /needs 33 levels.*; save as \.safetensors\.$/], // prettier-ignore
    [
      "endless layers",
      () => {
        let layer: Layer = Dense({ units: 1 });
        for (let i = 0; i < 2000; i++) layer = TimeDistributed(layer);
        return saveModel(Sequential([Input({ shape: [...Array<number>(2000).fill(1), 2] }), layer]));
      },
      /holds something that no file can hold/,
    ],
    [
      "more groups than are read",
      () => {
        const datasets = new Map(Array.from({ length: 100_001 }, (_, i) => [String(i), { shape: [0], data: new Float32Array(0) }])); // prettier-ignore
        return writeHdf5("here", { datasets });
      },
      /needs 0 levels of layers and 100001 of their groups/,
    ],
    ["110 MB of metadata", () => saveModel(line(), undefined, { metadata: { a: "x".repeat(1.1e8) } }), /at most 99999992 fit/], // prettier-ignore
    [
      "endless calls",
      () => {
        const x = Input({ shape: [2] });
        let model: ModelLayer = Model({ inputs: x, outputs: Dense({ units: 2 })(x) });
        for (let i = 0; i < 17; i++) {
          const inner = model as ModelLayer & ReturnType<typeof Dense>;
          model = twice(inner);
        }
        return saveModel(model);
      },
      /one call comes to 131072 calls of layers; a file may have 65536/,
    ],
    ["the name of a slot", () => saveWeights(Sequential([Input({ shape: [2] }), Dense({ units: 1, name: "optimizer:a" })])), /rename it/], // prettier-ignore
    ["no name, in Keras", () => saveModel(Sequential([Input({ shape: [2] }), Dense({ units: 1, name: "" })]), undefined, { format: "keras" }), /no empty ones/], // prettier-ignore
    ["a key that is not read", () => saveModel(compiledBy("constructor")), /the key "constructor" is not allowed/],
    ...[null, "text", ["a"], new Map([["a", "b"]])].map((metadata): [string, () => Promise<unknown>, RegExp] => [
      `metadata that is ${JSON.stringify(metadata)}`,
      () => saveModel(line(), undefined, { metadata: metadata as never }),
      /metadata is \S+; expected texts by name/,
    ]),
    ["a text that is none", () => saveModel(line(), undefined, { metadata: { a: 5n as never } }), /"a" is bigint/],
  ];
  const twice = (inner: Layer & ReturnType<typeof Dense>) => {
    const x = Input({ shape: [2] });
    return Model({ inputs: x, outputs: inner(inner(x)) });
  };
  const compiledBy = (key: string) => {
    const x = Input({ shape: [2] });
    const model = Model({ inputs: x, outputs: [Dense({ units: 1, name: key })(x), Dense({ units: 1 })(x)] });
    model.compile({ optimizer: "sgd", loss: { [key]: "mse", dense: "mse" } });
    return model;
  };
  test.each(refused)("refused on writing: %s", async (_, save, message) => {
    const error = (await save().catch((reason: unknown) => reason)) as ZoetropeError;
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(message);
  });

  test("what a caller has that JSON has not is said in a typed error", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const steps of [cycle, 5n]) {
      const { calls: [call], ...config } = line().getConfig(); // prettier-ignore
      const described = { className: "Functional", config: { ...config, calls: [{ ...call, options: { steps } }] } };
      expect(() => layerFromConfig(described)).toThrow(/call option steps is \w+; only training and steps are kept/);
    }
  });

  test("a file with thousands of groups is not given up while its reader advances", async () => {
    readInPlace(false);
    vi.spyOn(process, "cpuUsage").mockImplementation(() => ({ user: 1e12, system: 0 })); // no patience
    const datasets = new Map(Array.from({ length: 6000 }, (_, i) => [String(i), { shape: [1], data: Float32Array.of(i) }])); // prettier-ignore
    const model = Sequential([Input({ shape: [2] }), Dense({ units: 1 })]);
    const attempt = loadWeights(model, await writeHdf5("here", { datasets }));
    await expect(attempt).rejects.toThrow(/holds 0 arrays/); // it was read
    vi.restoreAllMocks();
  });
});
