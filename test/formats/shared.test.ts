// Layers that lie inside several others, and several models of one file in one model.
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { beforeEach, describe, expect, test } from "vitest";
import { layerFromConfig, loadModel, saveModel } from "../../src/formats/index.js";
import {
  add,
  Add,
  Average,
  Bidirectional,
  clearNames,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  Input,
  Layer,
  type LayerCall,
  type LayerOptions,
  LSTM,
  LSTMCell,
  Model,
  type ModelLayer,
  type PartialShape,
  Pipeline,
  registerLayer,
  RNN,
  Sequential,
  setSeed,
  SpectralNormalization,
  Subtract,
  type Tensor,
  tensor,
  TimeDistributed,
} from "../../src/index.js";
import type { Named } from "../../src/named.js";
import { numbers } from "../support/cases/case.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
});

const frames = () => Input({ shape: [3, 4, 4, 1] });
const network = () =>
  Sequential({
    name: "cnn",
    layers: [
      Input({ shape: [4, 4, 1], name: "pixels" }),
      Conv2D({ filters: 2, kernelSize: 3, name: "conv" }),
      Flatten({ name: "flat" }),
    ],
  });

/** Two clips through one network, whose features are compared. */
function siamese() {
  const [a, b, cnn] = [frames(), frames(), network()];
  const [first, second] = [TimeDistributed(cnn, { name: "first" }), TimeDistributed(cnn, { name: "second" })];
  return Model({ inputs: [a, b], outputs: Subtract({ name: "difference" })([first(a), second(b)]) });
}

/** A tensor of these sizes, for each input of a model. */
const batchFor = (model: ModelLayer): Tensor[] =>
  model.inputs.map(({ shape }, i) => {
    const sizes = [2, ...(shape.slice(1) as number[])];
    return tensor(numbers(sizes.reduce((a, b) => a * b), i + 1), sizes); // prettier-ignore
  });

const inputsOf = (model: ModelLayer) => (model.inputs.length === 1 ? batchFor(model)[0] : batchFor(model)) as Tensor;

async function outputsOf(model: ModelLayer): Promise<number[][]> {
  const results = [await model.predict(inputsOf(model))].flat() as Tensor[];
  return Promise.all(results.map(async (y) => [...(await y.data())]));
}

/** Saves a model and loads it again, which has to give the same outputs of as many weights under the same names. */
async function again(model: ModelLayer, format: "safetensors" | "keras" = "safetensors"): Promise<ModelLayer> {
  model.weights.forEach((weight, i) => weight.assign(numbers(weight.size, i + 1)));
  const expected = await outputsOf(model);
  const bytes = await saveModel(model, undefined, { format });
  clearNames();
  const read = await loadModel(bytes, { compile: "required" });
  expect(read.weights.map(({ name }) => name)).toEqual(model.weights.map(({ name }) => name));
  expect(await outputsOf(read)).toEqual(expected);
  return read;
}

const insideOf = (model: ModelLayer, name: string): Layer => model.getLayer(name).sublayers[0];

/** Two models of one input side by side, or layers. */
function besides(...layers: (Layer & LayerCall)[]): ModelLayer {
  const x = Input({ shape: [3], name: "x" });
  return Model({ inputs: x, outputs: layers.map((layer) => layer(x)) }) as unknown as ModelLayer;
}

function functional(name: string, layer: Layer & LayerCall) {
  const x = Input({ shape: [3], name: `${name}_input` });
  return Model({ name, inputs: x, outputs: layer(x) });
}

const sequential = (name: string, layer: Layer) => Sequential({ name, layers: [Input({ shape: [3] }), layer] });
const dense = () => Dense({ units: 3, name: "shared" });

/** Models with one layer in several places, by what both formats hold of them. */
const places: Record<string, () => ModelLayer> = {
  "a network in two TimeDistributed": siamese,
  "a network in a TimeDistributed and called itself": () => {
    const [clip, frame, cnn] = [frames(), Input({ shape: [4, 4, 1] }), network()];
    return Model({ inputs: [clip, frame], outputs: [TimeDistributed(cnn)(clip), cnn(frame)] }) as unknown as ModelLayer;
  },
  "a layer of two Sequentials": () => {
    const one = dense();
    return besides(sequential("a", one), sequential("b", one));
  },
  "the backward layers of two Bidirectionals": () => {
    const backwardLayer = LSTM({ units: 2, goBackwards: true, name: "back" });
    const x = Input({ shape: [3, 2] });
    const ahead = () => Bidirectional(LSTM({ units: 2 }), { backwardLayer });
    return Model({ inputs: x, outputs: [ahead()(x), ahead()(x)] }) as unknown as ModelLayer;
  },
  "a cell of two RNNs": () => {
    const cell = LSTMCell({ units: 2, name: "cell" });
    const x = Input({ shape: [3, 2] });
    return Model({ inputs: x, outputs: [RNN(cell)(x), RNN(cell)(x)] }) as unknown as ModelLayer;
  },
  "a layer and its normalization": () => {
    const one = dense();
    return besides(SpectralNormalization(one), one);
  },
  "one layer twice in a Pipeline": () => {
    const one = dense();
    return besides(Pipeline({ layers: [one, one] }));
  },
  "an input of two models": () => {
    const x = Input({ shape: [3], name: "one" });
    const part = (name: string, units: number) => Model({ name, inputs: x, outputs: Dense({ units })(x) });
    return besides(part("a", 2), part("b", 1));
  },
};

