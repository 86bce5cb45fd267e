import { ArgumentError, checkOptions, shown, unknownName } from "../errors.js";
import { callable, Layer, type LayerNode, SymbolicTensor } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `Input`. */
export interface InputOptions {
  /** The shape of one sample, with null for a size that may vary from call to call. Required. */
  shape: PartialShape;
  /** Number of samples in a batch; null (any) by default. */
  batchSize?: number | null;
  /** "string" for strings, which only lookup layers such as `TextVectorization` take; numbers by default. */
  dtype?: "string" | undefined;
  /** The name of the layer; "input_layer" by default, with a number from the second on. */
  name?: string;
}

/** The class of the layers that `Input` makes, with which a graph begins. */
export class InputLayer extends Layer {
  static override className = "InputLayer";
  override readonly outputDtype: "string" | undefined;
  /** The shape with the batch, `[batchSize, ...shape]`; null for sizes that may vary. */
  readonly batchShape: PartialShape;

  constructor(options: InputOptions) {
    super(options, ["shape", "batchSize", "dtype"]);
    const { shape, batchSize = null } = options;
    this.outputDtype = options.dtype;
    if ((options.dtype ?? "string") !== "string") throw unknownName(this.label, "dtype", options.dtype, ["string"]);
    if (!Array.isArray(shape)) {
      throw new ArgumentError(`${this.label}: expected the shape of one sample, as in Input({ shape: [28, 28, 1] }).`);
    }
    this.batchShape = [batchSize, ...shape];
    if (this.batchShape.some((size) => size !== null && !(Number.isSafeInteger(size) && size > 0))) {
      throw new ArgumentError(
        `${this.label}: ${shown(this.batchShape)} is not a shape; expected whole numbers from 1, or null.`,
      );
    }
    this.built = true;
    const outputs: SymbolicTensor[] = [];
    const node: LayerNode = { layer: this, inputs: [], outputs, takesList: false, options: {} };
    outputs.push(new SymbolicTensor(this.batchShape, node, 0));
    this.nodes.push(node);
  }

  override call(inputs: Tensor[]): Tensor[] {
    return inputs;
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/**
 * Begins a graph of layers: gives a symbolic tensor of shape `[batchSize, ...shape]`.
 *
 * @throws ArgumentError for a shape whose sizes are not whole numbers from 1, or null.
 * @example
 * const clip = Input({ shape: [32, 224, 224, 3] });
 */
export function Input(options: InputOptions): SymbolicTensor {
  checkOptions("Input", options, ["shape", "batchSize", "name", "dtype"]);
  return inputLayer(options).output;
}

const inputLayer = callable(InputLayer);
