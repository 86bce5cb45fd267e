/** ffmpeg's two programs, as child processes that never outlive who reads from them. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { FileError } from "../errors.js";

const running = new Set<ChildProcess>();
const stopAll = () => running.forEach((child) => child.kill("SIGKILL"));

const keptLetters = 8192; // of what a program says on its standard error

/** How both programs are told of a file: local files alone, and a name that can be neither an option nor a protocol. */
export const inputOf = (path: string): string[] => ["-protocol_whitelist", "file,pipe", "-i", `file:${resolve(path)}`];

/** One process of a program on the film at `path`. */
export class Process {
  #said = "";

  constructor(
    readonly tool: "ffmpeg" | "ffprobe",
    readonly path: string,
    readonly args: readonly string[],
    readonly signal?: AbortSignal,
  ) {}

  /**
   * What the program writes, piece by piece, as fast as it is read. Stopping to read ends the program, and so does the signal,
   * whose reason is thrown.
   * @throws FileError where the program is not there.
   */
  async *output(): AsyncGenerator<Uint8Array> {
    const { tool, args, signal } = this;
    signal?.throwIfAborted();
    // In a process group of its own, Ctrl-C in a terminal reaches us alone, and we end it when we are ready.
    const detached = process.platform !== "win32";
    const child = spawn(tool, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true, detached });
    const closed = new Promise<void>((done) => child.once("close", () => done()));
    let failure: NodeJS.ErrnoException | undefined;
    child.once("error", (error) => (failure = error));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (this.#said = (this.#said + text).slice(-keptLetters)));
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

  /** All that the program writes. */
  async text(): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.output()) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
  }

  /** The first thing that the program complained of, without the address of its part and the name of the file; "" for nothing. */
  get complaint(): string {
    const lines = this.#said.split(/[\r\n]+/).map((line) => {
      const bare = line.replace(/^(\[[^\]]* @ [^\]]*\] ?)+/, "").replaceAll(`file:${resolve(this.path)}: `, "");
      return bare.trim().replace(/[.;]$/, "");
    });
    return lines.find((line) => line !== "") ?? "";
  }

  #notStarted({ code, message }: NodeJS.ErrnoException): FileError {
    const { tool, path } = this;
    if (code !== "ENOENT") return new FileError(`${path}: ${tool}, which reads films, cannot be started (${message}).`);
    return new FileError(
      `${path}: films are read with ${tool}, which is not there; get it with "apt install ffmpeg" (Debian, Ubuntu), ` +
        `"brew install ffmpeg" (macOS) or "winget install ffmpeg" (Windows).`,
    );
  }
}
