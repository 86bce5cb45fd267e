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
