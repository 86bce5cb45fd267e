// Layers that look strings and numbers up, against real Keras: see test/fixtures/lookup_cases.py.
import { describe, expect } from "vitest";
import { Input, Model, strings, type Tensor, tensor } from "../../src/index.js";
import { forEachBuild } from "../support/builds.js";
import { api, loadCases, type Stored, decode, testEach } from "../support/keras.js";

type Nested<T> = readonly (T | Nested<T>)[];

interface LookupCase {
  name: string;
  layer: string;
  options: Record<string, unknown>;
  x: Nested<string | number>;
  /** What the layer was adapted to: samples, or with `batches` a list of batches; null where it was not. */
  adapt: Nested<string | number> | null;
  batches: boolean;
  /** The arguments of set_vocabulary, or null. */
  set: [readonly string[], readonly number[]] | null;
  vocabulary?: (string | number | null)[];
  y: Stored;
}

type Lookup = import("../../src/index.js").Layer & {
  (x: unknown): Tensor;
  adapt(data: unknown): Promise<void>;
  setVocabulary(...args: unknown[]): void;
  vocabulary(): (string | number | null)[];
};

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const ourOptions = (options: object) =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value as unknown]));

/** Keras counts in 64 bits and multiplies in 32 by the weights, which it sums in another order. */
const bound = 1e-6;

async function expectSame(y: Tensor, wanted: Stored): Promise<void> {
  const { data, shape } = decode(wanted);
  expect(y.shape).toEqual(shape);
  const got = await y.data();
  const most = data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - got[i])), 0);
  expect(most).toBeLessThanOrEqual(bound * data.reduce((all, value) => Math.max(all, Math.abs(value)), 1));
}

async function lookupOf({ layer, options, adapt, batches, set }: LookupCase): Promise<Lookup> {
  const made = api[layer](ourOptions(options)) as Lookup;
  if (adapt) await made.adapt(batches ? new Set(adapt) : adapt);
  if (set) made.setVocabulary(...set);
  return made;
}

async function checkCase(given: LookupCase): Promise<void> {
  const layer = await lookupOf(given);
  if (given.vocabulary) expect(layer.vocabulary()).toEqual(given.vocabulary);
  const isNumbers = given.layer === "IntegerLookup";
  const x = isNumbers ? tensor(given.x as number[]) : strings(given.x as string[]);
  await expectSame(layer(x), given.y);
  // The same in a model, in batches.
  const symbol = Input({ shape: x.shape.slice(1), ...(!isNumbers && { dtype: "string" }) });
  const model = Model({ inputs: symbol, outputs: layer(symbol) as never });
  await expectSame(await model.predict(given.x as never, { batchSize: x.shape[0] }), given.y);
  expect(model.outputs[0].shape.map((size, i) => size ?? given.y.shape[i])).toEqual(given.y.shape);
}

forEachBuild(() => {
  describe("layers that look up", () => {
    testEach(loadCases<LookupCase>("lookups"), checkCase);
  });
});
