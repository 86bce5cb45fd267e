/**
 * Masks in models of TensorFlow.js. It gives a layer the mask of the first of its inputs, or, where no input has a mask, the
 * one that it gave the layer before, whichever that was. Results of models have no masks, so losses count all steps.
 */
import type { Layer, LayerNode, SymbolicTensor } from "../../layer.js";
import { BidirectionalLayer } from "../../layers/index.js";
import { RecurrentLayer } from "../../layers/recurrent.js";
import { ModelLayer } from "../../model.js";
import { reshape, slice } from "../../ops/index.js";
import type { Tensor } from "../../tensor.js";
import { replaceMethods } from "./replace.js";

type Mask = Tensor | undefined;

/** Runs the graph of a model in the order of TensorFlow.js, and hands the latest mask on. */
export function passLatestMask(layer: Layer): void {
  const model = layer as ModelLayer;
  replaceMethods(model, {
    call(inputs, { masks, ...options }) {
      const known = new Map<SymbolicTensor, { value: Tensor; mask: Mask }>();
      model.inputs.forEach((x, i) => known.set(x, { value: inputs[i], mask: undefined }));
      let latest = masks[0];
      for (const node of inTheirOrder(model)) {
        const given = node.inputs.map((x) => known.get(x)!);
        if (given.some(({ mask }) => mask)) latest = given[0].mask;
        const { layer: called } = node;
        const values = given.map(({ value }) => value);
        const readsLatest = called instanceof RecurrentLayer || called instanceof BidirectionalLayer;
        const read = readsLatest ? [ofSteps(called, latest, values[0])] : given.map(({ mask }) => mask);
        const sees = called instanceof ModelLayer ? [latest] : read;
        const results = called.compute(values, { ...options, ...node.options, masks: sees });
        // All results of a call have the mask of the first, states too.
        const mask = !readsLatest || given[0].mask ? results[0].mask : undefined;
        results.forEach((value, i) => known.set(node.outputs[i], { value, mask }));
      }
      return model.outputs.map((x) => {
        const { value } = known.get(x)!;
        return value.mask ? reshape(value, value.shape) : value;
      });
    },
  });
}

/** The mask of another sequence for the steps of x: it is read from its beginning, in the order in which x is read. */
function ofSteps(layer: Layer, mask: Mask, x: Tensor): Mask {
  const [batch, steps] = x.shape;
  if (!mask || mask.shape[1] <= steps) return mask;
  const isBackwards = layer instanceof RecurrentLayer && layer.goBackwards;
  return slice(mask, [0, isBackwards ? mask.shape[1] - steps : 0], [batch, steps]);
}

/** The calls as TensorFlow.js makes them: each after those that it reads, the last of its inputs first. */
function inTheirOrder(model: ModelLayer): LayerNode[] {
  const inside = new Set(model.graph);
  const order = new Set<LayerNode>();
  const open: [node: LayerNode, isReady: boolean][] = [];
  for (const { node: last } of model.outputs) {
    if (inside.has(last)) open.push([last, false]);
    while (open.length > 0) {
      const [node, isReady] = open.pop()!;
      if (order.has(node)) continue;
      if (isReady) {
        order.add(node);
        continue;
      }
      open.push([node, true]);
      for (const x of node.inputs) if (inside.has(x.node) && !model.inputs.includes(x)) open.push([x.node, false]);
    }
  }
  return [...order];
}
