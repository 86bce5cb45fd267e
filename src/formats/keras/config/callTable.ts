/** The calls of layers that take several tensors, or options of their own, by name: how Keras spells their arguments. */

/** How a layer is called in Keras. */
export interface CallWords {
  /** All arguments, in their order. */
  readonly arguments: readonly string[];
  /** Those that are tensors, in the order of our list of inputs; the first may be that list itself. */
  readonly tensors: readonly string[];
  /** Whether Keras takes all tensors but the first by their names alone. */
  readonly areNamed?: true;
  /** The mask that comes last among our inputs, if there is one. */
  readonly attentionMask?: string;
  /** Those that are masks of the inputs. */
  readonly masks: readonly string[];
  /** Those that are true or false, by their names here. */
  readonly flags: Readonly<Record<string, string>>;
}

const attentionFlags = { return_attention_scores: "returnAttentionScores", use_causal_mask: "useCausalMask" };

const attention: CallWords = {
  arguments: ["inputs", "mask", "training", "return_attention_scores", "use_causal_mask"],
  tensors: ["inputs"],
  masks: ["mask"],
  flags: attentionFlags,
};

const tensors = ["query", "value", "key"];
const masks = ["query_mask", "value_mask", "key_mask"];
const heads: CallWords = {
  arguments: [...tensors, ...masks, "attention_mask", "return_attention_scores", "training", "use_causal_mask"],
  tensors,
  attentionMask: "attention_mask",
  masks,
  flags: attentionFlags,
};

/** By the class of the layer; other layers are called on x or a list, and take a mask and initial states. */
export const callTable: Readonly<Record<string, CallWords>> = {
  Attention: attention,
  AdditiveAttention: attention,
  MultiHeadAttention: heads,
  GroupQueryAttention: heads,
  CategoryEncoding: {
    arguments: ["inputs", "count_weights"],
    tensors: ["inputs", "count_weights"],
    areNamed: true,
    masks: [],
    flags: {},
  },
  ReversibleEmbedding: {
    arguments: ["inputs", "reverse"],
    tensors: ["inputs"],
    masks: [],
    flags: { reverse: "reverse" },
  },
};
