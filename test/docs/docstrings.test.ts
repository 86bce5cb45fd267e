// The docstrings of the public names, as docs/api reads them for the API reference.
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { convert } from "../../docs/api/convert.mjs";
import { inspectDocstrings } from "../../docs/api/docstrings.mjs";

const pathOf = (name: string) => fileURLToPath(new URL(`../../docs/api/${name}`, import.meta.url));

let reference: Awaited<ReturnType<typeof convert>>;
beforeAll(async () => void (reference = await convert({ logLevel: "Error" })), 120_000);

test("TypeDoc reads the public part of src/ without a warning", () => {
  reference.app.validate(reference.project);
  expect(reference.app.logger.warningCount, "npm run docs prints the warnings").toBe(0);
});

test("every public name is documented", () => {
  const { faults } = inspectDocstrings(reference.project);
  expect(faults.map(({ file, line, name, fault }) => `${file}:${line} ${name}: ${fault}`)).toEqual([]);
});

test("each rule for docstrings finds the sample that breaks it", async () => {
  const options = { entryPoints: [pathOf("sample.ts")], tsconfig: pathOf("tsconfig.json") };
  const { faults, counts } = inspectDocstrings((await convert(options)).project);
  expect(Object.fromEntries(faults.map(({ name, fault }) => [name, fault]))).toEqual({
    bare: "no docstring",
    small: "the first sentence does not begin with a capital letter",
    open: "the first paragraph does not end in a period",
    same: '"The same for": a hover shows this docstring alone',
    throwing: "throws RangeError without @throws RangeError",
    "Options.count": "an option without its default",
    "Options.size": "no docstring",
    "Thing.undocumented": "no docstring",
  });
  expect(faults).toHaveLength(8);
  expect(counts).toEqual({
    export: { all: 10, undocumented: 1 },
    option: { all: 4, undocumented: 1 },
    member: { all: 1, undocumented: 1 },
  });
});
