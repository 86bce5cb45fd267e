/** Operations that move or repeat elements. */
import { type IndexKey, padPairs, type SliceKey } from "../../../operations/moves.js";
import { normalizeAxis } from "../../../shape.js";
import type { GraphBuilder } from "../builder.js";
import { refuse } from "../context.js";
import { axesOf, type Call, type Rule, type Rules, toFloat } from "./rule.js";

const beyond = 2 ** 31;

/** x in the shape of the result, of which one size may be unknown. */
function reshaped({ graph, layer, shape }: Call, x: string): string {
  if (shape.filter((size) => size === null).length > 1) refuse(layer, "more than one size of its result is not known");
  return graph.op("Reshape", [x, graph.ints(shape.map((size) => size ?? -1))]);
}

const reshape: Rule = (call) => reshaped(call, call.xs[0].name);

const slice = (
  graph: GraphBuilder,
  x: string,
  cuts: readonly { axis: number; start: number; end: number; step?: number }[],
) =>
  cuts.length === 0
    ? x
    : graph.op("Slice", [
        x,
        ...[cuts.map(({ start }) => start), cuts.map(({ end }) => end), cuts.map(({ axis }) => axis)].map((list) =>
          graph.ints(list),
        ),
        ...(cuts.some(({ step = 1 }) => step !== 1) ? [graph.ints(cuts.map(({ step = 1 }) => step))] : []),
      ]);

const getItem: Rule = ({ graph, xs: [x], args: [key] }) => {
  const keys = [key].flat() as IndexKey[];
  const named = keys.filter((item) => item !== null && item !== "...").length;
  const at = keys.indexOf("...");
  const rest = new Array<IndexKey>(x.shape.length - named).fill({});
  const full = at < 0 ? keys : [...keys.slice(0, at), ...rest, ...keys.slice(at + 1)];
  const [cuts, gone, added]: [{ axis: number; start: number; end: number; step?: number }[], number[], number[]] = [
    [],
    [],
    [],
  ];
  let [axis, place] = [0, 0];
  for (const item of full) {
    if (item === null) added.push(place++);
    else if (typeof item === "number") {
      cuts.push({ axis, start: item, end: item === -1 ? beyond : item + 1 });
      gone.push(axis++);
    } else {
      const { start, stop, step } = item as SliceKey;
      const by = step ?? 1;
      if (start != null || stop != null || by !== 1) {
        cuts.push({ axis, start: start ?? (by > 0 ? 0 : beyond), end: stop ?? (by > 0 ? beyond : -beyond), step: by });
      }
      axis++;
      place++;
    }
  }
  const cut = slice(graph, x.name, cuts);
  const squeezed = gone.length === 0 ? cut : graph.op("Squeeze", [cut, graph.ints(gone)]);
  return added.length === 0 ? squeezed : graph.op("Unsqueeze", [squeezed, graph.ints(added)]);
};

const transposed =
  (order: (rank: number, call: Call) => readonly number[]): Rule =>
  (call) =>
    call.graph.transpose(call.xs[0].name, order(call.xs[0].shape.length, call));
const countUp = (rank: number) => Array.from({ length: rank }, (_, i) => i);

const moveAxis = transposed((rank, { layer, args: [source, destination] }) => {
  const [from, to] = [source, destination].map((axes) =>
    ([axes].flat() as number[]).map((axis) => normalizeAxis(layer.label, axis, rank)),
  );
  const rest = countUp(rank).filter((i) => !from.includes(i));
  return countUp(rank).map((i) => (to.includes(i) ? from[to.indexOf(i)] : rest.shift()!));
});

const join = (graph: GraphBuilder, names: readonly string[], axis: number): string =>
  graph.op("Concat", names, { axis });
const nameOf = ({ name }: { name: string }) => name;
const flat = (graph: GraphBuilder, x: string) => graph.op("Reshape", [x, graph.ints([-1])]);

