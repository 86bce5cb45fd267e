/** Operations over axes. */
import { type GraphBuilder } from "../builder.js";
import { axesOf, type Call, isTrue, type Rule, type Rules, toFloat } from "./rule.js";

type Reduce = "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceSum";

const reduce =
  (type: Reduce, before: (graph: GraphBuilder, x: string) => string = (_, x) => x): Rule =>
  (call) => {
    const { graph, xs: [x], args: [axis, keepDims] } = call; // prettier-ignore
    return graph.reduce(type, before(graph, x.name), axesOf(call, axis), keepDims === true);
  };
const truth = (graph: GraphBuilder, x: string) => toFloat(graph, isTrue(graph, x));
const squared = (graph: GraphBuilder, x: string) => graph.op("Mul", [x, x]);

function variance(call: Call): string {
  const { graph, xs: [x], args: [axis, keepDims] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  const centred = graph.op("Sub", [x.name, graph.reduce("ReduceMean", x.name, axes, true)]);
  return graph.reduce("ReduceMean", squared(graph, centred), axes, keepDims === true);
}

const arg =
  (type: "ArgMax" | "ArgMin"): Rule =>
  (call) => {
    const { graph, xs: [x], args: [axis, keepDims], shape } = call; // prettier-ignore
    const all = axis == null;
    const given = all ? graph.op("Reshape", [x.name, graph.ints([-1])]) : x.name;
    const keepdims = keepDims === true && !all ? 1 : 0;
    const found = toFloat(graph, graph.op(type, [given], { axis: all ? 0 : axesOf(call, axis)[0], keepdims }));
    return all && keepDims === true ? graph.op("Reshape", [found, graph.ints(shape.map(() => 1))]) : found;
  };

/** ln of the sum of e^x; the largest element is taken out, where it is no infinity, so that nothing overflows. */
function logSumExp(call: Call): string {
  const { graph, xs: [x], args: [axis, keepDims] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  const largest = graph.reduce("ReduceMax", x.name, axes, true);
  const most = graph.op("Where", [graph.op("IsInf", [largest]), graph.scalar(0), largest]);
  const total = graph.reduce("ReduceSum", graph.op("Exp", [graph.op("Sub", [x.name, most])]), axes, true);
  const result = graph.op("Add", [graph.op("Log", [total]), most]);
  return keepDims === true ? result : graph.op("Squeeze", [result, graph.ints(axes)]);
}

const norm: Rule = (call) => {
  const { graph, xs: [x], args: [order, axis, keepDims] } = call; // prettier-ignore
  const [axes, keep] = [axesOf(call, axis), keepDims === true];
  if (order === 1) return graph.reduce("ReduceSum", graph.op("Abs", [x.name]), axes, keep);
  if (order === Infinity || order === "inf") return graph.reduce("ReduceMax", graph.op("Abs", [x.name]), axes, keep);
  return graph.op("Sqrt", [graph.reduce("ReduceSum", squared(graph, x.name), axes, keep)]);
};

const normalize: Rule = (call) => {
  const { graph, xs: [x], args: [axis = -1, order = 2, epsilon = 1e-7] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  if (order !== 2) {
    const length = norm({ ...call, args: [order, axis, true] }) as string;
    return graph.op("Div", [x.name, graph.op("Max", [length, graph.scalar(epsilon as number)])]);
  }
  const total = graph.reduce("ReduceSum", squared(graph, x.name), axes, true);
  const length = graph.op("Sqrt", [graph.op("Max", [total, graph.scalar((epsilon as number) * (epsilon as number))])]);
  return graph.op("Div", [x.name, length]);
};

/** A weight of the normalized axes, with axes of size 1 for the others. */
function spread({ graph, xs }: Call, which: number, axes: readonly number[]): string | undefined {
  const weight = xs.at(which);
  if (!weight) return undefined;
  const sizes = xs[0].shape.map((size, i) => (axes.includes(i) ? (size ?? -1) : 1));
  return graph.op("Reshape", [weight.name, graph.ints(sizes)]);
}

function scaleAndShift(graph: GraphBuilder, x: string, scale: string | undefined, shift: string | undefined): string {
  const scaled = scale ? graph.op("Mul", [x, scale]) : x;
  return shift ? graph.op("Add", [scaled, shift]) : scaled;
}

const layerNorm: Rule = (call) => {
  const { graph, xs: [x], args: [axis = -1, epsilon = 1e-7] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  const centred = graph.op("Sub", [x.name, graph.reduce("ReduceMean", x.name, axes, true)]);
  const spreadOut = graph.op("Add", [graph.reduce("ReduceMean", squared(graph, centred), axes, true), graph.scalar(epsilon as number)]); // prettier-ignore
  const y = graph.op("Div", [centred, graph.op("Sqrt", [spreadOut])]);
  return scaleAndShift(graph, y, spread(call, 1, axes), spread(call, 2, axes));
};

const rmsNorm: Rule = (call) => {
  const { graph, xs: [x], args: [axis = -1, epsilon = 1e-7] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  const size = graph.op("Add", [graph.reduce("ReduceMean", squared(graph, x.name), axes, true), graph.scalar(epsilon as number)]); // prettier-ignore
  return scaleAndShift(graph, graph.op("Div", [x.name, graph.op("Sqrt", [size])]), spread(call, 1, axes), undefined);
};

const batchNorm: Rule = (call) => {
  const { graph, xs: [x], args: [axis, epsilon = 1e-3] } = call; // prettier-ignore
  const axes = axesOf(call, axis);
  const centred = graph.op("Sub", [x.name, spread(call, 1, axes)]);
  const deviation = graph.op("Sqrt", [graph.op("Add", [spread(call, 2, axes), graph.scalar(epsilon as number)])]);
  return scaleAndShift(graph, graph.op("Div", [centred, deviation]), spread(call, 4, axes), spread(call, 3, axes));
};

export const reductions: Rules = {
  all: reduce("ReduceMin", truth),
  any: reduce("ReduceMax", truth),
  max: reduce("ReduceMax"),
  mean: reduce("ReduceMean"),
  min: reduce("ReduceMin"),
  sum: reduce("ReduceSum"),
  countNonzero: reduce("ReduceSum", truth),
  argMax: arg("ArgMax"),
  argMin: arg("ArgMin"),
  variance,
  std: (call) => call.graph.op("Sqrt", [variance(call)]),
  moments: (call) => [reduce("ReduceMean")(call) as string, variance(call)],
  peakToPeak: (call) =>
    call.graph.op("Sub", [reduce("ReduceMax")(call) as string, reduce("ReduceMin")(call) as string]),
  average: (call) => {
    const { graph, xs: [x, weights], args: [axis] } = call; // prettier-ignore
    const axes = axesOf(call, axis);
    if (!weights) return graph.reduce("ReduceMean", x.name, axes, false);
    const w = weights.shape.length === 1 ? spread(call, 1, axes)! : weights.name;
    const sums = graph.reduce("ReduceSum", graph.op("Mul", [x.name, w]), axes, false);
    const all = graph.op("Expand", [w, graph.op("Shape", [x.name])]);
    return graph.op("Div", [sums, graph.reduce("ReduceSum", all, axes, false)]);
  },
  logSumExp,
  norm,
  normalize,
  layerNorm,
  rmsNorm,
  batchNorm,
};
