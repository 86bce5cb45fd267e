// The road that a convolution takes is chosen by its size.
import { expect, test } from "vitest";
import { type ConvolutionRoad, convolutionRoad } from "../src/convolutionRoad.js";
import { conv2dSize, type WindowOptions } from "../src/shape.js";
import { winogradSizes } from "./support/cases/windows.js";

const road = (x: number[], kernel: number, filters: number, options: WindowOptions & { groups?: number } = {}) => {
  const s = conv2dSize("test", x, [kernel, kernel, x[3] / (options.groups ?? 1), filters], { padding: "same", ...options });
  return [convolutionRoad(s, { winograd: true }), convolutionRoad(s, { winograd: false })];
}; // prettier-ignore
const direct = (road: ConvolutionRoad) => [road, road];

test("3x3 convolutions of stride 1 take the tile with the fewest products", () => {
  expect(road([1, 56, 56, 64], 3, 64)).toEqual(["winograd 4x4", "windows"]);
  expect(road([1, 8, 8, 32], 3, 32)).toEqual(["winograd 4x4", "windows"]);
  // ConvLSTM2D(256) on [1, 32, 7, 7, 1024]: its input, then a step.
  expect(road([32, 7, 7, 1024], 3, 1024, { padding: "valid" })).toEqual(["winograd 3x3", "windows"]);
  expect(road([1, 5, 5, 256], 3, 1024)).toEqual(["winograd 3x3", "windows"]);
  expect(road([4, 14, 14, 64], 3, 64, { groups: 2 })).toEqual(["winograd 4x4", "windows"]);
});

test("what Winograd's filtering is not for, or would slow down, is computed from windows", () => {
  expect(road([1, 1, 1, 64], 3, 64)).toEqual(direct("windows"));
  expect(road([1, 3, 3, 64], 3, 64)).toEqual(direct("windows"));
  expect(road([1, 224, 224, 3], 3, 32, { strides: 2 })).toEqual(direct("windows"));
  expect(road([1, 56, 56, 64], 3, 64, { strides: [1, 2] })).toEqual(direct("windows"));
  expect(road([1, 56, 56, 64], 3, 64, { dilation: 2 })).toEqual(direct("windows"));
  expect(road([1, 56, 56, 64], 5, 64)).toEqual(direct("windows"));
  expect(road([1, 56, 56, 7], 3, 64)).toEqual(direct("windows"));
  expect(road([1, 56, 56, 64], 3, 7)).toEqual(direct("windows"));
  expect(road([1, 56, 56, 8], 3, 64)).toEqual(direct("windows"));
  expect(road([1, 56, 56, 64], 3, 64, { groups: 16 })).toEqual(direct("windows"));
  expect(road([0, 56, 56, 64], 3, 64)).toEqual(direct("windows"));
});

test("a convolution of one pixel is a matrix product", () => {
  expect(road([1, 56, 56, 64], 1, 64)).toEqual(direct("pointwise"));
  expect(road([1, 56, 56, 64], 1, 64, { strides: 2 })).toEqual(direct("windows"));
});

test("the cases of Winograd's filtering take it, with both tiles", () => {
  const roads = [...winogradSizes()].map((size) => convolutionRoad(size, { winograd: true }));
  expect([...new Set(roads)].sort()).toEqual(["winograd 3x3", "winograd 4x4"]);
});
