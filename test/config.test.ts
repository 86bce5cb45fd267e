// Layers and models as plain data, and back.
import { build } from "esbuild";
import { beforeEach, describe, expect, test } from "vitest";
import {
  layerFromConfig,
  loadModel,
  registerLayer as registerInFormats,
  registerLayers,
  saveModel,
} from "../src/formats/index.js";
import {
  Add,
  ArgumentError,
  BatchNormalization,
  callable,
  clearNames,
  Concatenate,
  Dense,
  DenseLayer,
  Dropout,
  Flatten,
  getInitializer,
  Input,
  L2,
  Layer,
  type LayerCall,
  type LayerOptions,
  LSTM,
  Model,
  ModelLayer,
  multiply,
  type PartialShape,
  registerLayer,
  relu,
  Reshape,
  Sequential,
  type SymbolicTensor,
  tensor,
  type Tensor,
  TimeDistributed,
  type Variable,
} from "../src/index.js";
import { numbers } from "./support/cases/case.js";

beforeEach(clearNames);

/** Through JSON, as a file does it. */
const plainly = (model: ModelLayer, isCut = false): ModelLayer & LayerCall => {
  const text = JSON.stringify(model.getConfig());
  clearNames();
  const again = layerFromConfig({ className: model.className, config: JSON.parse(text) as object });
  // Where a network was cut, an Input stands now.
  if (!isCut) expect(JSON.parse(JSON.stringify(again.getConfig()))).toEqual(JSON.parse(text));
  return again as ModelLayer & LayerCall;
};

/** The same outputs for the same weights. */
async function expectAlike(model: ModelLayer, again: ModelLayer): Promise<void> {
  expect(again.weights.map(({ name }) => name)).toEqual(model.weights.map(({ name }) => name));
  model.weights.forEach((weight, i) => weight.assign(numbers(weight.size, i + 1)));
  again.setWeights(await model.getWeights());
  const x = model.inputs.map(({ shape }, i) => {
    const sizes = shape.map((size) => size ?? 4);
    return { data: numbers(sizes.reduce((a, b) => a * b), i + 1), shape: sizes }; // prettier-ignore
  });
  const results = await Promise.all(
    [model, again].map(async (one) =>
      Promise.all([await one.predict<Tensor | Tensor[]>(x)].flat().map((y) => y.data())),
    ),
  );
  expect(results[1]).toEqual(results[0]);
}

// ── layers ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("a layer's config holds its options, its name, and whether it is trained", () => {
  const layer = Dense({
    units: 3,
    activation: "relu",
    kernelRegularizer: L2({ l2: 0.5 }),
    kernelInitializer: { className: "HeNormal", config: { seed: 3 } },
  });
  layer.trainable = false;
  const config = {
    name: "dense",
    units: 3,
    activation: "relu",
    kernelRegularizer: { className: "L2", config: { l2: 0.5 } },
    kernelInitializer: { className: "HeNormal", config: { seed: 3 } },
    trainable: false,
  };
  expect(layer.getConfig()).toEqual(config);
  const again = DenseLayer.fromConfig(config);
  expect(again).toBeInstanceOf(DenseLayer);
  expect(again.getConfig()).toEqual(config);
  expect(again.trainable).toBe(false);
});

test.each<[string, () => Layer, string]>([
  [
    "an activation",
    () => Dense({ units: 1, name: "d", activation: (x: Tensor) => relu(x) }),
    'Dense "d": options.activation',
  ],
  [
    "an initializer",
    () => Dense({ units: 1, name: "d", biasInitializer: getInitializer("test", "ones") }),
    'Dense "d": options.biasInitializer',
  ],
  [
    "inside",
    () => TimeDistributed(Dense({ units: 1, name: "d", activation: (x: Tensor) => x })),
    'Dense "d": options.activation',
  ],
])("a user-defined function is an error that says where: %s", (_, make, where) => {
  const layer = make();
  expect(() => layer.getConfig()).toThrow(ArgumentError);
  expect(() => layer.getConfig()).toThrow(`${where} has no config; give a name, or a registered layer.`);
});

test("a wrapper's config holds the layer inside, and makes a new one", () => {
  registerLayers();
  const layer = TimeDistributed(Dense({ units: 2 }), { statistics: "clip" });
  const config = layer.getConfig();
  expect(config).toEqual({
    name: "time_distributed",
    layer: { className: "Dense", config: { name: "dense", units: 2, trainable: true } },
    statistics: "clip",
    trainable: true,
  });
  const again = (layer.constructor as typeof Layer).fromConfig(config) as typeof layer;
  expect(again.layer).toBeInstanceOf(DenseLayer);
  expect(again.layer).not.toBe(layer.layer);
});

