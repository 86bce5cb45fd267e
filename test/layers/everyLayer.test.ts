// Every layer that is exported, by its rows in test/support/cases/layers.ts: in double, on the reference; saving and
// loading, on wasm.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stopGradient } from "../../src/autograd.js";
import { getBackend } from "../../src/backend.js";
import { ArgumentError, ShapeError, shapeText } from "../../src/errors.js";
import { layerFromConfig, loadModel, loadWeights, saveModel, saveWeights } from "../../src/formats/index.js";
import * as zoetrope from "../../src/index.js";
import {
  Cell,
  clearNames,
  Dense,
  Flatten,
  init,
  Input,
  Layer,
  type LayerCall,
  memory,
  Model,
  multiply,
  type OneOrMany,
  type PartialShape,
  scope,
  setSeed,
  SGD,
  type Shape,
  strings,
  type SymbolicTensor,
  tensor,
  type Tensor,
  Variable,
} from "../../src/index.js";
import * as layerExports from "../../src/layers/index.js";
import { withReference64 } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";
import { directional } from "../support/cases/directional.js";
import { dataOf, layerOf, type LayerRow, layerRows, shapesOf, textsOf, valuesOf } from "../support/cases/layers.js";

type LayerClass = typeof Layer;

/** Base classes, which are no layers by themselves, and operations, which test/operations tries one by one. */
const abstract: unknown[] = [Layer, Cell, zoetrope.OperationLayer];
const isLayer = (item: unknown) => typeof item === "function" && item.prototype instanceof Layer;
const isClass = (item: unknown): item is LayerClass => isLayer(item) && Object.hasOwn(item as object, "className");
const classes = Object.values(zoetrope as Record<string, unknown>).filter(isClass).filter((item) => !abstract.includes(item)); // prettier-ignore

test("every layer that is exported has a row, and every row a layer", () => {
  const names = classes.map(({ className }) => className);
  expect(Object.keys(layerRows).sort()).toEqual(names.sort());
});

test("the class of every callable is exported, as readers of files need it", () => {
  const callables = Object.keys(layerExports).filter(
    (name) => /^[A-Z]/.test(name) && !isLayer(layerExports[name as never]),
  );
  const known = classes.map(({ className }) => className);
  expect(callables.filter((name) => name !== "Input" && !known.includes(name))).toEqual([]);
});

const rows = Object.entries(layerRows).flatMap(([name, list]) =>
  list.map((row, i) => ({ name, row, title: `${name} ${i + 1}: ${JSON.stringify(row.options ?? {})}` })),
);

const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
/** One tensor or a list, as the row says. */
const asGiven = <T>({ input }: LayerRow, items: T[]): OneOrMany<T> => (Array.isArray(input[0]) ? items : items[0]);

const tensorOf = (row: LayerRow, values: Float32Array, shape: Shape): Tensor =>
  row.strings ? strings(textsOf(values), shape) : tensor(values, shape);
const tensorsOf = (row: LayerRow, shapes = shapesOf(row), values = valuesOf(row, shapes)): OneOrMany<Tensor> =>
  asGiven(
    row,
    shapes.map((shape, i) => tensorOf(row, values[i], shape)),
  );
const compute = (layer: Layer, x: OneOrMany<Tensor>, training = false): Tensor[] =>
  layer.compute(list(x), { training });
const withBatch = (shapes: Shape[], batch: number) => shapes.map(([, ...sample]) => [batch, ...sample]);

const read = async (tensors: Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (y) => Array.from(await y.data())));
const symbolic = (row: LayerRow, shapes: PartialShape[]): OneOrMany<SymbolicTensor> =>
  asGiven(
    row,
    shapes.map(([, ...shape]) => Input({ shape, ...(row.strings && { dtype: "string" as const }) })),
  );
const connect = (layer: Layer, x: OneOrMany<SymbolicTensor>) =>
  list((layer as Layer & LayerCall)(x as SymbolicTensor) as OneOrMany<SymbolicTensor>);

/** Where the size of an axis is unknown, the output shape has no wrong size; the layer may also refuse it. */
function checkUnknown(layer: Layer, row: LayerRow, axis: number, eager: Shape[]): void {
  const partial = shapesOf(row).map((shape) => shape.map((size, i) => (i === axis ? null : size)));
  try {
    const shapes = layer.outputShapes(partial);
    shapes.forEach((shape, i) => expect(shape.map((size, j) => size ?? eager[i][j])).toEqual(eager[i]));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
  }
}

