/** The command line: the commands, their options, and the texts of `--help`. */
import { Argument, Command, CommanderError, Option } from "commander";
import { nearest } from "../errors.js";
import type { EngineOptions } from "./engine.js";
import { trainDefaults } from "./train/options.js";
import type { Screen } from "./terminal.js";
import { oneOf, seconds, UsageError, wholeNumber } from "./usage.js";
import { packageVersion } from "./version.js";

/** The options of every command. */
export interface CommonOptions extends EngineOptions {
  seed: number;
  json?: boolean;
}

export interface OpenOptions extends CommonOptions {
  report?: string;
}

export interface TrainCommandOptions extends CommonOptions {
  test?: string;
  out?: string;
  filters: number;
  frames: number;
  window: number;
  epochs: number;
  cache?: string;
  report?: string;
}

export interface PredictCommandOptions extends CommonOptions {
  model?: string;
  live?: string;
  alpha: number;
  size: number;
}

export interface ConvertCommandOptions extends CommonOptions {
  /** false leaves out the training configuration: losses, metrics, optimizer. */
  compile: boolean;
}

export interface InspectCommandOptions extends CommonOptions {
  model?: string;
  layer?: string;
  from?: number;
  report?: string;
}

export interface ProfileCommandOptions extends CommonOptions {
  /** Sizes that the model leaves open, beside that of the batch. */
  sizes: number[];
  runs: number;
  /** Where the page goes; none is written by default. */
  report?: string;
}

/** The defaults of `predict` without a model: the MobileNet of the package. */
export const labelDefaults = { alpha: 1, size: 224 };

/** The commands themselves. */
export interface Commands {
  /** Runs without a command: the action depends on the kind of the path. */
  open(path: string | undefined, options: OpenOptions): Promise<void>;
  demo(options: CommonOptions): Promise<void>;
  train(folder: string, options: TrainCommandOptions): Promise<void>;
  predict(paths: string[], options: PredictCommandOptions): Promise<void>;
  inspect(path: string, options: InspectCommandOptions): Promise<void>;
  convert(from: string, to: string, options: ConvertCommandOptions): Promise<void>;
  summary(file: string | undefined, options: CommonOptions): Promise<void>;
  profile(file: string | undefined, options: ProfileCommandOptions): Promise<void>;
  cache(action: "clear" | undefined, options: CommonOptions): Promise<void>;
}

/**
 * Reads the command line and runs its command.
 * @param out receives the texts of `--help` and `--version`.
 * @throws UsageError for a command line that is not understood.
 * @throws whatever the command throws.
 */
export async function runProgram(args: readonly string[], commands: Commands, out: Screen = process.stdout) {
  const root = program(commands, out);
  try {
    await root.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const [first] = root.args;
    const names = root.commands.map((known) => known.name());
    // Commander takes a word that is no command for the path, and what follows it for one argument too many.
    const meant = error.code === "commander.excessArguments" && !names.includes(first) && nearest(first, names);
    throw new UsageError(meant ? `${first}: no command; did you mean ${meant}?` : oneLine(error));
  }
}

/** The codes of Commander's messages that do not say what was expected. */
const unclear = new Set(["unknownOption", "excessArguments", "missingArgument"].map((name) => `commander.${name}`));

/** Commander's message in one line that ends with what to do. */
function oneLine({ message, code }: CommanderError): string {
  const text = message
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "")
    .replace(/\. (\w)/, (_, letter: string) => `; ${letter.toLowerCase()}`);
  if (text.endsWith(")")) return text;
  return unclear.has(code) ? `${text}; --help lists what there is.` : `${text}.`;
}