/** Models that only our own format holds, with what Keras does not tell apart. */
const ownPlaces: Record<string, () => ModelLayer> = {
  "a layer of two functional models": () => {
    const one = dense();
    return besides(functional("a", one), functional("b", one));
  },
  "a layer of a model and of one inside it": () => {
    const one = dense();
    return besides(functional("a", one), one);
  },
};

describe("one layer inside several others", () => {
  test.each(Object.keys(places))("%s is one after reading, in both formats", async (name) => {
    for (const format of ["safetensors", "keras"] as const) {
      clearNames();
      const model = places[name]();
      const read = await again(model, format);
      expect(read.trainableWeights.length).toBe(model.trainableWeights.length);
    }
  });

  test.each(Object.keys(ownPlaces))("%s is one after reading, and refused by .keras", async (name) => {
    await again(ownPlaces[name]());
    clearNames();
    await expect(saveModel(ownPlaces[name](), undefined, { format: "keras" })).rejects.toThrow(
      /Dense "shared" lies both in Functional ".*" and in Functional ".*", whose calls Keras 3 cannot tell apart in a file; save as .safetensors/,
    );
  });

  test.each(["safetensors", "keras"] as const)("training continues after reading: %s", async (format) => {
    const model = siamese();
    model.compile({ optimizer: "adam", loss: "mse" });
    const goal = tensor(numbers(2 * 3 * 8, 7), [2, 3, 8]);
    const train = (each: ModelLayer) => each.fit(inputsOf(each), goal, { epochs: 2, verbose: 0, shuffle: false });
    const read = await again(model, format);
    expect(insideOf(read, "first")).toBe(insideOf(read, "second"));
    await train(model);
    await train(read);
    expect(await outputsOf(read)).toEqual(await outputsOf(model));
    // The moments of Adam too, which are those of one network.
    const later = await loadModel(await saveModel(read, undefined, { format }));
    await train(model);
    await train(later);
    expect(await outputsOf(later)).toEqual(await outputsOf(model));
  });

  test("draws of a shared layer go on where they were", async () => {
    const [a, b, one] = [Input({ shape: [3, 4] }), Input({ shape: [3, 4] }), Dropout({ rate: 0.5, seed: 3 })];
    const model = Model({ inputs: [a, b], outputs: Add()([TimeDistributed(one)(a), TimeDistributed(one)(b)]) });
    const drawn = async (each: ModelLayer) => [
      ...(await (each.apply(batchFor(each), { training: true }) as Tensor).data()),
    ];
    await drawn(model);
    const read = await loadModel(await saveModel(model));
    const first = await drawn(model);
    expect(await drawn(read)).toEqual(first);
    expect(await drawn(read)).toEqual(await drawn(model));
  });

  test("is frozen in .keras only where it is frozen in all places", async () => {
    const read = async (...trainable: boolean[]) => {
      const [x, one] = [Input({ shape: [3, 4] }), Dense({ units: 1 })];
      const outputs = trainable.map((each) => TimeDistributed(one, { trainable: each })(x));
      const model = Model({ inputs: x, outputs }) as unknown as ModelLayer;
      return [model, await loadModel(await saveModel(model, undefined, { format: "keras" }))];
    };
    for (const model of await read(false, true)) expect(model.trainableWeights.length).toBe(2);
    for (const model of await read(false, false)) expect(model.trainableWeights.length).toBe(0);
  });

  test("of a user-defined layer, where it is among its options", async () => {
    const one = dense();
    await again(besides(new PairLayer({ a: one, b: dense() }) as never, sequential("s", one)));
    const [x, y] = [Input({ shape: [3], name: "x" }), Input({ shape: [3], name: "y" })];
    const hidden = new HidingLayer();
    const model = Model({
      inputs: [x, y],
      outputs: [hidden.apply(x), (hidden.inside as LayerCall & Layer)(y)] as never,
    });
    await expect(saveModel(model)).rejects.toThrow(
      /Dense "inside" lies both in .*, which do not have it among their options; only such layers, and those of models, can be shared/,
    );
    await expect(saveModel(model, undefined, { format: "keras" })).rejects.toThrow(/of which Keras 3 makes two layers/);
  });
});

