/** MobileNet V1 (Howard et al., 2017), as keras.applications builds it, layer names included. */
import { ArgumentError, checkOptions, FileError, shapeText } from "../errors.js";
import { readSafetensors, type SafeTensor } from "../formats/safetensors.js";
import type { LayerCall, SymbolicTensor } from "../layer.js";
import {
  Activation,
  BatchNormalization,
  Conv2D,
  DepthwiseConv2D,
  Dropout,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  Input,
  ReLU,
  Reshape,
  ZeroPadding2D,
} from "../layers/index.js";
import { Model, type ModelLayer } from "../model.js";
import { sameShape } from "../shape.js";
import { fileSystem, readPackageFile } from "./packageFiles.js";

export interface MobileNetOptions {
  /** [height, width, channels] of a frame, at least 32 by 32; null for a size that frames may vary. [224, 224, 3] unless given. */
  inputShape?: readonly [height: number | null, width: number | null, channels: number];
  /** A factor of the number of filters in every layer; 1 unless given. */
  alpha?: number;
  /** Results of each depthwise convolution for each channel; 1 unless given. */
  depthMultiplier?: number;
  /** Of the classifier; 0.001 unless given. */
  dropout?: number;
  /** Whether the network ends in a classifier (the default) or in features [batch, height / 32, width / 32, 1024 alpha]. */
  includeTop?: boolean;
  /** Without top: "avg" or "max" makes the features [batch, 1024 alpha]. */
  pooling?: "avg" | "max" | null;
  /** Number of classes, 1000 unless given. */
  classes?: number;
  /**
   * null: random. "imagenet" (the default): those that ship with the package. Or a safetensors file: its bytes, or a URL.
   * A page takes the URL from its bundler: `import imagenet from "zoetrope/imagenet.safetensors?url"`.
   */
  weights?: "imagenet" | (string & {}) | URL | ArrayBuffer | Uint8Array | null;
  /** "softmax" unless given. */
  classifierActivation?: string | null;
  name?: string;
}

const optionNames = [
  ...["inputShape", "alpha", "depthMultiplier", "dropout", "includeTop", "pooling", "classes", "weights"],
  ...["classifierActivation", "name"],
];

/** Filters and stride of the thirteen blocks. */
const blocks = [
  [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2],
  [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1],
] as const; // prettier-ignore

/**
 * MobileNet V1: frames [batch, height, width, channels], prepared by `mobileNet.preprocessInput`, to probabilities
 * [batch, classes] or features. As a model it is a layer: put it into TimeDistributed to see films.
 * @throws ArgumentError for options that do not go together, FileError where the weights cannot be read.
 */
export async function MobileNet(options: MobileNetOptions = {}): Promise<ModelLayer & LayerCall> {
  checkOptions("MobileNet", options, optionNames);
  const { inputShape = [224, 224, 3], alpha = 1, weights = "imagenet", includeTop = true } = options;
  checkShape(inputShape, includeTop);
  if (weights === "imagenet") checkImagenet(options, inputShape);
  const file = weights === null ? undefined : readSafetensors(await weightBytes(weights), "MobileNet: weights");
  const name = options.name ?? `mobilenet_${alpha.toFixed(2)}_${inputShape[0] ?? "None"}`;
  const frame = Input({ shape: inputShape });
  // Weights that are read need no random values before.
  const kernelInitializer = file ? "zeros" : "glorotUniform";
  const features = backbone(frame, alpha, options.depthMultiplier ?? 1, kernelInitializer);
  const outputs = includeTop ? classifier(features, options, kernelInitializer) : pooled(features, options.pooling);
  const model = Model({ inputs: frame, outputs, name });
  if (file) assign(model, file.tensors);
  return model;
}

function checkShape(shape: readonly (number | null)[], includeTop: boolean): void {
  const [height, width, channels] = shape;
  const sizes = [height, width];
  if (shape.length === 3 && channels !== null && !sizes.some((n) => n !== null && n < 32)) {
    if (!includeTop || !sizes.includes(null)) return;
  }
  throw new ArgumentError(
    `MobileNet: inputShape ${shapeText(shape)}; expected [height, width, channels] of at least 32 by 32${includeTop ? ", known for a network with top" : ""}.`,
  );
}

/** Sizes for which Keras downloads weights of their own. */
const otherSizes = [128, 160, 192];

