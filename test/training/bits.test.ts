// The weights after a training are one literal, with one thread and with three. `npm run bits` compares other engines with it.
import { afterAll, expect, test } from "vitest";
import { setBackend } from "../../src/backend.js";
import * as zoetrope from "../../src/index.js";
import { expected, trainedHash } from "../bits/training.mjs";
import { threadedBackend, untilStarted } from "../support/threads.js";

afterAll(() => zoetrope.init());

test.each([1, 3])("a training with the plain build, %i threads", async (threads) => {
  const backend = threadedBackend({ relaxed: false, threads }, 1000);
  if (threads > 1) await untilStarted(backend);
  await setBackend(backend);
  expect(await trainedHash(zoetrope as never)).toBe(expected);
  expect(backend.info()).toMatchObject({ backend: "wasm (SIMD)", threads, started: true });
  expect(zoetrope.memory().buffers, "nothing is left").toBe(0);
});
