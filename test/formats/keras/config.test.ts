// Models as Keras describes them: configs of real Keras (test/fixtures/make_configs.py) are read, and written again without
// change.
import { writeFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fromKerasConfig, toKerasConfig } from "../../../src/formats/keras/config/kerasConfig.js";
import { asOptions, layerTable, notKeras } from "../../../src/formats/keras/config/layerTable.js";
import { fromJson } from "../../../src/formats/json.js";
import { layerFromConfig } from "../../../src/formats/index.js";
import { type CustomFunctions, restoreTraining } from "../../../src/formats/training.js";
import { FileError } from "../../../src/errors.js";
import {
  Activation,
  affine,
  ArgumentError,
  clearNames,
  ConvLSTM2DCell,
  Dense,
  Flatten,
  GRU,
  init,
  Input,
  Layer,
  type LayerCall,
  type LayerOptions,
  type Loss,
  meanAbsoluteError,
  Model,
  type ModelLayer,
  type OneOrMany,
  type PartialShape,
  registerLayer,
  Reshape,
  RNN,
  SGD,
  type Shape,
  type SymbolicTensor,
  type Tensor,
  TimeDistributed,
} from "../../../src/index.js";
import { layerOf, layerRows } from "../../support/cases/layers.js";
import { loadCases } from "../../support/keras.js";

type Json = Record<string, unknown>;
interface Case {
  name: string;
  config: Json;
  /** Of the model that Keras makes of it: the shape of each weight, whether it is trained; shapes of outputs. */
  weights: [shape: number[], trained: boolean][];
  outputs: (number | null)[][];
}
const cases = loadCases<Case>("kerasConfigs");
const keras2Cases = loadCases<Case>("keras2Configs");

/** What the models of "their own" were compiled with. */
const functions: CustomFunctions = { own_loss: meanAbsoluteError, CosineDecay: () => 0.1 };

beforeAll(() => init());
beforeEach(() => clearNames());

/** The model that a reader of files makes. */
function modelOf(config: unknown, kerasVersion = "3.15.1"): ModelLayer {
  const { model, training } = fromKerasConfig("file", fromJson(JSON.stringify(config)), { kerasVersion });
  const made = layerFromConfig(model) as ModelLayer;
  if (training) restoreTraining("file", made, training, functions);
  return made;
}

function checkFacts(model: ModelLayer, { weights, outputs }: Case, all = model.weights): void {
  const trained = new Set(model.trainableWeights);
  expect(all.map((weight) => [weight.shape, trained.has(weight)])).toEqual(weights);
  expect(model.outputs.map(({ shape }) => shape)).toEqual(outputs);
}

// ── reading and writing ───────────────────────────────────────────────────────────────────────────────────────────────

/** Options of Keras that have only one value here, and those without effect. */
const fixed: Json = {
  ...{ dtype: "float32", sparse: false, ragged: false, optional: false, encoding: "utf-8", oov_method: "floormod" },
  ...{ synchronized: false, renorm: false, renorm_momentum: 0.99, rms_scaling: false, fill_mode: "constant" },
};
const silent = ["registered_name", "build_config", "build_input_shape", "compile_config", "mask", "training", "vocabulary_size"]; // prettier-ignore

/** What matters in a config: without those options, without null, and without the operations of masks, which Keras adds by itself. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isOperation(item)).map(essence);
  if (!(value instanceof Object)) return value;
  const { class_name, config } = value as Json;
  if (class_name === "DTypePolicy") return (config as Json).name;
  const isEmpty = (item: unknown) => item instanceof Object && Object.keys(item).length === 0;
  const entries = Object.entries(value).map(([key, item]) => [key, essence(item)] as const);
  return Object.fromEntries(
    entries.filter(([key, item]) => item !== null && !silent.includes(key) && fixed[key] !== item && !isEmpty(item)),
  );
}
const isOperation = (item: unknown) => item instanceof Object && String((item as Json).module).includes(".ops.");
/** As a file has it. */
const written = (model: ModelLayer) => JSON.parse(JSON.stringify(toKerasConfig(model).config)) as Json;

