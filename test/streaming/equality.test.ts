// A stream gives after each frame what predict gives for all frames up to it.
import { beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  add,
  Add,
  affine,
  BatchNormalization,
  callableCell,
  Cell,
  clearNames,
  Concatenate,
  Conv1D,
  Conv2D,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GaussianNoise,
  GlobalAveragePooling2D,
  GRU,
  GRUCell,
  Input,
  LayerNormalization,
  LSTM,
  LSTMCell,
  Masking,
  MobileNet,
  Model,
  type ModelLayer,
  multiply,
  type OneOrMany,
  RepeatVector,
  RNN,
  Sequential,
  setSeed,
  SimpleRNN,
  slice,
  type SymbolicTensor,
  tanh,
  tensor,
  type Tensor,
  TimeDistributed,
} from "../../src/index.js";
import { forEachBuild } from "../support/builds.js";
import { integers, numbers } from "../support/cases/case.js";

type AnyModel = ModelLayer<OneOrMany<Tensor>>;
const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A clip [batch, time, ...sample]. */
const clipOf = (shape: number[], salt = 1, whole = 0) =>
  tensor(whole ? integers(sizeOf(shape), salt, whole) : numbers(sizeOf(shape), salt), shape);
const frameAt = (clip: Tensor, t: number) =>
  slice(clip, [0, t], [clip.shape[0], 1]).as([clip.shape[0], ...clip.shape.slice(2)]);

/** Compares a stream with predict of the clips up to each frame. @param still inputs without a time axis. */
async function expectEqual(model: AnyModel, clips: Tensor[], bound = 1e-6, still: Tensor[] = []): Promise<void> {
  const live = model.stream();
  const [, time] = clips[0].shape;
  for (let t = 0; t < time; t++) {
    const soFar = [...clips.map((clip) => slice(clip, [0, 0], [clip.shape[0], t + 1])), ...still];
    const given = [...clips.map((clip) => frameAt(clip, t)), ...still];
    const wanted = list(await model.predict(soFar));
    const outputs = list(await live.step(given));
    expect(outputs.length).toBe(wanted.length);
    for (const [i, y] of outputs.entries()) {
      // Outputs with a time axis: the last step of those of predict.
      const { shape } = wanted[i];
      const isTimed = shape.length > y.shape.length;
      const last = isTimed ? frameAt(wanted[i], t) : wanted[i];
      expect(y.shape).toEqual(last.shape);
      const [mine, theirs] = await Promise.all([y.data(), last.data()]);
      const worst = Math.max(...Array.from(mine, (n, j) => Math.abs(n - theirs[j])));
      expect(worst, `output ${i} after frame ${t}`).toBeLessThanOrEqual(bound);
      expect(theirs.some((n) => n !== 0) || t === 0).toBe(true);
    }
  }
  live.dispose();
}

/** As predict is called on clips of every length, the length is left open. */
const sequence = (...sample: number[]) => Input({ shape: [null, ...sample] });
const through = (x: SymbolicTensor, ...layers: ((x: SymbolicTensor) => SymbolicTensor)[]) =>
  layers.reduce((y, layer) => layer(y), x);
const modelOf = (...[x, ...layers]: [SymbolicTensor, ...unknown[]]) =>
  Model({ inputs: x, outputs: through(x, ...(layers as ((x: SymbolicTensor) => SymbolicTensor)[])) });

class LeakyCellLayer extends Cell {
  static override className = "LeakyCell";
  readonly stateSize = 3;
  override call([x, h]: Tensor[]) {
    const next = add(affine(h, 0.9), affine(tanh(x), 0.1));
    return [affine(next, 2), next]; // an output that is no state
  }
}
const LeakyCell = callableCell(LeakyCellLayer as new () => LeakyCellLayer);

const cnn = () => {
  const frame = Input({ shape: [6, 5, 2] });
  const y = BatchNormalization()(Conv2D({ filters: 3, kernelSize: 3, padding: "same" })(frame));
  return Model({ inputs: frame, outputs: Activation({ activation: "relu" })(y) });
};

beforeEach(() => {
  clearNames();
  setSeed(7);
});

