/**
 * Operations in graphs: functions of tensors, such as `x / 255` or `mean(x, [1, 2])`, that are called on symbolic
 * tensors. A call becomes a layer that holds the name of the operation and its arguments.
 */
import { ArgumentError, kindOf, ShapeError, shown, unknownName } from "../errors.js";
import { Layer, type LayerOptions, SymbolicTensor } from "../layer.js";
import { sameTime } from "../layer/steps.js";
import { nameFor } from "../layer/names.js";
import { reshape } from "../ops/index.js";
import type { PartialShape, Shape } from "../shape.js";
import { allocate, type NestedArray, Tensor, toHostArray } from "../tensor.js";
import { shapesByRunning } from "./shapeOnly.js";

/** An operation: a function of tensors and other arguments, in this order. */
export interface OperationDefinition {
  /** The name of the function, which files contain. */
  readonly name: string;
  /** Computes the results. */
  readonly run: (...args: never[]) => Tensor | Tensor[];
  /** How many of the first arguments are tensors, or "list" where the first one is a list of tensors. */
  readonly operands: number | "list";
  /** Whether a call gives a list. */
  readonly isMany: boolean;
  /** Gives the shape of the result where it follows from the operands' shapes alone; otherwise the function is run. */
  readonly shape: ((where: string, operands: readonly PartialShape[]) => PartialShape) | undefined;
  /** Whether each element of the result depends on the same element of each operand alone, once these are broadcast. */
  readonly eachElement: boolean;
}

/** Describes an operation. By default it has one tensor, and one result, whose shape is found by running it. */
export const defineOperation = (
  name: string,
  run: OperationDefinition["run"],
  { operands = 1, isMany = false, shape, eachElement = false }: Partial<OperationDefinition> = {},
): OperationDefinition => ({ name, run, operands, isMany, shape, eachElement });

let findByName: ((name: string) => OperationDefinition | undefined) | undefined;

/**
 * Sets the table of operations by name. `zoetrope/formats` sets it, so that bundles without formats contain only the
 * operations that they call.
 */
export const setOperations = (find: typeof findByName): void => void (findByName = find);

/** The place of an input among the arguments of an operation. */
export interface OperandPlace {
  /** The number of the input, from 0. */
  readonly tensor: number;
}

/** The options of `OperationLayer`. */
export interface OperationOptions extends LayerOptions {
  /** The operation: a name of the table, or its definition. Required. */
  operation: string | OperationDefinition;
  /**
   * All arguments in the order of the function; `{ tensor: i }` stands for input i. Where a tensor is expected, a number
   * or a nested list of numbers is a constant. Null is an argument that is left out. Required.
   */
  args: readonly unknown[];
}

const isPlace = (value: unknown): value is OperandPlace =>
  value instanceof Object && !Array.isArray(value) && Number.isSafeInteger((value as OperandPlace).tensor);

/** A layer that computes an operation on its inputs and constants. It has no weights, and ends masks, as in Keras. */
export class OperationLayer extends Layer {
  static override className = "Operation";
  /** The operation that is computed. */
  readonly operation: OperationDefinition;
  /** The arguments, `{ tensor: i }` for input i. */
  readonly args: readonly unknown[];
  /** The inputs that are read. */
  readonly #numInputs: number;
  #lastShapes: { readonly key: string; readonly result: PartialShape[] } | undefined;

