/** Every operation that a graph may contain, under the name that files give it. */
import type { NamedActivation } from "../activation.js";
import * as rectifiers from "../activations/rectifiers.js";
import * as sigmoids from "../activations/sigmoids.js";
import * as simple from "../activations/simple.js";
import * as smooth from "../activations/smooth.js";
import { sparsemax as sparsemaxOf } from "../activations/softmaxes.js";
import * as ops from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import * as elements from "./elementwise.js";
import * as moves from "./moves.js";
import { defineOperation, type OperationDefinition } from "./operation.js";
import * as pictures from "./pictures.js";
import * as products from "./products.js";
import * as reductions from "./reductions.js";
import { broadcastAll, sameAsFirst } from "./shapes.js";
import { logSoftmaxOver, softmaxOver } from "./softmaxes.js";

type Run = OperationDefinition["run"];
/** An operation on each element. */
const unary = (name: string, run: Run) => defineOperation(name, run, { shape: sameAsFirst, eachElement: true });
/** An operation along an axis, whose result has the shape of x. */
const alongAxis = (name: string, run: Run) => defineOperation(name, run, { shape: sameAsFirst });
/** An operation on each element of two tensors or more, which broadcast. */
const binary = (name: string, run: Run, operands = 2) =>
  defineOperation(name, run, { operands, shape: broadcastAll, eachElement: true });
/** An operation on a list of tensors. */
const joining = (name: string, run: Run) => defineOperation(name, run, { operands: "list" });
const many = (name: string, run: Run) => defineOperation(name, run, { isMany: true });
/** An activation function; its options follow x in this order. */
const activation = (name: string, work: NamedActivation<never>, options: readonly string[] = []) => {
  const run = (x: Tensor, ...values: unknown[]) => {
    const given = options.flatMap((option, i) => (values[i] === undefined ? [] : [[option, values[i]] as const]));
    return (work as unknown as (x: Tensor, options: object) => Tensor)(x, Object.fromEntries(given));
  };
  return defineOperation(name, run as Run, work.shape ? {} : { shape: sameAsFirst, eachElement: work !== sparsemaxOf });
};

// ── arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const add = /* @__PURE__ */ binary("add", ops.add);
export const subtract = /* @__PURE__ */ binary("subtract", ops.subtract);
export const multiply = /* @__PURE__ */ binary("multiply", ops.multiply);
export const divide = /* @__PURE__ */ binary("divide", ops.divide);
export const maximum = /* @__PURE__ */ binary("maximum", ops.maximum);
export const minimum = /* @__PURE__ */ binary("minimum", ops.minimum);
export const divideNoNan = /* @__PURE__ */ binary("divideNoNan", elements.divideNoNan);
export const logaddexp = /* @__PURE__ */ binary("logaddexp", elements.logaddexp);
/** x to the power of a number. */
export const power = /* @__PURE__ */ unary("power", elements.power);
/** A positive number to the power of x. */
export const powerOf = /* @__PURE__ */ unary("powerOf", elements.powerOf);

// ── comparisons and conditions ───────────────────────────────────────────────────────────────────────────────────────

export const equal = /* @__PURE__ */ binary("equal", ops.equal);
export const greater = /* @__PURE__ */ binary("greater", ops.greater);
export const notEqual = /* @__PURE__ */ binary("notEqual", elements.notEqual);
export const less = /* @__PURE__ */ binary("less", elements.less);
export const greaterEqual = /* @__PURE__ */ binary("greaterEqual", elements.greaterEqual);
export const lessEqual = /* @__PURE__ */ binary("lessEqual", elements.lessEqual);
export const logicalAnd = /* @__PURE__ */ binary("logicalAnd", elements.logicalAnd);
export const logicalOr = /* @__PURE__ */ binary("logicalOr", elements.logicalOr);
export const logicalXor = /* @__PURE__ */ binary("logicalXor", elements.logicalXor);
export const logicalNot = /* @__PURE__ */ unary("logicalNot", elements.logicalNot);
export const isNaN = /* @__PURE__ */ unary("isNaN", elements.isNaN);
export const isInf = /* @__PURE__ */ unary("isInf", elements.isInf);
export const isFinite = /* @__PURE__ */ unary("isFinite", elements.isFinite);
export const where = /* @__PURE__ */ binary("where", elements.select, 3);

// ── functions of each element ────────────────────────────────────────────────────────────────────────────────────────

