/**
 * ConvLSTM for frames of one, two and three dimensions (Shi et al., 2015, without peepholes): an LSTM whose products
 * are convolutions. The cell has the weights and computes one time step; the layers only choose the kind of frames, as
 * their base class runs the cell over time. Next file: recurrent.ts, that base class.
 */
import { type ActivationParts, getActivation } from "../activations/table.js";
import { ShapeError, shapeText } from "../errors.js";
import { type ComputeOptions, callable, type Layer } from "../layer.js";
import type { ConvOptions } from "../ops/conv2d.js";
import { conv1d, conv2d, conv3d, reshape } from "../ops/index.js";
import { convolutionProjection } from "../ops/lstmSteps.js";
import type { RandomStream } from "../random.js";
import { type PartialShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { Cell, type CellCall, type CellRun, oneStep, ownCell } from "./cell.js";
import { checkRank, knownSize, positiveInteger } from "./check.js";
import {
  type LstmPart,
  lstmParts,
  type LstmProjectionOptions,
  lstmRun,
  projectionOptions,
  Projections,
} from "./projections.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

/** The options of `ConvLSTM2DCell`. Strides, padding and dilation are for the convolution of the input. */
export interface ConvLSTMCellOptions extends LstmProjectionOptions, WindowLayerOptions {
  /** Number of filters: channels of the states. Required. */
  filters: number;
  /** Size of the window of both convolutions: a number, or one for each dimension; 3 by default (required in Keras). */
  kernelSize?: number | readonly number[];
}
/** The options of `ConvLSTM`. */
export interface ConvLSTMOptions extends ConvLSTMCellOptions, RecurrentOptions {}

const known = [
  ...["filters", "kernelSize", "strides", "padding", "dilationRate", "unitForgetBias"],
  ...projectionOptions,
];

// ── the cell ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The differences between ConvLSTM1D, ConvLSTM2D and ConvLSTM3D. */
interface FrameKind {
  /** The names of the axes of a frame. */
  readonly dimensions: string;
  /** Convolves x: [batch, ...frame, channels], kernel: [...window, channels, filters]. */
  convolve(x: Tensor, kernel: Tensor, options: Omit<ConvOptions, "activation">): Tensor;
  /** The state's convolution for the op of all time steps; without one, these are computed one after the other. */
  readonly project?: typeof convolutionProjection;
}

const frames1d: FrameKind = { dimensions: "width", convolve: conv1d, project: convolutionProjection };
const frames2d: FrameKind = { dimensions: "height, width", convolve: conv2d, project: convolutionProjection };
const frames3d: FrameKind = { dimensions: "depth, height, width", convolve: conv3d };

/** The class of the cells of all ConvLSTM layers. As `ConvLSTM2DCell` it is for frames of two dimensions. */
export class ConvLSTMCellLayer extends Cell {
  static override className = "ConvLSTM2DCell";
  /** Number of channels of the states. */
  readonly filters: number;
  /** Size, strides, padding and dilation of the convolution of the input. */
  readonly window: Window;
  /** The activation function of the candidate and the output. */
  readonly activation: ActivationParts;
  /** The activation function of the gates. */
  readonly recurrentActivation: ActivationParts;
  /** The weights and their dropout. */
  override readonly projections: Projections<LstmPart>;
  /** The shape of each state without the batch, `[...frame', filters]`; undefined until the cell is built. */
  stateSize!: readonly (readonly number[])[];
  /** The random stream of the dropout masks, which advances with each and is saved with the model. */
  random: RandomStream | undefined;
  readonly #frames: FrameKind;

  /** @param frames the kind of frames; of two dimensions by default. */
  constructor(options: ConvLSTMCellOptions, owner?: Layer, frames: FrameKind = frames2d) {
    super(options, known, owner);
    this.#frames = frames;
    this.filters = positiveInteger(this.label, "filters", options.filters);
    const rank = frames.dimensions.split(",").length;
    this.window = readWindow(this.label, "kernelSize", options.kernelSize ?? 3, options, rank);
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    this.recurrentActivation = getActivation(this.label, options.recurrentActivation ?? "sigmoid");
    this.projections = new Projections(this.label, lstmParts, options);
    this.random = this.projections.randomStream(options.seed);
  }

  override checkSequence(shape: PartialShape): void {
    const { label, projections } = this;
    const { dimensions } = this.#frames;
    const rank = this.window.kernel.length;
    const x = checkRank(label, shape, `batch, time, ${dimensions}, channels`, {
      [rank + 2]: "wrap the frame model in TimeDistributed",
    });
    if (x.slice(2, -1).includes(null)) {
      throw new ShapeError(
        `${label}: ${dimensions.replace(/, (?=[^,]*$)/, " and ")} in ${shapeText(x)} must be known.`,
      );
    }
    knownSize(label, x, "channels", projections.kernel?.shape[rank]);
  }

  override stateShapes(step: PartialShape): PartialShape[] {
    const state = [step[0], ...windowShape(this.label, step.slice(1), this.window), this.filters];
    return [state, state];
  }

  override build([step]: PartialShape[]): void {
    const { filters, window } = this;
    this.stateSize = this.stateShapes(step).map((shape) => shape.slice(1) as number[]);
    this.projections.build((...weight) => this.addWeight(...weight), {
      window: window.kernel,
      inputs: step.at(-1)!,
      units: filters,
      bias: [4 * filters],
    });
  }

  /** Convolves x: [..., batch, ...frame, channels] with the options of the window. */
  #convolveInput(x: Tensor, kernel: Tensor, bias?: Tensor): Tensor {
    const lead = x.shape.slice(0, -1 - this.window.kernel.length); // batch, or time and batch
    const frames = reshape(x, [sizeOf(lead), ...x.shape.slice(lead.length)]);
    const y = this.#frames.convolve(frames, kernel, { ...this.window.options, bias });
    return reshape(y, [...lead, ...y.shape.slice(1)]);
  }

  override begin(stepShape: Shape, options: ComputeOptions, watch?: SequenceWatch): CellRun {
    const stateShape = this.stateShapes(stepShape)[0] as Shape;
    const { project } = this.#frames;
    const masks = { input: { shape: stepShape, count: 4 }, state: { shape: stateShape, count: 4 } };
    const products = {
      input: (x: Tensor, kernel: Tensor, bias?: Tensor) => this.#convolveInput(x, kernel, bias),
      state: (h: Tensor, kernel: Tensor) => this.#frames.convolve(h, kernel, { padding: "same" }),
      all: project && ((kernel: Tensor) => project(kernel, stateShape.slice(1, -1))),
    };
    return lstmRun(this, products, masks, options, watch);
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return oneStep(this, inputs, options);
  }
}

