/** Operations that move or repeat elements, made of the ops. Names, defaults and meanings are those of `keras.ops`. */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { add, concat, equal, flip, gather, greater, multiply, reshape, slice, stack, transpose } from "../ops/index.js";
import { checkTensors } from "../op.js";
import { walk } from "../ops/move.js";
import { normalizeAxis, type Shape, sizeOf, stridesOf } from "../shape.js";
import { scope } from "../scope.js";
import { constantTensor, type Tensor, tensor } from "../tensor.js";

/** One or several axes, as sorted numbers from 0; all where none are given. */
export function axesFrom(where: string, axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis == null) return Array.from({ length: rank }, (_, i) => i);
  const axes = [axis].flat().map((a) => normalizeAxis(where, a, rank));
  if (new Set(axes).size !== axes.length) {
    throw new ArgumentError(`${where}: axis ${shown(axis)} names an axis twice; expected each once.`);
  }
  return axes.sort((a, b) => a - b);
}

/** A whole number. @throws ArgumentError */
export function whole(where: string, what: string, value: unknown, least = -Infinity): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new ArgumentError(
    `${where}: ${what} ${shown(value)}; expected a whole number${least === -Infinity ? "" : ` from ${least}`}.`,
  );
}

/** Inserts axes of size 1, so that they have these places in the result. */
export function expandDims(x: Tensor, axis: number | readonly number[]): Tensor {
  checkTensors("expandDims", [x]);
  const rank = x.shape.length + [axis].flat().length;
  const added = axesFrom("expandDims", axis, rank);
  const sizes = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (added.includes(i) ? 1 : sizes.shift()!)),
  );
}

/** Removes axes of size 1: these, or all. */
export function squeeze(x: Tensor, axis?: number | readonly number[] | null): Tensor {
  checkTensors("squeeze", [x]);
  const { shape } = x;
  const removed = axis == null ? shape.flatMap((size, i) => (size === 1 ? [i] : [])) : axesFrom("squeeze", axis, shape.length); // prettier-ignore
  const other = removed.find((i) => shape[i] !== 1);
  if (other !== undefined) throw new ShapeError(`squeeze: axis ${other} of ${shapeText(shape)} has not the size 1.`);
  return reshape(x, shape.filter((_, i) => !removed.includes(i))); // prettier-ignore
}

/** Swaps two axes. */
export function swapAxes(x: Tensor, axis1: number, axis2: number): Tensor {
  checkTensors("swapAxes", [x]);
  const rank = x.shape.length;
  const [a, b] = [axis1, axis2].map((axis) => normalizeAxis("swapAxes", axis, rank));
  return transpose(x, x.shape.map((_, i) => (i === a ? b : i === b ? a : i))); // prettier-ignore
}

/** Moves axes to other places; the rest keep their order. */
export function moveAxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  checkTensors("moveAxis", [x]);
  const rank = x.shape.length;
  const [from, to] = [source, destination].map((axes) => [axes].flat().map((a) => normalizeAxis("moveAxis", a, rank)));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ArgumentError(
      `moveAxis: from ${shown(source)} to ${shown(destination)}; expected as many places, each once.`,
    );
  }
  const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
  return transpose(x, x.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)] : rest.shift()!))); // prettier-ignore
}

/** A part of a key of `getItem` that selects a range: from `start` to `stop` (exclusive), every `step`-th. */
export interface SliceKey {
  /** The first index; null for the beginning. */
  readonly start?: number | null;
  /** The index after the last one; null for the end. */
  readonly stop?: number | null;
  /** The distance of the indices, which may be negative; 1 by default. */
  readonly step?: number | null;
}

/** What selects along one axis: an index, a range, null for a new axis, or "..." for all axes that are not named. */
export type IndexKey = number | SliceKey | null | "...";