/** "imagenet" never stands for other weights than Keras would load. */
function checkImagenet(options: MobileNetOptions, [height, width, channels]: readonly (number | null)[]): void {
  const { alpha = 1, depthMultiplier = 1, includeTop = true, classes = 1000 } = options;
  const later = "come with a later version; pass them as bytes or a URL, or weights: null";
  const refuse = (what: string): never => {
    throw new ArgumentError(`MobileNet: ${what}.`);
  };
  if (alpha !== 1)
    refuse(`weights "imagenet" are those of alpha 1, received alpha ${alpha}; the other alphas ${later}`);
  if (height !== null && height === width && otherSizes.includes(height)) {
    refuse(`weights "imagenet" are those of 224 by 224; Keras's own for ${height} by ${height} ${later}`);
  }
  if (depthMultiplier !== 1) refuse(`weights "imagenet" need depthMultiplier 1, received ${depthMultiplier}`);
  if (channels !== 3) refuse(`weights "imagenet" need 3 channels, received ${channels}`);
  if (includeTop && classes !== 1000) {
    refuse(
      `weights "imagenet" with top need classes 1000, received ${classes}; use includeTop: false and a head of your own`,
    );
  }
}

/** [batch, height, width, channels] to [batch, height / 32, width / 32, 1024 alpha]. */
function backbone(frame: SymbolicTensor, alpha: number, depthMultiplier: number, kernelInitializer: string) {
  const normalized = (x: SymbolicTensor, name: string) =>
    ReLU({ maxValue: 6, name: `${name}_relu` })(BatchNormalization({ name: `${name}_bn` })(x));
  const filtersOf = (filters: number) => Math.trunc(filters * alpha);
  const first = Conv2D({
    filters: filtersOf(32), kernelSize: 3, strides: 2, padding: "same", useBias: false, kernelInitializer, name: "conv1",
  }); // prettier-ignore
  let x = normalized(first(frame), "conv1");
  blocks.forEach(([filters, strides], i) => {
    const block = i + 1;
    if (strides === 2) x = ZeroPadding2D({ padding: [[0, 1], [0, 1]], name: `conv_pad_${block}` })(x); // prettier-ignore
    const depthwise = DepthwiseConv2D({
      kernelSize: 3, strides, padding: strides === 1 ? "same" : "valid", depthMultiplier, useBias: false,
      depthwiseInitializer: kernelInitializer, name: `conv_dw_${block}`,
    }); // prettier-ignore
    const pointwise = Conv2D({
      filters: filtersOf(filters), kernelSize: 1, padding: "same", useBias: false, kernelInitializer, name: `conv_pw_${block}`,
    }); // prettier-ignore
    x = normalized(depthwise(x), `conv_dw_${block}`);
    x = normalized(pointwise(x), `conv_pw_${block}`);
  });
  return x;
}

function classifier(features: SymbolicTensor, options: MobileNetOptions, kernelInitializer: string): SymbolicTensor {
  const { classes = 1000, dropout = 0.001, classifierActivation = "softmax" } = options;
  let x = GlobalAveragePooling2D({ keepdims: true })(features);
  x = Dropout({ rate: dropout, name: "dropout" })(x);
  x = Conv2D({ filters: classes, kernelSize: 1, padding: "same", kernelInitializer, name: "conv_preds" })(x);
  x = Reshape({ targetShape: [classes], name: "reshape_2" })(x);
  return Activation({ activation: classifierActivation ?? "linear", name: "predictions" })(x);
}

function pooled(features: SymbolicTensor, pooling: MobileNetOptions["pooling"]): SymbolicTensor {
  if (pooling == null) return features;
  if (pooling === "avg") return GlobalAveragePooling2D()(features);
  if (pooling === "max") return GlobalMaxPooling2D()(features);
  throw new ArgumentError(`MobileNet: pooling ${JSON.stringify(pooling)}; expected "avg", "max" or null.`);
}

// ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const inPage =
  'write import imagenet from "zoetrope/imagenet.safetensors?url" and pass weights: imagenet (or a URL, or bytes).';

async function weightBytes(weights: NonNullable<MobileNetOptions["weights"]>): Promise<ArrayBuffer | Uint8Array> {
  if (weights === "imagenet") return readPackageFile("mobilenet-1.0-224.safetensors", inPage);
  if (typeof weights !== "string" && !(weights instanceof URL)) return weights;
  const files = fileSystem();
  if (files && String(weights).startsWith("file:")) return files.promises.readFile(new URL(weights));
  let answer: Response;
  try {
    answer = await fetch(weights);
  } catch (error) {
    throw new FileError(`MobileNet: weights at ${String(weights)} cannot be fetched: ${(error as Error).message}.`);
  }
  if (!answer.ok) throw new FileError(`MobileNet: weights at ${String(weights)}: status ${answer.status}.`);
  return answer.arrayBuffer();
}

/** Each weight of the model by its name, `conv_dw_1_bn/gamma`; the file may hold more. */
function assign(model: ModelLayer, tensors: ReadonlyMap<string, SafeTensor>): void {
  const values = model.weights.map(({ name, shape }) => {
    const value = tensors.get(name);
    if (value && sameShape(value.shape, shape)) return value;
    const held = value ? `a "${name}" of ${shapeText(value.shape)}` : `no "${name}"`;
    throw new FileError(`MobileNet: the weights hold ${held}; ${model.label} needs one of ${shapeText(shape)}.`);
  });
  model.setWeights(values);
}
