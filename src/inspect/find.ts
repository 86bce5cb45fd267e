/** Finds a recurrent layer in a model by its name. */
import { ArgumentError, nearest, shown } from "../errors.js";
import { Layer } from "../layer.js";
import { BidirectionalLayer } from "../layers/bidirectional.js";
import { RecurrentLayer } from "../layers/recurrent.js";
import { isWatchedCell, type WatchedCell } from "./cells.js";

/** The options that select a recurrent layer. */
export interface InspectOptions {
  /**
   * The name of a recurrent layer, or of a layer that contains just one; the model's only recurrent layer by default. The layers of a
   * Bidirectional are "name/forward" and "name/backward"; those of a stack are its cells. Where several have the same name, prefix the
   * name of what contains it: "encoder/lstm".
   */
  layer?: string;
}

/** A built-in cell, and the layer that repeats it. */
export interface Target {
  cell: WatchedCell;
  layer: RecurrentLayer;
  /** The path of names to the cell: "model/bidirectional/forward_lstm". */
  path: string;
}

/** A layer under one of its names, with the targets in it. */
interface Place {
  layer: Layer;
  path: string;
  targets: Target[];
}

/** @throws ArgumentError when the name fits no recurrent layer, or more than one. */
export function findTarget(where: string, model: Layer, name: string | undefined): Target {
  if (name !== undefined && typeof name !== "string")
    throw new ArgumentError(`${where}: layer ${shown(name)}; expected the name of a layer.`);
  const places: Place[] = [];
  const all = targetsIn(where, model, places);
  if (name === undefined) return theOnly(where, `${model.label} holds`, all, all);
  const meant = places.filter(({ path }) => leadsTo(path.split("/"), name.split("/")));
  if (meant.length === 0) {
    const close = nearest(name, [...all.map(last), ...places.map(last), ...places.map(({ path }) => path)]);
    const advice = close ? `did you mean "${close}"?` : `recurrent are ${listed(all)}.`;
    throw new ArgumentError(`${where}: ${model.label} has no layer "${name}"; ${advice}`);
  }
  const targets = unique(meant.flatMap((place) => place.targets));
  return theOnly(where, meant.length > 1 ? `"${name}" means` : `${meant[0].layer.label} holds`, targets, all);
}

/**
 * All recurrent layers with a built-in cell, each with its path without the name of the model.
 * @throws ArgumentError for what is no layer.
 */
export const allTargets = (where: string, model: unknown): { target: Target; name: string }[] =>
  targetsIn(where, model, []).map((target) => ({ target, name: withoutModel(target.path) }));

/** Lists the targets in a model, and adds every layer to `places`. @throws ArgumentError for what is no layer. */
function targetsIn(where: string, model: unknown, places: Place[]): Target[] {
  if (!(model instanceof Layer)) throw new ArgumentError(`${where}: ${shown(model)}; expected a model or layer.`);
  return unique(walk(model, model.name, undefined, places));
}

function theOnly(where: string, begin: string, targets: readonly Target[], all: readonly Target[]): Target {
  if (targets.length === 0) {
    const known = all.length > 0 ? `recurrent are ${listed(all)}` : "the model has none at all";
    throw new ArgumentError(`${where}: ${begin} no recurrent layer with gates; ${known}.`);
  }
  if (targets.length > 1) {
    throw new ArgumentError(
      `${where}: ${begin} ${targets.length} recurrent layers; say which by layer: ${listed(targets)}.`,
    );
  }
  return targets[0];
}

/** Lists the targets in a layer, and adds every visited layer to `places` under each of its names. */
function walk(layer: Layer, path: string, outer: RecurrentLayer | undefined, places: Place[]): Target[] {
  const owner = layer instanceof RecurrentLayer ? layer : outer;
  const place: Place = { layer, path, targets: [] };
  places.push(place);
  if (isWatchedCell(layer) && owner) place.targets.push({ cell: layer, layer: owner, path });
  for (const [child, names] of children(layer)) {
    for (const name of names) {
      // The cell of a layer has that layer's name.
      const inside = isWatchedCell(child) && child.owner ? path : `${path}/${name}`;
      place.targets.push(...walk(child, inside, owner, places));
    }
  }
  return place.targets;
}

function children(layer: Layer): [Layer, string[]][] {
  if (!(layer instanceof BidirectionalLayer)) return layer.sublayers.map((child) => [child, [child.name]]);
  const { forwardLayer, backwardLayer } = layer;
  return [
    [forwardLayer, [forwardLayer.name, "forward"]],
    [backwardLayer, [backwardLayer.name, "backward"]],
  ];
}

/** Whether the path ends with the last of the names and has the others before it, in order. */
function leadsTo(path: string[], names: string[]): boolean {
  if (path.at(-1) !== names.at(-1)) return false;
  let from = 0;
  return names.every((name) => (from = path.indexOf(name, from) + 1) > 0);
}

/** Lists each cell once, also if it is found under several names. */
const unique = (targets: readonly Target[]): Target[] =>
  targets.filter(({ cell }, i) => targets.findIndex((target) => target.cell === cell) === i);

const last = ({ path }: { path: string }): string => path.split("/").at(-1)!;
/** Removes the name of the model, which all paths begin with. */
const withoutModel = (path: string): string => (path.includes("/") ? path.slice(path.indexOf("/") + 1) : path);
const listed = (targets: readonly Target[]): string => targets.map(({ path }) => `"${withoutModel(path)}"`).join(", ");
