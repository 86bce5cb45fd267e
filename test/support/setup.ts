// Runs before every test file. Node 20 knows relaxed SIMD but keeps it behind a flag, which must be set before the
// first module is compiled; later versions have it on and may no longer know the flag.
import { setFlagsFromString } from "node:v8";
import { checkKernelCalls } from "./checker.js";

if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

// One thread, in child processes too, so that tests that run side by side do not slow each other down. Tests about threads ask for more.
process.env.ZOETROPE_THREADS ??= "1";

// Every kernel call of every test is compared with the kernel table.
checkKernelCalls();
