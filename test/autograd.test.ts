import { beforeEach, expect, test } from "vitest";
import { type Gradients, stopGradient, valueAndGrad } from "../src/autograd.js";
import { getBackend, memory } from "../src/backend.js";
import { ArgumentError, DisposedError, ShapeError } from "../src/errors.js";
import {
  add,
  affine,
  concat,
  dense,
  divide,
  mean,
  multiply,
  relu,
  reshape,
  softmax,
  sum,
  tanh,
} from "../src/ops/index.js";
import { keep, scope } from "../src/scope.js";
import { ones, tensor, type Tensor, Variable, zeros } from "../src/tensor.js";
import { forEachBuild, withReference64 } from "./support/builds.js";

function variable(name: string, values: number[], shape: number[] = [values.length]): Variable {
  return new Variable(name, shape).assign(values);
}
const numbersOf = async (grads: Gradients | Tensor[]) => Promise.all(grads.map(async (g) => [...(await g.data())]));

function suite(): void {
  let heldBefore = 0;
  beforeEach(() => void (heldBefore = memory().buffers));
  const held = () => memory().buffers - heldBefore;

  test("several consumers: their gradients add up", async () => {
    const w = variable("w", [1, 2, 3]);
    const { value, grads } = valueAndGrad(() => sum(add(add(multiply(w, w), w), affine(w, 3))), [w])();
    expect(await numbersOf([value])).toEqual([[14 + 6 + 18]]);
    expect(await numbersOf(grads)).toEqual([[6, 8, 10]]);
    [w, value, ...grads].forEach((x) => x.dispose());
  });

  test("a diamond: each path counts once", async () => {
    const w = variable("w", [0.5, -2]);
    const loss = () => {
      const middle = affine(w, 2);
      const left = multiply(middle, middle);
      const right = affine(middle, -1);
      return sum(multiply(left, right)); // -(2w)^3
    };
    const { value, grads } = valueAndGrad(loss, [w])();
    expect(await numbersOf(grads)).toEqual([[-24 * 0.25, -24 * 4]]);
    [w, value, ...grads].forEach((x) => x.dispose());
  });

  test("the same operand on both sides", async () => {
    const w = variable("w", [1, 2, 3, 4], [2, 2]);
    const { value, grads } = valueAndGrad(() => sum(concat([w, w, multiply(w, w)])), [w])();
    expect(await numbersOf(grads)).toEqual([[4, 6, 8, 10]]);
    [w, value, ...grads].forEach((x) => x.dispose());
  });

  test("a weight that the loss does not use has a gradient of zeros; the loss may be a weight", async () => {
    const [w, unused] = [variable("w", [3]), variable("unused", [1, 2], [2, 1])];
    const { value, grads } = valueAndGrad(() => sum(w), [unused, w])();
    expect(grads.map((g) => g.shape)).toEqual([[2, 1], [1]]);
    expect(await numbersOf(grads)).toEqual([[0, 0], [1]]);
    expect(grads.weights).toEqual([unused, w]);
    const itself = valueAndGrad(() => w, [w])();
    expect(await numbersOf(itself.grads)).toEqual([[1]]);
    [w, unused, value, ...grads, ...itself.grads].forEach((x) => x.dispose());
    expect(held()).toBe(0);
  });

  test("gradients of operands that were broadcast are summed to their shapes", async () => {
    const matrix = variable("matrix", [1, 2, 3, 4, 5, 6], [2, 3]);
    const row = variable("row", [1, 10, 100]);
    const column = variable("column", [1, -1], [2, 1]);
    const scalar = variable("scalar", [2], []);
    const weights = [matrix, row, column, scalar];
    const loss = () => sum(multiply(multiply(matrix, row), multiply(column, scalar)));
    const { value, grads } = valueAndGrad(loss, weights)();
    expect(grads.map((g) => g.shape)).toEqual(weights.map((w) => w.shape));
    expect(await numbersOf(grads)).toEqual([
      [2, 20, 200, -2, -20, -200],
      [2 * (1 - 4), 2 * (2 - 5), 2 * (3 - 6)],
      [2 * 321, 2 * 654],
      [321 - 654],
    ]);
    [...weights, value, ...grads].forEach((x) => x.dispose());
  });

  test("numbers are scalars on either side", async () => {
    const w = variable("w", [1, 2]);
    const { value, grads } = valueAndGrad(() => sum(add(multiply(2, w), multiply(w, 3))), [w])();
    expect(await numbersOf([value, ...grads])).toEqual([[15], [5, 5]]);
    [w, value, ...grads].forEach((x) => x.dispose());
    expect(held()).toBe(0);
  });

  test("the loss may come first among other results", async () => {
    const w = variable("w", [1, -1]);
    const { value, grads } = valueAndGrad(() => [sum(relu(w)), affine(w, 10)] as const, [w])();
    expect(await numbersOf([...value])).toEqual([[1], [10, -10]]);
    expect(await numbersOf(grads)).toEqual([[1, 0]]);
    expect(held()).toBe(4);
    [w, ...value, ...grads].forEach((x) => x.dispose());
  });

  test("weights may come from a function, arguments are passed on", async () => {
    const w = variable("w", [2]);
    const step = valueAndGrad(
      (x: Tensor, factor: number) => sum(multiply(w, affine(x, factor))),
      () => [w],
    );
    const x = tensor([3]);
    const { value, grads } = step(x, 5);
    expect(await numbersOf([value, ...grads])).toEqual([[30], [15]]);
    [w, x, value, ...grads].forEach((t) => t.dispose());
  });

  test("no gradient passes through stopGradient", async () => {
    const w = variable("w", [3]);
    const { value, grads } = valueAndGrad(
      () =>
        sum(
          multiply(
            w,
            stopGradient(() => multiply(w, w)),
          ),
        ),
      [w],
    )();
    expect(await numbersOf([value, ...grads])).toEqual([[27], [9]]);
    [w, value, ...grads].forEach((x) => x.dispose());
    expect(held()).toBe(0);
  });

  test("what valueAndGrad makes is disposed, step after step", () => {
    const w = variable("w", [1, 2, 3, 4], [2, 2]);
    const b = variable("b", [0.1, 0.2]);
    const x = ones([3, 2]);
    const step = valueAndGrad(() => mean(softmax(tanh(dense(reshape(relu(x), [3, 2]), w, b)))), [w, b]);
    for (let i = 0; i < 100; i++) {
      const { value, grads } = step();
      expect(held()).toBe(3 + 3);
      [value, ...grads].forEach((t) => t.dispose());
      expect(held()).toBe(3);
    }
    [w, b, x].forEach((t) => t.dispose());
    expect(held()).toBe(0);
  });

  test("in the backward pass a gradient is disposed as soon as it has been used", () => {
    const k = getBackend();
    const w = variable("w", [0.5]);
    const peakOf = (length: number) => {
      let peak = 0;
      const allocate = k.allocate;
      k.allocate = (...args) => {
        const buffer = allocate.apply(k, args);
        peak = Math.max(peak, k.memory().buffers);
        return buffer;
      };
      const { value, grads } = valueAndGrad(() => {
        let y: Tensor = w;
        for (let i = 0; i < length; i++) y = divide(add(y, w), w);
        return sum(y);
      }, [w])();
      k.allocate = allocate;
      [value, ...grads].forEach((x) => x.dispose());
      return peak;
    };
    // The two results of each turn are needed in the backward pass; nothing else may accumulate.
    expect(peakOf(40) - peakOf(20)).toBe(2 * 20);
    w.dispose();
  });

  test("a gradient function may return the tensor that it received", async () => {
    // The gradient of add is dy itself, for both operands at once.
    const [a, b] = [variable("a", [1, 2]), variable("b", [3, 4])];
    const { value, grads } = valueAndGrad(() => sum(multiply(add(a, b), add(a, b))), [a, b])();
    expect(await numbersOf(grads)).toEqual([[8, 12], [8, 12]]);
    [a, b, value, ...grads].forEach((x) => x.dispose());
    expect(held()).toBe(0);
  }); // prettier-ignore

  test("intermediate tensors that no weight influences are disposed while the rest runs", () => {
    const w = variable("w", [1]);
    const frozen = (x: Tensor) => scope(() => affine(affine(affine(x, 2), 2), 2));
    const x = ones([1]);
    const counts: number[] = [];
    const learnt = (x: Tensor) => scope(() => affine(affine(affine(x, 2), 2), 2));
    const { value, grads } = valueAndGrad(() => {
      const features = frozen(x);
      counts.push(held());
      const y = learnt(multiply(features, w));
      counts.push(held());
      return sum(y);
    }, [w])();
    // w, x and the features; then the product and three intermediates, which the backward pass needs.
    expect(counts).toEqual([3, 7]);
    [w, x, value, ...grads].forEach((t) => t.dispose());
  });

  test("an error in the loss leaves nothing behind, and the next step works", async () => {
    const w = variable("w", [1, 2]);
    const fail = valueAndGrad(() => {
      affine(multiply(w, w), 2);
      throw new Error("on purpose");
    }, [w]);
    expect(fail).toThrow("on purpose");
    expect(held()).toBe(1);
    const { value, grads } = valueAndGrad(() => sum(w), [w])();
    expect(await numbersOf(grads)).toEqual([[1, 1]]);
    [w, value, ...grads].forEach((x) => x.dispose());
  });

  test("a loss of more than one element is an error that says its shape", () => {
    const w = variable("w", [1, 2]);
    expect(valueAndGrad(() => affine(w, 2), [w])).toThrow(ShapeError);
    expect(valueAndGrad(() => affine(w, 2), [w])).toThrow("received [2]");
    w.dispose();
    expect(held()).toBe(0);
  });

  test("valueAndGrad inside valueAndGrad is an error", () => {
    const w = variable("w", [1]);
    const inner = valueAndGrad(() => sum(w), [w]);
    expect(valueAndGrad(() => inner().value, [w])).toThrow(ArgumentError);
    w.dispose();
    expect(held()).toBe(0);
  });

  test("the use of a disposed tensor is a typed error", async () => {
    let inside: Tensor | undefined;
    const outside = scope(() => {
      inside = ones([2]);
      return affine(inside, 2);
    });
    expect(inside!.isDisposed).toBe(true);
    await expect(inside!.data()).rejects.toThrow(DisposedError);
    expect(() => affine(inside!, 2)).toThrow("[2]");
    expect([...(await outside.data())]).toEqual([2, 2]);
    outside.dispose();
    outside.dispose();
    expect(() => add(outside, 1)).toThrow(DisposedError);
    expect(held()).toBe(0);
  });

  test("scopes do not dispose what they return, in arrays and objects, nor what was passed to keep", () => {
    const made: Tensor[] = [];
    const result = scope(() => {
      const [a, b, c, d] = [1, 2, 3, 4].map((n) => zeros([n]));
      made.push(a, b, c, keep(d));
      return { list: [a], deep: { b } };
    });
    expect(made.map((x) => x.isDisposed)).toEqual([false, false, true, false]);
    expect(result.list[0]).toBe(made[0]);
    made.forEach((x) => x.dispose());
    expect(held()).toBe(0);
  });

  test("memory that tensors share is freed with the last of them", async () => {
    const x = tensor([1, 2, 3, 4]);
    const y = reshape(x, [2, -1]);
    expect(held()).toBe(1);
    x.dispose();
    expect([...(await y.data())]).toEqual([1, 2, 3, 4]);
    y.dispose();
    expect(held()).toBe(0);
  });

  test("an asynchronous scope is an error", () => {
    expect(() => scope(async () => zeros([1]))).toThrow(ArgumentError);
    expect(held()).toBe(0);
  });

  test("a new tensor lives on the current backend", () => {
    const x = zeros([1]);
    expect(x.backend).toBe(getBackend());
    x.dispose();
  });
}

withReference64(suite);
forEachBuild(suite);
