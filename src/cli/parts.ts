/** Cuts a model in two at its recurrent layer, so that what lies before is computed once. */
import { ArgumentError, type LayerCall, Model, type ModelLayer } from "../index.js";

export interface Parts {
  /** From the model's input to what the recurrent layer reads. Undefined where the recurrent layer reads the input itself. */
  before: (ModelLayer & LayerCall) | undefined;
  /** From there to the model's output. */
  after: ModelLayer & LayerCall;
  layer: string;
}

/** The recurrent layers that `trace` knows. */
const recurrent = /^(LSTM|GRU|SimpleRNN|ConvLSTM[123]D|RNN)$/;

/**
 * @param name of a recurrent layer of the model itself; it may be left out where there is just one.
 * @throws ArgumentError where none is meant, or the model has several inputs.
 */
export function splitAtMemory(model: ModelLayer, name: string | undefined): Parts {
  const found = model.layers.filter((layer) => recurrent.test(layer.className) && (!name || layer.name === name));
  const names = model.layers.filter((layer) => recurrent.test(layer.className)).map((layer) => layer.name);
  if (found.length !== 1 || model.inputs.length !== 1) {
    const what =
      model.inputs.length !== 1 ? `${model.inputs.length} inputs` : `recurrent layers ${names.join(", ") || "none"}`;
    throw new ArgumentError(`inspect: ${model.label} has ${what}; expected one input, and one recurrent layer (say which with --layer).`); // prettier-ignore
  }
  const [memory] = found;
  const read = memory.input;
  const inputs = model.inputs[0];
  return {
    before: read === inputs ? undefined : Model({ inputs, outputs: read, name: `${model.name}_before` }),
    after: Model({
      inputs: read,
      outputs: [...model.outputs].length === 1 ? model.outputs[0] : [...model.outputs],
      name: `${model.name}_after`,
    }),
    layer: memory.name,
  };
}
