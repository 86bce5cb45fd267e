/**
 * The shapes of an operation's results, by running it on tensors that have a shape and no elements: the checks and the
 * arithmetic of shapes are those of the ops themselves, so no rule is written twice.
 */
import { type AnyBackend, withBackend } from "../backend.js";
import { ShapeError } from "../errors.js";
import type { Buffer } from "../kernels.js";
import { stopGradient } from "../op.js";
import { scope } from "../scope.js";
import type { PartialShape } from "../shape.js";
import { allocate, type Tensor } from "../tensor.js";

const root = {} as Buffer["root"];
const doNothing = () => {};

/** A backend without memory, whose kernels do nothing. */
const shapeOnly: AnyBackend = {
  name: "shapes",
  numDerived: 0,
  kernels: new Proxy({}, { get: () => doNothing }) as AnyBackend["kernels"],
  allocate: (length) => ({ length, root }),
  free: doNothing,
  view: (_, __, length) => ({ length, root }),
  write: doNothing,
  read: () => Promise.resolve(new Float32Array()),
  memory: () => ({ backend: "shapes", buffers: 0, usedBytes: 0, reservedBytes: 0 }),
  computeAsync: async (work) => work(),
  info: () => ({ backend: "shapes", threads: 1, started: true, shared: false }),
};

/**
 * Sizes that stand for those that are not known. They have many divisors, since a reshape may divide them; the smaller
 * ones are for shapes of many unknown sizes, whose product must stay exact.
 */
const standIns = (unknown: number): readonly [number, number] => (unknown <= 3 ? [5040, 10080] : [420, 840]);

/**
 * Runs `work` on tensors of these shapes and gives the shapes of its results. A size that depends on sizes that are not
 * known is null.
 * @throws what `work` throws; of unknown sizes it says null.
 */
export function shapesByRunning(shapes: readonly PartialShape[], work: (xs: Tensor[]) => Tensor[]): PartialShape[] {
  const unknown = Math.max(0, ...shapes.map((shape) => shape.filter((size) => size === null).length));
  const run = (standIn: number): readonly (readonly number[])[] => {
    const found: (readonly number[])[] = [];
    try {
      withBackend(shapeOnly, () =>
        stopGradient(() =>
          scope(() => {
            const xs = shapes.map((shape) => allocate(shape.map((size) => size ?? standIn), shapeOnly)); // prettier-ignore
            found.push(...work(xs).map(({ shape }) => shape));
          }),
        ),
      );
    } catch (error) {
      if (!(error instanceof ShapeError) || unknown === 0) throw error;
      throw new ShapeError(error.message.replace(new RegExp(`\\b${standIn}\\b`, "g"), "null"), { cause: error });
    }
    return found;
  };
  const [small, large] = standIns(unknown);
  let first: ReturnType<typeof run>;
  try {
    first = run(small);
  } catch (error) {
    if (unknown === 0) throw error;
    return broadcast(run) ?? raise(error);
  }
  if (unknown === 0) return first.map((shape) => [...shape]);
  const second = run(large);
  return first.map((shape, i) => shape.map((size, axis) => (second[i][axis] === size ? size : null)));
}

const raise = (error: unknown): never => {
  throw error;
};

/** The shapes where sizes that are not known have to be 1, or equal to others, to fit; undefined where that fails too. */
function broadcast(run: (standIn: number) => readonly (readonly number[])[]): PartialShape[] | undefined {
  try {
    return run(1).map((shape) => shape.map((size) => (size === 1 ? null : size)));
  } catch {
    return undefined;
  }
}
