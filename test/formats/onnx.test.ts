// Models as ONNX files: what the files hold, and, where onnxruntime is installed (bench/peers), that it computes the same.
import { beforeEach, describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import { exportOnnx, type OnnxOptions } from "../../src/formats/onnx/export.js";
import {
  BatchNormalization,
  Bidirectional,
  clearNames,
  Concatenate,
  Conv1D,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Flatten,
  GlobalAveragePooling1D,
  GRU,
  Input,
  LSTM,
  Layer,
  LayerScale,
  Masking,
  Model,
  type ModelLayer,
  ones,
  type PartialShape,
  ReLU,
  RMSNormalization,
  softmax,
  SpectralNormalization,
  type SymbolicTensor,
  tanh,
  type Tensor,
  TimeDistributed,
} from "../../src/index.js";
import { logSumExp } from "../../src/operations/definitions.js";
import { OperationLayer } from "../../src/operations/operation.js";
import { cases, dataFor, fill, seed } from "../support/cases/onnxModels.js";
import { decode, type HostArray, onnxruntime } from "../support/onnxFile.js";

beforeEach(() => clearNames());

const logSumExpOf = (x: SymbolicTensor) =>
  new OperationLayer({ operation: logSumExp, args: [{ tensor: 0 }, 1] }).apply(x) as SymbolicTensor;
const fileOf = async (model: ModelLayer, options?: OnnxOptions) => decode(await exportOnnx(model, options));
const count = (list: readonly string[], wanted: string) => list.filter((item) => item === wanted).length;

async function filled(made: ModelLayer | Promise<ModelLayer>): Promise<ModelLayer> {
  const model = await made;
  fill(model);
  return model;
}

describe("what a file holds", () => {
  test("the seed's model: batch norm folded into convolutions, one convolution for all frames of the ConvLSTM2D, few transposes", async () => {
    const file = await fileOf(await filled(seed()));
    const types = file.nodes.map(({ type }) => type);
    expect([file.irVersion, file.opset, file.producer]).toEqual([8, 17, "zoetrope"]);
    expect(file.inputs).toEqual([{ name: "clip", shape: ["batch", 3, 32, 32, 3] }]);
    expect(file.outputs).toEqual([{ name: "verdict", shape: ["batch", 3] }]);
    // MobileNet has 27; the ConvLSTM2D has one for the input and two for its states, as its first step has none.
    expect(count(types, "Conv")).toBe(27 + 1 + 2);
    expect(count(types, "Pad") + count(types, "BatchNormalization")).toBe(0);
    expect(count(types, "Transpose")).toBe(2); // after the input and before Flatten
    expect(count(types, "Clip")).toBe(27);
    const known = new Set([...file.inputs.map(({ name }) => name), ...file.constants.keys()]);
    for (const { inputs, outputs } of file.nodes) {
      for (const input of inputs) expect(input === "" || known.has(input), input).toBe(true);
      for (const output of outputs) known.add(output);
    }
    expect(known.has("verdict")).toBe(true);
  });

  test("padding and batch norm in a convolution's numbers", async () => {
    const input = Input({ shape: [4, 4, 2] });
    const conv = Conv2D({ filters: 3, kernelSize: [1, 2] });
    const norm = BatchNormalization({ epsilon: 0.01 });
    const model = await filled(Model({ inputs: input, outputs: norm(conv(input)) }));
    const { nodes, constants } = await fileOf(model);
    const { inputs } = nodes.find(({ type }) => type === "Conv")!;
    const [kernel, bias] = inputs.slice(1).map((name) => constants.get(name)!);
    const [[k], [b], [gamma, beta, mean, variance]] = [
      [(await conv.getWeights())[0].data],
      [(await conv.getWeights())[1].data],
      (await norm.getWeights()).map(({ data }) => data),
    ];
    expect(kernel.shape).toEqual([3, 2, 1, 2]);
    for (let f = 0; f < 3; f++) {
      const scale = gamma[f] / Math.sqrt(variance[f] + 0.01);
      expect(Number(bias.data[f])).toBeCloseTo((b[f] - mean[f]) * scale + beta[f], 6);
      for (let c = 0; c < 2; c++) {
        for (let x = 0; x < 2; x++) {
          expect(Number(kernel.data[(f * 2 + c) * 2 + x])).toBeCloseTo(k[(x * 2 + c) * 3 + f] * scale, 6);
        }
      }
    }
    expect(nodes.map(({ type }) => type)).toEqual(["Transpose", "Conv", "Transpose", "Identity"]);
  });

  test("a result that a second layer reads is not folded", async () => {
    const input = Input({ shape: [4, 4, 2] });
    const y = Conv2D({ filters: 3, kernelSize: 1 })(input);
    const { nodes } = await fileOf(Model({ inputs: input, outputs: [y, BatchNormalization()(y)] }));
    expect(nodes.map(({ type }) => type)).toEqual(["Transpose", "Conv", "Mul", "Add", "Transpose", "Transpose", "Identity", "Identity"]); // prettier-ignore
  });

  test("an LSTM's gates in ONNX's order", async () => {
    const input = Input({ shape: [3, 2] });
    const layer = LSTM({ units: 1 });
    const model = Model({ inputs: input, outputs: layer(input) });
    const row = (n: number) => Float32Array.of(n, n + 1, n + 2, n + 3);
    layer.setWeights([
      { data: Float32Array.from([...row(0), ...row(10)]), shape: [2, 4] },
      { data: row(20), shape: [1, 4] },
      { data: row(30), shape: [4] },
    ]);
    const { nodes, constants } = await fileOf(model);
    const { inputs, attributes } = nodes.find(({ type }) => type === "LSTM")!;
    const held = inputs.slice(1).map((name) => [...constants.get(name)!.data].map(Number));
    expect(held).toEqual([[0, 10, 3, 13, 1, 11, 2, 12], [20, 23, 21, 22], [30, 33, 31, 32, 0, 0, 0, 0]]); // prettier-ignore
    expect(attributes).toEqual({ activations: ["Sigmoid", "Tanh", "Tanh"], hidden_size: 1, direction: "forward" });
  });

  test("a GRU applies its reset gate as in Keras", async () => {
    for (const resetAfter of [true, false]) {
      const input = Input({ shape: [3, 2] });
      const { nodes } = await fileOf(Model({ inputs: input, outputs: GRU({ units: 1, resetAfter })(input) }));
      expect(nodes.find(({ type }) => type === "GRU")!.attributes.linear_before_reset).toBe(Number(resetAfter));
    }
  });

  test("the weights of a layer that is called twice are written once", async () => {
    const [a, b] = [Input({ shape: [4] }), Input({ shape: [4] })];
    const dense = Dense({ units: 3 });
    const { constants } = await fileOf(Model({ inputs: [a, b], outputs: [dense(a), dense(b)] }));
    expect([...constants.keys()]).toEqual(["dense/kernel", "dense/bias"]);
  });

  test("a graph for one time step: inputs are a frame and the states, outputs are the result and the states", async () => {
    const file = await fileOf(await filled(seed()), { step: true, batch: 1 });
    const state = (name: string) => ({ name, shape: [1, 1, 1, 4] });
    expect(file.inputs).toEqual([{ name: "clip", shape: [1, 32, 32, 3] }, state("memory_h"), state("memory_c")]);
    expect(file.outputs).toEqual([{ name: "verdict", shape: [1, 3] }, state("memory_h_next"), state("memory_c_next")]);
    expect(count(file.nodes.map(({ type }) => type), "Conv")).toBe(27 + 2); // prettier-ignore
  });

  test.each<[what: string, between: (x: SymbolicTensor) => SymbolicTensor, passes: boolean]>([
    ["ReLU", (x) => ReLU()(x), true],
    ["SpectralNormalization", (x) => SpectralNormalization(Dense({ units: 3 }))(x), true],
    ["RMSNormalization", (x) => RMSNormalization()(x), false],
    ["LayerScale", (x) => LayerScale({ initValues: 1, projectionDim: 3 })(x), false],
    ["an operation", (x) => softmax(x), false],
  ])("%s passes a mask on where it does in the model", async (_, between, passes) => {
    const x = Input({ shape: [4, 3] });
    const y = between(Masking()(x));
    const [computed] = Model({ inputs: x, outputs: y }).compute([ones([1, 4, 3])]);
    expect(computed.mask !== undefined).toBe(passes);
    const { nodes } = await fileOf(Model({ inputs: x, outputs: GlobalAveragePooling1D()(y) }));
    // The mean of the steps that count is a quotient.
    const ofPooling = nodes.filter(({ name }) => name.startsWith("global_average_pooling1d"));
    expect(ofPooling.some(({ type }) => type === "Div")).toBe(passes);
  });

  test.each<[what: string, layer: (x: SymbolicTensor) => SymbolicTensor, types: string[]]>([
    // Clip without an upper bound gives the largest float for an infinite x; a product with 0 gives NaN.
    ["ReLU with a threshold", (x) => ReLU({ threshold: 1 })(x), ["Greater", "Where", "Relu"]],
    ["ReLU with a slope", (x) => ReLU({ negativeSlope: 0.1 })(x), ["Relu", "Sub", "Relu", "Mul", "Sub"]],
    ["logSumExp", (x) => logSumExpOf(x), ["ReduceMax", "IsInf", "Where", "Sub", "Exp", "ReduceSum", "Log", "Add", "Squeeze"]], // prettier-ignore
  ])("%s takes infinite numbers", async (_, layer, types) => {
    const x = Input({ shape: [4] });
    const { nodes } = await fileOf(Model({ inputs: x, outputs: layer(x) }));
    expect(nodes.map(({ type }) => type)).toEqual([...types, "Identity"]);
  });

  test("opset and batch as wanted", async () => {
    const input = Input({ shape: [4] });
    const model = Model({ inputs: input, outputs: Dense({ units: 3 })(input) });
    const file = await fileOf(model, { opset: 21, batch: 5 });
    expect([file.opset, file.irVersion, file.inputs[0].shape]).toEqual([21, 10, [5, 4]]);
  });
});

class OwnLayer extends Layer {
  static override className = "Own";
  override call(inputs: Tensor[]) {
    return inputs;
  }
  override computeOutputShape(shapes: PartialShape[]) {
    return shapes;
  }
}

describe("what cannot be exported is refused by name", () => {
  const over = (shape: (number | null)[], layer: (x: any) => any) => {
    const input = Input({ shape });
    return Model({ inputs: input, outputs: layer(input) });
  };
  test.each<[string, () => ModelLayer, OnnxOptions, RegExp]>([
    ["a user-defined layer", () => over([2], new OwnLayer() as never), {}, /Own "own".*no rule/],
    ["a user-defined activation", () => over([2], Dense({ units: 1, activation: (x: Tensor) => tanh(x) })), {}, /Dense "dense".*user-defined function/], // prettier-ignore
    ["an activation that ONNX lacks", () => over([2], Dense({ units: 2, activation: "sparsemax" })), {}, /"sparsemax"/],
    ["an activation that its cells lack, over unknown steps", () => over([null, 2], LSTM({ units: 1, activation: "gelu" })), {}, /LSTM "lstm".*number of steps must be known.*step: true/], // prettier-ignore
    ["unknown steps of a ConvLSTM2D", () => over([null, 3, 3, 1], ConvLSTM2D({ filters: 1 })), {}, /number of steps must be known/], // prettier-ignore
    ["a stateful layer", () => over([2, 2], LSTM({ units: 1, stateful: true })), {}, /has no state; use \{ step: true/], // prettier-ignore
    ["both directions in one step", () => over([2, 2], Bidirectional(LSTM({ units: 1 }))), { step: true }, /several time steps/], // prettier-ignore
    ["backwards in one step", () => over([2, 2], LSTM({ units: 1, goBackwards: true })), { step: true }, /backwards/],
    ["a window over steps in one step", () => over([4, 2], Conv1D({ filters: 1, kernelSize: 2 })), { step: true }, /Conv1D "conv1d".*several time steps/], // prettier-ignore
    ["steps as features in one step", () => over([4, 2], (x) => Flatten()(LSTM({ units: 1, returnSequences: true })(x))), { step: true }, /Flatten "flatten".*several time steps/], // prettier-ignore
    ["a join over time in one step", () => over([2, 2], (x) => Concatenate({ axis: 1 })([x, x])), { step: true }, /several time steps/], // prettier-ignore
    ["a mean over time in one step", () => over([2, 2], (x) => GlobalAveragePooling1D()(x)), { step: true }, /several/],
    ["no steps in one step", () => over([], (x) => Flatten()(x)), { step: true }, /has no time axis/],
    ["an old opset", () => over([2], Dense({ units: 1 })), { opset: 9 }, /opset 9; expected 13 to 22/],
    ["a batch of none", () => over([2], Dense({ units: 1 })), { batch: 0 }, /batch 0/],
    ["an unknown option", () => over([2], Dense({ units: 1 })), { steps: true } as never, /unknown option "steps"/],
    ["no model", () => Dense({ units: 1 }) as never, {}, /expected a model/],
    ["a layer inside", () => over([2, 2], TimeDistributed(new OwnLayer())), {}, /Own "own"/],
  ])("%s", async (_, make, options, message) => {
    const error: Error = await exportOnnx(make(), options).then(() => expect.unreachable(), (e) => e); // prettier-ignore
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });
});

// ── onnxruntime ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const run = await onnxruntime();
const tolerance = 2e-6;

/** The largest distance, as a share of the largest number. */
function distance(actual: HostArray, expected: HostArray): number {
  expect([...actual.shape]).toEqual([...expected.shape]);
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - actual.data[i])), 0) / largest;
}

