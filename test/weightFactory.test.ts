// Who makes the weights of layers: the initializers, or a factory that is in place while some work runs.
import { expect, test } from "vitest";
import { Dense, Input, Variable } from "../src/index.js";
import { type WeightFactory, withWeightFactory } from "../src/weightFactory.js";

const constant =
  (value: number, names: string[] = []): WeightFactory =>
  (name, shape, trainable) => {
    names.push(name);
    return new Variable(name, shape, trainable).assign(new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value));
  };

const firstValues = async (name: string) => {
  const layer = Dense({ units: 1, name, kernelInitializer: "ones", biasInitializer: "zeros" });
  layer(Input({ shape: [1] }));
  return Promise.all(layer.weights.map(async (weight) => [...(await weight.data())][0]));
};

test("a factory makes all weights while the work runs, and none after it", async () => {
  const names: string[] = [];
  expect(await withWeightFactory(constant(5, names), () => firstValues("inside"))).toEqual([5, 5]);
  expect(names).toEqual(["inside/kernel", "inside/bias"]);
  expect(await firstValues("after")).toEqual([1, 0]);
});

test("of two nested factories the inner one is used, and then the outer one again", async () => {
  const [inner, outer] = withWeightFactory(constant(2), () => {
    const first = withWeightFactory(constant(3), () => firstValues("inner"));
    return [first, firstValues("outer")];
  });
  expect(await inner).toEqual([3, 3]);
  expect(await outer).toEqual([2, 2]);
});

test("the factory is removed where the work throws", async () => {
  const fail = () => {
    throw new Error("stopped");
  };
  expect(() => withWeightFactory(constant(2), () => withWeightFactory(constant(3), fail))).toThrow("stopped");
  expect(await firstValues("thrown")).toEqual([1, 0]);
});

test("a factory may ask for the values of the initializer", async () => {
  const doubled: WeightFactory = (name, shape, trainable, initialize) =>
    new Variable(name, shape, trainable).assign(Array.from(initialize(shape), (value) => 2 * value));
  expect(await withWeightFactory(doubled, () => firstValues("doubled"))).toEqual([2, 0]);
});
