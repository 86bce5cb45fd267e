/** The states of the random streams of layers, so that dropout continues as if training had not been interrupted. */
import { FileError } from "../errors.js";
import type { Layer } from "../layer.js";
import { isDrawing, layersIn } from "../layer/tree.js";
import { RandomStream } from "../random.js";

/** A random stream as plain data. */
export interface StreamState {
  readonly seed: number;
  readonly stream: number;
  readonly counter: number;
  readonly spare?: number | undefined;
}
/** Layers that draw random numbers, in the order of the tree. */
const drawingLayers = (root: Layer) => layersIn(root).filter(isDrawing);

/** The states of all random streams in a layer or model. */
export const streamStates = (root: Layer): StreamState[] =>
  drawingLayers(root).map(({ random }) => streamState(random));

/** The state of a random stream. */
export const streamState = ({ seed, stream, counter, spare }: RandomStream): StreamState => ({
  seed,
  stream,
  counter,
  spare,
});

/** A stream that goes on from a state. */
export const streamFrom = ({ seed, stream, counter, spare }: StreamState): RandomStream =>
  Object.assign(new RandomStream(seed, stream), { counter, spare });

/**
 * Sets the random streams in a layer or model to saved states.
 * @throws FileError where they are not those of its layers.
 */
export const restoreStreams = (where: string, root: Layer, states: unknown): void =>
  matchStreams(where, root, states)();

/** Checks saved states, and returns a function that sets the streams to them. @throws FileError as `restoreStreams`. */
export function matchStreams(where: string, root: Layer, states: unknown): () => void {
  const layers = drawingLayers(root);
  if (!Array.isArray(states) || states.length !== layers.length || !states.every(isState)) {
    throw new FileError(`${where}: its random streams are not those of its ${layers.length} layers that draw some.`);
  }
  return () => layers.forEach((layer, i) => (layer.random = streamFrom(states[i])));
}

const isState = (state: unknown): state is StreamState => {
  const { seed, stream, counter, spare = 0 } = (state ?? {}) as StreamState;
  return [seed, stream, counter, spare].every((value) => Number.isSafeInteger(value) && value >= 0);
};
