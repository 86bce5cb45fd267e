import ndarray from "ndarray";
import { expect, test } from "vitest";
import { add, ArgumentError, tensor, zeros } from "../src/index.js";
import { fromNdarray, toNdarray } from "../src/ndarray.js";

const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);

test("a view is read in the order of its indices, not of its memory", async () => {
  const image = ndarray(counted(2 * 3 * 4), [2, 3, 4]); // channels first
  const x = fromNdarray(image.transpose(1, 2, 0));
  expect(x.shape).toEqual([3, 4, 2]);
  const values = await x.data();
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 4; column++) {
      for (let channel = 0; channel < 2; channel++) {
        expect(values[(row * 4 + column) * 2 + channel]).toBe(image.get(channel, row, column));
      }
    }
  }
  const part = image.lo(0, 1, 1).hi(2, 2, 2).step(1, -1, 1);
  expect([...(await fromNdarray(part).data())]).toEqual([9, 10, 5, 6, 21, 22, 17, 18]);
});

test("scalars, empty views and arrays of other types", async () => {
  expect([...(await fromNdarray(ndarray([7], [])).data())]).toEqual([7]);
  expect(fromNdarray(ndarray([], [0, 3])).shape).toEqual([0, 3]);
  expect([...(await fromNdarray(ndarray(new Uint8Array([1, 200]))).data())]).toEqual([1, 200]);
  const generic = { get: (i: number) => 10 * i, set: () => {}, length: 4 };
  expect([...(await fromNdarray(ndarray(generic, [2, 2])).data())]).toEqual([0, 10, 20, 30]);
});

test("a tensor is converted to a copy", async () => {
  const x = tensor(counted(6), [2, 3]);
  const view = await toNdarray(x);
  expect(view.shape).toEqual([2, 3]);
  expect(view.get(1, 0)).toBe(3);
  view.set(1, 0, 99);
  expect([...(await add(x, zeros([2, 3])).data())]).toEqual([0, 1, 2, 3, 4, 5]);
});

test("anything else is refused", () => {
  expect(() => fromNdarray([1, 2] as never)).toThrow(ArgumentError);
});
