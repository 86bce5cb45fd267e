// Starts make_tflite.py, which needs Python with TensorFlow, where a model is missing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inputShapes } from "./inputShapes.mjs";
import { madeFile } from "./makeOnnx.mjs";

const script = fileURLToPath(new URL("make_tflite.py", import.meta.url));

/** Makes the models that are missing. @returns what failed, if anything did. */
export async function makeTflite(python) {
  if (Object.keys(inputShapes).every((name) => existsSync(madeFile(`${name}.tflite`)))) return undefined;
  const child = spawn(python, [script, "--if-missing"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece) => (said = (said + piece).slice(-2000)));
  const code = await new Promise((done) => {
    child.on("error", () => done("no program"));
    child.on("close", done);
  });
  return code === 0
    ? undefined
    : `${python} ${code === "no program" ? "is not there" : said.trim().split("\n").at(-1)}`;
}