/** Selects a part of x, as `x[key]` does in Python; one range may not be longer than the axis. */
export function getItem(x: Tensor, key: IndexKey | readonly IndexKey[]): Tensor {
  checkTensors("getItem", [x]);
  const keys = Array.isArray(key) ? (key as readonly IndexKey[]) : [key as IndexKey];
  const named = keys.filter((item) => item !== null && item !== "...").length;
  const free = x.shape.length - named;
  if (free < 0 || keys.filter((item) => item === "...").length > 1) {
    throw new ShapeError(`getItem: ${shown(keys)} names more axes than ${shapeText(x.shape)} has, or "..." twice.`);
  }
  const rest = new Array<IndexKey>(free).fill({});
  const at = keys.indexOf("...");
  const full = at < 0 ? [...keys, ...rest] : [...keys.slice(0, at), ...rest, ...keys.slice(at + 1)];
  const strides = stridesOf(x.shape);
  const [shape, steps, result]: [number[], number[], number[]] = [[], [], []];
  let [offset, axis] = [0, 0];
  for (const item of full) {
    if (item === null) {
      result.push(1);
      continue;
    }
    const size = x.shape[axis];
    const { first, count, step, isIndex } = selected(item as number | SliceKey, size);
    offset += first * strides[axis];
    shape.push(count);
    steps.push(step * strides[axis]);
    if (!isIndex) result.push(count);
    axis++;
  }
  const isAll = sizeOf(shape) === x.size && steps.every((step, i) => step === strides[i]);
  return scope(() => reshape(isAll ? x : walk("getItem", x, shape, { shape, strides: steps, offset: sizeOf(shape) === 0 ? 0 : offset }), result)); // prettier-ignore
}

/** What an index or a range selects of an axis, as Python has it: negative numbers count from the end. */
function selected(item: number | SliceKey, size: number) {
  if (typeof item === "number") {
    const index = whole("getItem", "index", item);
    if (index < -size || index >= size) throw new ShapeError(`getItem: index ${index} of an axis of size ${size}; expected ${-size} to ${size - 1}.`); // prettier-ignore
    return { first: index < 0 ? index + size : index, count: 1, step: 1, isIndex: true };
  }
  if (!(item instanceof Object)) throw new ArgumentError(`getItem: key ${shown(item)}; expected an index, a range, null or "...".`); // prettier-ignore
  const { start, stop } = item;
  const step = whole("getItem", "step", item.step ?? 1);
  if (step === 0) throw new ArgumentError("getItem: a step of 0; expected another number.");
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (value: number | null | undefined, none: number) => {
    if (value == null) return none;
    const index = whole("getItem", "range", value);
    return Math.min(high, Math.max(low, index < 0 ? index + size : index));
  };
  const [first, end] = [place(start, step > 0 ? 0 : size - 1), place(stop, step > 0 ? size : -1)];
  return { first, count: Math.max(0, Math.ceil((end - first) / step)), step, isIndex: false };
}

/** The parts of one operation may not be more than these, since a file could ask for any number. */
const maxParts = 4096;

/** Cuts x along an axis into as many equal parts, or at these indices. */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  checkTensors("split", [x]);
  const at = normalizeAxis("split", axis, x.shape.length);
  const size = x.shape[at];
  let ends: number[];
  if (Array.isArray(parts))
    ends = [...Array.from(parts as number[], (end) => Math.min(size, whole("split", "index", end, 0))), size];
  else {
    const count = whole("split", "parts", parts, 1);
    if (size % count !== 0) throw new ShapeError(`split: ${shapeText(x.shape)} cannot be cut into ${count} equal parts along axis ${at}.`); // prettier-ignore
    if (count > maxParts) throw new ArgumentError(`split: ${count} parts; expected at most ${maxParts}.`);
    ends = Array.from({ length: count }, (_, i) => ((i + 1) * size) / count);
  }
  return ends.map((end, i) => {
    const start = ends[i - 1] ?? 0;
    return slice(x, x.shape.map((_, a) => (a === at ? start : 0)), x.shape.map((n, a) => (a === at ? Math.max(0, end - start) : n))); // prettier-ignore
  });
}

/** Gives the parts of x along an axis, without that axis. */
export function unstack(x: Tensor, num?: number | null, axis = 0): Tensor[] {
  const at = normalizeAxis("unstack", axis, x.shape.length);
  const count = num ?? x.shape[at];
  if (count !== x.shape[at]) throw new ShapeError(`unstack: ${shapeText(x.shape)} has not ${shown(num)} parts along axis ${at}.`); // prettier-ignore
  if (count > maxParts) throw new ArgumentError(`unstack: ${count} parts; expected at most ${maxParts}.`);
  return Array.from({ length: count }, (_, i) => getItem(x, [...new Array<IndexKey>(at).fill({}), i]));
}

