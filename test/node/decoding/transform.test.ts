import { expect, test } from "vitest";
import { cropSquare, type Picture, resize } from "../../../src/node/index.js";

const picture = (change: object = {}): Picture => ({ width: 2, height: 1, rgb: new Float32Array(6), ...change });

test.each<[string, object, string]>([
  ["a width without end", { width: Infinity }, "the picture's width Infinity; expected a whole number from 1."],
  ["a width that is a BigInt", { width: 2n }, "the picture's width 2n; expected a whole number from 1."],
  ["no height", { height: undefined }, "the picture's height undefined; expected a whole number from 1."],
  ["colours that are a list", { rgb: [1, 2, 3, 4, 5, 6] }, "as the picture's rgb; expected 6 numbers."],
  ["too few colours", { rgb: new Float32Array(5) }, "as the picture's rgb; expected 6 numbers."],
])("%s is no picture", (_, change, message) => {
  expect(() => cropSquare(picture(change))).toThrow(message);
  expect(() => resize(picture(change), 1, 1)).toThrow(message);
});

test("a new size is a whole number", () => {
  expect(() => resize(picture(), 0, 1)).toThrow("resize: width 0; expected a whole number from 1.");
  expect(() => resize(picture(), 1, 1.5)).toThrow("resize: height 1.5; expected a whole number from 1.");
  expect(() => resize(null as never, 1, 1)).toThrow("resize: the picture's width undefined");
});
