// The subpath zoetrope/kernels: a memory of its own, calls that are checked against the kernel table, and their costs.
import { describe, expect, test } from "vitest";
import {
  type Buffer,
  conv2dSize,
  costOf,
  flatSize,
  gemmSize,
  kernelNames,
  openKernels,
  reduceSize,
} from "../src/bareKernels.js";
import { memory } from "../src/index.js";
import { cases } from "./support/cases.js";

const built = openKernels({ relaxed: false });

describe("openKernels", () => {
  test("computes in a memory that is not the engine's", async () => {
    const before = memory().usedBytes;
    const { kernels, unchecked, allocate, read, free, memory: own } = openKernels();
    const [a, b, c] = [allocate([1, 2, 3, 4]), allocate([5, 6, 7, 8], "weight"), allocate(4)];
    kernels.gemm(c, a, b, undefined, gemmSize(2, 2, 2));
    expect(Array.from(await read(c))).toEqual([19, 22, 43, 50]);
    unchecked.affine(c, c, 2, 1);
    expect(Array.from(await read(c))).toEqual([39, 45, 87, 101]);
    expect(own().buffers).toBe(3);
    for (const buffer of [a, b, c]) free(buffer);
    expect(own()).toMatchObject({ buffers: 0, usedBytes: 0 });
    expect(memory().usedBytes).toBe(before);
  });

  test("what is derived from a weight follows what is written into it", async () => {
    const { kernels, allocate, read, write } = built;
    const [x, w, y] = [allocate([1, 1]), allocate([1, 2, 3, 4], "weight"), allocate(2)];
    const product = async () => {
      kernels.gemm(y, x, w, undefined, gemmSize(1, 2, 2));
      return Array.from(await read(y));
    };
    expect(await product()).toEqual([4, 6]);
    write(w, [10, 20, 30, 40]);
    expect(await product()).toEqual([40, 60]);
  });

  test("has every kernel, and the cases of all kernels pass its checks", async () => {
    for (const kernel of kernelNames) {
      expect(built.kernels[kernel], kernel).toBeTypeOf("function");
      const [first] = cases[kernel]();
      const held = [first.start ?? new Float32Array(first.length), ...first.inputs].map((x) => built.allocate(x));
      first.run(built.kernels, held[0], held.slice(1));
      for (const buffer of held) built.free(buffer);
    }
  });

  test("says which build it is, and its tile", () => {
    expect(built.name).toBe("wasm (SIMD)");
    expect(built.tile).toEqual({ rows: 4, columns: 8 });
  });

  test("a wrong call is an error of one line, and changes nothing", async () => {
    const { kernels, allocate, read, write, free } = built;
    const [x, y] = [allocate([1, 2, 3]), allocate([7, 7])];
    const other = openKernels().allocate([1, 2, 3, 4]);
    const gone = allocate(4);
    free(gone);
    const wrong: [call: () => unknown, says: string][] = [
      [() => kernels.exp(x, y), "exp: x has 2 elements; expected at least 3 for these sizes."],
      [() => kernels.gemm(y, x, x, undefined, gemmSize(2, 2, 2)), "gemm: c has 2 elements; expected at least 4 for these sizes."],
      [() => kernels.fill(other, 1), "fill: y: a buffer that is not of this memory, or was freed; expected one of allocate()."],
      [() => kernels.copyFrom(y, gone, flatSize(2)), "copyFrom: x: a buffer that is not of this memory, or was freed; expected one of allocate()."],
      [() => kernels.sum(undefined as unknown as Buffer, x, reduceSize([3], 0, 1)), "sum: y: a buffer that is not of this memory, or was freed; expected one of allocate()."],
      [() => free(gone), "free: a buffer that is not of this memory, or was freed; expected one of allocate()."],
      [() => write(y, [1]), "write: 1 values for a buffer of 2; expected as many."],
      [() => allocate(-1), "allocate: received -1; expected values, or a whole number from 0."],
      [() => openKernels({ fast: true } as object), "openKernels: unknown option"],
      [() => costOf("gem" as "gemm", x, x, x, undefined, gemmSize(1, 1, 1)), "costOf: there is no kernel"],
    ]; // prettier-ignore
    for (const [call, says] of wrong) expect(call).toThrow(says);
    await expect(built.read(gone)).rejects.toThrow("read: a buffer that is not of this memory");
    expect(Array.from(await read(x))).toEqual([1, 2, 3]);
    expect(Array.from(await read(y))).toEqual([7, 7]);
  });
});

test("costOf counts a call without making it", () => {
  const sized = { length: 512 * 512 };
  expect(costOf("gemm", sized, sized, sized, undefined, gemmSize(512, 512, 512))).toEqual({
    multiplyAdds: 512 ** 3,
    bytes: 3 * 512 * 512 * 4,
    rows: 512,
    parts: 1,
  });
  const size = conv2dSize("a test", [1, 5, 5, 2], [3, 3, 2, 4], { padding: "valid" });
  const [y, x, kernel] = [36, 50, 72].map((length) => ({ length }));
  expect(costOf("conv2d", y, x, kernel, undefined, size).multiplyAdds).toBe(9 * 18 * 4);
});
