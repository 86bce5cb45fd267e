/** Which build of the kernels runs. */
import { setFlagsFromString } from "node:v8";
import { init } from "../index.js";
import { UsageError } from "./usage.js";

export interface EngineOptions {
  /** undefined: whatever this machine runs best. */
  build?: "plain" | "relaxed" | undefined;
  wide?: boolean | undefined;
}

const nodeVersion = Number(process.versions.node.split(".")[0]);

/** Sets V8's flags, which must happen before the first module is compiled, and starts the build that was asked for. */
export async function startEngine({ build, wide = false }: EngineOptions): Promise<void> {
  // Node 20 has relaxed SIMD behind this flag; later ones have it on, and may no longer know the flag.
  if (nodeVersion < 22 && build !== "plain") setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide && nodeVersion < 24) throw new UsageError(`--wide: Node ${nodeVersion} cannot; it takes Node 24 or later.`);
  if (wide && build === "plain") throw new UsageError("--wide --build plain: the wide road is the relaxed build's.");
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  const relaxed = build === undefined ? {} : { relaxed: build === "relaxed" };
  await init({ ...relaxed, ...(wide && { wide }) });
}
