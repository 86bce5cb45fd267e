/** Selects the parts of a traced layer that are shown: the filters that vary most, as bytes on the scale of each gate. */
import { ShapeError, shapeText } from "../errors.js";
import { averageBlocks } from "./averageBlocks.js";
import { type Scale, toByte } from "./byteScale.js";
import type { Gate, GateScales, Maps, MapsLayout } from "./clipData.js";
import { inOrder, kindOf } from "./gateNames.js";
import { filterOf, scaleOfBytes } from "./gateScale.js";
import type { ReportClip } from "./report.js";

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
  const names = inOrder(Object.keys(clip.gates));
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
  const size = isDense
    ? { height: count, width: 1 }
    : { height: Math.ceil(height / block), width: Math.ceil(width / block) };
  const layout = { steps, ...size, isDense, filters: shown };
  const gates = names.map((name, i) => quantize(name, pick(sequences[i], shown, isDense, block), layout));
  return { state, ...layout, numFilters: filters, block, gates };
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

/** The values of a gate as bytes. */
function quantize(name: string, values: Float32Array, layout: MapsLayout): Gate {
  const kind = kindOf(name);
  const scales = kind === "memory" ? scalesOfMemory(values, layout) : scaleOfGate(values, kind);
  const bytes = new Uint8Array(values.length);
  values.forEach((value, i) => (bytes[i] = toByte(value, scaleOfBytes(scales, filterOf(layout, i)))));
  return { name, palette: kind === "share" ? "sequential" : "diverging", ...scales, bytes };
}

/** From 0 to 1, or from -1 to 1; farther where values are beyond. */
function scaleOfGate(values: Float32Array, kind: "share" | "signed"): Scale {
  let least = kind === "share" ? 0 : -1;
  let most = 1;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const reach = roundedUp(Math.max(most, -least));
  return kind === "share" ? { low: 0 - roundedUp(-least), high: roundedUp(most) } : { low: -reach, high: reach };
}

/** A few values of c are often many times larger than the others, which would have no colour on a scale that has room for all. */
const shareOfColours = 0.95;

/** A scale for each filter, and the colours that are common to all. */
function scalesOfMemory(values: Float32Array, layout: MapsLayout): GateScales {
  const sizes = layout.filters.map((): number[] => []);
  values.forEach((value, i) => {
    if (Number.isFinite(value)) sizes[filterOf(layout, i)].push(Math.abs(value));
  });
  const reach = (of: number[], share: number) => {
    const sorted = Float64Array.from(of).sort();
    return roundedUp(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  };
  const reachOfColours = (of: number[]) => reach(of, shareOfColours) || reach(of, 1) || 1;
  const common = reachOfColours(sizes.flat());
  const reaches = sizes.map((of) => ({ values: reach(of, 1) || 1, colours: reachOfColours(of) }));
  return { low: -common, high: common, reaches };
}

/** Two digits, so that the numbers beside a scale are exactly its ends; what exceeds them by rounding alone is left out. */
function roundedUp(value: number): number {
  const near = Number(value.toPrecision(2));
  if (value <= near * (1 + 1e-6)) return near;
  return Number((near + 10 ** (Math.floor(Math.log10(value)) - 1)).toPrecision(2));
}
