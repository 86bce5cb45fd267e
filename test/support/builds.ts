// The backends that numeric tests run on: the wasm builds, and the reference in double precision. (setup.ts sets Node 20's flag for relaxed SIMD.)
import { setFlagsFromString } from "node:v8";
import { afterAll, beforeAll, describe } from "vitest";
import { init, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";

/** V8 merges neighbouring vectors from Node 24 on; the tiles made for that compute the same without. */
const mergesVectors = Number(process.versions.node.split(".")[0]) >= 24;
const mergeVectors = (on: boolean) =>
  mergesVectors && setFlagsFromString(`--${on ? "" : "no-"}experimental-wasm-revectorize`);

/** Runs the tests of `body` on each wasm build. */
export function forEachBuild(body: (build: string) => void): void {
  describe.each(["plain", "relaxed"])("wasm, %s", (build) => {
    beforeAll(() => init({ relaxed: build === "relaxed" }));
    body(build);
  });
}

/** Runs the tests of `body` on each wasm build, and on the tiles for merged vectors. */
export function forEachTile(body: (build: string) => void): void {
  forEachBuild(body);
  describe("wasm, relaxed and wide", () => {
    beforeAll(() => {
      mergeVectors(true);
      return init({ relaxed: true, wide: true });
    });
    afterAll(() => mergeVectors(false));
    body("wide");
  });
}

/** Runs the tests of `body` on the reference in double precision. */
export function withReference64(body: () => void): void {
  describe("reference, double", () => {
    beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
    body();
  });
}