/** How a model was compiled: losses and metrics by name, as they may be objects; options of the optimizer that say something. */
function compileWords({ compile_config }: Json): unknown {
  const { optimizer, loss, metrics, loss_weights } = (compile_config ?? {}) as Json;
  if (!optimizer) return undefined;
  const { class_name, config } = optimizer as { class_name: string; config: Record<string, unknown> };
  const options = Object.entries(config).filter(([key, value]) => typeof value === "number" && value > 1e-300 && key !== "ema_momentum"); // prettier-ignore
  const name = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(name);
    if (typeof value === "string") return value.replace(/_/g, "");
    if (!(value instanceof Object)) return value;
    const { class_name: made, config: inside } = value as { class_name?: string; config: unknown };
    if (made === "function") return name(inside);
    if (made) return made.toLowerCase();
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, name(item)]));
  };
  return { class_name, options: Object.fromEntries(options), loss: name(loss), metrics: name(metrics), loss_weights };
}

/** To be checked by real Keras: test/fixtures/check_configs.py. */
function dump(name: string, content: object): void {
  const folder = process.env.KERAS_CONFIGS;
  if (folder)
    writeFileSync(`${folder}/${name.replace(/[^a-z0-9]+/gi, "_")}.json`, JSON.stringify({ name, ...content }));
}

/** Cases whose form changes: objects of inputs and outputs become lists, nested lists flat ones, operations layers. */
const changed = [
  "a model of dictionaries inside",
  "RNN of cells",
  "TimeDistributed, itself frozen",
  "sums without layers",
  "attention whose arguments are named",
];

describe("Keras 3", () => {
  test.each(cases)("$name", (given) => {
    const model = modelOf(given.config);
    checkFacts(model, given);
    if (given.name.includes("their own")) return;
    const again = written(model);
    dump(given.name, { ours: again });
    const isLegacy = "model_config" in given.config;
    if (!isLegacy && ![...changed, "Dense 2", "StringLookup 2"].includes(given.name)) {
      expect(essence(again)).toEqual(essence(given.config));
    }
    if (given.config.compile_config) expect(compileWords(again)).toEqual(compileWords(given.config));
    // And once more, from what was written.
    clearNames();
    const twice = modelOf(again);
    checkFacts(twice, given);
    expect(twice.getConfig()).toEqual(model.getConfig());
    expect(written(twice)).toEqual(again);
  });
});

test("every layer that Keras has is among the cases", () => {
  const text = JSON.stringify(cases);
  const missing = Object.keys(layerRows).filter((name) => !text.includes(`"class_name":"${name}"`));
  expect(missing.sort()).toEqual([...Object.keys(notKeras), ...Object.keys(asOptions)].sort());
});

test("every layer that is exported has a row in the table of options, in notKeras or in asOptions", () => {
  const models = ["InputLayer", "Functional", "Sequential"];
  const known = [...Object.keys(layerTable), ...Object.keys(notKeras), ...Object.keys(asOptions), ...models];
  expect(Object.keys(layerRows).sort()).toEqual(known.sort());
});

// ── writing and reading ───────────────────────────────────────────────────────────────────────────────────────────────

const rows = Object.entries(layerRows)
  .filter(([name]) => name !== "InputLayer" && !(name in notKeras) && !(name in asOptions))
  .flatMap(([name, list]) => list.map((row, i) => ({ name, row, title: `${name} ${i + 1}` })));

describe("ours", () => {
  test.each(rows)("$title", ({ name, row, title }) => {
    const shapes = (Array.isArray(row.input[0]) ? row.input : [row.input]) as Shape[];
    const inputs = shapes.map(([, ...shape]) => Input({ shape, ...(row.strings && { dtype: "string" as const }) }));
    const layer = layerOf(name, row) as Layer & LayerCall;
    const outputs = (layer as (x: unknown) => OneOrMany<SymbolicTensor>)(inputs.length > 1 ? inputs : inputs[0]);
    const model = Model({ inputs, outputs });
    const config = written(model);
    dump(`ours ${title}`, {
      ours: config,
      weights: model.weights.map(({ shape }) => shape),
      outputs: model.outputs.map(({ shape }) => shape),
    });
    clearNames();
    const again = modelOf(config);
    expect(again.weights.map(({ shape, name }) => [name, shape])).toEqual(
      model.weights.map(({ shape, name }) => [name, shape]),
    );
    expect(again.outputs.map(({ shape }) => shape)).toEqual(model.outputs.map(({ shape }) => shape));
    expect(written(again)).toEqual(config);
  });
});