/** The labels that an error may begin with: a layer may let a layer inside it refuse a shape. */
const labelsOf = (layer: Layer): string[] => [layer.label, ...layer.sublayers.flatMap(labelsOf)];
function messageOf(attempt: () => unknown): string {
  try {
    attempt();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** A layer that is only there for prediction refuses a step of training, in one line that begins with its name. */
async function expectRefusal(layer: Layer, step: () => Promise<unknown>): Promise<void> {
  const error: unknown = await step().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ArgumentError);
  expect((error as Error).message).toMatch(
    new RegExp(`^${layer.label}: cannot be trained with here, as ${layer.className} is only there for prediction; `),
  );
}

/** Sets weights that are neither all alike nor at a point where a gradient is zero. */
function setDistinctWeights(layer: Layer): void {
  layer.weights.forEach((weight, i) =>
    weight.assign(numbers(weight.size, 50 + i, 0.4, weight.name.includes("variance") ? 1 : 0.1)),
  );
}

withReference64(() => {
  beforeEach(() => {
    clearNames();
    setSeed(1);
  });

  describe.each(rows)("$title", ({ name, row }) => {
    const made: Layer[] = [];
    const layerFor = (more?: object): Layer => {
      const layer = layerOf(name, row, more);
      made.push(layer);
      return layer;
    };
    afterEach(() => {
      for (const layer of made.splice(0)) for (const weight of layer.weights) weight.dispose();
    });

    test("its config makes an equal layer, to which a file gives its weights", async () => {
      const layer = layerFor();
      const text = JSON.stringify(layer.getConfig());
      const again = layerFromConfig({ className: layer.className, config: JSON.parse(text) as object });
      made.push(again);
      expect(again.constructor).toBe(layer.constructor);
      expect(again.name).toBe(layer.name);
      expect(JSON.parse(JSON.stringify(again.getConfig()))).toEqual(JSON.parse(text));
      const x = tensorsOf(row);
      for (const one of [layer, again]) compute(one, x);
      setDistinctWeights(layer);
      const expected = await read(compute(layer, x));
      await loadWeights(again, await saveWeights(layer));
      expect(await read(compute(again, x))).toEqual(expected);
      expect(again.weights.map((weight) => weight.name)).toEqual(layer.weights.map((weight) => weight.name));
    });

    test("computeOutputShape gives the shapes of the outputs, with known and unknown sizes; the number of weights is as expected", () => {
      const layer = layerFor();
      const shapes = shapesOf(row);
      const said = connect(layer, symbolic(row, shapes)).map(({ shape }) => shape);
      const results = compute(layer, tensorsOf(row));
      const eager = results.map(({ shape }) => shape);
      expect(said.map(([, ...shape]) => shape)).toEqual(eager.map(([, ...shape]) => shape));
      expect(said.every(([batch]) => batch === null)).toBe(true);
      expect(layer.outputShapes(shapes)).toEqual(eager);
      for (let axis = 0; axis < shapes[0].length; axis++) checkUnknown(layer, row, axis, eager);
      const count = layer.trainableWeights.reduce((sum, { size }) => sum + size, 0);
      const { params = 0, weights = 0, trainable = params } = row;
      expect([layer.weights.length, layer.countParams(), count]).toEqual([weights, params, trainable]);
      expect(new Set(layer.weights.map((weight) => weight.name)).size).toBe(weights);
    });

    test("samples of a batch do not influence each other", async () => {
      const layer = layerFor();
      const shapes = shapesOf(row);
      const three = withBatch(shapes, 3);
      const values = valuesOf(row, three);
      const together = await read(compute(layer, tensorsOf(row, three, values)));
      for (let i = 0; i < 3; i++) {
        const sample = values.map((data) => data.slice((i * data.length) / 3, ((i + 1) * data.length) / 3));
        const alone = await read(compute(layer, tensorsOf(row, withBatch(shapes, 1), sample)));
        alone.forEach((part, output) => {
          const expected = together[output].slice(i * part.length, (i + 1) * part.length);
          part.forEach((value, j) => expect(Math.abs(value - expected[j])).toBeLessThan(1e-12));
        });
      }
    });

    test("an empty batch gives an empty result, and leaves no memory behind", () => {
      const layer = layerFor();
      compute(layer, tensorsOf(row));
      const before = memory().usedBytes;
      for (const training of row.predictOnly ? [false] : [false, true]) {
        scope(() => {
          const x = tensorsOf(row, withBatch(shapesOf(row), 0));
          const shapes = layer.outputShapes(list(x).map(({ shape }) => shape));
          expect(compute(layer, x, training).map(({ shape }) => shape)).toEqual(shapes);
        });
      }
      expect(memory().usedBytes).toBe(before);
    });

    const training = row.predictOnly ? "training is refused by name" : "a step of training lowers the loss";
    test(training, async () => {
      const layer = layerFor();
      const x = symbolic(row, shapesOf(row));
      const parts = connect(layer, x).map((part) => Dense({ units: 2 })(Flatten()(part)));
      const model = Model({ inputs: x, outputs: parts[0] });
      made.push(model);
      model.compile({ optimizer: SGD({ learningRate: 1e-3 }), loss: "mse" });
      const data = dataOf(row);
      const [batch] = data[0].shape;
      const target = { data: numbers(2 * batch, 90), shape: [batch, 2] };
      if (row.predictOnly) return expectRefusal(layer, () => model.trainOnBatch(data, target));
      // Where training is random, the loss after many steps is compared, in inference.
      const measure = async () =>
        (await (row.random ? model.testOnBatch(data, target) : model.trainOnBatch(data, target))).loss;
      const before = await measure();
      for (let step = 0; step < (row.random ? 30 : 1); step++) await model.trainOnBatch(data, target);
      expect(await measure()).toBeLessThan(before);
      model.optimizer!.dispose();
    });

    test("gradients agree with finite differences, and no memory is left behind", async () => {
      const layer = layerFor();
      const shapes = shapesOf(row);
      scope(() => compute(layer, tensorsOf(row)));
      setDistinctWeights(layer);
      const held = getBackend().memory().buffers;
      const inputs = shapes.map((shape, i) => new Variable(`input ${i}`, shape).assign(valuesOf(row)[i]));
      const variables = [...(row.integers ? [] : inputs), ...layer.trainableWeights];
      const moving = layer.nonTrainableWeights;
      const states = await Promise.all(moving.map((weight) => weight.data()));
      const skipsTraining = row.random || row.predictOnly || row.changesWeights;
      for (const training of skipsTraining ? [false] : [false, true]) {
        const f = () => {
          moving.forEach((weight, i) => weight.assign(states[i]));
          return compute(layer, row.strings ? tensorsOf(row) : asGiven(row, inputs as Tensor[]), training);
        };
        for (const { name, error, size } of await directional(f, variables)) {
          expect(error, `${name}${training ? " in training" : ""}`).toBeLessThan(1e-7);
          expect(size, `${name} has a gradient`).toBeGreaterThan(0);
        }
      }
      for (const input of inputs) input.dispose();
      expect(getBackend().memory().buffers).toBe(held);
    });

    test("a wrong rank and an unknown option are errors that say what to do", () => {
      const layer = layerFor();
      const [first] = shapesOf(row);
      const dropped = [null, ...first.slice(1, -1)];
      const wrong = row.wrong === undefined ? (row.anyRank ? [first, first] : dropped) : row.wrong;
      const attempt = () => layer.outputShapes((Array.isArray(wrong![0]) ? wrong : [wrong]) as PartialShape[]);
      if (row.wrong !== null) {
        expect(attempt).toThrow(ShapeError);
        const message = messageOf(attempt);
        expect(
          labelsOf(layer).some((label) => message.startsWith(`${label}: `)),
          message,
        ).toBe(true);
      }
      if (wrong && !Array.isArray(wrong[0])) expect(attempt).toThrow(`received ${shapeText(wrong as PartialShape)}`);
      expect(() => layerFor({ trainabel: true })).toThrow(ArgumentError);
      expect(() => layerFor({ trainabel: true })).toThrow(
        `${name}: unknown option "trainabel"; did you mean "trainable"?`,
      );
    });
  });

  test("a wrong gradient is found", async () => {
    const x = new Variable("x", [4]).assign(numbers(4, 1));
    const half = () => [
      multiply(
        x,
        stopGradient(() => multiply(x, x)),
      ),
    ];
    const [{ error }] = await directional(half, [x]);
    expect(error).toBeGreaterThan(0.01);
    x.dispose();
  });
});

describe("on wasm", () => {
  beforeAll(() => init());

  test.each(rows)(
    "saved in a model and loaded, it gives the same bits and trains on in the same way, or is refused again: $title",
    async ({ name, row }) => {
      clearNames();
      setSeed(1);
      const layer = layerOf(name, row);
      const x = symbolic(row, shapesOf(row));
      const outputs = connect(layer, x);
      const model = Model({ inputs: x, outputs: [Dense({ units: 2 })(Flatten()(outputs[0])), ...outputs.slice(1)] });
      model.compile({ optimizer: "adam", loss: ["mse", ...outputs.slice(1).map(() => null)] });
      const data = dataOf(row);
      const [batch] = data[0].shape;
      const target = { data: numbers(2 * batch, 90), shape: [batch, 2] };
      const targets = [target, ...outputs.slice(1).map(() => target)];
      const step = () => model.trainOnBatch(data, targets);
      await (row.predictOnly ? expectRefusal(layer, step) : step());
      const again = await loadModel(await saveModel(model));
      const [before, after] = [await model.predict<Tensor[]>(data), await again.predict<Tensor[]>(data)];
      expect(await read(after)).toEqual(await read(before));
      for (let i = 0; i < 2; i++) {
        const stepAgain = () => again.trainOnBatch(data, targets);
        if (row.predictOnly) await expectRefusal(again.getLayer(layer.name), stepAgain);
        else expect(await stepAgain()).toEqual(await step());
      }
      expect(await again.getWeights()).toEqual(await model.getWeights());
      for (const y of [...before, ...after]) y.dispose();
      for (const one of [model, again]) {
        one.optimizer!.dispose();
        for (const weight of one.weights) weight.dispose();
      }
    },
  );
});
