/** ffmpeg and ffprobe as child processes, which end with the code that reads from them. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { FileError } from "../errors.js";

const running = new Set<ChildProcess>();
const stopAll = () => running.forEach((child) => child.kill("SIGKILL"));

/** How much of a program's standard error is kept, in characters. */
const keptCharacters = 8192;

/**
 * The arguments that name a file to both programs: local files only, and a name that can be read neither as an option
 * nor as a protocol.
 */
export const inputOf = (path: string): string[] => ["-protocol_whitelist", "file,pipe", "-i", `file:${resolve(path)}`];

/** A process of ffmpeg or ffprobe that reads the film or picture at `path`. */
export class Process {
  #said = "";

  constructor(
    readonly tool: "ffmpeg" | "ffprobe",
    readonly path: string,
    readonly args: readonly string[],
    readonly signal?: AbortSignal,
    /** What is read, in the error where the program is not installed. */
    readonly what = "films",
  ) {}

  /**
   * The program's output in chunks, as fast as they are read. Ending the loop ends the program, and so does the signal,
   * whose reason is thrown.
   * @throws FileError when the program is not installed or cannot be started.
   */
  async *output(): AsyncGenerator<Uint8Array> {
    const { tool, args, signal } = this;
    signal?.throwIfAborted();
    // In a process group of its own, so that Ctrl-C in a terminal reaches this process alone, which then ends the
    // child.
    const detached = process.platform !== "win32";
    const child = spawn(tool, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true, detached });
    const closed = new Promise<void>((done) => child.once("close", () => done()));
    let failure: NodeJS.ErrnoException | undefined;
    child.once("error", (error) => (failure = error));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (this.#said = (this.#said + text).slice(-keptCharacters)));
    const stop = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", stop);
    if (running.size === 0) process.on("exit", stopAll);
    running.add(child);
    try {
      yield* child.stdout;
    } finally {
      stop();
      await closed;
      signal?.removeEventListener("abort", stop);
      running.delete(child);
      if (running.size === 0) process.off("exit", stopAll);
    }
    signal?.throwIfAborted();
    if (failure) throw this.#notStarted(failure);
  }

  /** All of the program's output. */
  async whole(): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.output()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /**
   * The first message on the program's standard error, without the address of its component and the file's name; "" for
   * none.
   */
  get complaint(): string {
    const lines = this.#said.split(/[\r\n]+/).map((line) => {
      const bare = line.replace(/^(\[[^\]]* @ [^\]]*\] ?)+/, "").replaceAll(`file:${resolve(this.path)}: `, "");
      return bare.trim().replace(/[.;]$/, "");
    });
    return lines.find((line) => line !== "") ?? "";
  }

  #notStarted({ code, message }: NodeJS.ErrnoException): FileError {
    const { tool, path, what } = this;
    if (code !== "ENOENT") {
      return new FileError(`${path}: ${tool}, which reads ${what}, cannot be started (${message}).`);
    }
    const orElse = what === "films" ? "" : ", or save it as JPEG or PNG";
    return new FileError(
      `${path}: ${what} are read with ${tool}, which is not installed; get it with "apt install ffmpeg" (Debian, Ubuntu), ` +
        `"brew install ffmpeg" (macOS) or "winget install ffmpeg" (Windows)${orElse}.`,
    );
  }
}
