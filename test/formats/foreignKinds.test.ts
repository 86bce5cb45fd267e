// Files that people take for models are named for what they are, by their first bytes, with what to do.
import { expect, test } from "vitest";
import { zipSync } from "fflate";
import { FileError } from "../../src/errors.js";
import { loadModel, loadWeights } from "../../src/formats/index.js";
import { fromJson } from "../../src/formats/json.js";
import { exportOnnx } from "../../src/formats/onnx/export.js";
import { Dense, Input, Sequential } from "../../src/index.js";

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const zip = (name: string) => zipSync({ [name]: latin("x") });
const model = () => Sequential([Input({ shape: [3] }), Dense({ units: 2 })]);

const kinds: Record<string, [bytes: Uint8Array | Promise<Uint8Array>, message: RegExp]> = {
  "nothing": [latin(""), /is empty; save or download it again\.$/],
  "a pointer of Git LFS": [latin("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n"), /is a pointer of Git LFS.*"git lfs pull"/],
  "a page": [latin("\n<!DOCTYPE html><html>"), /is a page of HTML/],
  "a page without its type": [latin("<html lang='en'>"), /is a page of HTML/],
  "XML": [latin('<?xml version="1.0"?><Error/>'), /is a text in XML/],
  "YAML of Keras 2": [latin("backend: tensorflow\nclass_name: Sequential\nconfig:\n"), /is a model in YAML.*to_json\(\)/],
  "YAML of a functional model": [latin("class_name: Functional\nconfig:\n  name: a\n"), /is a model in YAML/],
  "TensorFlow Lite": [latin("\x1c\0\0\0TFL3\x14\0\x20\0"), /is a model of TensorFlow Lite/],
  "GGUF": [latin("GGUF\x03\0\0\0"), /is a model in GGUF/],
  "ONNX of ours": [exportOnnx(model()), /is a model in ONNX; ONNX is only written/],
  "ONNX of PyTorch": [latin("\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xb4\x01"), /is a model in ONNX/],
  "a SavedModel": [latin("\x08\x01\x12\xe3\x8f\x02\x0a\x9e\x1c\x12"), /is a graph of TensorFlow/],
  "a frozen graph": [latin("\x0a\x2f\x0a\x07input_1\x12\x0bPlaceholder*\x0b"), /is a graph of TensorFlow/],
  "PyTorch": [zip("archive/data.pkl"), /is a file of PyTorch/],
  "a pickle": [latin("\x80\x04\x95\x0a\0\0\0\0\0\0\0"), /is a file of PyTorch or another pickle/],
  "an array of NumPy": [latin("\x93NUMPY\x01\0v\0{'descr'"), /is an array of NumPy/],
  "arrays of NumPy": [zip("arr_0.npy"), /is a file of arrays of NumPy/],
  "a zipped SavedModel": [zip("model/saved_model.pb"), /is a zip file with a SavedModel/],
  "a zip of something else": [zip("notes.txt"), /holds no config\.json/],
  "PNG": [latin("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), /is a picture \(PNG\)/],
  "JPEG": [latin("\xff\xd8\xff\xe0\0\x10JFIF\0"), /is a picture \(JPEG\)/],
  "PDF": [latin("%PDF-1.7\n"), /is a PDF/],
  "gzip": [latin("\x1f\x8b\x08\0\0\0\0\0"), /is a file packed with gzip; unpack it/],
  "a film": [latin("\0\0\0\x20ftypisom\0\0\x02\0"), /is a film/],
}; // prettier-ignore

test.each(Object.keys(kinds))("%s", async (name) => {
  const [bytes, message] = kinds[name];
  const attempts = [loadModel(await bytes), ...(name.includes("zip of") ? [] : [loadWeights(model(), await bytes)])];
  for (const attempt of attempts) {
    const error = await attempt.then(
      () => new Error("it was read"),
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^load(Model|Weights): the file [^\n]*\.$/);
  }
});

test("Python's words for numbers that JSON lacks are read outside of texts", () => {
  expect(fromJson('{"a": NaN, "b": [Infinity, -Infinity], "NaN": "NaN \\" Infinity"}')).toEqual({
    a: NaN,
    b: [Infinity, -Infinity],
    NaN: 'NaN " Infinity',
  });
  expect(() => fromJson('{"a": NaN, "b": "no end')).toThrow(SyntaxError);
  expect(() => fromJson('{"a": NaNa}')).toThrow(SyntaxError);
  const began = performance.now();
  expect(() => fromJson(`[NaN, ${'"\\"'.repeat(1e6)}`)).toThrow(SyntaxError);
  expect(performance.now() - began).toBeLessThan(5000);
});
