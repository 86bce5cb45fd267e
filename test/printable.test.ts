import { expect, test } from "vitest";
import { printable } from "../src/printable.js";

test("control characters become their codes, and other letters stay", () => {
  expect(printable("a\x1b[31mb\r\n\x07\x9b")).toBe("a\\u001b[31mb\\u000d\\u000a\\u0007\\u009b");
  expect(printable("exe\u202egpj.\u2028")).toBe("exe\\u202egpj.\\u2028");
  expect(printable("Löwe 🦁 \\ 狮子")).toBe("Löwe 🦁 \\ 狮子");
});

test("long texts are cut", () => {
  expect(printable("x".repeat(200))).toBe("x".repeat(200));
  expect(printable("x".repeat(201))).toBe(`${"x".repeat(200)}…`);
  expect(printable("abcdef", 3)).toBe("abc…");
});
