/** The `zoetrope` command. */
import { setFlagsFromString } from "node:v8";
import { init, ZoetropeError } from "../index.js";
import { runDemo } from "./demo.js";
import { type Options, parseOptions, UsageError } from "./options.js";
import { labelPhoto } from "./photo.js";

const help = `zoetrope: sequences of images, learnt in WebAssembly

  zoetrope                  the demo: trains a network to tell which way a handwritten digit moves (about a minute)
  zoetrope photo.jpg        labels a photograph (JPEG or PNG) with MobileNet, trained on ImageNet

In the demo a small MobileNet looks at each of eight frames (TimeDistributed), a convolutional LSTM remembers what it saw
(ConvLSTM2D), two dense layers decide. Beside it trains the same network without memory, which stays at chance. The clips,
with what the network said of them, are written to zoetrope-demo.png in the current folder.

  --seed N                  other weights, other clips (default 1); the same N on the same build repeats to the bit
  --build plain|relaxed     which of the two builds of the kernels: 128-bit SIMD, or with fused multiply-adds too
                            (default: the latter where the machine has it)
  --alpha N, --size N       another MobileNet for the photograph: 0.25, 0.5, 0.75 or 1 (default) of the filters, at 128, 160,
                            192 or 224 (default) pixels; others than the default are downloaded once
  --wide                    lets V8 merge neighbouring operations into 256 bits (experimental; Node 24 or later)
  -h, --help                this text

Through npm: npm start -- photo.jpg, npm start -- --seed 2
`;

const nodeVersion = Number(process.versions.node.split(".")[0]);

/** Sets V8's flags, which must happen before the first module is compiled, and starts the build that was asked for. */
async function startEngine({ build, wide }: Options): Promise<void> {
  // Node 20 has relaxed SIMD behind this flag; later ones have it on, and may no longer know the flag.
  if (nodeVersion < 22 && build !== "plain") setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide && nodeVersion < 24) throw new UsageError(`--wide: Node ${nodeVersion} cannot; it takes Node 24 or later.`);
  if (wide && build === "plain") throw new UsageError("--wide --build plain: the wide road is the relaxed build's.");
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
  const relaxed = build === undefined ? {} : { relaxed: build === "relaxed" };
  await init({ ...relaxed, ...(wide && { wide }) });
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  await startEngine(options);
  if (options.photo === undefined) await runDemo(process.stdout, options.seed, signal);
  else await labelPhoto(process.stdout, options.photo, options, signal);
}

/** Ctrl-C once: stops after the batch at hand. Twice: at once. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
  return controller.signal;
}

const signal = onInterrupt();
process.stdout.on("error", () => process.exit(0)); // the reader of a pipe has gone
try {
  await main(process.argv.slice(2), signal);
} catch (error) {
  if (signal.aborted) {
    process.stdout.write("\nStopped.\n");
    process.exitCode = 130;
  } else if (error instanceof UsageError) {
    process.stderr.write(`zoetrope: ${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof ZoetropeError) {
    process.stderr.write(`zoetrope: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
