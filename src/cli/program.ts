/** What the words on the command line mean: commands, their options, and what `--help` says of them. */
import { Command, CommanderError, Option } from "commander";
import type { EngineOptions } from "./engine.js";
import { trainDefaults } from "./train/options.js";
import { oneOf, seconds, UsageError, wholeNumber } from "./usage.js";

/** What every command takes. */
export interface CommonOptions extends EngineOptions {
  seed: number;
  json?: boolean;
}

export interface OpenOptions extends CommonOptions {
  report?: string;
}

export interface TrainWords extends CommonOptions {
  test?: string;
  out?: string;
  filters: number;
  frames: number;
  window: number;
  epochs: number;
  cache?: string;
  report?: string;
}

export interface PredictWords extends CommonOptions {
  model?: string;
  alpha: number;
  size: number;
}

export interface ConvertWords extends CommonOptions {
  /** false: how the model was being trained is left out. */
  compile: boolean;
}

export interface InspectWords extends CommonOptions {
  model?: string;
  layer?: string;
  from?: number;
  report?: string;
}

/** Of `predict` without a model, where nothing else is said: the MobileNet of the package. */
export const labelDefaults = { alpha: 1, size: 224 };

/** The commands themselves. */
export interface Commands {
  /** No command: what is done depends on what lies at the path. */
  open(path: string | undefined, words: OpenOptions): Promise<void>;
  demo(words: CommonOptions): Promise<void>;
  train(folder: string, words: TrainWords): Promise<void>;
  predict(paths: string[], words: PredictWords): Promise<void>;
  inspect(path: string, words: InspectWords): Promise<void>;
  convert(from: string, to: string, words: ConvertWords): Promise<void>;
  summary(file: string | undefined, words: CommonOptions): Promise<void>;
}

/**
 * Reads the command line and runs the command it asks for; `--help` is written to the standard output.
 * @throws UsageError for what is not known; whatever the command throws.
 */
export async function runProgram(args: readonly string[], commands: Commands): Promise<void> {
  try {
    await program(commands).parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(oneLine(error));
  }
}

/** Commander's text in one line, with advice at its end. */
function oneLine({ message, code }: CommanderError): string {
  const text = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace(/\.$/, ""); // prettier-ignore
  if (text.endsWith(")")) return text;
  return code === "commander.unknownOption" || code === "commander.excessArguments"
    ? `${text}; --help lists what there is.`
    : `${text}.`;
}

