/** MobileNet V1 (Howard et al., 2017), as keras.applications builds it, layer names included. */
import { ArgumentError, checkOptions, shapeText } from "../errors.js";
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
import type { DownloadOptions } from "./download.js";
import type { ImagenetWeights } from "./kerasFiles.js";
import { assignWeights, findWeights, type WeightsSource } from "./mobileNetWeights.js";

export interface MobileNetOptions extends DownloadOptions {
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
   * null: random. "imagenet" (the default): those of alpha 1 and 224 by 224 ship with the package; Keras's own for alpha 0.25,
   * 0.5, 0.75 and 1, for 128, 160, 192 and 224, with and without top, are downloaded once and kept in the user's cache
   * folder, or the Cache API of a page; frames of other sizes get those of 224 by 224, as in Keras. Or a safetensors file or Keras's .h5: a path, a URL, or its bytes.
   * A page takes the URL of those that ship from its bundler: `import imagenet from "zoetrope/imagenet.safetensors?url"`.
   */
  weights?: "imagenet" | (string & {}) | Exclude<WeightsSource, string> | null;
  /** "softmax" unless given. */
  classifierActivation?: string | null;
  name?: string;
}

const optionNames = [
  ...["inputShape", "alpha", "depthMultiplier", "dropout", "includeTop", "pooling", "classes", "weights"],
  ...["classifierActivation", "name", "onProgress", "signal", "weightsUrl"],
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
  const imagenet = weights === "imagenet" ? imagenetWeights(options, inputShape) : undefined;
  const found = weights === null ? undefined : await findWeights(imagenet ?? weights, options);
  const frame = Input({ shape: inputShape });
  // Weights that are read need no random values before.
  const kernelInitializer = found ? "zeros" : "glorotUniform";
  const features = backbone(frame, alpha, options.depthMultiplier ?? 1, kernelInitializer);
  const outputs = includeTop ? classifier(features, options, kernelInitializer) : pooled(features, options.pooling);
  const name = options.name ?? `mobilenet_${alpha.toFixed(2)}_${imagenet?.size ?? inputShape[0] ?? "None"}`;
  const model = Model({ inputs: frame, outputs, name });
  if (!found) return model;
  try {
    await assignWeights(model, found);
  } catch (error) {
    for (const weight of model.weights) weight.dispose();
    throw error;
  }
  await found.keep?.();
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

const imagenetAlphas = [0.25, 0.5, 0.75, 1];
const imagenetSizes = [128, 160, 192, 224];

/** "imagenet" never stands for other weights than Keras would load. */
function imagenetWeights(options: MobileNetOptions, inputShape: readonly (number | null)[]): ImagenetWeights {
  const { alpha = 1, depthMultiplier = 1, includeTop = true, classes = 1000 } = options;
  const [height, width, channels] = inputShape;
  const refuse = (what: string): never => {
    throw new ArgumentError(`MobileNet: weights "imagenet" ${what}.`);
  };
  if (!imagenetAlphas.includes(alpha)) refuse(`are those of alpha ${imagenetAlphas.join(", ")}, received ${alpha}`);
  if (depthMultiplier !== 1) refuse(`need depthMultiplier 1, received ${depthMultiplier}`);
  if (channels !== 3) refuse(`need 3 channels, received ${channels}`);
  if (includeTop && classes !== 1000) {
    refuse(`with top need classes 1000, received ${classes}; use includeTop: false and a head of your own`);
  }
  if (height !== null && height === width && imagenetSizes.includes(height)) return { alpha, size: height, includeTop };
  return { alpha, size: 224, includeTop };
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
