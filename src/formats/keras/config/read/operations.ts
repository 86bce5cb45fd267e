/** Operations among the layers of a graph, such as `x / 255`: their names and arguments in files of Keras 3. */
import { FileError } from "../../../../errors.js";
import { asObject, isObject, type JsonObject, plainValue, showValue, showWord, asList } from "../../../json.js";
import { operationTable } from "../operationTable.js";
import { type CallNode, type GraphEntry, type OperationCall, readTensorPlace, type TensorPlace } from "./nodes.js";
import { isKeras2Operation, readKeras2Operation } from "./tensorFlowOperations.js";

/**
 * One call of an operation, as a node of the graph.
 * @throws FileError for an operation or an argument that is not supported.
 */
export function readOperationNode(label: string, described: JsonObject, node: unknown): CallNode {
  const isKeras2 = isKeras2Operation(described.class_name);
  const { inputs, operation, args } = isKeras2
    ? readKeras2Operation(label, described, node)
    : readOperation(label, described, asObject(`a call of ${label}`, node));
  const given = isObject(node) && Array.isArray(node.args) ? (node.args as unknown[]).slice(1) : [];
  const values = given.filter((item) => !(item instanceof Object) && item !== null);
  const call = { operation, args };
  return { isKeras3: !isKeras2, inputs, takesList: true, masks: [], options: {}, values, operation: call };
}

/**
 * Makes layers of the operations whose results are read by layers or are outputs. The others only compute masks.
 * @throws FileError for an operation that is called with different arguments.
 */
export function addOperationLayers(entries: ReadonlyMap<string, GraphEntry>, outputs: readonly TensorPlace[]): void {
  const calls = [...entries.values()].filter(({ layer }) => layer).flatMap((entry) => entry.calls);
  const open = [...outputs, ...calls.flatMap(({ inputs }) => inputs)];
  for (let place = open.pop(); place; place = open.pop()) {
    const entry = entries.get(place.layer);
    if (!entry || entry.layer) continue;
    const [first, ...more] = entry.calls.map(({ operation }) => operation!);
    if (more.some((call) => JSON.stringify(call) !== JSON.stringify(first))) {
      throw new FileError(`${showWord(entry.operation!)} ${showValue(entry.key)} is called with different arguments, which is not supported.`); // prettier-ignore
    }
    entry.layer = { className: "Operation", config: { name: entry.key, ...first } };
    open.push(...entry.calls.flatMap(({ inputs }) => inputs));
  }
}

/**
 * The call of an operation of Keras 3.
 * @param label what errors begin with.
 * @param described the entry of the operation: class_name and config.
 * @param node the call: `{ args, kwargs }`.
 * @throws FileError for an operation or an argument that is not supported.
 */
export function readOperation(label: string, described: JsonObject, { args, kwargs }: JsonObject): OperationCall {
  const className = String(described.class_name);
  if (!Object.hasOwn(operationTable, className)) throw unknownOperation(label);
  const row = operationTable[className];
  const { call, config, fixed, defaults, ours } = row;
  const inputs: TensorPlace[] = [];
  const dtypes: (string | undefined)[] = [];
  const values: Record<string, unknown> = {};
  const set = (name: string, value: unknown) => {
    if (name === "name") return;
    const isFixed = Object.hasOwn(fixed, name);
    if (isFixed && (value == null || fixed[name] === "any" || fixed[name].includes(value))) return;
    if (isFixed || (!call.includes(name) && !config.includes(name))) {
      if (value != null)
        throw new FileError(`${label} has ${showWord(name)}: ${showValue(value)}, which is not supported.`);
      return;
    }
    values[name] = readArgument(`${label}: ${showWord(name)}`, value, inputs, dtypes);
  };
  asList(`the arguments of ${label}`, args ?? []).forEach((value, i) => set(call[i] ?? `argument ${i + 1}`, value));
  for (const given of [kwargs, described.config]) {
    for (const [name, value] of Object.entries(asObject(`the arguments of ${label}`, given ?? {}))) set(name, value);
  }
  for (const [name, { keras }] of Object.entries(defaults)) values[name] ??= keras;
  if (inputs.length === 0) throw new FileError(`${label} reads no tensor, which is not supported.`);
  const names = [...call, ...config];
  const read = row.read
    ? row.read(values, dtypes)
    : { operation: ours, args: names.map((name) => values[name] ?? null) };
  if (read) return { ...read, inputs };
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => !(value instanceof Object)));
  throw new FileError(`${label} has the arguments ${showValue(given)}, which are not supported.`);
}

/** The error for an operation that is not in the table. */
export const unknownOperation = (label: string): FileError =>
  new FileError(
    `${label} is an operation that is not known here; write it in Keras as a layer, or by other operations.`,
  );

const mostNested = 8;

/** An argument: a tensor as `{ tensor: i }`, a constant as numbers, an index, a list of them. */
function readArgument(
  what: string,
  value: unknown,
  inputs: TensorPlace[],
  dtypes: (string | undefined)[],
  depth = 0,
): unknown {
  if (Array.isArray(value) && depth < mostNested) {
    return value.map((item) => readArgument(what, item, inputs, dtypes, depth + 1));
  }
  if (typeof value === "boolean" && depth > 0) return Number(value);
  if (!isObject(value)) return value;
  const { class_name: kind, config } = value;
  const given = isObject(config) ? config : value;
  switch (kind) {
    case "__keras_tensor__":
      dtypes.push(typeof given.dtype === "string" ? given.dtype : undefined);
      return { tensor: inputs.push({ ...readTensorPlace(what, given.keras_history), ...(Array.isArray(given.shape) && { rank: given.shape.length }) }) - 1 }; // prettier-ignore
    case "__tensor__":
    case "__numpy__":
      return constant(what, given.value);
    case "__slice__":
      return readSlice(what, given);
    case "__ellipsis__":
      return "...";
    default:
      throw new FileError(`${what} is ${showValue(value)}; expected a tensor, a number, an index, or a list of them.`);
  }
}

/** The values of a constant tensor, where conditions are true or false. */
function constant(what: string, value: unknown): unknown {
  const toNumbers = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(toNumbers);
    if (typeof item === "number" || typeof item === "boolean") return Number(item);
    throw new FileError(`${what} holds ${showValue(item)}; expected numbers.`);
  };
  return toNumbers(Array.isArray(value) ? value : plainValue(what, value));
}

/** A range of indices, `start:stop:step` in Python. */
export function readSlice(what: string, given: JsonObject): unknown {
  const ends = ["start", "stop", "step"].map((name) => {
    const value = given[name] ?? null;
    if (value === null || Number.isSafeInteger(value)) return [name, value] as const;
    throw new FileError(`${what} has ${name}: ${showValue(value)}; expected a whole number or null.`);
  });
  return Object.fromEntries(ends.filter(([, value]) => value !== null));
}