const split: Rule = ({ graph, layer, xs: [x], args: [, axis = 0], shapes }) => {
  const at = normalizeAxis(layer.label, axis as number, x.shape.length);
  const sizes = shapes.map((shape) => shape[at]);
  if (sizes.includes(null)) refuse(layer, "the sizes of its parts are not known");
  return graph.split(x.name, at, sizes as number[]);
};

const roll: Rule = (call) => {
  const { graph, xs: [x], args: [shift, axis] } = call; // prettier-ignore
  const all = axis == null;
  const axes = all ? [0] : ([axis].flat() as number[]).map((a) => normalizeAxis(call.layer.label, a, x.shape.length));
  const shifts = [shift].flat() as number[];
  const result = axes.reduce(
    (y, at, i) => {
      const size = all ? x.shape.reduce<number>((n, m) => n * (m ?? NaN), 1) : (x.shape[at] ?? NaN);
      if (Number.isNaN(size)) refuse(call.layer, "the size of its axis is not known");
      const cut = size === 0 ? 0 : ((-shifts[shifts.length === 1 ? 0 : i] % size) + size) % size;
      if (cut === 0) return y;
      return join(graph, [slice(graph, y, [{ axis: at, start: cut, end: beyond }]), slice(graph, y, [{ axis: at, start: 0, end: cut }])], at); // prettier-ignore
    },
    all ? flat(graph, x.name) : x.name,
  );
  return all ? reshaped(call, result) : result;
};

const pad: Rule = ({ graph, layer, xs: [x, value], args: [width, mode = "constant"] }) => {
  if (mode === "symmetric") refuse(layer, 'padding "symmetric"');
  const pairs = padPairs(width, x.shape.length);
  const amounts = graph.ints([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]);
  return graph.op("Pad", [x.name, amounts, mode === "constant" ? value?.name : undefined], { mode: mode as string });
};

const repeat: Rule = (call) => {
  const { graph, layer, xs: [x], args: [repeats, axis] } = call; // prettier-ignore
  const given = axis == null ? flat(graph, x.name) : x.name;
  const rank = axis == null ? 1 : x.shape.length;
  const at = normalizeAxis(layer.label, (axis ?? 0) as number, rank);
  const times = countUp(rank + 1).map((i) => (i === at + 1 ? ([repeats].flat()[0] as number) : 1));
  const tiled = graph.op("Tile", [graph.unsqueeze(given, at + 1), graph.ints(times)]);
  return reshaped(call, tiled);
};

const tile: Rule = ({ graph, xs: [x], args: [repeats] }) => {
  const counts = [repeats].flat() as number[];
  const rank = Math.max(counts.length, x.shape.length);
  const missing = countUp(rank - x.shape.length);
  const given = missing.length === 0 ? x.name : graph.op("Unsqueeze", [x.name, graph.ints(missing)]);
  return graph.op("Tile", [given, graph.ints([...new Array<number>(rank - counts.length).fill(1), ...counts])]);
};

const take: Rule = ({ graph, layer, xs: [x, indices], args: [axis] }) => {
  const given = axis == null ? flat(graph, x.name) : x.name;
  const at = normalizeAxis(layer.label, (axis ?? 0) as number, axis == null ? 1 : x.shape.length);
  return graph.op("Gather", [given, graph.op("Cast", [indices.name], { to: 7 })], { axis: at });
};

const oneHot: Rule = ({ graph, xs: [x], args: [count, axis = -1] }) => {
  const rank = x.shape.length;
  const classes = graph.floats(countUp(count as number));
  const hot = toFloat(graph, graph.op("Equal", [graph.unsqueeze(x.name, rank), classes]));
  const at = (axis as number) < 0 ? (axis as number) + rank + 1 : (axis as number);
  const order = countUp(rank);
  order.splice(at, 0, rank);
  return at === rank ? hot : graph.transpose(hot, order);
};

/** Blocks of pixels: reshaped, with the axes of rows and columns swapped, and reshaped again. */
const blocks =
  (split: (shape: readonly number[], n: number) => readonly number[]): Rule =>
  (call) => {
    const { graph, layer, xs: [x], args: [block] } = call; // prettier-ignore
    const [, ...sizes] = x.shape;
    if (sizes.includes(null)) refuse(layer, "sizes other than the batch must be known");
    const parts = graph.op("Reshape", [x.name, graph.ints([-1, ...split(sizes as number[], block as number)])]);
    return reshaped(call, graph.transpose(parts, [0, 1, 3, 2, 4, 5]));
  };

