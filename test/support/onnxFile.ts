// Reads what an ONNX file holds, field by field as onnx.proto numbers them, and runs it where onnxruntime is installed.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { PbfReader } from "pbf";

export interface OnnxNode {
  type: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, number | string | number[] | string[]>;
}
export interface OnnxTensor {
  shape: number[];
  type: number;
  data: Float32Array | BigInt64Array;
}
export interface OnnxPort {
  name: string;
  shape: (number | string)[];
}
export interface OnnxFile {
  irVersion: number;
  opset: number;
  producer: string;
  nodes: OnnxNode[];
  constants: Map<string, OnnxTensor>;
  inputs: OnnxPort[];
  outputs: OnnxPort[];
}

/** @throws Error for a field that we do not write. */
export function decode(bytes: Uint8Array): OnnxFile {
  const file: OnnxFile = { irVersion: 0, opset: 0, producer: "", nodes: [], constants: new Map(), inputs: [], outputs: [] }; // prettier-ignore
  const message = <T>(pbf: PbfReader, read: (tag: number, result: T, pbf: PbfReader) => void, result: T): T =>
    pbf.readMessage(read, result);
  new PbfReader(bytes).readFields((tag, result, pbf) => {
    if (tag === 1) result.irVersion = pbf.readVarint();
    else if (tag === 2) result.producer = pbf.readString();
    else if (tag === 7) message(pbf, readGraph, result);
    else if (tag === 8) message(pbf, (inner, _, p) => inner === 2 && (result.opset = p.readVarint()), null);
    else unknown("ModelProto", tag);
  }, file);
  return file;
}

function unknown(message: string, tag: number): never {
  throw new Error(`field ${tag} of ${message}`);
}

function readGraph(tag: number, file: OnnxFile, pbf: PbfReader): void {
  if (tag === 1)
    file.nodes.push(pbf.readMessage(readNode, { type: "", name: "", inputs: [], outputs: [], attributes: {} }));
  else if (tag === 2) pbf.readString();
  else if (tag === 5) {
    const { name, ...tensor } = pbf.readMessage(readTensor, { name: "", shape: [], type: 0, raw: new Uint8Array() });
    const raw = tensor.raw.slice().buffer;
    const data = tensor.type === 1 ? new Float32Array(raw) : new BigInt64Array(raw);
    file.constants.set(name, { shape: tensor.shape, type: tensor.type, data });
  } else if (tag === 11 || tag === 12) {
    const port: OnnxPort = { name: "", shape: [] };
    (tag === 11 ? file.inputs : file.outputs).push(pbf.readMessage(readPort, port));
  } else unknown("GraphProto", tag);
}

function readNode(tag: number, node: OnnxNode, pbf: PbfReader): void {
  if (tag === 1) node.inputs.push(pbf.readString());
  else if (tag === 2) node.outputs.push(pbf.readString());
  else if (tag === 3) node.name = pbf.readString();
  else if (tag === 4) node.type = pbf.readString();
  else if (tag === 5) {
    const { name, type, values } = pbf.readMessage(readAttribute, { name: "", type: 0, values: [] });
    const isList = type > 5;
    node.attributes[name] = isList ? (values as number[]) : values[0];
  } else unknown("NodeProto", tag);
}

function readAttribute(
  tag: number,
  result: { name: string; type: number; values: (number | string)[] },
  pbf: PbfReader,
) {
  if (tag === 1) result.name = pbf.readString();
  else if (tag === 2 || tag === 7) result.values.push(pbf.readFloat());
  else if (tag === 3 || tag === 8) result.values.push(pbf.readVarint(true));
  else if (tag === 4 || tag === 9) result.values.push(pbf.readString());
  else if (tag === 20) result.type = pbf.readVarint();
  else unknown("AttributeProto", tag);
}

function readTensor(
  tag: number,
  tensor: { name: string; shape: number[]; type: number; raw: Uint8Array },
  pbf: PbfReader,
) {
  if (tag === 1) tensor.shape.push(pbf.readVarint());
  else if (tag === 2) tensor.type = pbf.readVarint();
  else if (tag === 8) tensor.name = pbf.readString();
  else if (tag === 9) tensor.raw = pbf.readBytes();
  else unknown("TensorProto", tag);
}

/** ValueInfoProto, TypeProto, its Tensor, TensorShapeProto, Dimension: one inside the other. */
function readPort(tag: number, port: OnnxPort, pbf: PbfReader): void {
  const readSize = (inner: number, _: unknown, p: PbfReader) =>
    void port.shape.push(inner === 1 ? p.readVarint() : p.readString());
  const readShape = (_: number, __: unknown, p: PbfReader) => void p.readMessage(readSize, null);
  const readTensorType = (inner: number, _: unknown, p: PbfReader) =>
    inner === 2 ? void p.readMessage(readShape, null) : void (p.readVarint() === 1 || unknown("elem_type", inner));
  const readType = (_: number, __: unknown, p: PbfReader) => void p.readMessage(readTensorType, null);
  if (tag === 1) port.name = pbf.readString();
  else pbf.readMessage(readType, null);
}

// ── onnxruntime ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface HostArray {
  data: Float32Array;
  shape: readonly number[];
}
/** Runs a file on inputs by name; gives its outputs by name. */
export type RunOnnx = (
  bytes: Uint8Array,
) => Promise<(feeds: Record<string, HostArray>) => Promise<Record<string, HostArray>>>;

/** The onnxruntime of the peers' folder or of this package; undefined where it is not installed. */
export async function onnxruntime(): Promise<RunOnnx | undefined> {
  const ort = await findOrt();
  if (!ort) return undefined;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  return async (bytes) => {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    return async (feeds) => {
      const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor("float32", data, shape),
      ]);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        Object.entries<any>(results).map(([name, { data, dims }]) => [name, { data, shape: dims }]),
      );
    };
  };
}

async function findOrt(): Promise<any> {
  for (const place of ["../../bench/peers/package.json", "../../package.json"]) {
    try {
      const path = createRequire(new URL(place, import.meta.url)).resolve("onnxruntime-web");
      return await import(pathToFileURL(path).href);
    } catch {
      // Looked for elsewhere.
    }
  }
}
