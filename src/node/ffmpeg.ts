/** ffmpeg and ffprobe as child processes, which end with the code that reads from them. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import type { FileError } from "../errors.js";
import { printable, printableName } from "../printable.js";
import { checkPixels, faultOf, type Limits, MissingProgramError, moreSeconds } from "./decoding/limits.js";

const running = new Set<ChildProcess>();
const stopAll = () => running.forEach((child) => child.kill("SIGKILL"));

/** How much of a program's standard error is kept, in characters. */
const keptCharacters = 8192;

/**
 * The most pixels that both programs may decode: they count what they add at the borders, so that sizes near the limit are
 * left to the checks here.
 */
export const mostPixels = ({ maxPixels }: Limits): number => Math.min(Math.floor(2 * maxPixels) + 2 ** 20, 2 ** 31 - 1);

/**
 * The arguments that name a file to both programs: local files only, a name that can be read neither as an option nor
 * as a protocol, and no frames of far more pixels than are allowed.
 */
export const inputOf = (path: string, limits: Limits): string[] => [
  ...["-max_pixels", String(mostPixels(limits))],
  ...["-protocol_whitelist", "file,pipe", "-i", `file:${resolve(path)}`],
];

export interface ProcessOptions {
  limits: Limits;
  /** What is read, in the error where the program is not installed; "films" by default. */
  what?: string;
  /** How many seconds of a film may pass between two outputs: so many more the program may take. 0 by default. */
  seconds?: number;
}

/** A process of ffmpeg or ffprobe that reads the film or picture at `path`. */
export class Process {
  #said = "";

  constructor(
    readonly tool: "ffmpeg" | "ffprobe",
    readonly path: string,
    readonly args: readonly string[],
    readonly options: ProcessOptions,
  ) {}

  /**
   * The program's output in chunks, as fast as they are read. Ending the loop ends the program, and so does the signal,
   * whose reason is thrown.
   * @throws FileError when the program gives nothing for too long; MissingProgramError when it is not installed.
   */
  async *output(): AsyncGenerator<Uint8Array> {
    const { tool, path, args } = this;
    const { limits, seconds = 0 } = this.options;
    const { signal } = limits;
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
    const patience = limits.maxSeconds + seconds;
    let isLate = false;
    const late = () => (isLate = stop());
    try {
      const pieces = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      for (;;) {
        // Only while it is waited for: whoever reads the frames may take any time.
        const timer = setTimeout(late, Math.min(patience * 1000, 2 ** 31 - 1));
        const { value, done } = await pieces.next().finally(() => clearTimeout(timer));
        if (done) break;
        yield value;
      }
    } finally {
      stop();
      child.stdout.destroy();
      await closed;
      signal?.removeEventListener("abort", stop);
      running.delete(child);
      if (running.size === 0) process.off("exit", stopAll);
    }
    signal?.throwIfAborted();
    if (failure) throw this.#notStarted(failure);
    if (isLate) throw faultOf(path, `${tool} gave nothing for ${Number(patience.toFixed(1))} s; ${moreSeconds}`);
  }

  /** All of the program's output. @throws FileError when it is longer than `maxBytes`. */
  async whole(maxBytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.output()) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) throw faultOf(this.path, `${this.tool} gives more than ${maxBytes} bytes for it`);
    }
    return Buffer.concat(pieces, length);
  }

  /**
   * The first message on the program's standard error, without the address of its component and the file's name; "" for
   * none.
   */
  get complaint(): string {
    const lines = this.#said.split(/[\r\n]+/).map((line) => {
      const bare = line.replace(/^(\[[^\]]* @ [^\]]*\] ?)+/, "").replaceAll(`file:${resolve(this.path)}: `, "");
      return printable(bare.trim().replace(/[.;]$/, ""));
    });
    return lines.find((line) => line !== "") ?? "";
  }

  /** Whether the program has said that the file is of a format that it was not allowed to read. */
  get isOtherFormat(): boolean {
    return this.#said.includes("Format not on whitelist");
  }

  /** @throws PictureSizeError when the program has found more pixels than are allowed. */
  checkPixels(): void {
    const [, width, height] = /Picture size (\d+)x(\d+)/.exec(this.#said) ?? [];
    if (width) checkPixels(this.path, Number(width), Number(height), this.options.limits.maxPixels);
  }

  #notStarted({ code, message }: NodeJS.ErrnoException): FileError {
    const { tool, path } = this;
    const { what = "films" } = this.options;
    if (code !== "ENOENT") return faultOf(path, `${tool}, which reads ${what}, cannot be started (${message})`);
    const orElse = what === "films" ? "" : ", or save it as JPEG or PNG";
    return new MissingProgramError(
      `${printableName(path)}: ${what} are read with ${tool}, which is not installed; get it with "apt install ffmpeg" (Debian, Ubuntu), ` +
        `"brew install ffmpeg" (macOS) or "winget install ffmpeg" (Windows)${orElse}.`,
    );
  }
}
