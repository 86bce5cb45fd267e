/** Selects the parts of a traced layer that are shown: the filters that vary most, as bytes on one scale for each gate. */
import { ShapeError, shapeText } from "../errors.js";
import { averageBlocks } from "./averageBlocks.js";
import { toByte } from "./byteScale.js";
import type { Gate, Maps } from "./clipData.js";
import type { ReportClip } from "./report.js";

type Kind = "share" | "signed" | "memory";

/**
 * The gates and states in the order in which a step computes them. The kind decides the scale: 0 to 1 for shares, -1 to
 * 1 for signed values, and for a memory as far as its values reach.
 */
const known = new Map<string, { kind: Kind; longName: string }>([
  ["i", { kind: "share", longName: "input gate" }],
  ["f", { kind: "share", longName: "forget gate" }],
  ["z", { kind: "share", longName: "update gate" }],
  ["r", { kind: "share", longName: "reset gate" }],
  ["g", { kind: "signed", longName: "candidate" }],
  ["o", { kind: "share", longName: "output gate" }],
  ["c", { kind: "memory", longName: "cell state" }],
  ["h", { kind: "signed", longName: "hidden state" }],
]);

/** The gate's name in words. */
export const longName = (gate: string): string => known.get(gate)?.longName ?? gate;

/** The names of all gates in order; unknown names come last. */
function gateNames(clip: ReportClip): string[] {
  const names = [...known.keys()];
  const place = (name: string) => (known.has(name) ? names.indexOf(name) : names.length);
  return Object.keys(clip.gates).sort((a, b) => place(a) - place(b));
}

export interface ClipMaps extends Maps {
  /** How many filters (or units) the layer has. */
  numFilters: number;
  /** Each place of a map is the mean over block x block places of the layer. */
  block: number;
}

/** [steps, height, width, filters] */
interface Sequence {
  data: Float32Array;
  steps: number;
  height: number;
  width: number;
  filters: number;
}

/** Maps are made coarser before fewer filters than this are shown. */
const leastFilters = 4;

/**
 * Makes the maps of the filters (or units) whose main state varies most over time, in at most `budgetBytes`. Of large
 * maps fewer filters are shown, and then coarser maps. Undefined for a clip without gates.
 * @param most how many filters may be shown, of a layer without height and width how many units.
 * @throws ShapeError for gates whose shape differs from that in ReportClip.
 */
export function clipMaps(
  clip: ReportClip,
  most: { filters: number; units: number },
  budgetBytes: number,
): ClipMaps | undefined {
  const names = gateNames(clip);
  if (names.length === 0) return undefined;
  const sequences = names.map((name) => asSequence(clip, name));
  const [{ steps, height, width, filters }] = sequences;
  const isDense = clip.gates[names[0]].shape.length === 2;
  const bytesEach = (block: number) => names.length * steps * Math.ceil(height / block) * Math.ceil(width / block);
  let block = 1;
  while (block < Math.max(height, width) && bytesEach(block) * Math.min(leastFilters, filters) > budgetBytes) block++;
  const count = Math.max(
    1,
    Math.min(isDense ? most.units : most.filters, filters, Math.floor(budgetBytes / bytesEach(block))),
  );
  // h is all that later layers see of a filter; its c may grow behind an output gate that never opens.
  const state = names.includes("h") ? "h" : names[names.length - 1];
  const shown = strongest(sequences[names.indexOf(state)], count);
  const gates = names.map((name, i) => quantize(name, pick(sequences[i], shown, isDense, block)));
  const size = isDense
    ? { height: count, width: 1 }
    : { height: Math.ceil(height / block), width: Math.ceil(width / block) };
  return { state, steps, ...size, isDense, filters: shown, numFilters: filters, block, gates };
}

function asSequence(clip: ReportClip, name: string): Sequence {
  const { data, shape } = clip.gates[name];
  const [steps, ...rest] = shape;
  const first = clip.gates[Object.keys(clip.gates)[0]].shape;
  const isRight =
    rest.length >= 1 &&
    rest.length <= 3 &&
    steps === clip.times.length &&
    shapeText(shape) === shapeText(first) &&
    data.length === shape.reduce((product, n) => product * n, 1) &&
    data.length > 0;
  if (isRight) {
    const [height, width, filters] = [1, 1, ...rest].slice(-3);
    return { data, steps, height, width, filters };
  }
  throw new ShapeError(
    `report of "${clip.name}": gate ${name} is ${shapeText(shape)} with ${data.length} values; expected ` +
      `[${clip.times.length}, height, width, filters] or [${clip.times.length}, units], the same for all gates.`,
  );
}

/**
 * The filters of the largest variance over time, summed over the places: the strongest first, and of equals the lower
 * number.
 */
function strongest({ data, steps, height, width, filters }: Sequence, count: number): number[] {
  const places = height * width;
  const strength = Array.from({ length: filters }, (_, filter) => {
    let sumOfVariances = 0;
    for (let place = 0; place < places; place++) {
      let sum = 0;
      let squares = 0;
      for (let step = 0; step < steps; step++) {
        const value = data[(step * places + place) * filters + filter];
        sum += value;
        squares += value * value;
      }
      sumOfVariances += squares / steps - (sum / steps) ** 2;
    }
    return Number.isNaN(sumOfVariances) ? Infinity : sumOfVariances; // diverged filters come first
  });
  const order = strength.map((_, filter) => filter);
  return order.sort((a, b) => (strength[a] === strength[b] ? a - b : strength[b] - strength[a])).slice(0, count);
}

/** [filters shown, steps, height / block, width / block]; of a dense layer [steps, units shown]. */
function pick(sequence: Sequence, shown: readonly number[], isDense: boolean, block: number): Float32Array {
  const { data, steps, height, width, filters } = sequence;
  const places = height * width;
  const picked = new Float32Array(shown.length * steps * places);
  shown.forEach((filter, i) => {
    for (let at = 0; at < steps * places; at++) {
      picked[isDense ? at * shown.length + i : i * steps * places + at] = data[at * filters + filter];
    }
  });
  return block === 1 ? picked : averageBlocks(picked, [shown.length * steps, height, width, 1], block).data;
}

function quantize(name: string, values: Float32Array): Gate {
  let least = 0;
  let most = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const kind = known.get(name)?.kind ?? "memory";
  const reach = Math.max(most, -least);
  const symmetric = kind === "signed" ? Math.max(1, reach) : reach || 1;
  const [low, high] = kind === "share" ? [least, Math.max(1, most)] : [-symmetric, symmetric];
  const scale = { low, high };
  const bytes = new Uint8Array(values.length);
  values.forEach((value, i) => (bytes[i] = toByte(value, scale)));
  return { name, palette: kind === "share" ? "sequential" : "diverging", low, high, bytes };
}
