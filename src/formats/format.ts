/** What a file format has to provide; see table.ts. */
import type { Layer } from "../layer.js";
import type { ModelLayer } from "../model.js";
import type { SourceFile } from "./sourceFile.js";
import type { CustomFunctions } from "./training.js";

/**
 * One file format. Readers and writers are loaded by `import()` in these functions, except those of the default format.
 */
export interface Format {
  /** The value of the option `format`, and the ending of file names that asks for it: "keras" for `*.keras`. */
  readonly name: string;
  /** Undefined for a format that is only written. */
  readonly reader?: FormatReader;
  /**
   * The pieces of a model's file; undefined for a format that holds no models, or is only read.
   * @throws ArgumentError for what the format cannot hold.
   */
  readonly writeModel?: (caller: string, model: ModelLayer, metadata: Metadata) => Promise<Uint8Array[]>;
  /**
   * The pieces of a file of weights alone; undefined for a format that has no such files, or is only read.
   * @throws ArgumentError for what the format cannot hold.
   */
  readonly writeWeights?: (caller: string, layer: Layer) => Promise<Uint8Array[]>;
}

export interface FormatReader {
  /** Whether a file is of this format, by its first eight bytes. */
  recognizes(beginning: Uint8Array): boolean;
  /** @throws FileError for whatever is wrong with the file, before memory is allocated for what it claims to hold. */
  readModel(file: SourceFile, options: ReadModelOptions): Promise<ModelFromFile>;
  /**
   * Gives a layer or model the weights of the file.
   * @throws FileError where they do not match; nothing has changed then.
   */
  readWeights(file: SourceFile, layer: Layer, options: MatchOptions): Promise<void>;
  /** Reads no weights. Undefined for a format that has no place for metadata. @throws FileError */
  readMetadata?(file: SourceFile): Promise<Metadata>;
}

/** The texts of a user that a file holds beside a model, by name. */
export type Metadata = Readonly<Record<string, string>>;

export interface ModelFromFile {
  readonly model: ModelLayer;
  /** Undefined for a format that has no place for it. */
  readonly metadata?: Metadata;
}

export interface ReadModelOptions {
  /** Whether the model is compiled as it was. */
  readonly compile: boolean;
  readonly functions: CustomFunctions;
}

/** How tensors of a file are matched with weights. */
export interface MatchOptions {
  /** Whether layers are found by their names, not by their order; those that the file lacks keep their weights. */
  readonly byName?: boolean;
  /** Whether weights that have another shape in the file keep their values. */
  readonly skipMismatch?: boolean;
}
