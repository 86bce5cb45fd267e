// Writes the models of ort.mjs, with random weights and batch normalization folded into the convolutions, as exporters
// do.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import onnxProto from "onnx-proto";
import { mobileNetBlocks } from "../cases/flops.mjs";
import { randomFloats } from "../random.mjs";
import { inputShapes } from "./inputShapes.mjs";

/** The path of a generated model. */
export const madeFile = (name) => fileURLToPath(new URL(`../../build/peers/${name}`, import.meta.url));

const { onnx } = onnxProto;
const { AttributeProto, ModelProto, TensorProto } = onnx;

/** Builds an ONNX graph. Values are identified by their names. */
class Graph {
  #nodes = [];
  #initializers = [];
  #names = 0;

  #newName() {
    return `v${this.#names++}`;
  }

  constant(dims, values) {
    const name = this.#newName();
    const rawData = new Uint8Array(values.buffer);
    this.#initializers.push({ name, dims, dataType: TensorProto.DataType.FLOAT, rawData });
    return name;
  }

  /** Random values that keep the variance of activations: uniform with variance 2 / inputs (He et al., 2015). */
  weight(dims, inputs) {
    const length = dims.reduce((a, b) => a * b, 1);
    return this.constant(dims, randomFloats(length, Math.sqrt(6 / inputs)));
  }

  /** @returns the name of the result, or a list of them. */
  op(opType, input, attributes = {}, results = 1) {
    const output = Array.from({ length: results }, () => this.#newName());
    const { INT, INTS } = AttributeProto.AttributeType;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value) ? { name, type: INTS, ints: value } : { name, type: INT, i: value },
    );
    this.#nodes.push({ opType, input, output, attribute });
    return results === 1 ? output[0] : output;
  }

  encode(inputShape, result, outputShape) {
    const value = (name, shape) => {
      const dim = shape.map((dimValue) => ({ dimValue }));
      return { name, type: { tensorType: { elemType: TensorProto.DataType.FLOAT, shape: { dim } } } };
    };
    const graph = {
      name: "model",
      node: this.#nodes,
      initializer: this.#initializers,
      input: [value("x", inputShape)],
      output: [value(result, outputShape)],
    };
    const model = { irVersion: 8, opsetImport: [{ domain: "", version: 13 }], graph };
    return ModelProto.encode(ModelProto.create(model)).finish();
  }
}

function conv(graph, x, [filters, channels, side], { strides = 1, pads, group = 1, useBias = true }) {
  const kernel = graph.weight([filters, channels, side, side], channels * side * side);
  const bias = useBias ? [graph.weight([filters], 600)] : [];
  const attributes = { kernel_shape: [side, side], strides: [strides, strides], pads, group };
  return graph.op("Conv", [x, kernel, ...bias], attributes);
}

const all = [1, 1, 1, 1];
const none = [0, 0, 0, 0];
const after = [0, 0, 1, 1];

function mobileNet(graph, x) {
  const bounds = [graph.constant([], Float32Array.of(0)), graph.constant([], Float32Array.of(6))];
  const relu6 = (x) => graph.op("Clip", [x, ...bounds]);
  x = relu6(conv(graph, x, [32, 3, 3], { strides: 2, pads: after }));
  let channels = 32;
  for (const [filters, strides] of mobileNetBlocks) {
    const pads = strides === 2 ? after : all;
    x = relu6(conv(graph, x, [channels, 1, 3], { strides, pads, group: channels }));
    x = relu6(conv(graph, x, [filters, channels, 1], { pads: none }));
    channels = filters;
  }
  return x;
}

/** One convolution of all frames, then the time steps unrolled. x: [time, channels, 7, 7]. */
function convLstm(graph, x, { time = 32, channels = 1024, filters = 256 } = {}) {
  const z = conv(graph, x, [4 * filters, channels, 3], { pads: none });
  const frames = graph.op("Split", [z], { axis: 0 }, time);
  const kernel = graph.weight([4 * filters, filters, 3, 3], filters * 9);
  const recurrent = { kernel_shape: [3, 3], strides: [1, 1], pads: all };
  let [h, c] = [];
  for (const frame of frames) {
    const z = h ? graph.op("Add", [frame, graph.op("Conv", [h, kernel], recurrent)]) : frame;
    const [i, f, g, o] = graph.op("Split", [z], { axis: 1 }, 4);
    const fresh = graph.op("Mul", [graph.op("Sigmoid", [i]), graph.op("Tanh", [g])]);
    c = c ? graph.op("Add", [graph.op("Mul", [graph.op("Sigmoid", [f]), c]), fresh]) : fresh;
    h = graph.op("Mul", [graph.op("Sigmoid", [o]), graph.op("Tanh", [c])]);
  }
  return h;
}

function dense(graph, x, inputs, units, activation) {
  const weights = [graph.weight([inputs, units], inputs), graph.weight([units], 600)];
  return graph.op(activation, [graph.op("Gemm", [x, ...weights])]);
}

function seed(graph, x) {
  const flat = graph.op("Flatten", [convLstm(graph, mobileNet(graph, x))]);
  return dense(graph, dense(graph, flat, 6400, 256, "Relu"), 256, 10, "Softmax");
}

const product = (graph, x) => graph.op("MatMul", [x, graph.weight([512, 512], 512)]);

const models = {
  "gemm512+copies": [product, [512, 512]],
  "conv3x3_56x56x64+copies": [
    (graph, x) => conv(graph, x, [64, 64, 3], { pads: all, useBias: false }),
    [1, 64, 56, 56],
  ],
  "depthwise3x3_112x112x64+copies": [
    (graph, x) => conv(graph, x, [64, 1, 3], { pads: all, group: 64, useBias: false }),
    [1, 64, 112, 112],
  ],
  "pointwise_14x14x512+copies": [
    (graph, x) => conv(graph, x, [512, 512, 1], { pads: none, useBias: false }),
    [1, 512, 14, 14],
  ],
  mobilenet_b1: [mobileNet, [1, 1024, 7, 7]],
  convlstm_seed: [convLstm, [1, 256, 5, 5]],
  seed: [seed, [1, 10]],
};

/** Writes the models that do not exist yet. */
export function makeOnnx() {
  mkdirSync(madeFile(""), { recursive: true });
  for (const [name, [build, outputShape]] of Object.entries(models)) {
    const file = madeFile(`${name}.onnx`);
    if (existsSync(file)) continue;
    const graph = new Graph();
    const [batch, height, width, channels] = inputShapes[name];
    const shape = channels === undefined ? [batch, height] : [batch, channels, height, width];
    writeFileSync(file, graph.encode(shape, build(graph, "x"), outputShape));
  }
}
