import { expect, test } from "vitest";
import { loadCases } from "./keras.js";
import { type Spec, values } from "./hash.js";

test.each(loadCases<{ name: string; spec: Spec; values: number[] }>("hash"))("$name as in Python", (pinned) => {
  expect([...values(pinned.spec)]).toEqual(pinned.values);
});
