// Words for layers that only some files have: names of classes within Keras, and options that Keras 2 writes beside.
import { describe, expect, test } from "vitest";
import { FileError } from "../../../src/errors.js";
import { fromKerasConfig } from "../../../src/formats/keras/config/kerasConfig.js";
import { fromJson } from "../../../src/formats/json.js";

/** What the config of a model becomes that has this layer. */
function read(class_name: string, config: object, kerasVersion: string): string {
  const layers = [
    { class_name: "InputLayer", config: { name: "x", batch_shape: [null, 4, 4, 3] } },
    { class_name, config: { name: "layer", ...config } },
  ];
  const described = { class_name: "Sequential", config: { name: "model", layers } };
  return JSON.stringify(fromKerasConfig("file", fromJson(JSON.stringify(described)), { kerasVersion }).model);
}

const heads = { num_heads: 2, key_dim: 3 };

describe("is read", () => {
  test("GroupQueryAttention by the name of its class, as .h5 files have it", () => {
    const config = { head_dim: 4, num_query_heads: 4, num_key_value_heads: 2 };
    const model = read("GroupedQueryAttention", config, "3.15.1");
    expect(model).toBe(read("GroupQueryAttention", config, "3.15.1"));
    expect(model).toContain('"className":"GroupQueryAttention"');
  });

  test("MultiHeadAttention of Keras 2, without robust masking", () => {
    const options = { ...heads, softmax_robust_masking: false };
    expect(read("MultiHeadAttention", options, "2.21.0")).toBe(read("MultiHeadAttention", heads, "2.21.0"));
  });

  test.each(["stateful", "stateless", "legacy_stateful"])("an augmentation of Keras 2 with %s numbers", (rng_type) => {
    const config = { mode: "horizontal" };
    expect(read("RandomFlip", { ...config, rng_type }, "2.21.0")).toBe(read("RandomFlip", config, "2.21.0"));
  });
});

test("a node of TensorFlow's graph that gathers within each sample is refused", () => {
  const nodes = (attr: object) => ({
    ...{ class_name: "Functional", name: "model" },
    config: {
      name: "model",
      layers: [
        { class_name: "InputLayer", name: "x", config: { name: "x", batch_input_shape: [null, 4] }, inbound_nodes: [] },
        {
          ...{ class_name: "TensorFlowOpLayer", name: "gather" },
          config: {
            name: "gather",
            node_def: { name: "gather", op: "GatherV2", input: ["x", "indices", "axis"], attr },
            constants: { 1: [0, 2], 2: 1 },
          },
          inbound_nodes: [[["x", 0, 0, {}]]],
        },
      ],
      input_layers: [["x", 0, 0]],
      output_layers: [["gather", 0, 0]],
    },
  });
  const attempt = (attr: object) => JSON.stringify(fromKerasConfig("file", nodes(attr) as never, { kerasVersion: "2.2.4-tf" }).model); // prettier-ignore
  expect(attempt({ batch_dims: { i: "0" } })).toContain('"operation":"take"');
  expect(() => attempt({ batch_dims: { i: "1" } })).toThrow(FileError);
});

test("robust masking is refused", () => {
  const attempt = () => read("MultiHeadAttention", { ...heads, softmax_robust_masking: true }, "2.21.0");
  expect(attempt).toThrow(FileError);
  expect(attempt).toThrow('MultiHeadAttention "layer" has softmax_robust_masking: true, which is not supported');
});

describe("null, which is the default of most options,", () => {
  const layers = [
    { class_name: "InputLayer", config: { name: "x", batch_shape: [null, 4] } },
    { class_name: "Flatten", config: { name: "flatten" } },
  ];
  const training = (compile_config: object) => {
    const described = { class_name: "Sequential", config: { name: "model", layers }, compile_config };
    return fromKerasConfig("file", fromJson(JSON.stringify(described)), { kerasVersion: "3.15.1" }).training!;
  };
  const optimizer = { class_name: "SGD", config: {} };

  test.each([
    [{ weight_decay: null }, { weightDecay: 0 }],
    [
      { adam_weight_decay: null, rms_rate: null },
      { adamWeightDecay: 0, rmsRate: null },
    ],
    [{ clipnorm: null, use_ema: false }, { useEma: false }],
  ])("is read as what it stands for in Muon: %o", (config, ours) => {
    expect(training({ optimizer: { class_name: "Muon", config } }).optimizer.config).toEqual(ours);
  });

  test("is read as one score for each column in R2Score", () => {
    const metrics = [{ class_name: "R2Score", config: { class_aggregation: null, num_regressors: 0, dtype: null } }];
    expect(training({ optimizer, loss: "mse", metrics }).metrics).toEqual([
      { from: "makers", function: "r2Score", config: { classAggregation: null, numRegressors: 0 } },
    ]);
  });

  test.each(["CosineSimilarity", "CategoricalCrossentropy", "BinaryFocalCrossentropy"])(
    "is refused as the axis of %s, where it means all axes together",
    (class_name) => {
      const attempt = (axis: unknown) => () => training({ optimizer, loss: { class_name, config: { axis } } });
      expect(attempt(-1)).not.toThrow();
      expect(attempt(null)).toThrow(FileError);
      expect(attempt(null)).toThrow(`was compiled with ${class_name} axis: null, which is not supported`);
      expect(() => training({ optimizer, loss: { class_name: "Dice", config: { axis: null } } })).not.toThrow();
    },
  );
});
