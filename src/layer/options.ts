/** The options that all layers have, and the options that their methods receive. */
import type { Constraint } from "../constraints.js";
import type { Initializer } from "../initializers.js";
import type { Regularizer } from "../regularizers.js";
import type { Tensor } from "../tensor.js";
import type { Watcher } from "../watch.js";

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

/**
 * The options that the `call` of a layer receives: those of `CallOptions`, the ones of all layers set, with masks as a
 * list.
 */
export interface ComputeOptions {
  /** Whether the call is part of training. */
  readonly training: boolean;
  /** Number of time steps that are folded into the batch; 1 outside of TimeDistributed. */
  readonly timeSteps: number;
  /** The mask of each input, `[batch, time]` of 1 and 0, or undefined. */
  readonly masks: readonly (Tensor | undefined)[];
  /** Of attention layers: whether a step of the query sees only the steps up to its own. */
  readonly useCausalMask?: boolean;
  /** Of attention layers: whether the scores are an output too. */
  readonly returnAttentionScores?: boolean;
  /** Of attention layers: whether the last of the inputs is an attention mask. */
  readonly attentionMask?: true;
  /** Of ReversibleEmbedding: whether vectors are projected to scores of all indices. */
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