export const abs = /* @__PURE__ */ unary("abs", ops.abs);
export const affine = /* @__PURE__ */ unary("affine", ops.affine);
export const exp = /* @__PURE__ */ unary("exp", ops.exp);
export const exp2 = /* @__PURE__ */ unary("exp2", elements.exp2);
export const expm1 = /* @__PURE__ */ unary("expm1", elements.expm1);
export const log = /* @__PURE__ */ unary("log", ops.log);
export const log2 = /* @__PURE__ */ unary("log2", elements.log2);
export const log10 = /* @__PURE__ */ unary("log10", elements.log10);
export const log1p = /* @__PURE__ */ unary("log1p", elements.log1p);
export const negative = /* @__PURE__ */ unary("negative", ops.negative);
export const reciprocal = /* @__PURE__ */ unary("reciprocal", elements.reciprocal);
export const rsqrt = /* @__PURE__ */ unary("rsqrt", elements.rsqrt);
export const sign = /* @__PURE__ */ unary("sign", ops.sign);
export const sqrt = /* @__PURE__ */ unary("sqrt", ops.sqrt);
export const square = /* @__PURE__ */ unary("square", ops.square);
export const clip = /* @__PURE__ */ unary("clip", elements.clipTo);
export const nanToNum = /* @__PURE__ */ unary("nanToNum", elements.nanToNum);
export const deg2rad = /* @__PURE__ */ unary("deg2rad", elements.deg2rad);
export const rad2deg = /* @__PURE__ */ unary("rad2deg", elements.rad2deg);
export const cast = /* @__PURE__ */ unary("cast", elements.cast);
export const castWhole = /* @__PURE__ */ unary("castWhole", elements.castWhole);
export const identity = /* @__PURE__ */ unary("identity", elements.identity);
export const zerosLike = /* @__PURE__ */ unary("zerosLike", elements.zerosLike);
export const onesLike = /* @__PURE__ */ unary("onesLike", elements.onesLike);
export const fullLike = /* @__PURE__ */ defineOperation("fullLike", elements.fullLike, {
  operands: 2,
  shape: sameAsFirst,
});

// ── activations ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const relu = /* @__PURE__ */ unary("relu", ops.relu);
export const relu6 = /* @__PURE__ */ unary("relu6", ops.relu6);
export const sigmoid = /* @__PURE__ */ unary("sigmoid", ops.sigmoid);
export const tanh = /* @__PURE__ */ unary("tanh", ops.tanh);
export const softmax = /* @__PURE__ */ alongAxis("softmax", softmaxOver);
export const logSoftmax = /* @__PURE__ */ alongAxis("logSoftmax", logSoftmaxOver);
export const celu = /* @__PURE__ */ activation("celu", rectifiers.celu, ["alpha"]);
export const elu = /* @__PURE__ */ activation("elu", rectifiers.elu, ["alpha"]);
export const selu = /* @__PURE__ */ activation("selu", rectifiers.selu);
export const leakyRelu = /* @__PURE__ */ activation("leakyRelu", rectifiers.leakyRelu, ["negativeSlope"]);
export const hardShrink = /* @__PURE__ */ activation("hardShrink", rectifiers.hardShrink, ["threshold"]);
export const softShrink = /* @__PURE__ */ activation("softShrink", rectifiers.softShrink, ["threshold"]);
export const threshold = /* @__PURE__ */ activation("threshold", rectifiers.threshold, ["threshold", "defaultValue"]);
export const glu = /* @__PURE__ */ activation("glu", sigmoids.glu, ["axis"]);
export const hardSigmoid = /* @__PURE__ */ activation("hardSigmoid", sigmoids.hardSigmoid);
export const hardSilu = /* @__PURE__ */ activation("hardSilu", sigmoids.hardSilu);
export const logSigmoid = /* @__PURE__ */ activation("logSigmoid", sigmoids.logSigmoid);
export const silu = /* @__PURE__ */ activation("silu", sigmoids.silu);
export const sparseSigmoid = /* @__PURE__ */ activation("sparseSigmoid", sigmoids.sparseSigmoid);
export const hardTanh = /* @__PURE__ */ activation("hardTanh", simple.hardTanh);
export const softsign = /* @__PURE__ */ activation("softsign", simple.softsign);
export const tanhShrink = /* @__PURE__ */ activation("tanhShrink", simple.tanhShrink);
export const gelu = /* @__PURE__ */ activation("gelu", smooth.gelu, ["approximate"]);
export const softplus = /* @__PURE__ */ activation("softplus", smooth.softplus);
export const sparsePlus = /* @__PURE__ */ activation("sparsePlus", smooth.sparsePlus);
export const squareplus = /* @__PURE__ */ activation("squareplus", smooth.squareplus, ["b"]);
export const sparsemax = /* @__PURE__ */ activation("sparsemax", sparsemaxOf, ["axis"]);

