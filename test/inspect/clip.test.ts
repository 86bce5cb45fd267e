// zoetrope/inspect on one clip: a model cut at its recurrent layer, and everything that a report shows of it.
import { describe, expect, test } from "vitest";
import {
  add,
  Add,
  Bidirectional,
  Concatenate,
  ConvLSTM2D,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  GRU,
  Input,
  LSTM,
  memory,
  Model,
  random,
  type ModelLayer,
  Sequential,
  SimpleRNN,
  type Tensor,
  TimeDistributed,
} from "../../src/index.js";
import {
  type ClipCell,
  gradientThroughTime,
  rankLabels,
  saturation,
  splitAtRecurrent,
  trace,
  traceClip,
} from "../../src/inspect/index.js";
import { type ReportClip, reportHtml } from "../../src/report/index.js";

/** Clips [3, 12, 12, 3] to two classes: a model of each frame, a ConvLSTM2D "memory", a classifier. */
function film() {
  const video = Input({ shape: [3, 12, 12, 3] });
  const frame = Sequential([Input({ shape: [12, 12, 3] }), Conv2D({ filters: 2, kernelSize: 3 })]);
  const maps = ConvLSTM2D({ filters: 3, kernelSize: 3, name: "memory" })(TimeDistributed(frame)(video));
  return Model({ inputs: video, outputs: Dense({ units: 2, activation: "softmax" })(Flatten()(maps)), name: "film" });
}

async function valuesOf(y: Tensor): Promise<number[]> {
  const values = [...(await y.data())];
  y.dispose();
  return values;
}

