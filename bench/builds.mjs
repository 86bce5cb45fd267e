// The options that choose the wasm build, for all commands.
import { setFlagsFromString } from "node:v8";

export const buildOptions = { build: { type: "string", default: "relaxed" }, wide: { type: "boolean" } };

export const buildUsage = `\
  --build plain|relaxed  which of the two wasm builds, relaxed by default
  --wide                 merge vectors to 256 bits by an experimental flag of V8 (Node 24 or later)`;

const nodeMajor = Number(process.versions.node.split(".")[0]);

/** Sets V8's flags for a build, which act on modules that are compiled later. Returns the options of `init`. */
export function prepareBuild({ build, wide = false }) {
  if (!["plain", "relaxed"].includes(build)) throw new Error(`--build ${build}; expected plain or relaxed.`);
  if (wide && build === "plain") throw new Error("--wide needs the relaxed build.");
  if (wide && nodeMajor < 24) throw new Error(`--wide needs Node 24 or later, this is ${process.version}.`);
  if (nodeMajor < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  return { relaxed: build === "relaxed", wide };
}
