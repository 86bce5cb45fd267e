/** The interface of a file format; see table.ts. */
import type { Layer } from "../layer.js";
import type { ModelLayer } from "../model.js";
import type { Optimizer } from "../optimizer.js";
import type { SourceFile } from "./sourceFile.js";
import type { CustomFunctions, OptimizerState } from "./training.js";
import type { Assignment } from "./weights.js";

/**
 * One file format. Readers and writers are loaded by `import()` in these functions, except those of the default format.
 */
export interface Format {
  /** The value of the option `format`, and the ending of file names that selects it: "keras" for `*.keras`. */
  readonly name: string;
  /** The functions that read the format; undefined for a format that is only written. */
  readonly reader?: FormatReader;
  /**
   * Gives the pieces of a file with a model; undefined for a format that holds no models, or is only read.
   * @throws ArgumentError for what the format cannot hold.
   */
  readonly writeModel?: (caller: string, model: ModelLayer, metadata: Metadata) => Promise<Uint8Array[]>;
  /**
   * Gives the pieces of a file with only weights; undefined for a format that has no such files, or is only read.
   * @throws ArgumentError for what the format cannot hold.
   */
  readonly writeWeights?: (caller: string, layer: Layer) => Promise<Uint8Array[]>;
}

export interface FormatReader {
  /** Whether a file is of this format, by its first eight bytes. */
  recognizes(beginning: Uint8Array): boolean;
  /** Whether a file may describe a model whose weights are in another file; false by default. */
  readonly mayLackWeights?: boolean;
  /** @throws FileError for whatever is wrong with the file, before memory is allocated for what it claims to hold. */
  readModel(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile>;
  /**
   * Gives a layer or model the weights of the file.
   * @throws FileError where they do not match; nothing has changed then.
   */
  readWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void>;
  /** Reads the values of all weights, of a model that is described elsewhere. @throws FileError */
  readValues(file: SourceFile): Promise<FileValues>;
  /** Reads the metadata without the weights; undefined for a format without metadata. @throws FileError */
  readMetadata?(file: SourceFile): Promise<Metadata>;
}

/** The user's texts in the file of a model, by name. */
export type Metadata = Readonly<Record<string, string>>;

export interface ModelFromFile {
  readonly model: ModelLayer;
  /** The user's texts; undefined for a format without metadata. */
  readonly metadata?: Metadata;
}

export interface ReadModelOptions {
  /** Whether the model is compiled as it was: where that is possible, "required" always. */
  readonly compile: boolean | "required";
  readonly functions: CustomFunctions;
  /** Is told what is computed or restored in another way than the file says; the reading goes on. */
  readonly onWarning: (message: string) => void;
  /** The file of weights, of a model whose file holds none; undefined where the user gave none. */
  readonly weights?: { readonly where: string; values(): Promise<FileValues> } | undefined;
}

/** The options of matching tensors of a file with weights. */
export interface MatchOptions {
  /** Whether layers are matched by name and not by order; layers that are not in the file keep their weights. */
  readonly byName?: boolean;
  /** Whether weights that have another shape in the file keep their values. */
  readonly skipMismatch?: boolean;
}

/** The values in a file: of weights, and of the slots of optimizers. */
export interface FileValues {
  /** The number of values. */
  readonly count: number;
  /** The values for all weights, none of which is assigned yet. @throws FileError where they do not match. */
  match(model: Layer, options: MatchOptions): Assignment[];
  /**
   * The state of an optimizer that is to train the model. Nothing is changed yet.
   * @throws FileError where it does not fit the optimizer and the trainable weights.
   */
  optimizerState(model: ModelLayer, optimizer: Optimizer): OptimizerState;
}