// ── reductions ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const all = /* @__PURE__ */ defineOperation("all", reductions.all);
export const any = /* @__PURE__ */ defineOperation("any", reductions.any);
export const argMax = /* @__PURE__ */ defineOperation("argMax", reductions.argMaxOf);
export const argMin = /* @__PURE__ */ defineOperation("argMin", reductions.argMin);
export const average = /* @__PURE__ */ defineOperation("average", reductions.average, { operands: 2 });
export const countNonzero = /* @__PURE__ */ defineOperation("countNonzero", reductions.countNonzero);
export const logSumExp = /* @__PURE__ */ defineOperation("logSumExp", reductions.logSumExp);
export const max = /* @__PURE__ */ defineOperation("max", ops.max);
export const mean = /* @__PURE__ */ defineOperation("mean", ops.mean);
export const min = /* @__PURE__ */ defineOperation("min", reductions.min);
export const moments = /* @__PURE__ */ many("moments", reductions.moments);
export const norm = /* @__PURE__ */ defineOperation("norm", reductions.norm);
export const peakToPeak = /* @__PURE__ */ defineOperation("peakToPeak", reductions.peakToPeak);
export const std = /* @__PURE__ */ defineOperation("std", reductions.std);
export const sum = /* @__PURE__ */ defineOperation("sum", ops.sum);
export const variance = /* @__PURE__ */ defineOperation("variance", reductions.variance);

// ── normalization ────────────────────────────────────────────────────────────────────────────────────────────────────

export const batchNorm = /* @__PURE__ */ defineOperation("batchNorm", reductions.batchNormOf, { operands: 5, shape: sameAsFirst }); // prettier-ignore
export const layerNorm = /* @__PURE__ */ defineOperation("layerNorm", reductions.layerNorm, { operands: 3, shape: sameAsFirst }); // prettier-ignore
export const rmsNorm = /* @__PURE__ */ defineOperation("rmsNorm", reductions.rmsNorm, { operands: 2, shape: sameAsFirst }); // prettier-ignore
export const normalize = /* @__PURE__ */ unary("normalize", reductions.normalize);

// ── moving elements ──────────────────────────────────────────────────────────────────────────────────────────────────

export const append = /* @__PURE__ */ defineOperation("append", moves.append, { operands: 2 });
export const broadcastTo = /* @__PURE__ */ defineOperation("broadcastTo", moves.broadcastTo);
export const concat = /* @__PURE__ */ joining("concat", ops.concat);
export const depthToSpace = /* @__PURE__ */ defineOperation("depthToSpace", moves.depthToSpace);
export const expandDims = /* @__PURE__ */ defineOperation("expandDims", moves.expandDims);
export const flip = /* @__PURE__ */ defineOperation("flip", moves.flipAxes);
export const getItem = /* @__PURE__ */ defineOperation("getItem", moves.getItem);
export const hstack = /* @__PURE__ */ joining("hstack", moves.hstack);
export const moveAxis = /* @__PURE__ */ defineOperation("moveAxis", moves.moveAxis);
export const oneHot = /* @__PURE__ */ defineOperation("oneHot", moves.oneHot);
export const pad = /* @__PURE__ */ defineOperation("pad", (x: Tensor, value: Tensor | undefined, width: never, mode?: string) => moves.padWith(x, width, mode, value), { operands: 2 }); // prettier-ignore
export const ravel = /* @__PURE__ */ defineOperation("ravel", moves.ravel);
export const repeat = /* @__PURE__ */ defineOperation("repeat", moves.repeat);
export const reshape = /* @__PURE__ */ defineOperation("reshape", ops.reshape);
export const roll = /* @__PURE__ */ defineOperation("roll", moves.roll);
export const slice = /* @__PURE__ */ defineOperation("slice", ops.slice);
export const spaceToDepth = /* @__PURE__ */ defineOperation("spaceToDepth", moves.spaceToDepth);
export const split = /* @__PURE__ */ many("split", moves.split);
export const squeeze = /* @__PURE__ */ defineOperation("squeeze", moves.squeeze);
export const stack = /* @__PURE__ */ joining("stack", ops.stack);
export const swapAxes = /* @__PURE__ */ defineOperation("swapAxes", moves.swapAxes);
export const take = /* @__PURE__ */ defineOperation("take", moves.take, { operands: 2 });
export const tile = /* @__PURE__ */ defineOperation("tile", moves.tile);
export const transpose = /* @__PURE__ */ defineOperation("transpose", ops.transpose);
export const unstack = /* @__PURE__ */ many("unstack", moves.unstack);
export const vstack = /* @__PURE__ */ joining("vstack", moves.vstack);

// ── products ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const dot = /* @__PURE__ */ defineOperation("dot", products.dot, { operands: 2 });
export const matMul = /* @__PURE__ */ defineOperation("matMul", products.matMulBroadcast, { operands: 2 });
export const tensorDot = /* @__PURE__ */ defineOperation("tensorDot", products.tensorDot, { operands: 2 });

// ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const averagePool = /* @__PURE__ */ defineOperation("averagePool", pictures.averagePool);
export const maxPool = /* @__PURE__ */ defineOperation("maxPool", pictures.maxPool);
export const resize = /* @__PURE__ */ defineOperation("resize", pictures.resize);
export const rgbToGrayscale = /* @__PURE__ */ defineOperation("rgbToGrayscale", pictures.rgbToGrayscale);