/** Repeats x along axes of size 1 and new first axes, to a shape that it broadcasts to. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return scope(() => {
    const y = add(x, constantTensor(shape, 0, x.backend));
    if (y.shape.length === shape.length && y.shape.every((n, i) => n === shape[i])) return y;
    throw new ShapeError(`broadcastTo: ${shapeText(x.shape)} does not broadcast to ${shapeText(shape)}.`);
  });
}

/** Repeats x as a whole, `repeats[i]` times along axis i. */
export function tile(x: Tensor, repeats: number | readonly number[]): Tensor {
  const counts = [repeats].flat().map((n) => whole("tile", "repeats", n, 0));
  const rank = Math.max(counts.length, x.shape.length);
  const sizes = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  return scope(() => {
    const single = reshape(x, sizes.flatMap((n) => [1, n])); // prettier-ignore
    const repeated = broadcastTo(single, sizes.flatMap((n, i) => [times[i], n])); // prettier-ignore
    return reshape(repeated, sizes.map((n, i) => n * times[i])); // prettier-ignore
  });
}

/** Repeats each element along an axis; by default of all elements in one row. */
export function repeat(x: Tensor, repeats: number, axis?: number | null): Tensor {
  const times = whole("repeat", "repeats", Array.isArray(repeats) && repeats.length === 1 ? repeats[0] : repeats, 0);
  return scope(() => {
    const given = axis == null ? reshape(x, [-1]) : x;
    const at = normalizeAxis("repeat", axis ?? 0, given.shape.length) + 1;
    const [before, after] = [given.shape.slice(0, at), given.shape.slice(at)];
    const repeated = broadcastTo(reshape(given, [...before, 1, ...after]), [...before, times, ...after]);
    return reshape(repeated, [...before.slice(0, -1), before.at(-1)! * times, ...after]);
  });
}

/** Moves elements along axes by a distance; those beyond the end come first. By default along all elements in one row. */
export function roll(x: Tensor, shift: number | readonly number[], axis?: number | readonly number[] | null): Tensor {
  return scope(() => {
    if (axis == null) return reshape(roll(reshape(x, [-1]), shift, 0), x.shape);
    const axes = [axis].flat();
    const shifts = [shift].flat().map((n) => whole("roll", "shift", n));
    const distance = (i: number) => (shifts.length === 1 ? shifts[0] : shifts[i]);
    if (shifts.length > 1 && shifts.length !== axes.length) throw new ArgumentError(`roll: ${shown(shift)} for the axes ${shown(axis)}; expected as many.`); // prettier-ignore
    return axes.reduce((y, each, i) => {
      const at = normalizeAxis("roll", each, y.shape.length);
      const size = y.shape[at];
      const cut = size === 0 ? 0 : (size - (distance(i) % size)) % size;
      return cut === 0 ? y : concat(split(y, [cut], at).reverse(), at);
    }, x);
  });
}

/** Reverses the order along axes, all by default. */
export const flipAxes = (x: Tensor, axis?: number | readonly number[] | null): Tensor =>
  scope(() => axesFrom("flip", axis, x.shape.length).reduce((y, at) => flip(y, at), x));

/** Extends x before and after each axis: with a value, or with its own elements mirrored. */
export function padWith(
  x: Tensor,
  width: number | readonly (number | readonly number[])[],
  mode = "constant",
  value?: Tensor,
): Tensor {
  const rank = x.shape.length;
  const pairs = padPairs(width, rank);
  return scope(() =>
    pairs.reduce((y, [before, after], at) => {
      if (before === 0 && after === 0) return y;
      const edge = (count: number) => {
        const shape = y.shape.map((n, i) => (i === at ? count : n));
        const zeros = constantTensor(shape, 0, y.backend);
        return value ? add(zeros, value) : zeros;
      };
      const size = y.shape[at];
      const mirrored = (count: number, isFront: boolean) => {
        const skip = mode === "reflect" ? 1 : 0;
        if (count + skip > size)
          throw new ShapeError(`pad: ${shown(width)} is more than ${shapeText(x.shape)} can mirror.`);
        const start = isFront ? skip : size - skip - count;
        return flip(slice(y, y.shape.map((_, i) => (i === at ? start : 0)), y.shape.map((n, i) => (i === at ? count : n))), at); // prettier-ignore
      };
      const make = mode === "constant" ? edge : mirrored;
      if (!["constant", "reflect", "symmetric"].includes(mode)) throw new ArgumentError(`pad: mode ${shown(mode)}; expected constant, reflect or symmetric.`); // prettier-ignore
      const parts = [before > 0 ? make(before, true) : undefined, y, after > 0 ? make(after, false) : undefined];
      return concat(parts.filter((part) => part !== undefined), at); // prettier-ignore
    }, x),
  );
}

