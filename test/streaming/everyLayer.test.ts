// Every layer, by its rows in test/support/cases/layers.ts: where it says that it computes each time step alone, it does,
// and where it needs more of the sequence, a stream refuses it with its name and the reason.
import { beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  clearNames,
  Input,
  type Layer,
  type LayerCall,
  Model,
  type PartialShape,
  setSeed,
  type Shape,
  slice,
  strings,
  type SymbolicTensor,
  tensor,
  type Tensor,
} from "../../src/index.js";
import { withReference64 } from "../support/builds.js";
import { integers, numbers } from "../support/cases/case.js";
import { layerOf, type LayerRow, layerRows } from "../support/cases/layers.js";

const shapesOf = ({ input }: LayerRow): Shape[] => (Array.isArray(input[0]) ? input : [input]) as Shape[];
const sizeOf = (shape: Shape) => shape.reduce((a, b) => a * b, 1);
const valuesOf = (row: LayerRow, shape: Shape, salt: number) =>
  row.integers ? integers(sizeOf(shape), salt, row.integers) : numbers(sizeOf(shape), salt);
const kindOf = (layer: Layer, shapes: PartialShape[]) => {
  const kind = layer.stepper(shapes);
  return typeof kind === "object" ? ("calls" in kind ? "calls" : "states") : kind;
};

const sequence = [2, 4, 3];
const pair = [sequence, sequence];
/** Sequences for layers whose rows are other shapes, or along the time axis. */
const more: Record<string, LayerRow[]> = {
  Add: [{ input: pair }],
  Concatenate: [{ input: pair }],
  RMSNormalization: [{ input: sequence }],
  Softmax: [{ input: sequence }],
  UnitNormalization: [{ input: sequence }],
};
const rows = [...Object.entries(layerRows), ...Object.entries(more)].flatMap(([name, list]) =>
  list.map((row, i) => ({ name, row, title: `${name} ${i + 1}: ${JSON.stringify(row.options ?? {})}` })),
);

/** The layers that take part in streams with at least one of their rows. */
const alone = [
  ...["Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "BatchNormalization", "Concatenate"],
  ...["Dense", "Dropout", "ELU", "Embedding", "GaussianDropout", "GaussianNoise", "Identity", "LayerNormalization"],
  ...["LayerScale", "LeakyReLU", "Masking", "Maximum", "Minimum", "Multiply", "Normalization", "PReLU", "ReLU"],
  ...["RMSNormalization", "Rescaling", "ReversibleEmbedding", "Softmax", "SpatialDropout1D", "SpatialDropout2D"],
  ...["SpatialDropout3D", "StochasticDepth", "Subtract", "TimeDistributed", "UnitNormalization"],
];
const withStates = [
  ...["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "SimpleRNN"],
  ...["SimpleRNNCell", "StackedRNNCells", "ConvLSTM2DCell"],
];

withReference64(() => {
  beforeEach(() => {
    clearNames();
    setSeed(1);
  });

  test("these layers, and perhaps others, take part in streams", () => {
    const found = { alone: new Set<string>(), states: new Set<string>() };
    for (const { name, row } of rows) {
      const kind = kindOf(layerOf(name, row), shapesOf(row));
      if (kind === true) found.alone.add(name);
      if (kind === "states") found.states.add(name);
    }
    expect([...found.alone]).toEqual(expect.arrayContaining(alone));
    expect([...found.states]).toEqual(expect.arrayContaining(withStates));
  });

  describe.each(rows)("$title", ({ name, row }) => {
    test("computes each time step alone where it says so", async () => {
      const layer = layerOf(name, row);
      const shapes = shapesOf(row);
      if (kindOf(layer, shapes) !== true) return;
      const given = shapes.map((shape, i) =>
        row.strings
          ? strings(Array.from(valuesOf(row, shape, i + 1), (n) => `w${n}`), shape)
          : tensor(valuesOf(row, shape, i + 1), shape),
      ); // prettier-ignore
      const whole = layer.compute(given);
      layer.weights.forEach((weight, i) =>
        weight.assign(numbers(weight.size, 50 + i, 0.4, weight.name.includes("variance") ? 1 : 0.1)),
      );
      const wanted = layer.compute(given);
      expect(whole.map((y) => y.shape[1])).toEqual(whole.map(() => shapes[0][1]));
      const stepOf = (x: Tensor, t: number) => slice(x, [0, t], [x.shape[0], 1]);
      for (let t = 0; t < shapes[0][1]; t++) {
        const outputs = layer.compute(given.map((x) => stepOf(x, t)));
        for (const [i, y] of outputs.entries()) {
          const expected = stepOf(wanted[i], t);
          expect(y.shape).toEqual(expected.shape);
          const [mine, theirs] = await Promise.all([y.data(), expected.data()]);
          mine.forEach((n, j) => expect(Object.is(n, theirs[j]) || Math.abs(n - theirs[j]) < 1e-12).toBe(true));
        }
      }
    });

    test("is refused with its name and the reason where it does not", () => {
      const layer = layerOf(name, row);
      const shapes = shapesOf(row);
      const kind = kindOf(layer, shapes);
      const rank = Math.min(...shapes.map((shape) => shape.length));
      if (kind === true || kind === "states" || kind === "calls" || rank < 3 || row.strings) return;
      const inputs = shapes.map(([, ...shape]) => Input({ shape }));
      const call = layer as Layer & LayerCall;
      const outputs = call((Array.isArray(row.input[0]) ? inputs : inputs[0]) as SymbolicTensor);
      const model = Model({ inputs, outputs: [outputs].flat() });
      const refusal = () => model.stream();
      expect(refusal).toThrow(ArgumentError);
      const reason = `: ${kind || "it does not say that it can"}`;
      // A model's layers are asked themselves.
      if (!layer.sublayers.length)
        expect(refusal).toThrow(`${layer.label} cannot compute one time step after the other${reason}`);
    });
  });
});
