/** What goes into MobileNet, and what its 1000 numbers mean. */
import { ArgumentError, checkOptions, FileError, ShapeError, shapeText } from "../errors.js";
import { affine } from "../ops/elementwise.js";
import { stopGradient } from "../autograd/tape.js";
import { type HostArray, Tensor, type TypedArray } from "../tensor.js";
import { readPackageFile } from "./packageFiles.js";

/**
 * The classes of ImageNet in the order of the outputs, each WordNet's identifier and a name, ["n02123045", "tabby"]: what
 * `import classes from "zoetrope/imagenet-classes.json"` gives.
 */
export type ImagenetClasses = readonly (readonly string[])[];

export interface Prediction {
  wnid: string;
  label: string;
  score: number;
}

/**
 * Pixels from 0 to 255 become -1 to 1: x / 127.5 - 1. Any shape; what is given stays as it is.
 * Of a tensor: a new one, through which no gradient flows.
 */
function preprocessInput(x: Tensor): Tensor;
function preprocessInput(x: HostArray): HostArray;
function preprocessInput(x: TypedArray): Float32Array;
function preprocessInput(x: Tensor | HostArray | TypedArray): Tensor | HostArray | Float32Array {
  if (x instanceof Tensor) {
    return stopGradient(() => affine(x, 1 / 127.5, -1));
  }
  return "shape" in x ? { data: scaled(x.data), shape: x.shape } : scaled(x);
}

/** A loop, as Float32Array.from takes 10 ms for a frame. */
function scaled(values: ArrayLike<number>): Float32Array {
  const y = new Float32Array(values.length);
  for (let i = 0; i < y.length; i++) y[i] = values[i] / 127.5 - 1;
  return y;
}

export interface DecodeOptions {
  /** How many of the classes, the most probable first; 5 unless given. */
  top?: number;
  /** The classes (`zoetrope/imagenet-classes.json`); needed in a page alone, elsewhere they are read from the package. */
  classes?: ImagenetClasses;
}

/**
 * The most probable classes of each row of predictions [batch, 1000].
 * @throws ShapeError for predictions of another shape; FileError in a page where `classes` are not given.
 */
async function decodePredictions(
  predictions: Tensor | HostArray,
  options: DecodeOptions = {},
): Promise<Prediction[][]> {
  checkOptions("decodePredictions", options, ["top", "classes"]);
  const { top = 5 } = options;
  if (!Number.isInteger(top) || top < 1) {
    throw new ArgumentError(`decodePredictions: top ${top}; expected a whole number from 1.`);
  }
  const [rows, columns] = predictions.shape;
  if (predictions.shape.length !== 2 || columns !== 1000) {
    throw new ShapeError(
      `decodePredictions: expected [batch, 1000], received ${shapeText(predictions.shape)}; only a network with its top and ImageNet's classes has such.`,
    );
  }
  const classes = options.classes ?? (await imagenetClasses());
  const data = predictions instanceof Tensor ? await predictions.data() : predictions.data;
  return Array.from({ length: rows }, (_, row) => {
    const scores = Array.from({ length: columns }, (_, i) => data[row * columns + i]);
    const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
    return order.slice(0, top).map((i) => ({ wnid: classes[i][0], label: classes[i][1], score: scores[i] }));
  });
}

let classesOnce: ImagenetClasses | undefined;

/** Read when first asked for: an app that never names a class carries no names. */
async function imagenetClasses(): Promise<ImagenetClasses> {
  if (classesOnce) return classesOnce;
  const name = "imagenet-classes.json";
  const bytes = await readPackageFile(name, "pass its contents as decodePredictions(predictions, { classes }).");
  const classes: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(classes) || classes.length !== 1000) throw new FileError(`${name}: expected 1000 classes.`);
  return (classesOnce = classes as unknown as ImagenetClasses);
}

/** What belongs to MobileNet beside the network. */
export const mobileNet = { preprocessInput, decodePredictions };
