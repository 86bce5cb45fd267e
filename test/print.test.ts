import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Dense, formatValues, Input, print, Sequential, tensor } from "../src/index.js";

test("rows are printed below each other, numbers in columns of one width", async () => {
  const lines: string[] = [];
  await print(tensor([[0.5, 1.25, -3], [2, 0, 1]]), { print: (text) => lines.push(text) }); // prettier-ignore
  expect(lines).toEqual(["Tensor [2, 3]\n[[ 0.50  1.25 -3.00]\n [ 2.00  0.00  1.00]]"]);
});

test("integers have no decimal point, and a blank line separates blocks", () => {
  expect(formatValues([1, 2, 3, 4], [2, 1, 2])).toBe("[[[1 2]]\n\n [[3 4]]]");
});

test("scalars, empty tensors, and what is not finite", () => {
  expect(formatValues([7], [])).toBe("7");
  expect(formatValues([], [0])).toBe("[]");
  expect(formatValues([1.5, NaN, -Infinity], [3])).toBe("[ 1.5  NaN -inf]");
});

test("very small and very large numbers have exponents", () => {
  expect(formatValues([1e-6, 2e-5], [2], { precision: 1 })).toBe("[1.0e-6 2.0e-5]");
  expect(formatValues([1, 2.5e9], [2], { precision: 2 })).toBe("[1.00e+0 2.50e+9]");
});

test("of a long axis the two ends are shown", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i);
  expect(formatValues(hundred, [100])).toBe("[ 0  1  2 ... 97 98 99]");
  expect(formatValues(hundred, [50, 2]).split("\n").length).toBe(7);
});

test("as text, tensors give their shape, layers and models their class and name", () => {
  const x = tensor([[0.5, 1.25, -3], [2, 0, 1]]); // prettier-ignore
  const layer = Dense({ units: 2, name: "last" });
  const model = Sequential({ layers: [Input({ shape: [3] }), layer], name: "line" });
  const texts = ["Tensor [2, 3]", 'Dense "last"', 'Sequential "line"', 'SymbolicTensor [null, 2] of "last"'];
  const shown = [x, layer, model, layer.output];
  expect(shown.map(String)).toEqual(texts);
  // console.log in Node shows the same, also inside other values.
  expect(shown.map((value) => inspect(value))).toEqual(texts);
  expect(inspect({ x })).toBe("{ x: Tensor [2, 3] }");
});
