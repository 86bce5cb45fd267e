/** MobileNet V1 (Howard et al., 2017), built as in keras.applications, with the same layer names. */
import { ArgumentError, checkNumber, checkOptions, shapeText, shown } from "../errors.js";
import { transaction } from "../scope.js";
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

/** Options of `MobileNet`. */
export interface MobileNetOptions extends DownloadOptions {
  /**
   * [height, width, channels] of a frame, at least 32 by 32, [224, 224, 3] by default. null means a size that may
   * vary.
   */
  inputShape?: readonly [height: number | null, width: number | null, channels: number];
  /** Factor of the number of filters in every layer, 1 by default. */
  alpha?: number;
  /** Filters per channel in each depthwise convolution, 1 by default. */
  depthMultiplier?: number;
  /** Dropout rate before the classifier, 0.001 by default. */
  dropout?: number;
  /**
   * Whether the network ends in a classifier, true by default. Without it: features [batch, height / 32, width / 32,
   * 1024 alpha].
   */
  includeTop?: boolean;
  /**
   * Global pooling of the features of a network without a classifier, to [batch, 1024 alpha]: "avg", "max", or null,
   * the default, for none.
   */
  pooling?: "avg" | "max" | null;
  /** Number of classes, 1000 by default. */
  classes?: number;
  /**
   * The weights, "imagenet" by default.
   * - "imagenet": trained on ImageNet. Those of alpha 1 for frames of 224 by 224 ship with the package. The others are
   *   Keras's: for alpha 0.25, 0.5, 0.75 and 1, for frames of 128, 160, 192 and 224, with and without the classifier;
   *   they are downloaded once and stored in the user's cache folder or the page's Cache API. Frames of other sizes use
   *   those of 224 by 224, as in Keras.
   * - null: random values.
   * - A safetensors file or a Keras .h5 file: its path, its URL or its bytes. A page gets the URL of the shipped
   *   weights from its bundler: `import imagenet from "zoetrope/imagenet.safetensors?url"`.
   */
  weights?: "imagenet" | (string & {}) | Exclude<WeightsSource, string> | null;
  /** Activation of the classifier, "softmax" by default; null for none. */
  classifierActivation?: string | null;
  /** Name of the model, such as "mobilenet_1.00_224" by default. */
  name?: string;
}

const optionNames = [
  ...["inputShape", "alpha", "depthMultiplier", "dropout", "includeTop", "pooling", "classes", "weights"],
  ...["classifierActivation", "name", "onProgress", "signal", "weightsUrl"],
];

/** The filters and the stride of the thirteen blocks. */
const blocks = [
  [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2],
  [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1],
] as const; // prettier-ignore

/**
 * Makes MobileNet V1 (Howard et al., 2017), a convolutional network for images.
 *
 * Input: frames [batch, height, width, channels], scaled by `mobileNet.preprocessInput`. Output: probabilities [batch,
 * classes], or features without `includeTop`. The model is a layer too: `TimeDistributed` applies it to every frame of
 * a clip.
 *
 * @throws ArgumentError when options are unknown or contradict each other; FileError when the weights cannot be read or
 * downloaded; the reason of `signal` when it aborts.
 * @example
 * const cnn = await MobileNet({ includeTop: false, pooling: "avg" });
 * const clip = Input({ shape: [32, 224, 224, 3] });
 * const model = Model({ inputs: clip, outputs: LSTM({ units: 64 })(TimeDistributed(cnn)(clip)) });
 */
export async function MobileNet(options: MobileNetOptions = {}): Promise<ModelLayer & LayerCall> {
  checkOptions("MobileNet", options, optionNames);
  const { inputShape = [224, 224, 3], alpha = 1, weights = "imagenet", includeTop = true } = options;
  checkNumber("MobileNet", "alpha", alpha, "a number above 0");
  const frame = Input({ shape: inputShape }); // or it says what is wrong with the shape
  checkShape(inputShape, includeTop);
  const imagenet = weights === "imagenet" ? imagenetWeights(options, inputShape) : undefined;
  const found = weights === null ? undefined : await findWeights(imagenet ?? weights, options);
  // Weights that will be read need no random values first.
  const kernelInitializer = found ? "zeros" : "glorotUniform";
  const model = transaction(() => {
    const features = backbone(frame, alpha, options.depthMultiplier ?? 1, kernelInitializer);
    const outputs = includeTop
      ? classifier(features, options, kernelInitializer)
      : globalPool(features, options.pooling);
    const name = options.name ?? `mobilenet_${alpha.toFixed(2)}_${imagenet?.size ?? inputShape[0] ?? "None"}`;
    return Model({ inputs: frame, outputs, name });
  });
  if (!found) return model;
  await assignWeights(model, found, options.signal).catch((error) => {
    model.dispose();
    throw error;
  });
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
    `MobileNet: inputShape ${shapeText(shape)}; expected [height, width, channels] of at least 32 by 32, known for a network with top.`,
  );
}

const imagenetAlphas = [0.25, 0.5, 0.75, 1];
const imagenetSizes = [128, 160, 192, 224];

/**
 * Finds the weights that "imagenet" means for these options: those that Keras would load.
 * @throws ArgumentError when there are none.
 */
function imagenetWeights(options: MobileNetOptions, inputShape: readonly (number | null)[]): ImagenetWeights {
  const { alpha = 1, depthMultiplier = 1, includeTop = true, classes = 1000 } = options;
  const [height, width, channels] = inputShape;
  const refuse = (what: string): never => {
    throw new ArgumentError(`MobileNet: weights "imagenet" ${what}.`);
  };
  if (!imagenetAlphas.includes(alpha)) refuse(`need alpha ${imagenetAlphas.join(", ")}, received ${alpha}`);
  if (depthMultiplier !== 1) refuse(`need depthMultiplier 1, received ${depthMultiplier}`);
  if (channels !== 3) refuse(`need channels 3, received ${channels}`);
  if (includeTop && classes !== 1000) {
    refuse(`need classes 1000, received ${classes}; use includeTop: false and a head of your own`);
  }
  const size = height !== null && height === width && imagenetSizes.includes(height) ? height : 224;
  return { alpha, size, includeTop };
}

/** The convolutions: [batch, height, width, channels] to [batch, height / 32, width / 32, 1024 alpha]. */
function backbone(frame: SymbolicTensor, alpha: number, depthMultiplier: number, kernelInitializer: string) {
  const normalize = (x: SymbolicTensor, name: string) =>
    ReLU({ maxValue: 6, name: `${name}_relu` })(BatchNormalization({ name: `${name}_bn` })(x));
  const filtersOf = (filters: number) => Math.trunc(filters * alpha);
  const first = Conv2D({
    filters: filtersOf(32), kernelSize: 3, strides: 2, padding: "same", useBias: false, kernelInitializer, name: "conv1",
  }); // prettier-ignore
  let x = normalize(first(frame), "conv1");
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
    x = normalize(depthwise(x), `conv_dw_${block}`);
    x = normalize(pointwise(x), `conv_pw_${block}`);
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

function globalPool(features: SymbolicTensor, pooling: MobileNetOptions["pooling"]): SymbolicTensor {
  if (pooling == null) return features;
  if (pooling === "avg") return GlobalAveragePooling2D()(features);
  if (pooling === "max") return GlobalMaxPooling2D()(features);
  throw new ArgumentError(`MobileNet: pooling ${shown(pooling)}; expected "avg", "max" or null.`);
}
