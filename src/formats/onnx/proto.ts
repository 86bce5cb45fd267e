/**
 * Writing ONNX files, which are protocol buffers: the messages of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto that are needed.
 */
import type { PbfWriter } from "pbf";
import type { PartialShape, Shape } from "../../shape.js";
import { importPbf } from "../peers.js";

/** A plain number is an integer, a plain list one of integers or texts; floats are wrapped. */
export type Attribute =
  number | string | readonly number[] | readonly string[] | { float: number } | { floats: number[] };

/** One operation. An input that is left out is "". */
export interface Node {
  readonly type: string;
  readonly name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor that the file holds. */
export interface Constant {
  readonly shape: Shape;
  readonly data: Float32Array | BigInt64Array;
}

/** An input or output of the graph. */
export interface Port {
  readonly name: string;
  readonly shape: PartialShape;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The bytes of a file. @throws FileError where the package pbf is not installed. */
export async function encodeModel(graph: Graph, opset: number): Promise<Uint8Array<ArrayBuffer>> {
  const { PbfWriter } = await importPbf("exportOnnx");
  const writer = new PbfWriter(new Uint8Array(1024 + sizeOfConstants(graph)));
  writer.writeVarintField(1, irVersion(opset));
  writer.writeStringField(2, "zoetrope");
  writer.writeMessage(7, writeGraph, graph);
  writer.writeMessage(8, (version, out) => out.writeVarintField(2, version), opset);
  return writer.finish() as Uint8Array<ArrayBuffer>;
}

/** The oldest version of the format that has the operations of this opset, so that old runtimes can read the file. */
const irVersion = (opset: number): number => (opset < 19 ? 8 : opset < 21 ? 9 : 10);

const sizeOfConstants = ({ constants }: Graph): number =>
  [...constants.values()].reduce((sum, { data }) => sum + data.byteLength + 100, 0);

function writeGraph({ name, nodes, constants, inputs, outputs }: Graph, out: PbfWriter): void {
  for (const node of nodes) out.writeMessage(1, writeNode, node);
  out.writeStringField(2, name);
  for (const constant of constants) out.writeMessage(5, writeConstant, constant);
  for (const port of inputs) out.writeMessage(11, writePort, port);
  for (const port of outputs) out.writeMessage(12, writePort, port);
}

function writeNode({ type, name, inputs, outputs, attributes }: Node, out: PbfWriter): void {
  for (const input of inputs) out.writeStringField(1, input);
  for (const output of outputs) out.writeStringField(2, output);
  out.writeStringField(3, name);
  out.writeStringField(4, type);
  for (const attribute of Object.entries(attributes)) out.writeMessage(5, writeAttribute, attribute);
}

function writeAttribute([name, value]: [string, Attribute], out: PbfWriter): void {
  const typed = (type: number, write: () => void) => (write(), out.writeVarintField(20, type));
  const bytes = (tag: number, text: string) => out.writeBytesField(tag, new TextEncoder().encode(text));
  out.writeStringField(1, name);
  if (typeof value === "number") typed(2, () => out.writeVarintField(3, value));
  else if (typeof value === "string") typed(3, () => bytes(4, value));
  else if ("float" in value) typed(1, () => out.writeFloatField(2, value.float));
  else if ("floats" in value) typed(6, () => value.floats.forEach((item) => out.writeFloatField(7, item)));
  else if (isTexts(value)) typed(8, () => value.forEach((item) => bytes(9, item)));
  else typed(7, () => value.forEach((item) => out.writeVarintField(8, item)));
}

const isTexts = (list: readonly (number | string)[]): list is readonly string[] => typeof list[0] === "string";

const [float32, int64] = [1, 7];

function writeConstant([name, { shape, data }]: [string, Constant], out: PbfWriter): void {
  for (const size of shape) out.writeVarintField(1, size);
  out.writeVarintField(2, data instanceof Float32Array ? float32 : int64);
  out.writeStringField(8, name);
  out.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Sizes that are not known have names; that of the batch is the same everywhere. */
function writePort({ name, shape }: Port, out: PbfWriter): void {
  const writeSize = (axis: number, sizes: PbfWriter) => {
    const size = shape[axis];
    if (size === null) sizes.writeStringField(2, axis === 0 ? "batch" : `${name}_${axis}`);
    else sizes.writeVarintField(1, size);
  };
  const writeShape = (_: unknown, sizes: PbfWriter) =>
    shape.forEach((_, axis) => sizes.writeMessage(1, writeSize, axis));
  const writeTensor = (_: unknown, tensor: PbfWriter) => {
    tensor.writeVarintField(1, float32);
    tensor.writeMessage(2, writeShape, undefined);
  };
  out.writeStringField(1, name);
  out.writeMessage(2, (_, type) => type.writeMessage(1, writeTensor, undefined), undefined);
}