const hostArray = async (x: Tensor): Promise<HostArray> => ({ data: (await x.data()) as Float32Array, shape: x.shape });

/** The results of this engine. */
async function predicted(model: ModelLayer, data: readonly HostArray[]): Promise<HostArray[]> {
  const results = [await model.predict(data.length === 1 ? data[0] : ([...data] as never))].flat() as Tensor[];
  return Promise.all(results.map(hostArray));
}

/** Step `t` of [batch, time, ...]. */
function stepOf({ data, shape: [batch, steps, ...rest] }: HostArray, t: number): HostArray {
  const size = rest.reduce((product, n) => product * n, 1);
  const rows = Array.from({ length: batch }, (_, b) =>
    data.subarray((b * steps + t) * size, (b * steps + t + 1) * size),
  );
  return { data: Float32Array.from(rows.flatMap((row) => [...row])), shape: [batch, ...rest] };
}

if (run === undefined) {
  console.log(`onnxruntime-web is not installed in bench/peers: ${cases.length} models were not run by it.`);
} else {
  describe.each([17, 13, 22])("onnxruntime computes the same, opset %i", (opset) => {
    test.each(cases.map((each) => [each.name, each] as const))("%s", async (_, each) => {
      const model = await filled(each.make());
      const data = dataFor(model, each);
      const bytes = await exportOnnx(model, { opset });
      const names = decode(bytes);
      const results = await (await run(bytes))(Object.fromEntries(names.inputs.map(({ name }, i) => [name, data[i]])));
      const expected = await predicted(model, data);
      expected.forEach((y, i) => expect(distance(results[names.outputs[i].name], y)).toBeLessThan(tolerance));
    });
  });

  test.each(cases.filter(({ step }) => step).map((each) => [each.name, each] as const))(
    "step by step: %s",
    async (_, each) => {
      const model = await filled(each.make());
      const [data] = dataFor(model, each);
      const bytes = await exportOnnx(model, { step: true });
      const { inputs, outputs } = decode(bytes);
      const [batch, steps] = data.shape;
      const sizes = (shape: readonly (number | string)[]) => shape.map((n) => (typeof n === "string" ? batch : n));
      const zeros = (shape: number[]) => ({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape });
      let states: Record<string, HostArray> = Object.fromEntries(inputs.slice(1).map(({ name, shape }) => [name, zeros(sizes(shape))])); // prettier-ignore
      const [expected] = await predicted(model, [data]);
      const isSequence = expected.shape.length > 1 && outputs[0].shape.length === expected.shape.length - 1;
      const session = await run(bytes);
      for (let t = 0; t < steps; t++) {
        const results = await session({ [inputs[0].name]: stepOf(data, t), ...states });
        states = Object.fromEntries(inputs.slice(1).map(({ name }) => [name, results[`${name}_next`]]));
        const y = results[outputs[0].name];
        if (isSequence) expect(distance(y, stepOf(expected, t))).toBeLessThan(tolerance);
        else if (t === steps - 1) expect(distance(y, expected)).toBeLessThan(tolerance);
      }
    },
  );
}