const joining =
  (axisOf: (call: Call, rank: number) => number): Rule =>
  (call) =>
    join(call.graph, call.xs.map(nameOf), axisOf(call, call.xs[0].shape.length)); // prettier-ignore
const unsqueezed = ({ graph, xs }: Call, axes: readonly number[]) =>
  xs.map(({ name }) => graph.op("Unsqueeze", [name, graph.ints(axes)]));

export const moves: Rules = {
  reshape,
  ravel: reshape,
  getItem,
  slice: ({ graph, xs: [x], args: [start, size = []] }) =>
    slice(graph, x.name, (start as number[]).map((from, axis) => {
      const length = (size as number[])[axis] ?? -1;
      return { axis, start: from, end: length === -1 ? beyond : from + length };
    })), // prettier-ignore
  expandDims: ({ graph, xs: [x], args: [axis], shape }) =>
    graph.op("Unsqueeze", [x.name, graph.ints(([axis].flat() as number[]).map((a) => (a < 0 ? a + shape.length : a)))]),
  squeeze: (call) => {
    const { graph, xs: [x], args: [axis] } = call; // prettier-ignore
    const axes = axis == null ? x.shape.flatMap((size, i) => (size === 1 ? [i] : [])) : axesOf(call, axis);
    return axes.length === 0 ? x.name : graph.op("Squeeze", [x.name, graph.ints(axes)]);
  },
  transpose: transposed((rank, { layer, args: [axes] }) =>
    axes ? (axes as number[]).map((axis) => normalizeAxis(layer.label, axis, rank)) : countUp(rank).reverse(),
  ),
  swapAxes: transposed((rank, { layer, args }) => {
    const [a, b] = (args as number[]).map((axis) => normalizeAxis(layer.label, axis, rank));
    return countUp(rank).map((i) => (i === a ? b : i === b ? a : i));
  }),
  moveAxis,
  flip: (call) => {
    const axes = axesOf(call, call.args[0]);
    return slice(call.graph, call.xs[0].name, axes.map((axis) => ({ axis, start: -1, end: -beyond, step: -1 }))); // prettier-ignore
  },
  concat: joining(({ layer, args: [axis = -1] }, rank) => normalizeAxis(layer.label, axis as number, rank)),
  hstack: joining((_, rank) => (rank === 1 ? 0 : 1)),
  vstack: (call) => join(call.graph, call.xs[0].shape.length === 1 ? unsqueezed(call, [0]) : call.xs.map(nameOf), 0),
  append: (call) => {
    const { graph, xs, args: [axis] } = call; // prettier-ignore
    if (axis == null) return join(graph, xs.map((x) => flat(graph, x.name)), 0); // prettier-ignore
    return join(graph, xs.map(nameOf), normalizeAxis(call.layer.label, axis as number, xs[0].shape.length)); // prettier-ignore
  },
  stack: (call) => {
    const at = normalizeAxis(call.layer.label, (call.args[0] ?? 0) as number, call.shape.length);
    return join(call.graph, unsqueezed(call, [at]), at);
  },
  split,
  unstack: ({ graph, layer, xs: [x], args: [, axis = 0], shapes }) => {
    const at = normalizeAxis(layer.label, axis as number, x.shape.length);
    return graph.split(x.name, at, shapes.map(() => 1)).map((part) => graph.squeeze(part, at)); // prettier-ignore
  },
  roll,
  pad,
  repeat,
  tile,
  broadcastTo: ({ graph, xs: [x], args: [shape] }) => graph.op("Expand", [x.name, graph.ints(shape as number[])]),
  take,
  oneHot,
  depthToSpace: blocks(([height, width, channels], n) => [height, width, n, n, channels / (n * n)]),
  spaceToDepth: blocks(([height, width, channels], n) => [height / n, n, width / n, n, channels]),
};
