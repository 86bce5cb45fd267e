/** Operations on each element. */
import type { GraphBuilder } from "../builder.js";
import { isTrue, type Rule, type Rules, toFloat } from "./rule.js";

/** One operation of ONNX. */
const one =
  (type: string): Rule =>
  ({ graph, xs }) =>
    graph.op(type, xs.map(({ name }) => name)); // prettier-ignore
/** One operation of ONNX whose result is a condition. */
const condition =
  (type: string): Rule =>
  ({ graph, xs }) =>
    toFloat(graph, graph.op(type, xs.map(({ name }) => name))); // prettier-ignore
/** One operation of ONNX on conditions. */
const logic =
  (type: string): Rule =>
  ({ graph, xs }) =>
    toFloat(graph, graph.op(type, xs.map(({ name }) => isTrue(graph, name)))); // prettier-ignore
/** A formula of one tensor. */
const formula =
  (work: (graph: GraphBuilder, x: string, args: readonly never[]) => string): Rule =>
  ({ graph, xs: [x], args }) =>
    work(graph, x.name, args as never[]);
const times = (factor: number): Rule => formula((graph, x) => graph.op("Mul", [x, graph.scalar(factor)]));
const like = (graph: GraphBuilder, value: string, x: string) => graph.op("Expand", [value, graph.op("Shape", [x])]);

/** ln(1 + x) is 2 artanh(x / (x + 2)), which is exact for small x. */
const log1p = (graph: GraphBuilder, x: string): string => {
  const ratio = graph.op("Div", [x, graph.op("Add", [x, graph.scalar(2)])]);
  const small = graph.op("Mul", [graph.op("Atanh", [ratio]), graph.scalar(2)]);
  const large = graph.op("Log", [graph.op("Add", [x, graph.scalar(1)])]);
  return graph.op("Where", [graph.op("Less", [graph.op("Abs", [x]), graph.scalar(0.5)]), small, large]);
};

/** e^x - 1 is tanh(x / 2) (e^x + 1), which is exact for small x. */
const expm1 = (graph: GraphBuilder, x: string): string => {
  const half = graph.op("Tanh", [graph.op("Mul", [x, graph.scalar(0.5)])]);
  return graph.op("Mul", [half, graph.op("Add", [graph.op("Exp", [x]), graph.scalar(1)])]);
};

export const elementwise: Rules = {
  add: one("Add"),
  subtract: one("Sub"),
  multiply: one("Mul"),
  divide: one("Div"),
  maximum: one("Max"),
  minimum: one("Min"),
  divideNoNan: ({ graph, xs: [a, b] }) => {
    const isZero = graph.op("Equal", [b.name, graph.scalar(0)]);
    return graph.op("Where", [isZero, graph.scalar(0), graph.op("Div", [a.name, b.name])]);
  },
  logaddexp: ({ graph, xs: [a, b] }) => {
    const distance = graph.op("Neg", [graph.op("Abs", [graph.op("Sub", [a.name, b.name])])]);
    return graph.op("Add", [graph.op("Max", [a.name, b.name]), graph.op("Softplus", [distance])]);
  },
  power: formula((graph, x, [exponent]) => graph.op("Pow", [x, graph.scalar(exponent)])),
  powerOf: formula((graph, x, [base]) => graph.op("Pow", [graph.scalar(base), x])),

  equal: condition("Equal"),
  greater: condition("Greater"),
  less: condition("Less"),
  greaterEqual: condition("GreaterOrEqual"),
  lessEqual: condition("LessOrEqual"),
  notEqual: ({ graph, xs: [a, b] }) => toFloat(graph, graph.op("Not", [graph.op("Equal", [a.name, b.name])])),
  logicalAnd: logic("And"),
  logicalOr: logic("Or"),
  logicalXor: logic("Xor"),
  logicalNot: logic("Not"),
  isNaN: condition("IsNaN"),
  isInf: condition("IsInf"),
  isFinite: formula((graph, x) =>
    toFloat(graph, graph.op("Not", [graph.op("Or", [graph.op("IsNaN", [x]), graph.op("IsInf", [x])])])),
  ),
  where: ({ graph, xs: [mask, a, b] }) => graph.op("Where", [isTrue(graph, mask.name), a.name, b.name]),

  abs: one("Abs"),
  affine: formula((graph, x, [scale, offset]) =>
    graph.op("Add", [graph.op("Mul", [x, graph.scalar(scale)]), graph.scalar(offset ?? 0)]),
  ),
  exp: one("Exp"),
  exp2: formula((graph, x) => graph.op("Exp", [graph.op("Mul", [x, graph.scalar(Math.LN2)])])),
  expm1: formula(expm1),
  log: one("Log"),
  log2: formula((graph, x) => graph.op("Mul", [graph.op("Log", [x]), graph.scalar(Math.LOG2E)])),
  log10: formula((graph, x) => graph.op("Mul", [graph.op("Log", [x]), graph.scalar(Math.LOG10E)])),
  log1p: formula(log1p),
  negative: one("Neg"),
  reciprocal: one("Reciprocal"),
  rsqrt: formula((graph, x) => graph.op("Reciprocal", [graph.op("Sqrt", [x])])),
  sign: one("Sign"),
  sqrt: one("Sqrt"),
  square: formula((graph, x) => graph.op("Mul", [x, x])),
  clip: formula((graph, x, [low, high]) => graph.op("Clip", [x, graph.scalar(low), graph.scalar(high)])),
  nanToNum: formula((graph, x, [nan, above, below]) => {
    const largest = 3.4028234663852886e38;
    const isSide = (positive: number) => graph.op("IsInf", [x], { detect_positive: positive, detect_negative: 1 - positive }); // prettier-ignore
    const bounded = graph.op("Where", [isSide(1), graph.scalar(above ?? largest), x]);
    const both = graph.op("Where", [isSide(0), graph.scalar(below ?? -largest), bounded]);
    return graph.op("Where", [graph.op("IsNaN", [x]), graph.scalar(nan ?? 0), both]);
  }),
  deg2rad: times(Math.PI / 180),
  rad2deg: times(180 / Math.PI),
  cast: formula((graph, x, [dtype]) => (dtype === "bool" ? toFloat(graph, isTrue(graph, x)) : x)),
  castWhole: formula((_, x) => x),
  identity: formula((_, x) => x),
  zerosLike: formula((graph, x) => like(graph, graph.scalar(0), x)),
  onesLike: formula((graph, x) => like(graph, graph.scalar(1), x)),
  fullLike: ({ graph, xs: [x, value] }) => like(graph, value.name, x.name),
  relu: one("Relu"),
  relu6: formula((graph, x) => graph.op("Clip", [x, graph.scalar(0), graph.scalar(6)])),
  sigmoid: one("Sigmoid"),
  tanh: one("Tanh"),
};
