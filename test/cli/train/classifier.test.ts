// The description of classes and windows in a model's file: whatever is wrong with it is an error of one line.
import { describe, expect, test } from "vitest";
import { readClassifier } from "../../../src/cli/train/classifier.js";
import { Dense, FileError, Flatten, Input, Sequential } from "../../../src/index.js";

const model = Sequential([Input({ shape: [4, 8, 8, 3] }), Flatten(), Dense({ units: 2 })]);
const good = { classes: ["left", "right"], frames: 4, size: 8, windowSeconds: 1.5, split: "by clip" };
const read = (text: string | undefined, of = model) => readClassifier("m.safetensors", of, text);

test("is read without what does not belong to it", () => {
  const text = JSON.stringify({ ...good, model: "another", accuracy: 2 }).replace("{", '{"__proto__":{"frames":9},');
  expect(read(text)).toEqual(good);
});

describe("is refused where", () => {
  const description = "its description of classes and windows";
  test.each([
    ["it is not there", undefined, "does not say its classes and windows"],
    ["it is no JSON", "{", `${description} is no JSON object`],
    ["it is no object", "[]", `${description} is no JSON object`],
    ["it is null", "null", `${description} is no JSON object`],
    ["it has no classes", { classes: undefined }, `${description} has no list of class names`],
    ["classes are no list", { classes: { length: 2 } }, `${description} has no list of class names`],
    ["a class is no text", { classes: ["a", 1] }, `${description} has no list of class names`],
    ["it has too few classes", { classes: ["a"] }, `${description} has 1 classes, and the model 2`],
    ["it has a class twice", { classes: ["a", "a"] }, `${description} has a class twice`],
    ["frames is a text", { frames: "4" }, `${description} says frames "4", and the model reads 4`],
    ["frames are others", { frames: 1e9 }, `${description} says frames 1000000000, and the model reads 4`],
    ["size is another", { size: -8 }, `${description} says size -8, and the model reads 8x8`],
    ["the window is missing", { windowSeconds: undefined }, `${description} says windowSeconds nothing`],
    ["the window is 0", { windowSeconds: 0 }, `${description} says windowSeconds 0`],
    ["the window is endless", { windowSeconds: 1e300 }, `${description} says windowSeconds 1e+300`],
    ["the window is a blink", { windowSeconds: 1e-9 }, `${description} says windowSeconds 1e-9`],
    ["it holds codes", { frames: "\x1b[2J\n" }, `${description} says frames "\\u001b[2J\\n", and the model reads 4`],
  ])("%s", (_, given, what) => {
    const text = typeof given === "object" ? JSON.stringify({ ...good, ...given }) : given;
    expect(() => read(text)).toThrow(
      new FileError(`m.safetensors: ${what}; expected a model file that zoetrope train has written.`),
    );
  });

  test("the model does not read clips", () => {
    const other = Sequential([Input({ shape: [3] }), Dense({ units: 2 })]);
    expect(() => read(JSON.stringify(good), other)).toThrow(
      `${description} needs a model from clips [batch, frames, size, size, 3] to [batch, classes]; expected`,
    );
  });
});