// ── graphs ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("models", () => {
  test("with layers that are shared, several inputs and outputs, lists", async () => {
    const [a, b] = [Input({ shape: [3], name: "a" }), Input({ shape: [3], name: "b" })];
    const shared = Dense({ units: 3, activation: "tanh" });
    const sum = Add()([shared(a), shared(shared(b))]);
    const joined = Concatenate()([sum, a]);
    const model = Model({ inputs: [a, b], outputs: [Dense({ units: 2 })(joined), sum] });
    const again = plainly(model);
    expect(again.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(again.getLayer("dense").nodes).toHaveLength(3);
    await expectAlike(model, again);
    const direct = ModelLayer.fromConfig(model.getConfig());
    expect(direct.getConfig()).toEqual(model.getConfig());
  });

  test("inside of models, under TimeDistributed, Sequential, and with one output in a list", async () => {
    const inner = Sequential([Input({ shape: [4] }), Dense({ units: 2 }), Dropout({ rate: 0.5 })]);
    const x = Input({ shape: [3, 4] });
    const y = TimeDistributed(inner)(x);
    const nested = Model({ inputs: x, outputs: [LSTM({ units: 2 })(y)] });
    const z = Input({ shape: [12] });
    const model = Model({
      inputs: z,
      outputs: Flatten()((nested(Reshape({ targetShape: [3, 4] })(z)) as unknown as SymbolicTensor[])[0]),
    });
    const again = plainly(model);
    await expectAlike(model, again);
    const [innerAgain] = again
      .getLayer("functional")
      .sublayers.filter(({ className }) => className === "TimeDistributed");
    expect((innerAgain.sublayers[0] as ModelLayer).layers.map(({ className }) => className)).toEqual([
      "Dense",
      "Dropout",
    ]);
    expect(again.outputs).toHaveLength(1);
  });

  test("with call options: a frozen batch normalization stays frozen", async () => {
    const x = Input({ shape: [3] });
    const model = Model({ inputs: x, outputs: BatchNormalization()(x, { training: false }) });
    const again = plainly(model);
    again.compile({ optimizer: "sgd", loss: "mse" });
    const data = { data: numbers(12, 1), shape: [4, 3] };
    await again.trainOnBatch(data, data);
    const [, , mean, variance] = await again.getWeights();
    expect([Array.from(mean.data), Array.from(variance.data)]).toEqual([[0, 0, 0], [1, 1, 1]]); // prettier-ignore
  });

  test("with initial states from another layer: an encoder and a decoder", async () => {
    const [source, target] = [Input({ shape: [4, 2] }), Input({ shape: [3, 2] })];
    const [, h, c] = LSTM({ units: 3, returnState: true })(source);
    const decoder = LSTM({ units: 3, returnSequences: true, name: "decoder" });
    const model = Model({ inputs: [source, target], outputs: decoder(target, { initialState: [h, c] }) });
    await expectAlike(model, plainly(model));
  });

  test("cut out of a larger network", async () => {
    const x = Input({ shape: [3] });
    const first = Dense({ units: 4, name: "first" });
    const middle = first(x);
    const end = Dense({ units: 2, name: "last" })(middle);
    const model = Model({ inputs: middle, outputs: end });
    const again = plainly(model, true);
    expect(again.inputs[0].shape).toEqual([null, 4]);
    await expectAlike(model, again);
    await expectAlike(model, await loadModel(await saveModel(model)));
    const twice = Model({ inputs: middle, outputs: [end, Dense({ units: 4, name: "third" })(middle)] });
    await expectAlike(twice, plainly(twice, true));
  });

  test("with a batch of fixed size, and inputs that no output needs", async () => {
    const [a, b] = [Input({ shape: [2], batchSize: 4 }), Input({ shape: [5], name: "unused" })];
    const model = Model({ inputs: [b, a], outputs: Dense({ units: 1 })(a) });
    const again = plainly(model);
    expect(again.inputs.map(({ shape }) => shape)).toEqual([[null, 5], [4, 2]]); // prettier-ignore
    await expectAlike(model, again);
  });
});

// ── user-defined ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface ScaleOptions extends LayerOptions {
  by: number;
}

class ScaleLayer extends Layer {
  static override className = "Scale";
  readonly by: number;
  scale!: Variable;

  constructor(options: ScaleOptions) {
    super(options, ["by"]);
    this.by = options.by;
  }

  override build([shape]: PartialShape[]): void {
    this.scale = this.addWeight("scale", [shape.at(-1)!], () => new Array<number>(shape.at(-1)!).fill(this.by));
  }

  override call([x]: Tensor[]): Tensor[] {
    return [multiply(x, this.scale)];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}
const Scale = callable(ScaleLayer);

test("a user-defined layer can be saved and loaded once its class is registered", async () => {
  const model = Sequential([Input({ shape: [2] }), Scale({ by: 3 })]);
  const bytes = await saveModel(model);
  await expect(loadModel(bytes)).rejects.toThrow(
    'its architecture: Unknown layer "Scale"; call registerLayer with its class, or registerLayers().',
  );
  registerLayer(ScaleLayer);
  const again = await loadModel(bytes);
  const y = again(tensor([[1, 2]]));
  expect(Array.from(await y.data())).toEqual([3, 6]);
  expect((again.layers[0] as ScaleLayer).by).toBe(3);
  expect(registerInFormats).toBe(registerLayer);
  registerLayer({ className: "Nothing", fromConfig: () => 1 } as never);
  expect(() => layerFromConfig({ className: "Nothing", config: {} })).toThrow(
    /^layerFromConfig: fromConfig of "Nothing" gave .*1.*; expected a layer\.$/,
  );
  class Nameless extends ScaleLayer {}
  expect(() => registerLayer(Nameless)).toThrow("registerLayer: expected a class with a static className");
});

test("without the readers of files, only registered layers are known", async () => {
  const bundle = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: ".", loader: "ts" },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2022",
    });
    return outputFiles[0].text;
  };
  const own = await bundle('export { Dense, Input, Model, registerLayer, TimeDistributed } from "./src/index.js";');
  const files = await bundle('export { loadModel } from "./src/formats/index.js";');
  for (const name of ["ConvLSTM2D", "Embedding", "MaxPooling2D"]) {
    expect(own).not.toContain(`"${name}"`);
    expect(files).toContain(`"${name}"`);
  }
  expect(own).not.toContain("safetensors");
  expect(files).not.toMatch(/\b(import|from)\s*\(?\s*["'`]node:/);
});
