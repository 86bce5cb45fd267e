/**
 * The part of a model that the training loops use. `Trainable` implements it; the loops import this file instead of
 * `Trainable`, so that there is no import cycle.
 */
import type { CallbackModel, History } from "../callback.js";
import type { Layer, LayerNode, OneOrMany, SymbolicTensor } from "../layer.js";
import type { Tensor } from "../tensor.js";
import type { Compiled } from "./compiled.js";
import type { DataList, Ends } from "./data.js";

/** A model, as far as its training uses it. */
export type TrainedModel = CallbackModel &
  Ends &
  Layer & {
    /** The model's name. */
    readonly name: string;
    /** The symbolic tensors of the inputs. */
    readonly inputs: readonly SymbolicTensor[];
    /** The symbolic tensors of the outputs. */
    readonly outputs: readonly SymbolicTensor[];
    /** The calls between them, each after those that it depends on. */
    readonly graph: readonly LayerNode[];
    /** The history of the last (or running) `fit`. */
    history: History | undefined;
    /** @throws ArgumentError where `compile` was not called. */
    needCompiled(where: string): Compiled;
    /** The model between other tensors of its graph, of the same layers; undefined where its `call` is not that of graphs. */
    part(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): ModelPart | undefined;
  };

/** A part of a model, which is a model. */
export type ModelPart = TrainedModel & {
  /** As `Trainable.predict`. */
  predict(
    x: DataList,
    options: { batchSize: number; plan: boolean; signal: AbortSignal | undefined },
  ): Promise<OneOrMany<Tensor>>;
  /** Ends the part; its layers stay those of the model. */
  dispose(): void;
};
