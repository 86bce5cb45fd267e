/** Operations in the form of Keras 3: their class and config, and their calls with constants and indices. */
import { ArgumentError } from "../../../../errors.js";
import type { OperandPlace, OperationLayer } from "../../../../operations/operation.js";
import { operationTable, type OperationRow } from "../operationTable.js";

/** The arguments of an operation as Keras has them: those of the call by position, those of the config by name. */
interface Written {
  readonly className: string;
  readonly module: string;
  readonly args: readonly unknown[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** The description of an operation. @throws ArgumentError for one that Keras does not have. */
export function writeOperation(layer: OperationLayer): Record<string, unknown> {
  const { className, module, config } = written(layer, []);
  return {
    module: `keras.src.ops.${module}`,
    class_name: className,
    config: { name: layer.name, ...config },
    registered_name: className,
  };
}

/** A symbolic tensor in a file of Keras 3. */
interface KerasTensor {
  readonly class_name: string;
  readonly config: object;
}

/** The call of an operation. @param tensors its inputs, as Keras writes them. */
export function writeOperationNode(layer: OperationLayer, tensors: readonly KerasTensor[]): object {
  const isWhole = layer.operation.name === "castWhole";
  const given = isWhole ? tensors.map((x) => ({ ...x, config: { ...x.config, dtype: "int32" } })) : tensors;
  return { args: written(layer, given).args, kwargs: {} };
}

function written(layer: OperationLayer, tensors: readonly object[]): Written {
  const { name } = layer.operation;
  const found = Object.entries(operationTable).find(([, { ours }]) => ours === name) ?? special(layer);
  if (!found) throw new ArgumentError(`${layer.label}: Keras has no such operation; save as .safetensors.`);
  const [className, row] = found;
  const names = [...row.call, ...row.config];
  const given = name === "powerOf" ? [layer.args[1], layer.args[0]] : layer.args;
  const values = Object.fromEntries(
    names.flatMap((key, i) => {
      const value = given[i] ?? row.defaults[key]?.ours;
      return value == null ? [] : [[key, writeArgument(layer, key, i, value, tensors)] as const];
    }),
  );
  const last = Math.max(...row.call.map((key, i) => (key in values ? i : 0)));
  return {
    className,
    module: row.module,
    args: row.call.slice(0, last + 1).map((key) => values[key] ?? null),
    config: Object.fromEntries(row.config.flatMap((key) => (key in values ? [[key, values[key]]] : []))),
  };
}

/** Operations that are another one of Keras with its arguments in another order. */
const special = ({ operation }: OperationLayer): [string, OperationRow] | undefined =>
  operation.name === "powerOf" ? ["Power", operationTable.Power] : operation.name === "castWhole" ? ["Cast", operationTable.Cast] : undefined; // prettier-ignore

function writeArgument(
  layer: OperationLayer,
  key: string,
  i: number,
  value: unknown,
  tensors: readonly object[],
): unknown {
  const { operands, name } = layer.operation;
  const operand = (item: unknown) => {
    if (isPlace(item)) return tensors[item.tensor] ?? null;
    const dtype = key === "indices" ? "int32" : "float32";
    return Array.isArray(item) ? { class_name: "__tensor__", config: { value: plain(layer, key, item), dtype } } : plain(layer, key, item); // prettier-ignore
  };
  if (operands === "list" && i === 0) return (value as unknown[]).map(operand);
  if (operands !== "list" && i < operands) return operand(value);
  if (isPlace(value)) return operand(value);
  if (name === "getItem") return [value].flat().map(writeKey);
  return plain(layer, key, value);
}

const isPlace = (value: unknown): value is OperandPlace => value instanceof Object && "tensor" in value;

/** An index of `x[...]`. */
function writeKey(key: unknown): unknown {
  if (key === "...") return { class_name: "__ellipsis__", config: {} };
  if (!(key instanceof Object)) return key;
  return { class_name: "__slice__", config: { start: null, stop: null, step: null, ...key } };
}

function plain(layer: OperationLayer, key: string, value: unknown): unknown {
  const isPlain = (item: unknown): boolean =>
    Array.isArray(item) ? item.every(isPlain) : item === null || ["string", "boolean"].includes(typeof item) || Number.isFinite(item); // prettier-ignore
  if (isPlain(value)) return value;
  throw new ArgumentError(
    `${layer.label}: ${key} is ${String(value)}, which Keras's files cannot hold; save as .safetensors.`,
  );
}