forEachBuild(() => {
  describe("recurrent layers", () => {
    const s = true;
    test.each<[string, number[], () => unknown[]]>([
      ["LSTM", [3], () => [LSTM({ units: 4 })]],
      ["LSTM, sequences", [3], () => [LSTM({ units: 4, returnSequences: s })]],
      ["LSTM, another activation", [3], () => [LSTM({ units: 4, activation: "relu" })]],
      ["GRU", [3], () => [GRU({ units: 4 })]],
      ["GRU, resetAfter: false, sequences", [3], () => [GRU({ units: 4, resetAfter: false, returnSequences: s })]],
      ["SimpleRNN", [3], () => [SimpleRNN({ units: 4 })]],
      ["ConvLSTM1D", [7, 2], () => [ConvLSTM1D({ filters: 3, kernelSize: 3, strides: 2 })]],
      ["ConvLSTM2D", [6, 5, 2], () => [ConvLSTM2D({ filters: 3, kernelSize: 3 })]],
      ["ConvLSTM2D, sequences", [6, 5, 2], () => [ConvLSTM2D({ filters: 3, kernelSize: 3, returnSequences: s })]],
      ["ConvLSTM3D", [4, 3, 5, 2], () => [ConvLSTM3D({ filters: 2, kernelSize: 2, padding: "same" })]],
      ["RNN of a cell", [3], () => [RNN(LSTMCell({ units: 4 }))]],
      ["RNN of two cells", [3], () => [RNN([LSTMCell({ units: 4 }), GRUCell({ units: 2 })], { returnSequences: s })]],
      ["RNN of a cell of the user's", [3], () => [RNN(LeakyCell())]],
      ["stacked", [3], () => [LSTM({ units: 4, returnSequences: s }), GRU({ units: 3, returnSequences: s }), SimpleRNN({ units: 2 })]], // prettier-ignore
      ["stateful", [3], () => [LSTM({ units: 4, stateful: true, returnSequences: s }), LSTM({ units: 2 })]],
    ])("%s", async (_name, sample, layers) => {
      const model = modelOf(sequence(...sample), ...layers());
      if (_name === "stateful") {
        // Its states are those of the calls of predict; a stream neither reads nor changes them.
        const live = model.stream();
        const a = await live.step(clipOf([1, ...sample]));
        expect((model.layers[1] as unknown as { states: unknown }).states).toBeUndefined();
        const y = await model.predict(clipOf([1, 1, ...sample]));
        expect(Array.from(await a.data())).toEqual(Array.from(await y.data()));
        return;
      }
      await expectEqual(model, [clipOf([2, 5, ...sample])]);
    });

    test("with the states as outputs", async () => {
      const x = sequence(3);
      const [y, h, c] = LSTM({ units: 4, returnState: true, returnSequences: true })(x) as unknown as SymbolicTensor[];
      await expectEqual(Model({ inputs: x, outputs: [y, h, c] }), [clipOf([2, 4, 3])]);
    });
  });

  describe("with layers that compute each step alone", () => {
    test("the frame model, batch normalization and dropout of a film", async () => {
      const x = sequence(6, 5, 2);
      const features = Dropout({ rate: 0.5 })(TimeDistributed(cnn())(x));
      const y = ConvLSTM2D({ filters: 3, kernelSize: 3, returnSequences: true })(BatchNormalization()(features));
      const z = TimeDistributed(GlobalAveragePooling2D())(y);
      const model = Model({ inputs: x, outputs: Dense({ units: 3, activation: "softmax" })(LSTM({ units: 4 })(z)) });
      for (const weight of model.weights) {
        weight.assign(numbers(weight.size, weight.size, 0.3, weight.name.includes("variance") ? 1 : 0.1));
      }
      await expectEqual(model, [clipOf([2, 4, 6, 5, 2])]);
    });

    test("tokens through an Embedding, with padding that is masked", async () => {
      const model = modelOf(
        Input({ shape: [null] }),
        Embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
        LayerNormalization(),
        GRU({ units: 4, returnSequences: true }),
        LSTM({ units: 3 }),
        Dense({ units: 2 }),
      );
      // Padding at the beginning, in the middle and at the end, of one clip and of both.
      const words = [
        [0, 3, 0, 5, 8, 0, 0],
        [0, 0, 4, 0, 1, 0, 2],
      ];
      await expectEqual(model, [tensor(words)]);
      const live = model.stream();
      const y = await live.step(3);
      expect(y.shape).toEqual([2]);
      expect(Array.from(await y.data())).toEqual(Array.from(await (await model.predict(tensor([[3]]))).data()));
    });

    test.each(["LSTM", "zeroOutputForMask", "a cell of the user's"])("Masking before %s", async (name) => {
      const sequences = { returnSequences: true, zeroOutputForMask: name === "zeroOutputForMask" };
      const layer = name === "a cell of the user's" ? RNN(LeakyCell(), sequences) : LSTM({ units: 3, ...sequences });
      const x = sequence(3);
      const masked = Masking()(x);
      const y = layer(masked);
      const model = Model({ inputs: x, outputs: [y, SimpleRNN({ units: 2 })(y)] });
      const values = numbers(2 * 6 * 3, 5);
      for (const step of [0, 2, 5, 6, 7, 9]) values.fill(0, 3 * step, 3 * step + 3);
      await expectEqual(model, [tensor(values, [2, 6, 3])]);
    });

    test("operations on each element, noise and sums of branches", async () => {
      const x = sequence(4);
      const a = LSTM({ units: 3, returnSequences: true })(multiply(x, [1, 2, 3, 4]));
      const b = GaussianNoise({ stddev: 1 })(Dense({ units: 3, activation: "tanh" })(affine(x, 0.5, 1)));
      const joined = Concatenate()([Add()([a, b]), x]);
      await expectEqual(Model({ inputs: x, outputs: [joined, GRU({ units: 2 })(joined)] }), [clipOf([2, 5, 4])]);
    });

    test("a model without any recurrent layer", async () => {
      await expectEqual(modelOf(sequence(4), Dense({ units: 3 }), Activation({ activation: "softmax" })), [clipOf([2, 3, 4])]); // prettier-ignore
    });
  });

  describe("whole models", () => {
    test("anything may follow the last recurrent layer, also a decoder over time", async () => {
      const model = modelOf(
        sequence(3),
        LSTM({ units: 4 }),
        RepeatVector({ n: 5 }),
        GRU({ units: 3, returnSequences: true, goBackwards: true }),
        Conv1D({ filters: 2, kernelSize: 2 }),
        Flatten(),
        Dense({ units: 3 }),
      );
      await expectEqual(model, [clipOf([2, 4, 3])]);
    });

    test("a layer and a nested model that are called twice have states for each call", async () => {
      const inside = sequence(3);
      const nested = Model({
        name: "inner",
        inputs: inside,
        outputs: LSTM({ units: 3, name: "memory", returnSequences: true })(Dense({ units: 3 })(inside)),
      });
      const shared = GRU({ units: 2, name: "shared" });
      const [a, b] = [sequence(3), sequence(3)];
      const model = Model({ inputs: [a, b], outputs: [Add()([shared(nested(a)), shared(nested(nested(b)))])] });
      await expectEqual(model, [clipOf([2, 4, 3], 1), clipOf([2, 4, 3], 2)]);
      const live = model.stream();
      await live.step([clipOf([1, 3]), clipOf([1, 3], 2)]);
      const names = ["inner/memory", "inner:1/memory", "inner:2/memory", "shared", "shared:1"];
      expect(Object.keys(live.states()).sort()).toEqual(names);
    });

    test("an input that no layer reads as a sequence is given anew at each step", async () => {
      const [x, place] = [sequence(3), Input({ shape: [2], name: "place" })];
      const y = Concatenate()([LSTM({ units: 3 })(x), Dense({ units: 2 })(place)]);
      const model = Model({ inputs: [x, place], outputs: Dense({ units: 2 })(y) });
      await expectEqual(model, [clipOf([2, 4, 3])], 1e-6, [clipOf([2, 2], 9)]);
    });

    test("Sequential, for clips of a fixed length, gives at the end what predict gives", async () => {
      const model = Sequential([
        Input({ shape: [4, 6, 5, 2] }),
        TimeDistributed(cnn()),
        ConvLSTM2D({ filters: 2, kernelSize: 3 }),
        Flatten(),
        Dense({ units: 3, activation: "softmax" }),
      ]);
      const clip = clipOf([1, 4, 6, 5, 2]);
      const live = model.stream();
      let y!: Tensor;
      for (let t = 0; t < 4; t++) y = await live.step(frameAt(clip, t).as([6, 5, 2]));
      expect(y.shape).toEqual([3]);
      const wanted = await (await model.predict(clip)).data();
      expect(Math.max(...(await y.data()).map((n, i) => Math.abs(n - wanted[i])))).toBeLessThanOrEqual(1e-6);
    });

    test("MobileNet under TimeDistributed, ConvLSTM2D and Dense, within 1e-5", async () => {
      const x = Input({ shape: [null, 32, 32, 3] });
      const frames = await MobileNet({ inputShape: [32, 32, 3], alpha: 0.25, includeTop: false, weights: null });
      let y = TimeDistributed(frames)(x);
      y = Flatten()(ConvLSTM2D({ filters: 8, kernelSize: 3, padding: "same" })(y));
      const model = Model({ inputs: x, outputs: Dense({ units: 5, activation: "softmax" })(y) });
      await expectEqual(model, [clipOf([1, 4, 32, 32, 3])], 1e-5);
    });
  });
});