/** Adds the results of two layers. */
class PairLayer extends Layer {
  static override className = "Pair";
  readonly pair: readonly Layer[];
  constructor(options: LayerOptions & { a: Layer; b: Layer }) {
    super(options, ["a", "b"]);
    this.pair = [options.a, options.b];
  }
  override get sublayers() {
    return this.pair;
  }
  static override fromConfig({ a, b, ...options }: Record<string, unknown>): Layer {
    return new this({ ...options, a: layerFromConfig(a as Named), b: layerFromConfig(b as Named) });
  }
  override build(shapes: PartialShape[]) {
    for (const layer of this.pair) layer.buildOnce(shapes);
  }
  override call(inputs: Tensor[]): Tensor[] {
    const [a, b] = this.pair.map((layer) => layer.compute(inputs)[0]);
    return [add(a, b)];
  }
  override computeOutputShape(shapes: PartialShape[]) {
    return this.pair[0].outputShapes(shapes);
  }
}

/** Has a layer inside that none of its options names. */
class HidingLayer extends Layer {
  static override className = "Hiding";
  readonly inside = Dense({ units: 3, name: "inside" });
  override get sublayers() {
    return [this.inside];
  }
  override call(inputs: Tensor[]): Tensor[] {
    return this.inside.compute(inputs);
  }
  override computeOutputShape(shapes: PartialShape[]) {
    return this.inside.outputShapes(shapes);
  }
}
registerLayer(PairLayer);
registerLayer(HidingLayer);

describe("descriptions of shared layers in files of others", () => {
  const shared = (number: unknown, layer?: Named): Named => ({ className: "zoetrope>Shared", config: { number, ...(layer && { layer }) } }); // prettier-ignore
  const one: Named = { className: "Dense", config: { units: 1 } };
  const pair = (...layers: Named[]): Named => ({ className: "Pipeline", config: { layers } });

  test.each([
    [shared(0), "fromConfig: shared layer 0 is named before it is described."],
    [pair(shared(0, one), shared(0, one)), "fromConfig: shared layer 0 is described twice."],
    [shared("a", one), 'fromConfig: shared layer "a"; expected a whole number.'],
    [shared(0, pair(shared(0))), "fromConfig: shared layer 0 is named before it is described."],
  ])("%j is refused", (described, message) => {
    expect(() => layerFromConfig(described)).toThrow(message);
  });

  test("pairs of pairs of pairs are refused before they are walked", () => {
    let described = one;
    for (let i = 0; i < 40; i++) described = pair(shared(i, described), shared(i));
    expect(() => layerFromConfig(described)).toThrow("and other shared layers are repeated more often than is read");
  });

  test("a failed reading does not disturb the next", () => {
    expect(() => layerFromConfig(pair(shared(0, one), shared(1)))).toThrow("is named before it is described");
    expect(() => layerFromConfig(shared(0))).toThrow("is named before it is described");
  });
});

