// The road that a convolution takes is chosen by its size.
import { expect, test } from "vitest";
import { type ConvolutionRoad, convolutionRoad, turned, winogradTile } from "../src/convolutionRoad.js";
import { type Conv2dSize, conv2dSize, type WindowOptions } from "../src/shape.js";
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

test("the gradient of an input is a convolution of the turned size", () => {
  const s = conv2dSize("test", [1, 7, 7, 64], [3, 3, 64, 16], { padding: "valid" });
  expect(turned(s)).toEqual({
    ...s,
    ...{ height: 5, width: 5, channels: 16, padTop: 2, padLeft: 2, outHeight: 7, outWidth: 7, filters: 64 },
  });
  expect(turned(turned(s))).toEqual(s);
  expect(winogradTile(s, { winograd: true })).toBe(3);
  expect(winogradTile(turned(s), { winograd: true })).toBe(4);
  expect(winogradTile(turned(s), { winograd: false })).toBe(undefined);
  // Few channels with many filters are not worth it, few filters with many channels are.
  const wide = conv2dSize("test", [1, 56, 56, 8], [3, 3, 8, 64], { padding: "same" });
  expect(winogradTile(wide, { winograd: true }, "filter")).toBe(undefined);
  expect(winogradTile(turned(wide), { winograd: true }, "input")).toBe(4);
});

test("gradients need more pixels", () => {
  // A step of ConvLSTM2D(256) on 5x5, and 64 of them.
  const step = conv2dSize("test", [1, 5, 5, 256], [3, 3, 256, 1024], { padding: "same" });
  const steps = { ...step, batch: 64 };
  const tiles = (s: Conv2dSize) => [
    winogradTile(s, { winograd: true }),
    winogradTile(turned(s), { winograd: true }, "input"),
    winogradTile(s, { winograd: true }, "filter"),
  ];
  expect(tiles(step)).toEqual([3, undefined, undefined]);
  expect(tiles(steps)).toEqual([3, 3, 3]);
});

test("the cases of Winograd's filtering take it, with both tiles", () => {
  const sizes = [...winogradSizes()];
  const roads = sizes.map((size) => convolutionRoad(size, { winograd: true }));
  expect([...new Set(roads)].sort()).toEqual(["winograd 3x3", "winograd 4x4"]);
  for (const of of ["input", "filter"] as const) {
    const tiles = sizes.map((size) => winogradTile(of === "input" ? turned(size) : size, { winograd: true }, of));
    expect(tiles).toEqual(expect.arrayContaining([3, 4]));
  }
});