/**
 * Makes a cell that computes one time step of `ConvLSTM2D`. x: [batch, height, width, channels], states [h, c], each
 * [batch, height', width', filters].
 */
export const ConvLSTM2DCell = ownCell(ConvLSTMCellLayer) as (
  options: ConvLSTMCellOptions,
) => ConvLSTMCellLayer & CellCall;

// ── the layers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The class of `ConvLSTM1D` layers, for subclasses and `instanceof`. */
export class ConvLSTM1DLayer extends RecurrentLayer<ConvLSTMCellLayer> {
  static override className = "ConvLSTM1D";

  constructor(options: ConvLSTMOptions) {
    super((owner) => new ConvLSTMCellLayer(options, owner, frames1d), options, known);
  }
}

/** The class of `ConvLSTM2D` layers, for subclasses and `instanceof`. */
export class ConvLSTM2DLayer extends RecurrentLayer<ConvLSTMCellLayer> {
  static override className = "ConvLSTM2D";

  constructor(options: ConvLSTMOptions) {
    super((owner) => new ConvLSTMCellLayer(options, owner, frames2d), options, known);
  }
}

/** The class of `ConvLSTM3D` layers, for subclasses and `instanceof`. */
export class ConvLSTM3DLayer extends RecurrentLayer<ConvLSTMCellLayer> {
  static override className = "ConvLSTM3D";

  constructor(options: ConvLSTMOptions) {
    super((owner) => new ConvLSTMCellLayer(options, owner, frames3d), options, known);
  }
}

/**
 * Makes a ConvLSTM layer (Shi et al., 2015, without peepholes) for frames of one dimension: an LSTM whose state is a
 * frame and whose products are convolutions. x: [batch, time, width, channels]; the result is the last state h [batch,
 * width', filters], with `returnSequences` all of them [batch, time, width', filters], with `returnState` a list
 * [output, h, c]. Weights: kernel [kernelWidth, channels, 4 filters], recurrent_kernel [kernelWidth, filters, 4
 * filters], bias [4 filters], gates in the order i f g o.
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     ConvLSTM1D({ filters: 8, kernelSize: 3 })(x)
 */
export const ConvLSTM1D = /* @__PURE__ */ callable(ConvLSTM1DLayer) as MakeRecurrent<ConvLSTMOptions, ConvLSTM1DLayer>;

/**
 * Makes a ConvLSTM layer (Shi et al., 2015, without peepholes): an LSTM whose state is a frame and whose products are
 * convolutions. x: [batch, time, height, width, channels]; the result is the last state h [batch, height', width',
 * filters], with `returnSequences` all of them [batch, time, height', width', filters], with `returnState` a list
 * [output, h, c]. The input is convolved with the strides, padding and dilation of the options, the state with stride 1
 * and padding "same". Weights: kernel [kernelHeight, kernelWidth, channels, 4 filters], recurrent_kernel [kernelHeight,
 * kernelWidth, filters, 4 filters], bias [4 filters], gates in the order i f g o. `lstmStep` has the
 * formulas of one time step.
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     ConvLSTM2D({ filters: 256, kernelSize: 3, returnSequences: false })(x)
 */
export const ConvLSTM2D = /* @__PURE__ */ callable(ConvLSTM2DLayer) as MakeRecurrent<ConvLSTMOptions, ConvLSTM2DLayer>;

/**
 * Makes a ConvLSTM layer (Shi et al., 2015, without peepholes) for frames of three dimensions: an LSTM whose state is a
 * frame and whose products are convolutions. x: [batch, time, depth, height, width, channels]; the result is the last
 * state h [batch, depth', height', width', filters], with `returnSequences` all of them [batch, time, depth', height',
 * width', filters], with `returnState` a list [output, h, c]. Weights: kernel [kernelDepth, kernelHeight, kernelWidth,
 * channels, 4 filters], recurrent_kernel [kernelDepth, kernelHeight, kernelWidth, filters, 4 filters], bias [4
 * filters], gates in the order i f g o.
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     ConvLSTM3D({ filters: 8, kernelSize: 3 })(x)
 */
export const ConvLSTM3D = /* @__PURE__ */ callable(ConvLSTM3DLayer) as MakeRecurrent<ConvLSTMOptions, ConvLSTM3DLayer>;
