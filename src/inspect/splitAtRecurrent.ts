import { ArgumentError, checkOptions } from "../errors.js";
import type { LayerCall, LayerNode } from "../layer.js";
import { TimeDistributedLayer } from "../layers/timeDistributed.js";
import { Model, ModelLayer } from "../model.js";
import { findTarget, type InspectOptions } from "./find.js";

/** The two parts of a model that was cut at a recurrent layer. They share its layers and weights. */
export interface SplitModel {
  /** The part from the model's input to the input of the recurrent layer; undefined where these are the same. */
  before: (ModelLayer & LayerCall) | undefined;
  /**
   * The model of one frame in `before`, from frames [batch, ...] to [batch, ...]: the model inside TimeDistributed.
   * Undefined where `before` is not a single TimeDistributed of a model.
   */
  frameModel: ModelLayer | undefined;
  /** The part from the input of the recurrent layer, [batch, time, ...], to the model's outputs. */
  after: ModelLayer & LayerCall;
  /** The name of the recurrent layer, for the option `layer` of `trace` and the other functions with `after`. */
  layer: string;
}

/**
 * Cuts a model in two just before a recurrent layer. The part before the layer can then be computed once for several
 * analyses, or frame by frame while a film plays. If the layer is inside a Bidirectional or another model, the cut is
 * made before that.
 *
 * @example
 * const { before, after, layer } = splitAtRecurrent(model);
 * const features = await before.predict(clip);
 * const { f } = trace(after, features, { layer });
 *
 * @throws ArgumentError when not exactly one recurrent layer is meant, when the model has several inputs, or when its
 * outputs depend on values before the cut by another path than through the layer.
 */
export function splitAtRecurrent(model: ModelLayer, options: InspectOptions = {}): SplitModel {
  const where = "splitAtRecurrent";
  checkOptions(where, options, ["layer"]);
  const { path } = findTarget(where, model, options.layer);
  const layer = path.slice(model.name.length + 1);
  if (model.inputs.length !== 1) {
    throw new ArgumentError(`${where}: ${model.label} has ${model.inputs.length} inputs; expected one.`);
  }
  const calls = model.graph.filter((call) => `${layer}/`.startsWith(`${call.layer.name}/`));
  if (calls.length !== 1 || calls[0].inputs.length !== 1) {
    throw new ArgumentError(
      `${where}: ${model.label} calls "${calls[0].layer.name}" ${calls.length} times, first with ${calls[0].inputs.length} inputs; expected one call with one input.`, // prettier-ignore
    );
  }
  const [input] = model.inputs;
  const [read] = calls[0].inputs;
  const before = read === input ? undefined : Model({ inputs: input, outputs: read, name: `${model.name}_before` });
  return {
    before,
    frameModel: before && frameModelOf(before.graph),
    after: Model({
      inputs: read,
      outputs: model.outputs.length === 1 ? model.outputs[0] : [...model.outputs],
      name: `${model.name}_after`,
    }),
    layer,
  };
}

function frameModelOf([first, ...others]: readonly LayerNode[]): ModelLayer | undefined {
  const isAlone = others.length === 0 && first.layer instanceof TimeDistributedLayer;
  return isAlone && first.layer.layer instanceof ModelLayer ? first.layer.layer : undefined;
}