/** The amounts before and after each axis: one number for all, one pair for all, or a pair for each. */
export function padPairs(width: unknown, rank: number): [number, number][] {
  const isPair = (item: unknown): item is [number, number] => Array.isArray(item) && item.length === 2 && item.every(Number.isSafeInteger); // prettier-ignore
  const list = Array.isArray(width) ? (width as unknown[]) : [width];
  const one = isPair(list) ? list : list.length === 1 && isPair(list[0]) ? list[0] : undefined;
  const pairs = typeof width === "number" ? new Array<unknown>(rank).fill([width, width]) : one ? new Array<unknown>(rank).fill(one) : list; // prettier-ignore
  if (pairs.length !== rank || !pairs.every((pair) => isPair(pair) && pair.every((n) => n >= 0))) {
    throw new ArgumentError(`pad: ${shown(width)}; expected two whole numbers from 0 for each of ${rank} axes.`);
  }
  return pairs as [number, number][];
}

/** Gives all elements in one row. */
export const ravel = (x: Tensor): Tensor => reshape(x, [-1]);

/** Joins tensors along the second axis, those of one axis along it. */
export const hstack = (xs: readonly Tensor[]): Tensor => concat(xs, xs[0]?.shape.length === 1 ? 0 : 1);

/** Joins tensors as rows. */
export const vstack = (xs: readonly Tensor[]): Tensor =>
  scope(() => (xs[0]?.shape.length === 1 ? stack(xs, 0) : concat(xs, 0)));

/** Joins two tensors along an axis; by default all their elements in one row. */
export const append = (a: Tensor, b: Tensor, axis?: number | null): Tensor =>
  scope(() => (axis == null ? concat([ravel(a), ravel(b)], 0) : concat([a, b], axis)));

/** Gives each class number a row that is 1 at its place. */
export function oneHot(x: Tensor, numClasses: number, axis = -1): Tensor {
  const count = whole("oneHot", "numClasses", numClasses, 1);
  return scope(() => {
    const classes = tensor(Float32Array.from({ length: count }, (_, i) => i));
    const hot = equal(expandDims(x, -1), classes);
    return axis === -1 ? hot : moveAxis(hot, -1, axis);
  });
}

/** Moves blocks of pixels into the channels; frames [batch, height, width, channels]. */
export function spaceToDepth(x: Tensor, block: number): Tensor {
  const n = whole("spaceToDepth", "block size", block, 1);
  const [batch, height, width, channels] = frames("spaceToDepth", x);
  if (height % n !== 0 || width % n !== 0) throw new ShapeError(`spaceToDepth: blocks of ${n} do not fill ${shapeText(x.shape)}.`); // prettier-ignore
  return scope(() => {
    const blocks = transpose(reshape(x, [batch, height / n, n, width / n, n, channels]), [0, 1, 3, 2, 4, 5]);
    return reshape(blocks, [batch, height / n, width / n, n * n * channels]);
  });
}

/** Moves channels into blocks of pixels; frames [batch, height, width, channels]. */
export function depthToSpace(x: Tensor, block: number): Tensor {
  const n = whole("depthToSpace", "block size", block, 1);
  const [batch, height, width, channels] = frames("depthToSpace", x);
  if (channels % (n * n) !== 0)
    throw new ShapeError(`depthToSpace: ${channels} channels are no blocks of ${n} by ${n}.`);
  return scope(() => {
    const blocks = transpose(reshape(x, [batch, height, width, n, n, channels / (n * n)]), [0, 1, 3, 2, 4, 5]);
    return reshape(blocks, [batch, height * n, width * n, channels / (n * n)]);
  });
}

function frames(where: string, { shape }: Tensor): readonly [number, number, number, number] {
  if (shape.length === 4) return shape as unknown as [number, number, number, number];
  throw new ShapeError(`${where}: expected [batch, height, width, channels], received ${shapeText(shape)}.`);
}

/** Selects parts of x along an axis by their indices, negative ones from the end; by default among all elements. */
export function take(x: Tensor, indices: Tensor, axis?: number | null): Tensor {
  checkTensors("gather", [x, indices]);
  return scope(() => {
    const given = axis == null ? ravel(x) : x;
    const at = normalizeAxis("take", axis ?? 0, given.shape.length);
    const size = given.shape[at];
    const fromStart = add(indices, multiply(greater(0, indices), size));
    const rows = gather(at === 0 ? given : moveAxis(given, at, 0), fromStart);
    const added = indices.shape.length;
    const from = Array.from({ length: added }, (_, i) => i);
    return at === 0 ? rows : moveAxis(rows, from, from.map((i) => i + at)); // prettier-ignore
  });
}