function program(commands: Commands): Command {
  const root = command(new Command("zoetrope"))
    .description(
      `Sequences of images, learnt in WebAssembly.

Without a command, what is done depends on what is given:
  zoetrope                  the demo (half a minute)
  zoetrope photo.jpg        labels a photograph with MobileNet, trained on ImageNet
  zoetrope clip.mp4         shows what a network of MobileNet and ConvLSTM2D does with a film: a report to open in a browser
  zoetrope folder/          a subfolder of clips for each class: trains a network to tell the classes apart`,
    )
    .argument("[path]", "a photograph, a film, a folder of numbered pictures, or a folder of classes")
    .addOption(
      new Option("--seed <n>", "other weights, other clips; the same number on the same build repeats to the bit")
        .argParser(wholeNumber(0))
        .default(1),
    )
    .addOption(
      new Option(
        "--build <which>",
        "the kernels with 128-bit SIMD, or with fused multiply-adds too (default: the latter where the machine has it)",
      ).choices(["plain", "relaxed"]),
    )
    .option("--wide", "lets V8 merge neighbouring operations into 256 bits (experimental; Node 24 or later)")
    .option("--json", "one JSON value on the standard output for scripts; all else goes to the standard error")
    .option("--report <file>", "of a film or folder: where the report goes")
    .addHelpText(
      "after",
      `
Exit codes: 0 done; 1 not, or not all of it, as was said; 2 the command line is not understood; 130 stopped by Ctrl-C.
Through npm: npm start -- photo.jpg, npm start -- train folder --epochs 5`,
    )
    .action((path: string | undefined, _, self: Command) => commands.open(path, self.opts()));

  root.hook("preAction", (_, acting) => {
    const { report } = root.opts<OpenOptions>();
    if (report === undefined || ["zoetrope", "train", "inspect"].includes(acting.name())) return;
    throw new UsageError(`--report ${report}; ${acting.name()} writes no report.`);
  });

  command(root.command("demo"))
    .description(
      flowing(`Which way does the digit move? Trains a network that tells, and beside it one without memory, which stays at chance.

A small MobileNet looks at each of eight frames (TimeDistributed), a convolutional LSTM remembers what it saw (ConvLSTM2D),
two dense layers decide. The clips, with what the network said of them, are written to zoetrope-demo.png in the current folder.`),
    )
    .action((_, self: Command) => commands.demo(self.optsWithGlobals()));

  command(root.command("train"))
    .description(
      flowing(`Learns to tell classes of clips apart: FOLDER holds a subfolder of clips for each class.

MobileNet with its ImageNet weights sees each frame; what it sees is kept on disk, so that a second run begins at once.
On that a ConvLSTM2D and two dense layers are trained. Long clips are cut into windows.

Held-out clips (or the last part of each clip, where a class has one) tell how good it is; beside it stands a network
that sees only the mean over the frames. Ctrl-C keeps what is finished.`),
    )
    .argument("<folder>", "a subfolder of clips for each class")
    .option("--test <folder>", "held-out clips, in subfolders of the same names; unless given, some are put aside")
    .option("-o, --out <file>", "the model file (default: the folder's name with .safetensors)")
    .addOption(
      new Option("--filters <n>", "of the ConvLSTM2D").argParser(wholeNumber(1, 4096)).default(trainDefaults.filters),
    )
    .addOption(new Option("--frames <n>", "in a window").argParser(wholeNumber(2, 512)).default(trainDefaults.frames))
    .addOption(
      new Option("--window <s>", "how long a window is").argParser(seconds()).default(trainDefaults.windowSeconds),
    )
    .addOption(
      new Option(
        "--epochs <n>",
        "rounds through the training windows at most: it ends where there is nothing more to learn from them",
      )
        .argParser(wholeNumber(1))
        .default(trainDefaults.epochs),
    )
    .option("--cache <folder>", "where features are kept (default: the user's cache folder)")
    .addHelpText("after", "\nExample: zoetrope train gestures/ --frames 12 --window 1.5 -o gestures.safetensors")
    .action((folder: string, _, self: Command) => commands.train(folder, self.optsWithGlobals()));

  command(root.command("predict"))
    .description(
      "Says of each clip or photograph what it shows: with MobileNet's labels, or with a model that `train` made.",
    )
    .argument("<paths...>", "films, photographs, folders of numbered pictures, or folders of these")
    .option("-m, --model <file>", "a model that `train` made")
    .addOption(
      new Option("--alpha <n>", "without a model: a factor of MobileNet's filters; other than 1 is downloaded once")
        .conflicts("model")
        .argParser(oneOf([0.25, 0.5, 0.75, 1]))
        .default(labelDefaults.alpha),
    )
    .addOption(
      new Option("--size <n>", "without a model: of what MobileNet sees; other than 224 is downloaded once")
        .conflicts("model")
        .argParser(oneOf([128, 160, 192, 224]))
        .default(labelDefaults.size),
    )
    .addHelpText("after", "\nExample: zoetrope predict new/*.mp4 --model gestures.safetensors --json")
    .action((paths: string[], _, self: Command) => commands.predict(paths, self.optsWithGlobals()));

  command(root.command("inspect"))
    .description(
      flowing(`Shows what a ConvLSTM2D does with a clip: each gate and state of every step, how far gates are open, how far gradients reach back.

Without --model: MobileNet with its ImageNet weights and an untrained ConvLSTM2D of 256 filters.`),
    )
    .argument("<path>", "a film or a folder of numbered pictures")
    .option("-m, --model <file>", "a model that `train` or saveModel made")
    .option("--layer <name>", "which recurrent layer, where the model has several")
    .addOption(
      new Option("--from <seconds>", "where the window of a trained model begins").argParser(seconds({ from0: true })),
    )
    .action((path: string, _, self: Command) => commands.inspect(path, self.optsWithGlobals()));

  command(root.command("convert"))
    .description(
      flowing(`Writes a model in another format, by the ends of the names.

Reads .safetensors (ours), .keras and .h5 (Keras, which need npm install h5wasm fflate) and model.json (TensorFlow.js).
Writes .safetensors, .keras and .onnx (which needs npm install pbf).`),
    )
    .argument("<from>", "a model file, or a URL of one")
    .argument("<to>", "the file to write")
    .option("--no-compile", "leaves out how the model was being trained: losses, metrics, optimizer")
    .addHelpText("after", "\nExample: zoetrope convert film.keras film.safetensors")
    .action((from: string, to: string, _, self: Command) => commands.convert(from, to, self.optsWithGlobals()));

  command(root.command("summary"))
    .description("Prints the layers of a model with their shapes, parameters and multiply-adds.")
    .argument("[file]", "a model file of any format that convert reads; without one, the video network with 32 frames")
    .action((file: string | undefined, _, self: Command) => commands.summary(file, self.optsWithGlobals()));
  return root;
}

/** Lines of a paragraph as one, so that help breaks them as wide as the terminal is. */
const flowing = (text: string) => text.replace(/(\S)\n(?=\S)/g, "$1 ");

/** What all commands share: errors are thrown and not printed, and help shows the common options too. */
const command = (made: Command): Command =>
  made
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .helpCommand(false);
