// Reading test/fixtures/*.json (numbers of real Keras): build what a case describes, compare with what Keras gave.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as zoetrope from "../../src/index.js";
import type { CallOptions, Layer, OneOrMany, SymbolicTensor } from "../../src/layer.js";
import type { Model } from "../../src/model.js";
import { type HostArray, type NestedArray, type Tensor, tensor } from "../../src/tensor.js";
import { type Spec, values } from "./hash.js";

/** A stored tensor: base64 of little-endian float32. */
export interface Stored {
  shape: number[];
  data: string;
}

/** A layer; the layers of the model inside (TimeDistributed); the names of its inputs, if not the layer before. */
export interface Node {
  layer: string;
  options: Record<string, unknown>;
  inner?: Node | Node[];
  /** The cells of StackedRNNCells, or the given backward layer of Bidirectional. */
  cells?: Node[];
  backward?: Node;
  inputs?: string[];
  /** In a model: the names of its initial states; names for its outputs, where there are several. */
  states?: string[];
  saves?: string[];
  frozen?: boolean;
}

export type AnyLayer = Layer & {
  (x: OneOrMany<Tensor>, options?: CallOptions): OneOrMany<Tensor>;
  (x: OneOrMany<SymbolicTensor>, options?: CallOptions): OneOrMany<SymbolicTensor>;
};
type LayerOnSymbols = (x: OneOrMany<SymbolicTensor>, options?: unknown) => OneOrMany<SymbolicTensor>;
export type AnyModel = ReturnType<typeof Model>;

/** Public names, as the fixtures spell them. */
export const api = zoetrope as unknown as Record<string, (options: unknown) => unknown>;

export function loadCases<T extends { name: string }>(file: string): T[] {
  const url = new URL(`../fixtures/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { cases: T[] }).cases;
}

/** One test for each case, under its full name. */
export function testEach<T extends { name: string }>(cases: readonly T[], body: (given: T) => Promise<void>): void {
  for (const given of cases) test(given.name, () => body(given));
}

export function decode({ shape, data }: Stored): { data: Float32Array; shape: number[] } {
  const bytes = Buffer.from(data, "base64");
  return { data: Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)), shape };
}

export const host = (spec: Spec): HostArray => ({ data: values(spec), shape: spec.shape });
export const toTensor = (x: Spec | NestedArray): Tensor =>
  Array.isArray(x) ? tensor(x) : tensor(values(x as Spec), (x as Spec).shape);
export const toList = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);

/** The layer that a node describes; MobileNet, which is a model, is awaited. */
export async function buildLayer({ layer, options, inner, cells, backward, frozen }: Node): Promise<AnyLayer> {
  if (layer === "MobileNet") return (await api.MobileNet({ ...options, weights: null })) as AnyLayer;
  const made = api[layer] as ((...given: unknown[]) => AnyLayer) | undefined;
  if (!made) throw new Error(`the package exports no ${layer}`);
  if (cells) return made(await Promise.all(cells.map(buildLayer)), options);
  if (!inner) return made(options);
  const inside = Array.isArray(inner) ? await buildModel(inner) : await buildLayer(inner);
  const wrapper = made(inside, backward ? { ...options, backwardLayer: await buildLayer(backward) } : options);
  if (frozen) wrapper.trainable = false;
  return wrapper;
}

/**
 * The functional model of a list of nodes, each on the one before; a list that begins with MobileNet is that itself.
 * A node that bears the name of a layer before it is another call of that layer.
 */
export async function buildModel(nodes: Node[]): Promise<AnyModel> {
  const [first, ...rest] = nodes;
  if (first.layer !== "Input") return (await buildLayer(first)) as unknown as AnyModel;
  const inputs = api.Input(first.options) as SymbolicTensor;
  const named = new Map<unknown, SymbolicTensor>();
  const layers = new Map<unknown, AnyLayer>();
  let x: OneOrMany<SymbolicTensor> = inputs;
  for (const node of rest) {
    const layer = layers.get(node.layer) ?? (await buildLayer(node));
    const given = node.inputs?.map((name) => named.get(name)!) ?? [x].flat();
    const options = node.states && { initialState: node.states.map((name) => named.get(name)!) };
    x = (layer as LayerOnSymbols)(given.length === 1 ? given[0] : given, options);
    const names = node.saves ?? [node.options.name];
    [x].flat().forEach((y, i) => named.set(names[i], y));
    layers.set(node.options.name, layer);
  }
  return zoetrope.Model({ inputs, outputs: x });
}

/** The greatest errors seen, by what was compared; a test file prints them at its end. */
export const worst = new Map<string, { error: number; name: string }>();

export function printWorst(): void {
  for (const [kind, { error, name }] of worst) console.log(`worst ${kind}: ${error.toExponential(1)}, ${name}`);
}

/** max|a - b| / max|b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    largest = Math.max(largest, Math.abs(b[i]));
  }
  return largest === 0 ? difference : difference / largest;
}

/** Numbers against Keras's: relative error at most `bound`. */
export function expectNumbers(
  kind: string,
  name: string,
  got: ArrayLike<number>,
  keras: ArrayLike<number>,
  bound: number,
) {
  expect(got.length, name).toBe(keras.length);
  const error = relativeError(got, keras);
  if (!(error <= (worst.get(kind)?.error ?? 0))) worst.set(kind, { error, name });
  expect(error, `${name}: max|a - b| / max|b| of ${kind}`).toBeLessThanOrEqual(bound);
}

/** A tensor against a stored one: the same shape, relative error at most `bound`. Gives the tensor back. */
export async function expectTensor(kind: string, name: string, got: Tensor | HostArray, keras: Stored, bound: number) {
  expect(got.shape, `${name}: shape of ${kind}`).toEqual(keras.shape);
  const data = typeof got.data === "function" ? await got.data() : got.data;
  expectNumbers(kind, name, data, decode(keras).data, bound);
  if ("dispose" in got) got.dispose();
}
