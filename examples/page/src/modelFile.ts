/** Reads the files of models; a file that is something else is named for what it is. */
import { type LoadedModel, loadModel, readSafetensors } from "zoetrope/formats";

const expected = "expected a .safetensors file that “zoetrope train” has saved";

/** What `zoetrope train` stores in a model's file, as metadata. */
export interface Trained {
  classes: string[];
  frames: number;
  size: number;
  windowSeconds: number;
}

/** Loads a model that `zoetrope train` has saved. @throws an error with one line for the page, if the file is another one. */
export async function loadTrained(file: Uint8Array, name: string): Promise<{ model: LoadedModel; trained: Trained }> {
  const fail = (what: string): never => {
    throw new Error(`${name} is ${what}; ${expected}.`);
  };
  if (!isSafetensors(file)) fail(otherKind(file, name));
  let texts: Readonly<Record<string, string>>;
  try {
    texts = readSafetensors(file, name).metadata;
  } catch (error) {
    return fail(`a .safetensors file that cannot be read (${(error as Error).message})`);
  }
  if (!texts.model) fail("a file of weights without a model");
  const model = await loadModel(file, { compile: false });
  const shapes = model.inputs.map(({ shape }) => shape.slice(1));
  if (shapes.length !== 1 || shapes[0].length !== 4 || shapes[0][3] !== 3) {
    fail(`a model whose input is not a film but ${shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ")}`);
  }
  if (!texts.classifier) fail("a model of films without the names of its classes");
  return { model, trained: JSON.parse(texts.classifier) as Trained };
}

/** The first eight bytes are the length of a header, which is never so long that the last five of them are used. */
const isSafetensors = (file: Uint8Array) => file.length > 8 && file.subarray(3, 8).every((byte) => byte === 0);

function otherKind(file: Uint8Array, name: string): string {
  const start = String.fromCharCode(...file.subarray(0, 16));
  if (start === "") return "an empty file";
  if (start.startsWith("PK")) return "a ZIP file, as Keras and PyTorch write it";
  if (start.startsWith("\x89HDF")) return "an HDF5 file, as Keras writes it";
  if (name.toLowerCase().endsWith(".onnx")) return "an ONNX file";
  if (/^\s*\{/.test(start)) return "a JSON file, as TensorFlow.js writes it";
  if (/^\s*</.test(start)) return "a web page, as some servers send it for a file that is missing";
  return "not a model";
}
