/**
 * Files that people take for models and that are something else, or models that are not read: what each is, by its
 * beginning, and what to do.
 */
import { FileError } from "../errors.js";
import { pictureFormat } from "../signatures.js";

/** How many bytes of a file are looked at. */
export const foreignBytes = 512;

const keras = "save the model in Keras as .keras or .h5";
const convert = "convert the model to .keras, .h5, safetensors or TensorFlow.js's model.json";
const unpack = "unpack it, and give the file inside";

interface Foreign {
  /** A pattern of the first bytes, as letters of the same codes. */
  readonly begins: RegExp;
  /** What such a file is, with its article. */
  readonly what: string;
  /** What to do. */
  readonly advice: string;
}

/** The first that fits counts. Texts may begin with the mark that some editors put before UTF-8. */
const foreigns: readonly Foreign[] = [
  {
    begins: /^version https:\/\/git-lfs\./,
    what: "a pointer of Git LFS, not the file that it stands for",
    advice: 'fetch that with "git lfs pull", or download it',
  },
  {
    begins: /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|script)/i,
    what: "a page of HTML, such as servers send in place of a file",
    advice: "look at the address in a browser; that of the file itself is needed",
  },
  { begins: /^(\xef\xbb\xbf)?\s*<[?!a-z]/i, what: "a text in XML", advice: "check the name or address of the model" },
  {
    begins:
      /^(\xef\xbb\xbf)?(#[^\n]*\n|---\s*\n)?(backend|class_name|config|keras_version|name): ?(tensorflow|theano|keras|[A-Z!{"'\n\r]|\d)/,
    what: "a model in YAML, which Keras itself no longer reads",
    advice: "save it with model.to_json(), and give that with { weights }",
  },
  { begins: /^[^]{4}TFL3/, what: "a model of TensorFlow Lite", advice: `that cannot be trained; ${keras}` },
  { begins: /^GGUF/, what: "a model in GGUF, of llama.cpp", advice: convert },
  // A protocol buffer: the version of the format, then the program that made the file, or the graph.
  {
    begins: /^\x08[\x01-\x20](\x12[\x00-\x40][\x20-\x7e]*|[:\x3a])[^]?/,
    what: "a model in ONNX",
    advice: `ONNX is only written; ${keras}`,
  },
  {
    begins: /^(\x08\x01\x12[^]{1,5}\x0a|\x0a[^]{1,4}\x0a[^][\w./-]+\x12[^]\w)/,
    what: "a graph of TensorFlow (saved_model.pb, or a frozen graph)",
    advice: `load it in Keras, and ${keras}`,
  },
  {
    begins: /^(PK\x03\x04[^]{26}[^]{0,200}\/(data\.pkl|byteorder|version|\.format_version)|\x80[\x02-\x05])/,
    what: "a file of PyTorch or another pickle of Python, which is a program",
    advice: "save the weights with safetensors in Python, and give the model that is made here loadWeights",
  },
  { begins: /^\x93NUMPY/, what: "an array of NumPy (.npy)", advice: "save the model as .keras or .h5, not its arrays" },
  {
    begins: /^PK\x03\x04[^]{26}[^\0]{1,200}?\.npy/,
    what: "a file of arrays of NumPy (.npz)",
    advice: "save the model as .keras or .h5, or its weights as .weights.h5",
  },
  {
    begins: /^PK\x03\x04[^]{26}[^\0]{0,200}?(saved_model\.pb|keras_metadata\.pb)/,
    what: "a zip file with a SavedModel of TensorFlow",
    advice: `load it in Keras, and ${keras}`,
  },
  { begins: /^%PDF-/, what: "a PDF", advice: "check the name or address of the model" },
  { begins: /^\x1f\x8b/, what: "a file packed with gzip", advice: unpack },
  { begins: /^(BZh\d|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!\x1a|\x28\xb5\x2f\xfd)/, what: "a packed file", advice: unpack },
  { begins: /^[^]{257}ustar/, what: "an archive of tar", advice: unpack },
  { begins: /^[^]{4}ftyp(?!avif|mif1)/, what: "a film", advice: "give the model; films go to zoetrope/node" },
];

/**
 * Refuses files that are known not to be models that can be read.
 * @param where what the error begins with.
 * @param beginning the first bytes: `foreignBytes`, or the whole file.
 * @throws FileError that says what the file is, and what to do.
 */
export function checkForeign(where: string, beginning: Uint8Array): void {
  if (beginning.length === 0) throw new FileError(`${where} is empty; save or download it again.`);
  const bytes = beginning.subarray(0, foreignBytes);
  const picture = pictureFormat(bytes);
  if (picture) throw new FileError(`${where} is a picture (${picture}); give the model, and the picture to predict.`);
  const text = String.fromCharCode(...bytes);
  const found = foreigns.find(({ begins }) => begins.test(text));
  if (found) throw new FileError(`${where} is ${found.what}; ${found.advice}.`);
}