function program(commands: Commands, out: Screen): Command {
  const command = (made: Command): Command => withSettings(made, out);
  const root = command(new Command("zoetrope"))
    .helpCommand("help [command]", "prints this, or what there is to say on a command")
    .description(
      `Trains and runs networks on sequences of images, in WebAssembly.

Without a command, the path decides what is done:
  zoetrope                  the demo (half a minute)
  zoetrope photo.jpg        labels a photograph (JPEG, PNG, WebP, AVIF, GIF)
                            with MobileNet, trained on ImageNet
  zoetrope clip.mp4         runs a network of MobileNet and ConvLSTM2D on a film
                            and writes a report to open in a browser
  zoetrope folder/          a subfolder of clips for each class: trains a
                            network to tell the classes apart`,
    )
    .version(packageVersion(), "--version", "prints the version of the package")
    .argument("[path]", "a photograph, a film, a folder of numbered pictures, or a folder of classes")
    .option(
      "--seed <n>",
      "seed of the random weights and clips; the same seed on the same build gives the same results to the bit",
      wholeNumber(0),
      1,
    )
    .addOption(
      new Option(
        "--build <which>",
        "which kernels: plain (128-bit SIMD) or relaxed (with fused multiply-adds; the default where the machine has them)",
      ).choices(["plain", "relaxed"]),
    )
    .option("--wide", "lets V8 merge neighbouring operations into 256 bits (experimental; needs Node 24 or later)")
    .option("--json", "writes one JSON value to the standard output, and everything else to the standard error")
    .option("--report <file>", "where the report of a film, a folder or a profile goes")
    .addHelpText(
      "after",
      `
Files that are there already are kept, as NAME.bak; only a report of an earlier run is replaced.
Exit codes: 0 success; 1 failed, or some files were skipped; 2 invalid command line; 130 stopped by Ctrl-C
(129 by SIGHUP, 143 by SIGTERM: they keep what Ctrl-C keeps; a second one ends at once).
With ZOETROPE_DEBUG=1 in the environment, an error is followed by the place where it arose.
In a clone of the repository: npm start -- photo.jpg, npm start -- train folder --epochs 5`,
    )
    .action((path: string | undefined, _, self: Command) => commands.open(path, self.opts()));

  root.hook("preAction", (_, acting) => {
    const { report } = root.opts<OpenOptions>();
    if (report === undefined || ["zoetrope", "train", "inspect", "profile"].includes(acting.name())) return;
    throw new UsageError(`--report ${report}; ${acting.name()} writes no report.`);
  });

  command(root.command("demo"))
    .description(
      flowing(`Trains a network to tell in which direction a digit moves, and for comparison one without a recurrent layer, which stays at chance.

A small MobileNet computes features of each of eight frames (TimeDistributed), a convolutional LSTM reads them in order (ConvLSTM2D),
two dense layers classify. Some clips are written with their predictions to zoetrope-demo.png in the current folder.`),
    )
    .action((_, self: Command) => commands.demo(self.optsWithGlobals()));

  command(root.command("train"))
    .description(
      flowing(`Trains a network to tell classes of clips apart: FOLDER holds a subfolder of clips for each class.

MobileNet with its ImageNet weights computes features of each frame, which are kept on disk, so that a second run starts at once.
A ConvLSTM2D and two dense layers are trained on the features. Long clips are cut into windows.

The network is tested on held-out clips (or on the last part of each clip, if a class has only one), and compared with a network
that sees only the mean over the frames. Ctrl-C keeps what is finished: features, and the weights so far in NAME.stopped.safetensors.
After that, or after a loss of power, the same command goes on with the training, to the same result. An older model of the same name
is kept as NAME.safetensors.bak.`),
    )
    .argument("<folder>", "a subfolder of clips for each class")
    .option("--test <folder>", "held-out clips in subfolders of the same names (default: a part of <folder>)")
    .option("-o, --out <file>", "the model file (default: the folder's name with .safetensors)")
    .option("--filters <n>", "filters of the ConvLSTM2D", wholeNumber(1, 4096), trainDefaults.filters)
    .option("--frames <n>", "frames in a window", wholeNumber(2, 512), trainDefaults.frames)
    .option("--window <s>", "length of a window in seconds", seconds(), trainDefaults.windowSeconds)
    .option(
      "--epochs <n>",
      "maximum number of epochs; training ends earlier when the loss is near zero",
      wholeNumber(1, 100_000),
      trainDefaults.epochs,
    )
    .option("--cache <folder>", "where features are kept (default: the user's cache folder)")
    .addHelpText("after", "\nExample: zoetrope train gestures/ --frames 12 --window 1.5 -o gestures.safetensors")
    .action((folder: string, _, self: Command) => commands.train(folder, self.optsWithGlobals()));

  command(root.command("predict"))
    .description(
      "Classifies each clip or photograph: with MobileNet and its ImageNet labels, or with a model that `train` has written.",
    )
    .argument("[paths...]", "films, photographs, folders of numbered pictures, or folders of these")
    .option("-m, --model <file>", "a model that `train` has written")
    .option(
      "--live <source>",
      "instead of paths: says what it sees after each frame of a film, a camera (/dev/video0), a stream (rtsp://...), or raw RGB frames of the model's size on the standard input (-); with --json a line of JSON for each",
    )
    .addOption(
      new Option(
        "--alpha <n>",
        "without a model: factor of MobileNet's numbers of filters; weights other than 1 are downloaded once",
      )
        .conflicts("model")
        .argParser(oneOf([0.25, 0.5, 0.75, 1]))
        .default(labelDefaults.alpha),
    )
    .addOption(
      new Option(
        "--size <n>",
        "without a model: width and height of MobileNet's input; weights other than 224 are downloaded once",
      )
        .conflicts("model")
        .argParser(oneOf([128, 160, 192, 224]))
        .default(labelDefaults.size),
    )
    .addHelpText(
      "after",
      `
Examples: zoetrope predict new/*.mp4 --model gestures.safetensors --json
          zoetrope predict --live /dev/video0 --model gestures.safetensors`,
    )
    .action((paths: string[], _, self: Command) => {
      const options = self.optsWithGlobals<PredictCommandOptions>();
      if (options.live !== undefined && paths.length > 0) throw new UsageError(`--live ${options.live} and ${paths[0]}; give one or the other.`); // prettier-ignore
      if (options.live === undefined && paths.length === 0) throw new UsageError("missing required argument 'paths'; --help lists what there is."); // prettier-ignore
      return commands.predict(paths, options);
    });

  command(root.command("inspect"))
    .description(
      flowing(`Writes a report of what a ConvLSTM2D does with a clip: each gate and state of every step, how far gates are open, how far back gradients reach.

Without --model: MobileNet with its ImageNet weights and an untrained ConvLSTM2D of 256 filters.`),
    )
    .argument("<path>", "a film or a folder of numbered pictures")
    .option("-m, --model <file>", "a model that `train` or saveModel has written")
    .option("--layer <name>", "the name of the recurrent layer, if the model has several")
    .option("--from <seconds>", "where in a long film the window of the model begins", seconds({ from0: true }))
    .action((path: string, _, self: Command) => commands.inspect(path, self.optsWithGlobals()));

  command(root.command("convert"))
    .description(
      flowing(`Writes a model in another format; the endings of the names say which.

Reads .safetensors (ours), .keras and .h5 (Keras, which need npm install h5wasm fflate) and model.json (TensorFlow.js).
Writes .safetensors, .keras and .onnx (which needs npm install pbf).`),
    )
    .argument("<from>", "a model file, or a URL of one")
    .argument("<to>", "the file to write")
    .option("--no-compile", "leaves out the training configuration: losses, metrics, optimizer")
    .addHelpText("after", "\nExample: zoetrope convert film.keras film.safetensors")
    .action((from: string, to: string, _, self: Command) => commands.convert(from, to, self.optsWithGlobals()));

  command(root.command("summary"))
    .description("Prints the layers of a model with their shapes, parameters and multiply-adds.")
    .argument("[file]", "a model file of any format that convert reads; without one, the video network with 32 frames")
    .action((file: string | undefined, _, self: Command) => commands.summary(file, self.optsWithGlobals()));

  command(root.command("profile"))
    .description(
      flowing(`Times each kernel call of a model, for inputs of zeros and a batch of 1: layers, sizes, multiply-adds, milliseconds.

Layers that were joined stand in one row, as a convolution with the batch normalization and the activation after it. The peak is the
speed of a loop that only multiplies and adds in registers, on as many cores as there are threads. With --report, the times are written
as a page, too.`),
    )
    .argument("[file]", "a model file of any format that convert reads; without one, the video network with 32 frames")
    .option(
      "--sizes <n...>",
      "the sizes that the model leaves open, such as the number of frames",
      (text: string, before: number[]) => [...before, wholeNumber(1)(text)],
      [],
    )
    .option("--runs <n>", "how often it is timed; the medians are shown", wholeNumber(1, 10_000), 5)
    .addHelpText("after", "\nExample: zoetrope profile film.keras --sizes 16 --report film.html")
    .action((file: string | undefined, _, self: Command) => commands.profile(file, self.optsWithGlobals()));

  command(root.command("cache"))
    .description(
      "Says what is kept in the user's cache folder, and how large it is: weights that were downloaded, and the features of clips.",
    )
    .addArgument(new Argument("[action]", "clear deletes it; files that are not Zoetrope's stay").choices(["clear"]))
    .action((action: "clear" | undefined, _, self: Command) => commands.cache(action, self.optsWithGlobals()));
  return root;
}

/** Joins the lines of each paragraph, so that help breaks them at the width of the terminal. */
const flowing = (text: string) => text.replace(/(\S)\n(?=\S)/g, "$1 ");

/** Applies the settings of all commands: errors are thrown and not printed, and help shows the common options too. */
const withSettings = (made: Command, out: Screen): Command =>
  made
    .exitOverride()
    .configureOutput({
      outputError: () => {},
      writeOut: (text) => void out.write(text),
      getOutHelpWidth: () => out.columns ?? 80,
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .helpCommand(false);
