/** The options that all layers have, and the options that their methods receive. */
import type { Constraint } from "../constraints.js";
import type { Initializer } from "../initializers.js";
import type { Regularizer } from "../regularizers.js";
import type { Tensor } from "../tensor.js";
import type { Watcher } from "../watch.js";
import type { OneOrMany } from "./lists.js";

/** The options of all layers. */
export interface LayerOptions {
  /**
   * The name of the layer; by default its class's name in snake case, with a number from the second on: dense, dense_1.
   */
  name?: string;
  /** Whether training changes the weights; true by default. */
  trainable?: boolean;
  /**
   * A penalty on the outputs, divided by the size of the batch; part of the loss in training and evaluation. None by
   * default.
   */
  activityRegularizer?: Regularizer | null;
}

/** The options of a call, `layer(x, options)`. `Symbolic`: the tensors of graphs. */
export interface CallOptionsOf<Symbolic> {
  /** Whether batch normalization, dropout and the like behave as in training; false by default. */
  training?: boolean;
  /**
   * Number of time steps that are folded into the batch, `[batch * timeSteps, ...]`; 1 by default. TimeDistributed sets
   * it for the layers inside, so that batch normalization in training computes statistics for each time step.
   */
  timeSteps?: number;
  /**
   * The mask of x, `[batch, time]`: 1 for time steps that count, 0 for the others; for a list of inputs a list. Any
   * number but 0 counts, and is the weight of the step in means. By default the mask of x itself (`x.mask`). The
   * layer's `computeMask` decides which outputs have it too.
   */
  mask?: OneOrMany<Tensor | undefined> | undefined;
  /** The states of recurrent layers before the first time step, zeros by default. Symbolic ones become inputs. */
  initialState?: readonly (Tensor | Symbolic)[] | undefined;
  /** Of attention layers: whether a step of the query sees only the steps up to its own; false by default. */
  useCausalMask?: boolean;
  /**
   * Of attention layers: whether the result is a list, [output, scores], with the weight that each step of the query
   * gives to each step of the key; false by default.
   */
  returnAttentionScores?: boolean;
  /**
   * Of MultiHeadAttention and GroupQueryAttention: `[batch, query steps, key steps]`, 1 where a step of the query sees
   * a step of the key, else 0; `true` says that it is the last of the inputs. None by default.
   */
  attentionMask?: Tensor | Symbolic | true | undefined;
  /** Of ReversibleEmbedding: whether vectors are projected to scores of all indices; false by default. */
  reverse?: boolean;
}

/**
 * The options that the `call` of a layer receives: those of `CallOptions`, the ones of all layers set, with masks as a
 * list.
 */
export interface ComputeOptions {
  /** Whether the call is part of training. */
  readonly training: boolean;
  /** Number of time steps that are folded into the batch; 1 outside of TimeDistributed. */
  readonly timeSteps: number;
  /** @internal Number of frames of a clip that are folded into the batch, which augmentations change alike. */
  readonly frames?: number;
  /** The mask of each input, `[batch, time]` of 1 and 0, or undefined. */
  readonly masks: readonly (Tensor | undefined)[];
  /** Of attention layers: whether a step of the query sees only the steps up to its own, false by default. */
  readonly useCausalMask?: boolean;
  /** Of attention layers: whether the scores are an output too, false by default. */
  readonly returnAttentionScores?: boolean;
  /** Of attention layers: whether the last of the inputs is an attention mask, false by default. */
  readonly attentionMask?: true;
  /** Of ReversibleEmbedding: whether vectors are projected to scores of all indices, false by default. */
  readonly reverse?: boolean;
  /** @internal Watches the recurrent layers inside, see `zoetrope/inspect`; none by default. */
  readonly watch?: Watcher | undefined;
}

/** The options of a weight, which `addWeight` takes in place of an initializer. */
export interface AddWeightOptions {
  /** The first values of the weight: a name, `{ className, config }`, or a function from the shape to the values. */
  initializer: Initializer;
  /** The penalty of the weight in training; none by default. */
  regularizer?: Regularizer | null | undefined;
  /** The constraint that is applied to the weight after each update; none by default. */
  constraint?: Constraint | null | undefined;
  /** Whether training changes the weight; true by default. False for weights that the layer itself updates. */
  trainable?: boolean;
}

/** @internal What runs in place of a call of a layer; `call` is that call. */
export type AroundCall = (call: () => Tensor[], inputs: readonly Tensor[], options: ComputeOptions) => Tensor[];
