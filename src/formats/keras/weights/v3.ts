/** The tree of weights in `.weights.h5` files of Keras 3, read and written. */
import { FileError, shapeText } from "../../../errors.js";
import type { Layer } from "../../../layer.js";
import { LookupLayer } from "../../../layers/lookup.js";
import { TextVectorizationLayer } from "../../../layers/textVectorization.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Dataset, H5Group } from "../../hdf5/read.js";
import type { H5GroupToWrite } from "../../hdf5/write.js";
import type { FileValues, MatchOptions } from "../../format.js";
import { countValues, stateOfList } from "./optimizer.js";
import { type Assignment, checkFinite, checkFiniteToWrite } from "../../weights.js";
import { dequantized } from "./quantized.js";
import { kerasWeightTree, type WeightNode } from "./v3Tree.js";

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The values in a file of Keras 3. */
export const v3Values = (where: string, root: H5Group): FileValues => ({
  count: countValues(root),
  match: (model, options) => matchTree(where, model, root, options),
  optimizerState: (model, optimizer) => stateOfList(where, model, optimizer, varsOf(root.groups.get("optimizer"))),
});

/**
 * The values of the file for each weight. None is assigned yet.
 * @throws FileError for a layer whose weights are missing or have other shapes, for values that are not finite, and for
 * layers of the file that `root` does not have.
 */
export function matchTree(where: string, root: Layer, file: H5Group, options: MatchOptions): Assignment[] {
  const result: Assignment[] = [];
  const visit = ({ layer, weights, children, isRepeated }: WeightNode, group: H5Group, path: string) => {
    if (isRepeated && !options.byName && !options.skipMismatch) checkRepeated(where, layer, group, path);
    if (layer instanceof LookupLayer) return checkIdf(where, layer, group, path);
    const vars = dequantized(layer.className, varsOf(group), weights.length);
    const problem = mismatch(layer, weights, group, vars, path);
    if (problem === undefined) {
      vars.forEach(({ data }, i) => {
        checkFinite(where, `${path}vars/${i}`, layer, data);
        result.push([weights[i], data]);
      });
    } else if (!options.skipMismatch) throw new FileError(`${where} ${problem}.`);
    for (const { path: place, node } of children) {
      const child = options.byName ? groupByName(group, place, node.layer) : groupAt(group, place);
      if (child) visit(node, child, `${path}${place}/`);
      else if (!options.byName) visit(node, emptyGroup, `${path}${place}/`);
    }
    if (!options.byName && !options.skipMismatch) checkNoMore(where, group, children, path);
  };
  visit(kerasWeightTree(root), file, "");
  return result;
}

/** Keras stores the weights of a shared layer in its first place; others with weights are of a layer of their own. */
function checkRepeated(where: string, layer: Layer, group: H5Group, path: string): void {
  if (!holdsSome(group)) return;
  throw new FileError(
    `${where} holds weights in "${path}" for ${layer.label}, which has those of an earlier place; give { skipMismatch: true } to ignore them.`,
  );
}

/** Weights of "tf_idf" come with the vocabulary; a file of weights alone cannot change them. @throws FileError */
function checkIdf(where: string, layer: LookupLayer<any, any>, group: H5Group, path: string): void {
  const held = group.groups.get("vars")?.datasets.get("idf_weights")?.data;
  const own = layer.idfToWrite;
  if (!held || !own || (held.length === own.length && own.every((weight, i) => weight === held[i]))) return;
  throw new FileError(
    `${where} holds "${path}vars/idf_weights" that are not those of ${layer.label}; load the model, or call setVocabulary with its vocabulary and these weights.`,
  );
}

const emptyGroup: H5Group = { attributes: new Map(), groups: new Map(), datasets: new Map() };

/** The datasets vars/0, vars/1, ... in order. */
function varsOf(group: H5Group | undefined): H5Dataset[] {
  const datasets = group?.groups.get("vars")?.datasets ?? new Map<string, H5Dataset>();
  return Array.from(datasets, (_, i) => datasets.get(String(i))).filter((dataset) => dataset !== undefined);
}

/** Why a group does not fit the layer; undefined where it does. */
function mismatch(
  layer: Layer,
  weights: readonly Variable[],
  group: H5Group,
  vars: readonly H5Dataset[],
  path: string,
): string | undefined {
  const count = group.groups.get("vars")?.datasets.size ?? 0;
  if (vars.length !== weights.length || varsOf(group).length !== count) {
    return `holds ${count} arrays in "${path}vars" for the ${weights.length} weights of ${layer.label}`;
  }
  const wrong = weights.findIndex((weight, i) => !sameShape(weight.shape, vars[i].shape));
  if (wrong < 0) return undefined;
  const [held, needed] = [vars[wrong].shape, weights[wrong].shape].map(shapeText);
  return `holds "${path}vars/${wrong}" as ${held}, which ${layer.label} needs as ${needed}`;
}

