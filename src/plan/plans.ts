/**
 * The plans of a model. The first `predict` for a shape records what the layers do and makes a plan of it. The second one
 * records it again: what layers do in JavaScript (draw a number, count) leaves no trace in rows, but shows as a
 * difference. From the third one on, rows run and no layer is called.
 */
import type { Buffer } from "../backend.js";
import { sameItems } from "../derived.js";
import { isPage } from "../host.js";
import type { Layer } from "../layer.js";
import type { Resumable } from "../scope.js";
import type { Slot } from "../slot.js";
import type { Tensor } from "../tensor.js";
import { Constants } from "./constants.js";
import { type Plan, planOf } from "./plan.js";
import { record, type Recording } from "./recorder.js";
import { idOf, textOf } from "./row.js";
import { runPlan } from "./run.js";

/** The number of shapes whose plans are kept: of those that were used last. */
export const mostPlans = 4;
/**
 * The multiply-adds between two pauses: some 10 ms on a page's main thread, elsewhere 300 at most, as parts cost time: each
 * reads the weights again.
 */
const macsAtOnce = isPage ? 2 ** 28 : 2 ** 33;

/** What a plan depends on of an input. */
type Given = Pick<Tensor, "shape" | "mask" | "backend" | "dtype">;

/** The shapes of inputs and of their masks as text. */
export const keyOf = (inputs: readonly Given[]): string =>
  inputs.map(({ shape, mask }) => `${shape.join()};${mask?.shape.join()}`).join("|");

/** What is known of inputs of one shape. */
interface Known {
  /** Undefined where recordings differ. */
  readonly plan?: Plan;
  /** The texts of what the plan was made of, until a second recording was the same. */
  first?: readonly string[] | undefined;
  /** The layer that did something else in the second recording. */
  readonly odd?: string | undefined;
}

/** The plans of a model, for the shapes of its inputs that were used last. */
export class Plans {
  readonly #known = new Map<string, Known>();
  #constants = new Constants();
  /** The backend, and what the layers were like, when the plans were made. */
  #state: readonly unknown[] = [];
  /** The layer that says that its calls differ. */
  #impure: string | undefined;

  /** @param compute calls the model. */
  constructor(
    private readonly model: Layer,
    private readonly compute: (inputs: Tensor[]) => Tensor[],
  ) {}

  /**
   * Computes the outputs for inputs. `begin` is called with the multiply-adds of the whole run.
   * @param isPlanned whether rows are joined and kept; otherwise they run as the layers made them.
   */
  *run(inputs: readonly Tensor[], isPlanned: boolean, begin: (macs: number) => void): Resumable<Tensor[]> {
    const plan = this.planFor(inputs, isPlanned);
    begin(plan.macs);
    return yield* this.runPlan(plan, inputs);
  }

  /** Runs a plan of these on inputs of its shapes. */
  *runPlan(plan: Plan, inputs: readonly Tensor[]): Resumable<Tensor[]> {
    this.#constants.hold(plan, 1);
    // Tensors of the same memory, as the caller may dispose the inputs meanwhile.
    const held = [...inputs, ...inputs.map(({ mask }) => mask)].flatMap((x) => (x && !isText(x) ? x.as(x.shape) : []));
    try {
      return yield* runPlan(plan, held.map(({ buffer }) => buffer)); // prettier-ignore
    } finally {
      for (const x of held) x.dispose();
      this.#constants.hold(plan, -1);
    }
  }

