/** Preparing MobileNet's input, and naming the classes of its output. */
import { ArgumentError, checkOptions, FileError, kindOf, ShapeError, shown } from "../errors.js";
import { affine } from "../ops/elementwise.js";
import { stopGradient } from "../autograd/tape.js";
import { type HostArray, Tensor, toHostArray, type TypedArray } from "../tensor.js";
import { readPackageFile } from "./packageFiles.js";

/**
 * ImageNet's 1000 classes in the order of the outputs, each as [WordNet identifier, name], such as ["n02123045",
 * "tabby"]: the contents of `zoetrope/imagenet-classes.json`.
 */
export type ImagenetClasses = readonly (readonly string[])[];

/** A class that a network predicts. */
export interface Prediction {
  /** WordNet's identifier, such as "n02123045". */
  wnid: string;
  /** The class's name, such as "tabby". */
  label: string;
  /** The class's probability. */
  score: number;
}

/**
 * Scales pixels from 0 to 255 to -1 to 1: x / 127.5 - 1. x: any shape; it is not changed. Returns a new tensor, through
 * which no gradient flows.
 */
function preprocessInput(x: Tensor): Tensor;
/** Scales pixels from 0 to 255 to -1 to 1: x / 127.5 - 1. Returns a new array of the same shape. */
function preprocessInput(x: HostArray): HostArray;
/** Scales pixels from 0 to 255 to -1 to 1: x / 127.5 - 1. Returns a new array. */
function preprocessInput(x: TypedArray): Float32Array;
function preprocessInput(x: Tensor | HostArray | TypedArray): Tensor | HostArray | Float32Array {
  if (x instanceof Tensor) {
    return stopGradient(() => affine(x, 1 / 127.5, -1));
  }
  if (ArrayBuffer.isView(x) || Array.isArray(x)) return scalePixels(x);
  if (Object(x) === x && "shape" in x) return { data: scalePixels(x.data), shape: x.shape };
  throw new ArgumentError(`preprocessInput: expected a tensor, { data, shape } or an array, received ${kindOf(x)}.`);
}

/** A loop, because Float32Array.from takes 10 ms for a frame. */
function scalePixels(given: ArrayLike<number>): Float32Array {
  if (!ArrayBuffer.isView(given) && !Array.isArray(given)) {
    throw new ArgumentError(`preprocessInput: expected an array of pixels, received ${kindOf(given)}.`);
  }
  const values = toHostArray(given as TypedArray, undefined, "preprocessInput").data;
  const y = new Float32Array(values.length);
  for (let i = 0; i < y.length; i++) y[i] = values[i] / 127.5 - 1;
  return y;
}

/** Options of `mobileNet.decodePredictions`. */
export interface DecodeOptions {
  /** How many classes to give, the most probable first, 5 by default. */
  top?: number;
  /** The classes, from `zoetrope/imagenet-classes.json`. By default read from the package, which a page cannot do. */
  classes?: ImagenetClasses;
}

/**
 * Names the most probable classes of each row of predictions [batch, 1000].
 *
 * @throws ShapeError when the predictions have another shape; ArgumentError when `top` is not a whole number from 1;
 * FileError in a page when `classes` is missing.
 */
async function decodePredictions(
  predictions: Tensor | HostArray,
  options: DecodeOptions = {},
): Promise<Prediction[][]> {
  checkOptions("decodePredictions", options, ["top", "classes"]);
  const { top = 5 } = options;
  if (!Number.isInteger(top) || top < 1) {
    throw new ArgumentError(`decodePredictions: top ${shown(top)}; expected a whole number from 1.`);
  }
  const shape: unknown = predictions?.shape;
  const [rows, columns] = Array.isArray(shape) ? (shape as number[]) : [];
  if (!Array.isArray(shape) || shape.length !== 2 || columns !== 1000) {
    throw new ShapeError(
      `decodePredictions: expected [batch, 1000], received ${shown(shape ?? predictions)}; only a network with its top and ImageNet's classes has such.`,
    );
  }
  const classes = options.classes === undefined ? await imagenetClasses() : checkClasses(options.classes);
  const data = predictions instanceof Tensor ? await predictions.data() : toHostArray(predictions.data, shape).data;
  return Array.from({ length: rows }, (_, row) => {
    const scores = Array.from({ length: columns }, (_, i) => data[row * columns + i]);
    const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
    return order.slice(0, top).map((i) => ({ wnid: classes[i][0], label: classes[i][1], score: scores[i] }));
  });
}

/** @throws ArgumentError for what are no 1000 classes. */
function checkClasses(given: ImagenetClasses): ImagenetClasses {
  if (Array.isArray(given) && given.length === 1000 && Array.from<unknown>(given).every(Array.isArray)) return given;
  throw new ArgumentError("decodePredictions: expected classes as in zoetrope/imagenet-classes.json, 1000 pairs.");
}

let classesOnce: ImagenetClasses | undefined;

/** Read on first use, so that an app that names no class does not carry the names. */
async function imagenetClasses(): Promise<ImagenetClasses> {
  if (classesOnce) return classesOnce;
  const name = "imagenet-classes.json";
  const bytes = await readPackageFile(name, "pass its contents as decodePredictions(predictions, { classes }).");
  const classes: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(classes) || classes.length !== 1000) throw new FileError(`${name}: expected 1000 classes.`);
  return (classesOnce = classes as unknown as ImagenetClasses);
}

/**
 * MobileNet's companions: `preprocessInput` scales pixels to its input, `decodePredictions` names the classes of its
 * output.
 *
 * @example
 * const net = await MobileNet();
 * const scores = await net.predict(mobileNet.preprocessInput(frames)); // frames: [batch, 224, 224, 3], 0 to 255
 * const [[best]] = await mobileNet.decodePredictions(scores);
 * console.log(best.label, best.score);
 */
export const mobileNet = { preprocessInput, decodePredictions };