describe("a model cut at its recurrent layer", () => {
  test("computes the same as the whole model", async () => {
    const model = film();
    const clip = random([2, 3, 12, 12, 3], { seed: 2 });
    const { before, after, layer } = splitAtRecurrent(model);
    expect(layer).toBe("memory");
    const features = await before!.predict(clip);
    expect(await valuesOf(await after.predict(features))).toEqual(await valuesOf(await model.predict(clip)));
    expect(await valuesOf(trace(after, features, { layer }).h)).toEqual(await valuesOf(trace(model, clip, { layer }).h)); // prettier-ignore
  });

  test("has a model of each frame, which gives for a frame what the part before gives for it in a clip", async () => {
    const { before, frameModel } = splitAtRecurrent(film());
    const clip = random([1, 3, 12, 12, 3], { seed: 3 });
    const frame = { data: (await clip.data()).subarray(432, 864), shape: [1, 12, 12, 3] };
    const features = await valuesOf(await before!.predict(clip));
    expect(await valuesOf(await frameModel!.predict(frame))).toEqual(features.slice(200, 400));
  });

  test("has no model of each frame where there are other layers before the recurrent layer", () => {
    const video = Input({ shape: [3, 12, 12, 3] });
    const frame = Sequential([Input({ shape: [12, 12, 3] }), Conv2D({ filters: 2, kernelSize: 3 })]);
    const maps = TimeDistributed(Conv2D({ filters: 2, kernelSize: 3 }))(TimeDistributed(frame)(video));
    const { before, frameModel } = splitAtRecurrent(
      Model({ inputs: video, outputs: ConvLSTM2D({ filters: 1 })(maps) }),
    );
    expect(before!.graph.length).toBe(2);
    expect(frameModel).toBeUndefined();
  });

  test("has no part before where the recurrent layer reads the input", () => {
    const x = Input({ shape: [4, 3] });
    const { before, frameModel } = splitAtRecurrent(Model({ inputs: x, outputs: LSTM({ units: 2 })(x) }));
    expect([before, frameModel]).toEqual([undefined, undefined]);
  });

  test("is cut before the layer that contains the recurrent layer", async () => {
    const x = Input({ shape: [4, 3] });
    const y = Bidirectional(LSTM({ units: 2 }), { name: "both" })(Dense({ units: 5 })(x));
    const model = Model({ inputs: x, outputs: y });
    const { before, after, layer } = splitAtRecurrent(model, { layer: "both/backward" });
    const clip = random([1, 4, 3], { seed: 4 });
    const features = await before!.predict(clip);
    expect(features.shape).toEqual([1, 4, 5]);
    const name = "both/backward";
    expect(await valuesOf(trace(after, features, { layer }).c)).toEqual(await valuesOf(trace(model, clip, { layer: name }).c)); // prettier-ignore
  });

  test("needs one input, one path through the layer, and the name of the layer where there are several", () => {
    const [x, y] = [Input({ shape: [4, 8, 8, 3] }), Input({ shape: [6, 6, 2] })];
    const first = ConvLSTM2D({ filters: 2, returnSequences: true, padding: "same", name: "first" })(x);
    const second = ConvLSTM2D({ filters: 2, name: "second" })(first);
    const stack = Model({ inputs: x, outputs: second, name: "stack" });
    expect(() => splitAtRecurrent(stack)).toThrow(/"stack" holds 2 recurrent layers.*"first", "second"\.$/);
    expect(splitAtRecurrent(stack, { layer: "second" }).layer).toBe("second");
    expect(() => splitAtRecurrent(stack, { layer: "third" })).toThrow(/^splitAtRecurrent: .*no layer "third"; /);
    expect(() => splitAtRecurrent(stack, { leyer: "first" } as object)).toThrow('did you mean "layer"?');
    const two = Model({ inputs: [x, y], outputs: Add()([second, y]) });
    expect(() => splitAtRecurrent(two, { layer: "second" })).toThrow(/has 2 inputs; expected one\.$/);
    const none = Model({ inputs: y, outputs: GlobalAveragePooling2D()(y) });
    expect(() => splitAtRecurrent(none)).toThrow(/no recurrent layer/);
    const z = Input({ shape: [4, 3] });
    const inner = Dense({ units: 2 })(z);
    const around = Model({ inputs: z, outputs: Concatenate()([LSTM({ units: 2, returnSequences: true })(inner), z]) });
    expect(() => splitAtRecurrent(around)).toThrow(/depend/);
    const lstm = LSTM({ units: 3, returnSequences: true, name: "shared" });
    const twice = Model({ inputs: z, outputs: lstm(lstm(z)) });
    expect(() => splitAtRecurrent(twice)).toThrow(/calls "shared" 2 times/);
  });
});

/** [time, 3] to two classes. */
const classifier = (recurrent: (x: ReturnType<typeof Input>) => ReturnType<typeof Input>): ModelLayer => {
  const x = Input({ shape: [4, 3] });
  return Model({ inputs: x, outputs: Dense({ units: 2, activation: "softmax" })(recurrent(x)) });
};