  /** Drops all plans, and with them what was computed from weights alone. */
  drop(): void {
    for (const key of this.#known.keys()) this.#forget(key);
    this.#constants = new Constants(); // runs that are not ended hold those of before
  }

  /** Gives the plan for inputs of these shapes. It may be for one run only. */
  planFor(inputs: readonly Given[], isPlanned: boolean): Plan {
    const key = keyOf(inputs);
    const [{ backend }] = inputs;
    const hasChanged = () => !sameItems(this.#state, [backend, ...stateOf(this.model)]);
    if (hasChanged()) {
      this.drop();
      this.#state = [backend, ...stateOf(this.model)];
      this.#impure = impureIn(this.model);
    }
    let known = isPlanned ? this.#known.get(key) : undefined;
    if (known?.plan && !isUsable(known.plan)) {
      this.#forget(key);
      known = undefined;
    }
    if (known?.plan && !known.first) {
      this.#known.delete(key); // and to the end of the map: the first one was not used for the longest time
      this.#known.set(key, known);
      return known.plan;
    }
    const shapes = inputs.map((x) => (isText(x) ? (x as Tensor) : x.shape));
    const masks = inputs.map(({ mask }) => mask?.shape);
    const recording = record(backend, shapes, masks, this.compute);
    const once = () => ({
      ...planOf(recording, undefined, macsAtOnce),
      odd: this.#impure ?? this.#known.get(key)?.odd,
    });
    if (known?.plan) {
      const texts = textsOf(recording);
      const at = texts.findIndex((text, i) => text !== known.first![i]);
      if (at < 0 && texts.length === known.first!.length) {
        known.first = undefined;
        return known.plan;
      }
      this.#forget(key);
      this.#known.set(key, { odd: recording.rows[at]?.layers[0] ?? "the model" });
      return once();
    }
    if (!isPlanned || known || this.#impure || hasSideEffects(recording) || inputs.some(isText) || hasChanged())
      return once();
    const plan = planOf(recording, this.#constants, macsAtOnce);
    this.#constants.hold(plan, 1);
    this.#known.set(key, { plan, first: textsOf(recording) });
    if (this.#known.size > mostPlans) this.#forget(this.#known.keys().next().value!);
    return plan;
  }

  #forget(key: string): void {
    const plan = this.#known.get(key)?.plan;
    this.#known.delete(key);
    if (plan) this.#constants.hold(plan, -1);
  }
}

/** Whether a tensor has strings in place of memory on a backend. */
const isText = ({ dtype }: Given): boolean => dtype === "string";

/** Whether memory of others has been freed, on which a buffer depends. */
const isGone = (buffer: Buffer & { readonly origins?: readonly Buffer[] }): boolean | undefined =>
  buffer.root.isFreed || buffer.origins?.some(isGone);

/** Whether all memory is there that a plan does not make itself. */
export const isUsable = ({ sources }: Plan): boolean => !sources.some(isGone);

/** Whether a recording does more than its rows: tensors were kept, freed or read by a layer. */
export const hasSideEffects = ({ kept, freed, rows }: Recording): boolean =>
  kept.length + freed.length > 0 || rows.some(({ kernel }) => kernel === "read");

/** A text of each row, and one of the outputs; recordings of the same calls have the same texts. */
export function textsOf({ rows, outputs, places }: Recording): string[] {
  const name = (buffer: Buffer) => String(places.get(buffer as Slot) ?? idOf(buffer));
  return [...rows.map(({ kernel, args }) => kernel + textOf(args, name)), textOf(outputs, name)];
}

/** The path of the first layer in a layer that is not `pure`. */
function impureIn(layer: Layer, path = layer.name): string | undefined {
  if (layer.pure === false) return path;
  for (const inner of layer.sublayers) {
    const found = impureIn(inner, `${path}/${inner.name}`);
    if (found) return found;
  }
  return undefined;
}

/** What can be seen of a layer and the layers inside: options, weights, layers; an option that was changed shows here. */
export function stateOf(layer: Layer, into: unknown[] = [], fields: unknown[] = Object.values(layer)): unknown[] {
  into.push(layer, layer.trainable);
  for (const value of fields) {
    into.push(value);
    if (Array.isArray(value) || (value as object | undefined)?.constructor === Object) {
      into.push(...(Object.values(value as object) as unknown[]));
    }
  }
  for (const inner of layer.sublayers) stateOf(inner, into);
  return into;
}
