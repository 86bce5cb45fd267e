// Operations on numbers that are unusual but possible. Expected are the values of Keras 3.15.1 on TensorFlow.
import { expect, test } from "vitest";
import { type Tensor, tensor, zeros } from "../../src/index.js";
import * as definitions from "../../src/operations/definitions.js";
import type { OperationDefinition } from "../../src/operations/operation.js";

const { divideNoNan, logSoftmax, power, powerOf, softmax } = definitions;
const run = (operation: OperationDefinition, ...args: unknown[]) =>
  (operation.run as unknown as (...args: unknown[]) => Tensor)(...args);
const odd = [NaN, Infinity, -Infinity, 0, -1, 2];

test.each([
  ["x ** 0", power, [0], [1, 1, 1, 1, 1, 1]],
  ["x ** 65", power, [65], [NaN, Infinity, -Infinity, 0, -1, 2 ** 65]],
  ["x ** 66", power, [66], [NaN, Infinity, Infinity, 0, 1, 2 ** 66]],
  ["x ** -101", power, [-101], [NaN, 0, 0, Infinity, -1, 2 ** -101]],
  ["x ** 64.5", power, [64.5], [NaN, Infinity, NaN, 0, NaN, 2 ** 64.5]],
  ["2 ** x", powerOf, [2], [NaN, Infinity, 0, 1, 0.5, 4]],
  ["0.5 ** x", powerOf, [0.5], [NaN, 0, Infinity, 1, 2, 0.25]],
  ["1 ** x", powerOf, [1], [1, 1, 1, 1, 1, 1]],
  ["divideNoNan by 0", divideNoNan, [tensor(0)], [0, 0, 0, 0, 0, 0]],
  ["divideNoNan by infinity", divideNoNan, [tensor(Infinity)], [NaN, NaN, NaN, 0, 0, 0]],
] as const)("%s", async (_, operation, args, expected) => {
  const y = await run(operation, tensor(odd), ...args).data();
  for (const [i, value] of expected.entries()) {
    if (Number.isFinite(value))
      expect(Math.abs(y[i] - value), `${odd[i]}: ${y[i]}`).toBeLessThanOrEqual(1e-5 * Math.abs(value));
    else expect(y[i], String(odd[i])).toBe(value);
  }
});

test.each([softmax, logSoftmax])("$name of no samples, over other axes than the last", (operation) => {
  expect(run(operation, zeros([0, 3, 4]), 1).shape).toEqual([0, 3, 4]);
  expect(run(operation, zeros([0, 3, 4]), [1, 2]).shape).toEqual([0, 3, 4]);
});
