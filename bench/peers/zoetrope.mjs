// node [--experimental-wasm-revectorize] zoetrope.mjs CASE      Zoetrope, relaxed SIMD, one thread
import { answer } from "./engine.mjs";
import * as zoetrope from "../../dist/index.js";
import { modelCases } from "../cases/models.mjs";

const isWide = process.execArgv.includes("--experimental-wasm-revectorize");
const start = (one) => async () => {
  await zoetrope.init({ relaxed: true, wide: isWide });
  return (await one.start({ zoetrope })).run;
};

await answer(Object.fromEntries(modelCases.map((one) => [one.name, start(one)])));