describe("a traced clip", () => {
  test("holds what the single functions return, as plain data, and leaves no tensor behind", async () => {
    const model = film();
    const clip = random([1, 3, 12, 12, 3], { seed: 5 });
    await model.predict(clip).then((y) => y.dispose());
    const before = memory().buffers;
    const traced = await traceClip(model, clip, { classes: ["left", "right"] });
    expect(memory().buffers).toBe(before);
    expect(traced.layer).toBe("memory");
    expect(Object.keys(traced.gates).sort()).toEqual(["c", "f", "g", "h", "i", "o"]);
    const f = trace(model, clip, { layer: "memory" }).f;
    expect(traced.gates.f.shape).toEqual([f.shape[0], ...f.shape.slice(2)]);
    expect([...traced.gates.f.data]).toEqual(await valuesOf(f));
    const { count, gates } = await saturation(model, clip);
    expect(traced.saturation!.o.low).toEqual(gates.o.low.map((n) => n / count));
    const scores = await valuesOf(await model.predict(clip));
    expect(traced.prediction).toEqual(rankLabels(scores, ["left", "right"]));
    const best = scores.indexOf(Math.max(...scores));
    const { h, c } = gradientThroughTime(model, clip, best);
    expect(traced.gradient.h).toEqual(await valuesOf(h.norm));
    expect(traced.gradient.c).toEqual(await valuesOf(c!.norm));
    expect(traced.gradient.of).toBe(`the score of "${["left", "right"][best]}"`);
  });

  test.each([
    ["LSTM", LSTM({ units: 5 }), ["c", "f", "g", "h", "i", "o"], ["f", "i", "o"]],
    ["GRU", GRU({ units: 5 }), ["g", "h", "r", "z"], ["r", "z"]],
    ["SimpleRNN", SimpleRNN({ units: 5 }), ["h"], undefined],
  ])("of %s is a clip of a report", async (name, recurrent, states, gates) => {
    const data = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const traced = await traceClip(classifier(recurrent), { data, shape: [1, 4, 3] });
    expect(Object.keys(traced.gates).sort()).toEqual(states);
    expect(traced.gates.h.shape).toEqual([4, 5]);
    expect(traced.saturation && Object.keys(traced.saturation).sort()).toEqual(gates);
    expect(traced.prediction.map(({ label }) => label).sort()).toEqual(["class 1", "class 2"]);
    const clip: ReportClip = { name, size: 2, frames: new Uint8Array(48), times: [0, 1, 2, 3], ...traced };
    expect(reportHtml({ title: name, facts: [], notes: [], clips: [clip] })).toContain(`Layer “${traced.layer}”`);
  });

  test.each<[string, Parameters<typeof classifier>[0], ClipCell]>([
    ["LSTM", LSTM({ units: 2, activation: "relu", useBias: false }), { kind: "LSTM", activation: "relu", recurrentActivation: "sigmoid", useBias: false, goBackwards: false }],
    ["GRU", GRU({ units: 2, resetAfter: false, activation: { className: "elu", config: { alpha: 2 } } }), { kind: "GRU", activation: "elu", recurrentActivation: "sigmoid", useBias: true, resetAfter: false, goBackwards: false }],
    ["SimpleRNN", SimpleRNN({ units: 2, goBackwards: true, activation: function twice(x) { return add(x, x); } }), { kind: "SimpleRNN", activation: "twice", useBias: true, goBackwards: true }],
  ])("says what its layer is: %s", async (_, recurrent, cell) => {
    const traced = await traceClip(classifier(recurrent), random([1, 4, 3], { seed: 6 }));
    expect(traced.cell).toEqual(cell);
  }); // prettier-ignore

  test("says that its layer is a ConvLSTM", async () => {
    const { cell } = await traceClip(film(), random([1, 3, 12, 12, 3], { seed: 5 }));
    expect(cell).toEqual({ kind: "ConvLSTM", activation: "tanh", recurrentActivation: "sigmoid", useBias: true, goBackwards: false }); // prettier-ignore
  });

  test("must be one clip, of a model whose output is scores", async () => {
    const model = classifier(LSTM({ units: 5 }));
    await expect(traceClip(model, random([2, 4, 3]))).rejects.toThrow(
      "traceClip: received [2, 4, 3]; expected one clip, [1, time, ...].",
    );
    const x = Input({ shape: [4, 3] });
    const sequence = Model({ inputs: x, outputs: LSTM({ units: 2, returnSequences: true })(x), name: "sequence" });
    await expect(traceClip(sequence, random([1, 4, 3]))).rejects.toThrow(
      /"sequence" gives \[null, 4, 2\]; expected scores \[batch, classes\]\.$/,
    );
    await expect(traceClip(model, random([1, 4, 3]), { clases: ["a"] } as object)).rejects.toThrow(
      'did you mean "classes"?',
    );
  });
});

test("labels are ranked by their scores", () => {
  expect(rankLabels([0.1, 0.7, 0.2], ["a", "b"])).toEqual([
    { label: "b", score: 0.7 },
    { label: "class 3", score: 0.2 },
    { label: "a", score: 0.1 },
  ]);
});
