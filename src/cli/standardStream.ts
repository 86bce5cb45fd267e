/** The standard output and the standard error as screens, which lose nothing without a word. */
import { fstatSync, writeSync } from "node:fs";
import { reasonOf } from "./systemErrors.js";
import { clean, type Screen } from "./terminal.js";

/** Thrown where the standard output cannot be written. */
export class StreamError extends Error {
  /** Whether its reader has closed it, as `head` does, which may be meant. */
  readonly isClosed: boolean;

  constructor(cause: unknown) {
    super(`the standard output cannot be written (${reasonOf(cause)}).`, { cause });
    this.isClosed = (cause as NodeJS.ErrnoException).code === "EPIPE";
  }
}

/** A standard stream of this process. After its first error it takes no more text; the work goes on. */
export class StandardStream implements Screen {
  readonly #broken = new AbortController();
  #written: Promise<void> = Promise.resolve();
  readonly #isFile: boolean;

  constructor(
    readonly stream: NodeJS.WriteStream,
    readonly descriptor: number,
  ) {
    stream.on("error", (error) => this.#fail(error));
    this.#isFile = isPlainFile(descriptor);
  }

  get isTTY(): boolean {
    return this.stream.isTTY;
  }

  get columns(): number | undefined {
    return this.stream.columns;
  }

  get rows(): number | undefined {
    return this.stream.rows;
  }

  /** Aborted at the first error, with a `StreamError` as its reason. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  write(text: string): void {
    if (this.broken.aborted) return;
    const shown = clean(text);
    try {
      if (this.#isFile) writeWhole(this.descriptor, shown);
      else {
        this.#written = new Promise((done) => {
          this.stream.write(shown, (error) => {
            if (error) this.#fail(error);
            done();
          });
        });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Waits until all texts have been passed on. @throws StreamError if one was not. */
  async flush(): Promise<void> {
    await this.#written;
    this.broken.throwIfAborted();
  }

  #fail(error: unknown): void {
    if (!this.broken.aborted) this.#broken.abort(new StreamError(error));
  }
}

function isPlainFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

/** Node's own stream takes a part of a text for the whole where a disk becomes full in the middle of it. */
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