// ── Keras 2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of a layer of a model, wherever it lies. */
function optionsOf(root: Layer, name: string): Json {
  const find = (layer: Layer): Layer | undefined =>
    layer.name === name && layer !== root ? layer : layer.sublayers.map(find).find((found) => found);
  return JSON.parse(JSON.stringify(find(root)!.getConfig())) as Json;
}

describe("Keras 2", () => {
  test.each(keras2Cases)("$name", (given) => {
    const model = modelOf(given.config, "2.21.0");
    // In Keras 2 those that are not trained come last in each layer.
    checkFacts(model, given, model.layers.flatMap((layer) => [...layer.trainableWeights, ...layer.nonTrainableWeights])); // prettier-ignore
  });

  const model = (name: string) => modelOf(keras2Cases.find((given) => given.name === name)!.config, "2.21.0");

  test("its options mean what they meant in Keras 2", () => {
    const seed = model("the seed model, smaller");
    expect(optionsOf(seed, "memory")).toMatchObject({ recurrentActivation: "hardSigmoidKeras2" });
    expect(optionsOf(seed, "td")).toMatchObject({ statistics: "clip" });
    expect(optionsOf(seed, "conv_bn")).toMatchObject({ axis: 3 });
    expect(optionsOf(seed, "conv_dw_relu").negativeSlope).toBeCloseTo(0.1, 7);
    expect(optionsOf(seed, "conv_relu")).toMatchObject({ maxValue: 6, negativeSlope: 0, threshold: 0 });
    expect(optionsOf(model("Sequential without Input"), "forward_gru")).toMatchObject({
      recurrentActivation: "hardSigmoidKeras2",
    });
    expect(optionsOf(model("many layers"), "dense").activation).toMatchObject({ className: "leakyRelu" });
  });

  test("calls of nested models are found, of which Keras 2 counts their own as the first", () => {
    const shared = model("shared layers and models");
    const calls = (name: string) => shared.graph.filter(({ layer }) => layer.name === name);
    expect([calls("dense").length, calls("twice").length, calls("once").length]).toEqual([3, 2, 1]);
    expect(shared.outputs.map(({ node }) => node.layer.name)).toEqual(["sum", "once"]);
    const [, second] = calls("twice");
    expect(second.inputs[0].node).toBe(calls("twice")[0]);
  });

  test("arguments of calls are read: initial states and training", () => {
    const states = model("initial states and training");
    const call = (name: string) => states.graph.find(({ layer }) => layer.name === name)!;
    expect(call("decoder").inputs.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(call("dropout").options).toEqual({ training: true });
  });

  test("the model is compiled as it was", () => {
    const seed = model("the seed model, smaller");
    expect(seed.optimizer!.name).toBe("Adam");
    expect(seed.optimizer!.getConfig()).toMatchObject({ beta1: 0.9, epsilon: 1e-6 });
    expect(seed.optimizer!.learningRate).toBeCloseTo(0.01, 8);
    expect(seed.compileOptions).toMatchObject({ loss: "categoricalCrossentropy", metrics: [["accuracy"]] });
    const { loss } = model("a frozen model inside").compileOptions as { loss: Loss };
    expect([loss.name, loss.config]).toEqual(["categoricalCrossentropy", { fromLogits: false, labelSmoothing: 0.1 }]);
    const { metrics } = model("Sequential without Input").compileOptions!;
    expect(metrics).toEqual([[expect.objectContaining({ name: "binaryAccuracy" }), "mse"]]);
  });

  test("a file that names a version of TensorFlow.js is read as one of Keras 2", () => {
    const given = keras2Cases[0].config;
    const { model } = fromKerasConfig("file", { ...given, keras_version: "tfjs-layers 4.22.0" });
    expect(JSON.stringify(model)).toContain("hardSigmoidKeras2");
    expect(JSON.stringify(fromKerasConfig("file", given).model)).toContain("hardSigmoidKeras2"); // it names no modules
  });
});

// ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A Sequential of one layer, or of a layer and what is done to its config. */
const sequential = (class_name: string, config: Json, more: Json = {}): Json => ({
  class_name: "Sequential",
  module: "keras",
  config: {
    name: "model",
    layers: [
      { module: "keras.layers", class_name: "InputLayer", config: { name: "x", batch_shape: [null, 4, 4, 3] } },
      { module: "keras.layers", class_name, config: { name: "layer", ...config }, ...more },
    ],
  },
});
const functional = (
  layers: Json[],
  input_layers: unknown = ["x", 0, 0],
  output_layers: unknown = ["y", 0, 0],
): Json => ({
  class_name: "Functional",
  module: "keras.src.models.functional",
  config: { name: "model", layers, input_layers, output_layers },
});
const x = { class_name: "InputLayer", config: { name: "x", batch_shape: [null, 3] }, name: "x", inbound_nodes: [] };
const at = (...keras_history: unknown[]) => ({ class_name: "__keras_tensor__", config: { shape: [null, 3], dtype: "float32", keras_history } }); // prettier-ignore
const dense = (inbound_nodes: unknown, name = "y") => ({
  class_name: "Dense",
  config: { name, units: 3 },
  name,
  inbound_nodes,
});

const refusals: [what: string, config: unknown, message: string][] = [
  ["no object", [1], "the model is [1]; expected an object"],
  ["code", sequential("Lambda", { function: {} }), 'Lambda "layer" holds code, which is never run; write it as a layer and call registerLayer'],
  ["an unknown class", sequential("FlaxLayer", {}), 'FlaxLayer "layer" is of a class that is not known; call registerLayer'],
  ["a class by the name of an object's method", sequential("constructor", {}), "of a class that is not known"],
  ["a user-defined class under a name of Keras's", sequential("Dense", { units: 2 }, { registered_name: "mine>Dense" }), "of a class that is not known"],
  ["our word for graphs", sequential("a graph", {}), "of a class that is not known"],
  ["a layer that is no model", { class_name: "Dense", config: { units: 2 } }, "holds a Dense, which is no model"],
  ["an unknown order of axes", sequential("Flatten", { data_format: "channels_middle" }), 'Flatten "layer" has data_format: "channels_middle", which is not supported'],
  ["whole numbers", sequential("Dense", { units: 2, dtype: "int32" }), 'Dense "layer" has dtype: "int32", which is not supported; expected one of float32,'],
  ["a policy that is none", sequential("Dense", { units: 2, dtype: { class_name: "DTypePolicy", config: { name: "mixed_bread" } } }), 'dtype: "mixed_bread"'],
  ["a policy without a name", sequential("Dense", { units: 2, dtype: { class_name: "DTypePolicy", config: { name: {} } } }), 'dtype: {}'],
  ["quantization", sequential("Dense", { units: 2, dtype: { class_name: "Int4DTypePolicy", config: { mode: "int4/128", source_name: "float32" } } }), 'Dense "layer" has weights that are quantized as "int4/128"; expected int8 or none'],
  ["quantization by name", sequential("Dense", { units: 2, dtype: "gptq_from_float32" }), 'has weights that are quantized as gptq'],
  ["an input of complex numbers", { ...sequential("Flatten", {}), config: { layers: [{ class_name: "InputLayer", config: { name: "x", batch_shape: [null, 3], dtype: "complex64" } }, { class_name: "Flatten", config: { name: "f" } }] } }, 'InputLayer "x" has dtype: "complex64"'],
  ["a word that would take long", sequential("Dense", { units: 2, ["_".repeat(1e6)]: 1 }), 'Dense "layer" has "____'],
  ["a name of two lines", sequential("Den\nse", {}), 'is of a class that is not known'],
  ["an unknown option", sequential("Dense", { units: 2, lora_rank: 4 }), 'Dense "layer" has lora_rank: 4'],
  ["an option by the name of an object's method", sequential("Dense", { units: 2, valueOf: 1 }), 'has valueOf: 1'],
  ["ragged inputs", { ...sequential("Flatten", {}), config: { layers: [{ class_name: "InputLayer", config: { name: "x", batch_shape: [null, 3], ragged: true } }, { class_name: "Flatten", config: { name: "f" } }] } }, 'InputLayer "x" has ragged: true'],
  ["time first", sequential("LSTM", { units: 2, time_major: true }), 'LSTM "layer" has time_major: true'],
  ["an unknown activation", sequential("Dense", { units: 2, activation: "mine" }), 'Dense "layer": activation is "mine", which is not a known activation'],
  ["an unknown initializer", sequential("Dense", { units: 2, kernel_initializer: { class_name: "Mine", config: {} } }), 'kernel_initializer is "Mine", which is no known initializer'],
  ["an initializer's unknown option", sequential("Dense", { units: 2, kernel_initializer: { class_name: "Zeros", config: { spice: 1 } } }), "(Zeros) has the option spice: 1, which is not known"],
  ["an object for a number", sequential("Dense", { units: { a: 1 } }), 'units is {"a":1}; expected a number, a name, or a list of them'],
  ["a shape with fractions", { ...sequential("Flatten", {}), config: { layers: [{ class_name: "InputLayer", config: { name: "x", batch_shape: [null, 2.5] } }] } }, "is [null,2.5]; expected a shape"],
  ["a Sequential that was not built", { class_name: "Sequential", config: { name: "model", layers: [{ class_name: "Dense", config: { name: "layer", units: 2 } }] } }, "was saved before it was built"],
  ["a Sequential of nothing", { class_name: "Sequential", config: { name: "model", layers: [] } }, "has no layers"],
  ["an output that is not there", functional([x, dense([[["x", 0, 0]]])], ["x", 0, 0], ["z", 0, 0]), 'reads call 0 of "z", which is no input and no layer\'s call'],
  ["a call that is not there", functional([x, dense([[["x", 0, 0]]])], ["x", 0, 0], ["y", 7, 0]), 'reads call 7 of "y"'],
  ["calls in a circle", functional([x, dense([[["z", 0, 0]]]), dense([[["y", 0, 0]]], "z")]), 'a call of "y" depends on its own result'],
  ["an input that is none", functional([x, dense([[["x", 0, 0]]])], ["y", 0, 0]), 'has the input "y", which is no InputLayer'],
  ["two layers of a name", functional([x, dense([[["x", 0, 0]]]), dense([])]), 'has two layers named "y"'],
  ["a call with an unknown argument", functional([x, dense([[["x", 0, 0, { beam: 3 }]]])]), "is called with beam: 3, which is not supported"],
  ["a call on numbers", functional([x, dense([{ args: [3], kwargs: {} }])]), "is called on 3; expected tensors"],
  ["a mask of another's", functional([x, { class_name: "NotEqual", module: "keras.src.ops.numpy", config: { name: "ne" }, name: "ne", inbound_nodes: [{ args: [at("x", 0, 0), 0], kwargs: {} }] }, dense([{ args: [at("x", 0, 0)], kwargs: { mask: at("ne", 0, 0) } }])]), 'gives "y" a mask other than that of its input'],
  ["an operation that is not known", functional([x, { class_name: "Erfinv", module: "keras.src.ops.math", config: { name: "erfinv" }, name: "erfinv", inbound_nodes: [{ args: [at("x", 0, 0)], kwargs: {} }] }, dense([{ args: [at("erfinv", 0, 0)], kwargs: {} }])]), 'Erfinv "erfinv" is an operation that is not known here'],
  ["a power of two tensors", functional([x, { class_name: "Power", module: "keras.src.ops.numpy", config: { name: "power" }, name: "power", inbound_nodes: [{ args: [at("x", 0, 0), at("x", 0, 0)], kwargs: {} }] }, dense([{ args: [at("power", 0, 0)], kwargs: {} }])]), 'Power "power" has the arguments {}, which are not supported'],
]; // prettier-ignore

describe("is refused by name", () => {
  test.each(refusals)("%s", (_, config, message) => {
    const attempt = () => fromKerasConfig("model.keras", config, { kerasVersion: "3.15.1" });
    expect(attempt).toThrow(FileError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/^model\.keras: [^\n]*\.$/);
  });

  const compiled = (compile_config: Json) => ({ ...sequential("Flatten", {}), compile_config });
  const optimizer = { class_name: "Adam", config: { learning_rate: 0.1 } };
  const trainings: [what: string, config: Json, message: string][] = [
    ["several optimizers", { optimizer: { class_name: "MultiOptimizer", config: {} } }, "was compiled with MultiOptimizer"],
    ["an option of another optimizer", { optimizer: { class_name: "Lion", config: { amsgrad: true } } }, "was compiled with Lion amsgrad: true"],
    ["an expression for names", { optimizer: { class_name: "Muon", config: { exclude_layers: ["head.*"] } } }, 'was compiled with Muon exclude_layers: "head.*"'],
    ["a decay beside a schedule", { optimizer: { class_name: "SGD", config: { decay: 0.1, learning_rate: { class_name: "CosineDecay", config: {} } } } }, "SGD decay: 0.1 beside a learning rate"],
    ["an option of no metric", { optimizer, loss: "mse", metrics: [{ class_name: "AUC", config: { bins: 3 } }] }, "was compiled with AUC bins: 3"],
  ]; // prettier-ignore

  test.each(trainings)("compiled with %s, unless { compile: false }", (_, config, message) => {
    const attempt = (compile?: boolean) =>
      fromKerasConfig("file", compiled(config), { kerasVersion: "3.1.0", compile });
    expect(() => attempt()).toThrow(FileError);
    expect(() => attempt()).toThrow(message);
    expect(() => attempt()).toThrow("load with { compile: false }");
    expect(attempt(false).training).toBeUndefined();
  });

  test.each([null, "none"])("but not with reduction %s", (reduction) => {
    const given = compiled({ optimizer, loss: { class_name: "MeanSquaredError", config: { reduction } } });
    const { loss } = written(modelOf(given)).compile_config as Json;
    expect(loss).toMatchObject({ class_name: "MeanSquaredError", config: { reduction: "none" } });
  });

  test.each([
    ["optimizer", { optimizer: { class_name: "Steepest", config: { learning_rate: 0.1 } } }, "Steepest"],
    ["loss", { optimizer, loss: "wing" }, "wing"],
    [
      "schedule",
      { optimizer: { class_name: "Adam", config: { learning_rate: { class_name: "PiecewiseDecay", config: {} } } } },
      "PiecewiseDecay",
    ],
  ])("a %s that is not known, when it is wanted", (_, config, name) => {
    expect(() => modelOf(compiled(config))).toThrow(
      new RegExp(`names the (optimizer|function) "${name}".*compile: false`),
    );
  });
});

test("a file that was changed anywhere is refused with a message, or is still a config", () => {
  const texts = [...cases, ...keras2Cases]
    .map(({ config }) => JSON.stringify(config))
    .filter(({ length }) => length < 20_000);
  const wild = [
    null,
    true,
    -1,
    1e300,
    "",
    "constructor",
    "toString",
    "x",
    [],
    [[]],
    {},
    { class_name: "Dense" },
    ["x", 0, 0],
  ];
  const random = randomNumbers(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  /** A copy with one value somewhere replaced. */
  const changedOnce = (value: unknown): unknown => {
    if (!(value instanceof Object) || random() < 0.1) return pick(wild);
    const keys = Object.keys(value);
    if (keys.length === 0) return pick(wild);
    const key = pick(keys);
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Json;
    copy[key] = changedOnce(copy[key]);
    return copy;
  };
  let [read, refused] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const given = changedOnce(JSON.parse(pick(texts)));
    try {
      fromKerasConfig("file", given);
      read++;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      expect(error.message).toMatch(/^file: [^\n]*\.$/);
      refused++;
    }
  }
  expect(Math.min(read, refused)).toBeGreaterThan(500);
});

/** Numbers in [0, 1) by Lehmer's rule. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

// ── user-defined layers ────────────────────────────────────────────────────────────────────────────────────────────────

class TwiceLayer extends Layer {
  static override className = "TwiceOfMine";
  constructor(options: LayerOptions & { plusThat?: number } = {}) {
    super(options, ["plusThat"]);
  }
  override call([x]: Tensor[]): Tensor[] {
    return [affine(x, 2, this.config.plusThat as number)];
  }
  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

test("a user-defined layer is read where it is registered, and written under its name", () => {
  const config = sequential("TwiceOfMine", { plus_that: 3, trainable: true, dtype: "float32" }, { registered_name: "mine>TwiceOfMine", module: null }); // prettier-ignore
  expect(() => modelOf(config)).toThrow('TwiceOfMine "layer" is of a class that is not known');
  registerLayer(TwiceLayer);
  const model = modelOf(config);
  expect(model.layers[0]).toBeInstanceOf(TwiceLayer);
  expect(model.layers[0].config).toMatchObject({ plusThat: 3 });
  const { layers } = written(model).config as { layers: Json[] };
  expect(layers[1]).toMatchObject({
    class_name: "TwiceOfMine",
    registered_name: "Custom>TwiceOfMine",
    config: { plus_that: 3 },
  });
  expect(modelOf(written(model)).getConfig()).toEqual(model.getConfig());
});

describe("is not written, as Keras does not have it:", () => {
  const x = () => Input({ shape: [4, 5, 3], name: "x" });
  const gru = (options: object) => GRU({ units: 2, ...options });
  const refused: [what: string, make: (x: SymbolicTensor) => SymbolicTensor, message: string][] = [
    ["Keras 2's hard sigmoid", (x) => Activation({ activation: "hardSigmoidKeras2" })(x), "is hardSigmoidKeras2, which Keras 3 does not have"],
    ["an activation with options", (x) => Activation({ activation: { className: "celu", config: { alpha: 2 } } })(x), "is celu with options"],
    ["a cell", (x) => RNN(ConvLSTM2DCell({ filters: 2 }))(Reshape({ targetShape: [1, 4, 5, 3] })(x)), "Keras has no ConvLSTM2DCell; use ConvLSTM2D"],
    ["a slash in a name", (x) => Flatten({ name: "a/b" })(x), 'Keras allows no "/" in names'],
    ["a function", (x) => Activation({ activation: (y) => y })(x), "has no config"],
  ]; // prettier-ignore

  test.each(refused)("%s", (_, make, message) => {
    const input = x();
    expect(() => toKerasConfig(Model({ inputs: input, outputs: make(input) }))).toThrow(ArgumentError);
    expect(() => toKerasConfig(Model({ inputs: input, outputs: make(input) }))).toThrow(message);
  });

  test("a learning rate that follows a function", () => {
    const input = Input({ shape: [4, 3] });
    const model = Model({ inputs: input, outputs: gru({})(input) });
    model.compile({ optimizer: SGD({ learningRate: () => 0.1 }), loss: "mse" });
    expect(() => toKerasConfig(model)).toThrow("the learning rate follows a function");
    model.compile({ optimizer: SGD({ learningRate: 1 }), loss: "mse" });
    const { optimizer } = written(model).compile_config as { optimizer: { config: { learning_rate: number } } };
    expect(Number.isInteger(optimizer.config.learning_rate)).toBe(false); // Python would read a whole number, which Keras refuses
    expect(Math.fround(optimizer.config.learning_rate)).toBe(1);
  });
});

test("a layer inside a frozen layer is written as frozen, as only that counts in Keras 3", () => {
  const input = Input({ shape: [4, 3] });
  const model = Model({ inputs: input, outputs: TimeDistributed(Dense({ units: 2 }), { trainable: false })(input) });
  const { layers } = written(model).config as { layers: { config: { layer: { config: Json } } }[] };
  expect(layers[1].config.layer.config.trainable).toBe(false);
  expect(modelOf(written(model)).trainableWeights).toEqual([]);
});