  constructor(options: OperationOptions) {
    const { operation, args, name } = Object(options) as OperationOptions;
    const definition = typeof operation === "string" ? findOperation(operation) : operation;
    const isWhole =
      typeof definition?.run === "function" &&
      typeof definition.name === "string" &&
      (definition.operands === "list" || Number.isSafeInteger(definition.operands));
    if (!isWhole || !Array.isArray(args)) {
      throw new ArgumentError(
        `Operation: expected { operation, args }, received ${kindOf(operation)} and ${kindOf(args)}.`,
      );
    }
    super({ ...options, operation: definition.name, name: nameFor(definition.name, name) } as LayerOptions, ["operation", "args"]); // prettier-ignore
    this.operation = definition;
    this.args = args;
    const places = this.#operands().filter(isPlace);
    this.#numInputs = new Set(places.map(({ tensor }) => tensor)).size;
    if (places.some(({ tensor }) => tensor < 0 || tensor >= this.#numInputs) || places.length === 0) {
      throw new ArgumentError(`${this.label}: args ${shown(args)}; expected { tensor: i } for each input i from 0.`);
    }
  }

  /** The name of the operation and that of the layer, with which error messages begin: `mean "mean_1"`. */
  override get label(): string {
    return `${this.operation?.name ?? "Operation"} "${this.name}"`;
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override givesList(): boolean {
    return this.operation.isMany;
  }

  /** True for functions of each element, whose constants are the same at all time steps. */
  override stepper(shapes: PartialShape[]): boolean | string {
    if (!this.operation.eachElement) return false;
    const { length } = shapes[0];
    const varies = (operand: unknown) => {
      const { shape } = constantValues(this.label, operand);
      return shape.length > length || (shape[shape.length - length + 1] ?? 1) !== 1;
    };
    if (this.#operands().some((operand) => !isPlace(operand) && varies(operand)))
      return "it has constants along the time axis";
    return sameTime(shapes);
  }

  /** Computes the results. One that is an input itself becomes a tensor of its own, which has no mask. */
  override call(inputs: Tensor[]): Tensor[] {
    return this.#run(inputs).map((y) => (inputs.includes(y) ? reshape(y, y.shape) : y));
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length !== this.#numInputs) {
      throw new ShapeError(`${this.label}: expected ${this.#numInputs} tensors, received ${shapes.length}.`);
    }
    const key = JSON.stringify(shapes);
    if (this.#lastShapes?.key !== key) this.#lastShapes = { key, result: this.#shapes(shapes) };
    return this.#lastShapes.result;
  }

  #shapes(shapes: readonly PartialShape[]): PartialShape[] {
    const { shape } = this.operation;
    if (!shape) return shapesByRunning(shapes, (xs) => this.#run(xs));
    const shapeOf = (operand: unknown): PartialShape =>
      isPlace(operand) ? shapes[operand.tensor] : constantValues(this.label, operand).shape;
    return [shape(this.label, this.#operands().map(shapeOf))];
  }

  /** The arguments that are tensors: places of inputs, and constants. Those that were left out are not among them. */
  #operands(): unknown[] {
    const { operands } = this.operation;
    const given = operands === "list" ? this.args[0] : this.args.slice(0, operands);
    if (!Array.isArray(given))
      throw new ArgumentError(`${this.label}: args ${shown(this.args)}; expected a list first.`);
    return (given as unknown[]).filter((operand) => operand != null);
  }

  #run(inputs: readonly Tensor[]): Tensor[] {
    const { operands, run } = this.operation;
    const [{ backend }] = inputs;
    const tensorOf = (operand: unknown): Tensor | undefined => {
      if (operand == null) return undefined;
      if (isPlace(operand)) return inputs[operand.tensor];
      const { data, shape } = constantValues(this.label, operand);
      const x = allocate(shape, backend);
      backend.write(x.buffer, data);
      return x;
    };
    const given = this.args.map((arg, i) => {
      if (operands === "list" ? i === 0 : i < operands) return Array.isArray(arg) && operands === "list" ? arg.map(tensorOf) : tensorOf(arg); // prettier-ignore
      return arg ?? undefined;
    });
    return [(run as (...args: unknown[]) => Tensor | Tensor[])(...given)].flat();
  }
}

function constantValues(where: string, values: unknown): { data: ArrayLike<number>; shape: Shape } {
  if (typeof values === "number" || Array.isArray(values)) return toHostArray(values as NestedArray, undefined, where);
  throw new ArgumentError(`${where}: expected a tensor, a number or a nested list of numbers, received ${kindOf(values)}.`); // prettier-ignore
}

function findOperation(name: string): OperationDefinition {
  if (!findByName) {
    throw new ArgumentError("Operation: operations are found by name after registerLayers() of zoetrope/formats.");
  }
  const found = findByName(name);
  if (found) return found;
  throw unknownName("Operation", "operation", name, ["add", "subtract", "multiply", "divide"]);
}

/** A tensor in a graph, or numbers beside one. */
export type SymbolicOperand = SymbolicTensor | number | NestedArray;

/**
 * Calls an operation: on tensors it computes, on symbolic tensors it adds a layer to the graph.
 * @throws ArgumentError where tensors with values and symbolic ones are mixed.
 */
export function callOperation(definition: OperationDefinition, args: readonly unknown[]): unknown {
  const inputs: SymbolicTensor[] = [];
  const placeOf = (value: unknown): unknown => {
    if (value instanceof Tensor) {
      throw new ArgumentError(`${definition.name}: received a tensor beside symbolic ones, which a file could not hold; give its values as a list of numbers.`); // prettier-ignore
    }
    if (!(value instanceof SymbolicTensor)) return value ?? null;
    const known = inputs.indexOf(value);
    return { tensor: known >= 0 ? known : inputs.push(value) - 1 };
  };
  const { operands } = definition;
  const places = args.map((arg, i) => {
    if (operands === "list") return i === 0 && Array.isArray(arg) ? arg.map(placeOf) : (arg ?? null);
    return i < operands ? placeOf(arg) : (arg ?? null);
  });
  while (places.length > 0 && places.at(-1) === null) places.pop();
  return new OperationLayer({ operation: definition, args: places }).apply(inputs);
}

/** Whether one of the arguments of a call, or of a list that comes first, is a symbolic tensor. */
const isSymbolic = (args: readonly unknown[]): boolean =>
  args.some((arg) => arg instanceof SymbolicTensor) ||
  (Array.isArray(args[0]) && args[0].some((item) => item instanceof SymbolicTensor));

/**
 * Makes a function of tensors that takes symbolic ones too.
 * @param run what a call on tensors does.
 * @param definition what a call on symbolic tensors adds to the graph.
 * @param onSymbolic what a call on symbolic tensors does where it is made of other operations.
 */
export function lifted<F>(
  run: OperationDefinition["run"],
  definition: OperationDefinition,
  onSymbolic?: (...args: never[]) => unknown,
): F {
  return ((...args: unknown[]) => {
    if (!isSymbolic(args)) return run(...(args as never[]));
    if (!onSymbolic) return callOperation(definition, args);
    if (definition.operands === 1 && !(args[0] instanceof SymbolicTensor)) {
      throw new ArgumentError(`${definition.name}: received ${kindOf(args[0])} beside a symbolic tensor; expected that first.`); // prettier-ignore
    }
    return onSymbolic(...(args as never[]));
  }) as F;
}
