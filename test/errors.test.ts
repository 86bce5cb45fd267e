// Messages stay one short line, and advice costs little, whatever a file or a caller has in its names.
import { expect, test } from "vitest";
import { ArgumentError, FileError, nearest, unknownName, ZoetropeError, kindOf, shown } from "../src/errors.js";

test("a message is one line that a terminal can show, and a cause is kept", () => {
  const cause = new Error("inner");
  const error = new FileError("a\nb\x1b[31m\u202e", { cause });
  expect(error.message).toBe("a\\u000ab\\u001b[31m\\u202e");
  expect([error.name, error.cause]).toEqual(["FileError", cause]);
  expect(new ZoetropeError().message).toBe("");
});

test("of a long message the beginning and the advice at the end are left", () => {
  const { message } = new ArgumentError(`Dense "${"x".repeat(1e6)}": unknown option "y"; did you mean "units"?`);
  expect(message).toHaveLength(1001);
  expect(message).toMatch(/^Dense "x+…x+": unknown option "y"; did you mean "units"\?$/);
  expect(new ArgumentError("x".repeat(1000)).message).toBe("x".repeat(1000));
});

test("messages hold no passwords and no queries of addresses", () => {
  const where = "loadModel: https://me:secret@host/a.json?token=secret#secret: cannot be read; see http://b/c.";
  expect(new FileError(where).message).toBe("loadModel: https://host/a.json cannot be read; see http://b/c.");
  const { message } = new FileError(`${"x".repeat(590)}https://user:secret@${"y".repeat(1000)}`);
  expect(message).not.toContain("secret");
  expect(new FileError("://".repeat(1e6)).message).toHaveLength(1001);
});

test("advice names the nearest word", () => {
  expect(nearest("kernelsize", ["filters", "kernel_size", "kernelSize"])).toBe("kernel_size");
  expect(nearest("unit", ["use", "units", "unite"])).toBe("units");
  expect(nearest("mse2", ["mae", "mse"])).toBe("mse");
  expect(nearest("a", ["b", "ab"])).toBe("b");
  expect(nearest("xyzw", ["abcd"])).toBe(undefined);
  expect(nearest("", ["a", ""])).toBe("");
  expect(nearest("relu", ["elu", "ReLU"])).toBe("ReLU");
});

test("advice is bounded: long words get none, and of very many words only the first are compared", () => {
  const long = "x".repeat(1e6);
  expect(nearest(long, [long])).toBe(undefined);
  expect(nearest("x".repeat(99), [long, `${"x".repeat(98)}y`])).toBe(`${"x".repeat(98)}y`);
  const many = Array.from({ length: 1e6 }, (_, i) => `${"y".repeat(80)}${i}`);
  expect(nearest("x".repeat(90), many)).toBe(undefined);
  const { message } = unknownName("here", "loss", long, ["mse"]);
  expect(message).toMatch(/^here: unknown loss "x{99}…"; known are mse\.$/);
});

// ── values of users in messages ─────────────────────────────────────────────────────────────────────────────────────────

const cyclic: unknown[] = [2];
cyclic.push(cyclic);
const { proxy: revoked, revoke } = Proxy.revocable([1], {});
revoke();
const detached = new Float32Array(2);
structuredClone(detached, { transfer: [detached.buffer] });

test("any value can be shown", () => {
  const values: readonly [unknown, string][] = [
    [3, "3"],
    [10n, "10n"],
    [Symbol("s"), "Symbol(s)"],
    ["a\nb", '"a\\nb"'],
    [[2, [NaN, null], "x"], '[2, [NaN, null], "x"]'],
    [cyclic, "[2, [2, [2, Array]]]"],
    [Object.create(null), "object"],
    [{ constructor: undefined }, "object"],
    [revoked, "object"],
    [detached, "Float32Array"],
    ["x".repeat(2000), `"${"x".repeat(99)}…"`],
    [new Array(20).fill(0), `[${"0, ".repeat(15)}0]`],
  ];
  for (const [value, text] of values) {
    expect(shown(value)).toBe(text);
    expect(kindOf(value).length).toBeLessThan(103);
    expect(unknownName("here", "loss", value, ["mse"]).message).toMatch(/^here: unknown loss .*; known are mse\.$/);
  }
});
