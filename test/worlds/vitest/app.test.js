import { expect, test } from "vitest";
import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

test("the app runs", async () => {
  expect(document.body).toBeDefined();
  process.stdout.write(`${await runAppAsText(formats)}\n`);
});