describe("two models of one file in one model", () => {
  const fileOf = async (format: "safetensors" | "keras") => {
    const model = Sequential({ name: "net", layers: [Input({ shape: [3] }), Dense({ units: 4, name: "hidden" }), Dense({ units: 2, name: "scores" })] }); // prettier-ignore
    return saveModel(model, undefined, { format });
  };

  const ensemble = async (format: "safetensors" | "keras") => {
    const bytes = await fileOf(format);
    const [first, second] = [await loadModel(bytes), await loadModel(bytes)];
    const x = Input({ shape: [3], name: "x" });
    const join = () => Model({ name: "both", inputs: x, outputs: Average({ name: "mean" })([first(x), second(x)]) });
    expect(join).toThrow('Functional "both": two layers are named "net"; rename one.');
    second.name = "second";
    return { first, second, model: join() };
  };

  test.each(["safetensors", "keras"] as const)("have weights of their own after reading: %s", async (format) => {
    const { second, model } = await ensemble(format);
    expect(second.label).toBe('Sequential "second"');
    expect(model.getLayer("second")).toBe(second);
    model.compile({ optimizer: "adam", loss: "mse" });
    const read = await again(model, format);
    const [a, b] = await Promise.all(["net", "second"].map((name) => read.getLayer(name).getWeights()));
    expect(a.map(({ data }) => [...data])).not.toEqual(b.map(({ data }) => [...data]));
    const goal = tensor([1, 0, 0, 1], [2, 2]);
    for (const each of [model, read]) await each.fit(inputsOf(each), goal, { epochs: 2, verbose: 0, shuffle: false });
    expect(await outputsOf(read)).toEqual(await outputsOf(model));
    const later = await loadModel(await saveModel(read, undefined, { format }));
    expect(await outputsOf(later)).toEqual(await outputsOf(model));
  });

  test("under TimeDistributed need no other names", async () => {
    const bytes = await fileOf("safetensors");
    const [first, second] = [await loadModel(bytes), await loadModel(bytes)];
    const x = Input({ shape: [2, 3] });
    const outputs = Average()([TimeDistributed(first)(x), TimeDistributed(second)(x)]);
    for (const format of ["safetensors", "keras"] as const) await again(Model({ inputs: x, outputs }), format);
  });

  test("a new name goes into the file; one that is no text, or taken, is refused when the model is saved", async () => {
    const { first, model } = await ensemble("safetensors");
    first.name = "first";
    expect(first.getConfig().name).toBe("first");
    expect((await loadModel(await saveModel(model))).layers.map(({ name }) => name)).toContain("first");
    expect((await loadModel(await saveModel(first))).name).toBe("first");
    first.name = "second";
    await expect(saveModel(model)).rejects.toThrow(
      'saveModel: two layers of Functional "both" are named "second"; rename one.',
    );
    first.name = 5 as never;
    await expect(saveModel(model)).rejects.toThrow("saveModel: a Sequential has the name 5; expected a text.");
  });
});

describe("shared layers in files of Keras", () => {
  /** A `.keras` file with another config.json. */
  const changed = async (bytes: Uint8Array, change: (config: KerasObject) => void) => {
    const files = unzipSync(bytes);
    const config = JSON.parse(strFromU8(files["config.json"])) as KerasObject;
    change(config);
    return zipSync({ ...files, "config.json": strToU8(JSON.stringify(config)) });
  };
  /** The descriptions of the network in its two places. */
  const networksIn = ({ config }: KerasObject) => {
    const layers = config.layers as KerasObject[];
    return layers.flatMap((layer) =>
      layer.class_name === "TimeDistributed" ? [layer.config.layer as KerasObject] : [],
    );
  };
  const file = () => saveModel(siamese(), undefined, { format: "keras" });

  test("each place has the whole description and one id", async () => {
    const bytes = await changed(await file(), (config) => {
      const [first, second] = networksIn(config);
      expect(first).toEqual(second);
      expect(first.shared_object_id).toBe("shared 1");
    });
    expect((await loadModel(bytes)).countParams()).toBe(20);
  });

  test("the first place may lack the id, as where Keras writes it", async () => {
    const bytes = await changed(await file(), (config) => {
      const [first, second] = networksIn(config);
      delete first.shared_object_id;
      second.shared_object_id = 140064794590608;
    });
    const read = await loadModel(bytes);
    expect(insideOf(read, "first")).toBe(insideOf(read, "second"));
  });

  test.each<[string, (networks: KerasObject[]) => void]>([
    ["that say different things", ([, second]) => void (second.config.trainable = false)],
    ["without ids", (networks) => networks.forEach((network) => delete network.shared_object_id)],
    ["of other ids", ([first]) => void (first.shared_object_id = 7)],
  ])("places %s are of two layers, the second of which has no weights", async (_, change) => {
    const bytes = await changed(await file(), (config) => change(networksIn(config)));
    await expect(loadModel(bytes)).rejects.toThrow("describes more weights than the file holds");
  });

  test("it is not guessed which of two earlier places is meant", async () => {
    const clips = [frames(), frames(), frames()];
    const [one, other] = [network(), network()];
    const inside = [one, other, other];
    const outputs = clips.map((clip, i) => TimeDistributed(inside[i], { name: `td${i}` })(clip));
    const model = Model({ inputs: clips, outputs }) as unknown as ModelLayer;
    await again(model, "keras");
    const saved = await saveModel(model, undefined, { format: "keras" });
    const withIds = (...ids: (number | undefined)[]) =>
      changed(saved, (config) => {
        ids.forEach((id, i) => Object.assign(networksIn(config)[i], { shared_object_id: id }));
      });
    await expect(loadModel(await withIds(undefined, undefined, 7))).rejects.toThrow("describes more weights");
    // The first is equal, and would be taken for the place without an id.
    await expect(loadModel(await withIds(undefined, 7, 7))).rejects.toThrow(
      'holds weights in "layers/time_distributed_1/layer/" for Sequential "cnn", which has those of an earlier place',
    );
  });
});

interface KerasObject {
  class_name: string;
  config: Record<string, unknown>;
  shared_object_id?: number | string;
}