/**
 * The group at a path. Keras 2.13 had another name for the list of a model's layers; the projections of attention have
 * names with and without an underscore.
 */
const groupAt = (group: H5Group, path: string): H5Group | undefined =>
  path
    .split("/")
    .reduce<H5Group | undefined>((place, name) => place?.groups.get(name) ?? findRenamed(place, name), group);

function findRenamed(place: H5Group | undefined, name: string): H5Group | undefined {
  if (name === "layers") return place?.groups.get("_layer_checkpoint_dependencies");
  return name.endsWith("_dense") ? place?.groups.get(name.startsWith("_") ? name.slice(1) : `_${name}`) : undefined;
}

/** The group of a layer by its name, where the path is that of a list of layers; otherwise the group at the path. */
function groupByName(group: H5Group, path: string, { name }: Layer): H5Group | undefined {
  const [list, place] = path.split("/");
  if (place === undefined) return groupAt(group, path);
  const all = groupAt(group, list);
  return all && namedIn(all).get(name);
}

/** The groups in a list by the names of their layers, which are kept, as each layer asks for one. */
function namedIn(list: H5Group): ReadonlyMap<unknown, H5Group> {
  const known = named.get(list);
  if (known) return known;
  const all = [...list.groups.values()].reverse(); // of equal names the first counts
  const groups = new Map(all.map((child) => [child.groups.get("vars")?.attributes.get("name") as unknown, child]));
  named.set(list, groups);
  return groups;
}
const named = new WeakMap<H5Group, ReadonlyMap<unknown, H5Group>>();

function checkNoMore(where: string, group: H5Group, children: WeightNode["children"], path: string): void {
  const lists = new Set(
    children.map((child) => child.path.split("/")).flatMap(([list, place]) => (place ? [list] : [])),
  );
  const known = new Set(children.map((child) => child.path));
  for (const list of lists) {
    for (const [name, child] of groupAt(group, list)?.groups ?? []) {
      if (known.has(`${list}/${name}`) || !holdsSome(child)) continue;
      throw new FileError(
        `${where} holds weights in "${path}${list}/${name}", for which there is no layer; give { byName: true } or { skipMismatch: true } to ignore them.`,
      );
    }
  }
}

const holdsSome = ({ groups, datasets }: H5Group): boolean => datasets.size > 0 || [...groups.values()].some(holdsSome);

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** All weights as groups for `writeHdf5`. @throws ArgumentError for values that are not finite. */
export async function treeToWrite(where: string, root: Layer): Promise<H5GroupToWrite> {
  return groupToWrite(where, kerasWeightTree(root));
}

async function groupToWrite(where: string, { layer, weights, children }: WeightNode): Promise<H5GroupToWrite> {
  // All reads begin now, before the model can be trained further.
  const reads = weights.map((weight) => weight.data());
  const inside = children.map(({ node }) => groupToWrite(where, node));
  const vars = {
    attributes: { name: layer.name },
    datasets: new Map<string, { shape: number[]; data: Float32Array }>(),
  };
  for (const [i, data] of (await Promise.all(reads)).entries()) {
    checkFiniteToWrite(where, weights[i].name, data);
    vars.datasets.set(String(i), { shape: [...weights[i].shape], data });
  }
  const groups = new Map<string, H5GroupToWrite>([["vars", vars]]);
  const idf = layer instanceof LookupLayer ? layer.idfToWrite : undefined;
  if (idf) {
    vars.datasets.set("idf_weights", { shape: [idf.length], data: idf });
    // Keras's TextVectorization has a StringLookup inside, and both ask for them.
    if (layer instanceof TextVectorizationLayer) groups.set("_lookup_layer", { groups: new Map([["vars", vars]]) });
  }
  for (const [i, child] of (await Promise.all(inside)).entries()) addGroup(groups, children[i].path.split("/"), child);
  return { groups };
}

function addGroup(
  groups: Map<string, H5GroupToWrite>,
  [first, second]: readonly string[],
  child: H5GroupToWrite,
): void {
  if (second === undefined) groups.set(first, child);
  else {
    const list = groups.get(first) ?? { groups: new Map<string, H5GroupToWrite>() };
    (list.groups as Map<string, H5GroupToWrite>).set(second, child);
    groups.set(first, list);
  }
}
