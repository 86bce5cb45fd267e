// What numeric tests run on: both wasm builds, and the reference in double. (Node 20's flag for relaxed SIMD: setup.ts.)
import { beforeAll, describe } from "vitest";
import { init, setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";

/** Runs the tests of `body` on each wasm build. */
export function forEachBuild(body: (build: string) => void): void {
  describe.each(["plain", "relaxed"])("wasm, %s", (build) => {
    beforeAll(() => init({ relaxed: build === "relaxed" }));
    body(build);
  });
}

/** Runs the tests of `body` on the reference in double precision. */
export function withReference64(body: () => void): void {
  describe("reference, double", () => {
    beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
    body();
  });
}
