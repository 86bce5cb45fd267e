/** Starts the engine with the build of the kernels that the options name. */
import { setFlagsFromString } from "node:v8";
import { init } from "../index.js";
import { UsageError } from "./usage.js";

export interface EngineOptions {
  /** The best that this machine can run by default. */
  build?: "plain" | "relaxed" | undefined;
  /** Lets V8 merge operations into 256 bits; false by default. */
  wide?: boolean | undefined;
}

const nodeVersion = Number(process.versions.node.split(".")[0]);

/** Sets V8's flags, which must happen before the first module is compiled, and starts the engine. @throws UsageError */
export async function startEngine({ build, wide = false }: EngineOptions): Promise<void> {
  // Node 20 has relaxed SIMD behind this flag; later versions have it on, and may no longer know the flag.
  if (nodeVersion < 22 && build !== "plain") setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide && nodeVersion < 24) throw new UsageError(`--wide needs Node 24 or later; this is Node ${nodeVersion}.`);
  if (wide && build === "plain") throw new UsageError("--wide needs --build relaxed.");
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  const relaxed = build === undefined ? {} : { relaxed: build === "relaxed" };
  await init({ ...relaxed, ...(wide && { wide }) });
}
