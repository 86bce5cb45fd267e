// Which of the wasm builds is timed: options that the commands share.
import { setFlagsFromString } from "node:v8";

export const buildOptions = { build: { type: "string", default: "relaxed" }, wide: { type: "boolean" } };

export const buildUsage = `\
  --build plain|relaxed  which of the two wasm builds; relaxed SIMD unless given
  --wide                 vectors merged to 256 bits by an experimental flag of V8 (Node 24 or later)`;

const nodeMajor = Number(process.versions.node.split(".")[0]);

/** Sets the flags of V8 that a build needs, which act on modules that are compiled after; returns the options of `init` for it. */
export function prepareBuild({ build, wide = false }) {
  if (!["plain", "relaxed"].includes(build)) throw new Error(`--build ${build}; expected plain or relaxed.`);
  if (wide && build === "plain") throw new Error("--wide needs the relaxed build.");
  if (wide && nodeMajor < 24) throw new Error(`--wide needs Node 24 or later, this is ${process.version}.`);
  if (nodeMajor < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  return { relaxed: build === "relaxed", wide };
}
