// docs/kernels.md is up to date with the contract, the kernel table and the timed cases.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { docFile, kernelDocs } from "../../scripts/kernelDocs.mjs";
import { bytesOf, kernelNames, rowOf } from "../../src/kernelTable.js";
import { callOf, timedCases } from "../support/cases.js";

test("the page is up to date, and has a section for each kernel", () => {
  const text = readFileSync(docFile, "utf8");
  expect(text === kernelDocs({ rowOf, bytesOf, timedCases, callOf }), "run npm run docs:kernels").toBe(true);
  const sections = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(sections.sort()).toEqual([...kernelNames].sort());
});
