/**
 * Recomputation: a layer keeps nothing of what it computes in training for the backward pass, which calls it once more
 * (Griewank and Walther, "Algorithm 799: revolve", 2000; Chen et al., "Training deep nets with sublinear memory cost", 2016).
 */
import { backwardPass } from "./autograd/gradients.js";
import { isRecording, isTapeRunning, record, stopGradient, Tape, withTape } from "./autograd/tape.js";
import { ArgumentError, kindOf } from "./errors.js";
import { type ComputeOptions, Layer } from "./layer.js";
import { isDrawing, isStateful, layersIn } from "./layer/tree.js";
import { compute } from "./op.js";
import { undoable, undone } from "./scope.js";
import { flatSize } from "./shape.js";
import type { Tensor, Variable } from "./tensor.js";

/**
 * Makes a layer (a model too) compute its outputs twice in training, which takes less memory: between its call and its
 * backward pass only its inputs are kept, and not what is computed inside. Weights after training are the same to the bit,
 * but where an input is read several times inside and outside too: the order in which these gradients are added differs then.
 * Prediction is not changed. Returns the layer.
 *
 * The second call draws the same random numbers, and states are written once. What else a user-defined `call` does is done
 * twice. A layer that is `stateful` or has an activity regularizer, or has one inside, is computed once, as without.
 *
 * @param isOn false lets the layer keep its values again; true by default.
 * @throws ArgumentError for what is no layer; a step of training throws it where the call changes weights that are trained, as
 * that of SpectralNormalization does.
 * @example
 * for (const layer of mobileNet.layers) recompute(layer);
 */
export function recompute<Given extends object>(layer: Given, isOn = true): Given {
  if (!(layer instanceof Layer)) {
    throw new ArgumentError(`recompute: expected a layer, received ${kindOf(layer)}.`);
  }
  if (isOn) layer.around = (call, inputs, options) => callTwice(layer, call, inputs, options);
  else delete layer.around;
  return layer;
}

function callTwice(layer: Layer, call: () => Tensor[], inputs: readonly Tensor[], options: ComputeOptions): Tensor[] {
  if (!isTapeRunning() || !options.training || layersIn(layer).some(cannotRepeat)) return call();
  const read = [...new Set([...inputs, ...layer.weights])].filter((x) => isRecording([x]));
  const restore = stateOf(layer);
  const versions = layer.trainableWeights.map(versionOf);
  const outputs = stopGradient(call).map((y) => (inputs.includes(y) ? y.as(y.shape) : y));
  const changed = layer.trainableWeights.find((weight, i) => versionOf(weight) !== versions[i]);
  if (changed) {
    throw new ArgumentError(
      `${layer.label}: its call changes "${changed.name}", which is trained, so that it cannot be repeated; take recompute off it.`,
    );
  }
  const backward = (dys: readonly (Tensor | undefined)[]) => {
    const grads = undone(() => {
      restore.now();
      const tape = new Tape(read);
      const again = withLogits(withTape(tape, call));
      const seeds = again.flatMap((y, i) => (dys[i] ? [[y, dys[i].as(dys[i].shape)] as const] : []));
      return backwardPass(tape, new Map(seeds), read);
    });
    return grads.map((grad) => grad && (() => grad));
  };
  const masks = options.masks.filter((mask) => mask !== undefined);
  record({ name: layer.label, inputs: read, outputs: withLogits(outputs), backward }, [
    ...inputs,
    ...masks,
    ...restore.saved,
  ]);
  return outputs;
}

/** Outputs, and the logits that a loss may read in their place. */
const withLogits = (outputs: readonly Tensor[]): Tensor[] => outputs.flatMap((y) => (y.logits ? [y, y.logits] : [y]));

const versionOf = ({ buffer }: Tensor): number => buffer.root.version;

const cannotRepeat = (layer: Layer): boolean => layer.activityRegularizer !== undefined || isStateful(layer);

/** What a call of a layer reads besides its inputs and may change: random streams, and weights that are not trained. */
function stateOf(layer: Layer): { saved: Tensor[]; now(): void } {
  const streams = layersIn(layer)
    .filter(isDrawing)
    .map(({ random }) => ({ random, counter: random.counter, spare: random.spare }));
  const weights = layer.weights.filter(({ trainable }) => !trainable);
  const saved = weights.map(copyOf);
  return {
    saved,
    now() {
      for (const { random, counter, spare } of streams) {
        const present = { counter: random.counter, spare: random.spare };
        undoable(() => (failed) => void (failed && Object.assign(random, present)));
        Object.assign(random, { counter, spare });
      }
      weights.forEach((weight, i) => weight.assign(saved[i]));
    },
  };
}

const copyOf = (x: Variable): Tensor =>
  compute("copy", [x], x.shape, (kernels, y) => kernels.copyFrom(y, x.buffer, flatSize(x.size)));
