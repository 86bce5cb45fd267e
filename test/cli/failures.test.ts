// Whatever goes wrong, the command says it in one line, with what to do, and never with a stack.
import { afterEach, expect, test, vi } from "vitest";
import { failureOf } from "../../src/cli/failures.js";
import { StreamError } from "../../src/cli/standardStream.js";
import { StopError } from "../../src/cli/stopping.js";
import { UsageError } from "../../src/cli/usage.js";
import { FileError } from "../../src/index.js";
import { runCommand } from "../support/command.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const cwd = temporaryFolder("failures");
afterEach(() => vi.unstubAllEnvs());

const system = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: raw text, open 'a'`), { code, syscall: "open", ...more });

const fault = (what: string) =>
  `a fault of zoetrope itself, please report it (${what}); with ZOETROPE_DEBUG=1 it shows where.`;

test.each([
  [new FileError("a.png: is broken."), "a.png: is broken.", 1],
  [new UsageError("--what"), "--what", 2],
  [new StopError(143, "SIGTERM"), "Stopped.", 143],
  [new StreamError(system("EIO")), "the standard output cannot be written (EIO: the device failed).", 1],
  [new StreamError(system("EPIPE")), undefined, 0],
  [system("EMFILE", { path: "a\nb" }), "a\\u000ab: EMFILE: too many files are open.", 1],
  [system("ENOENT", { syscall: "uv_cwd" }), "the current folder: ENOENT: it does not exist.", 1],
  [system("EODD", { path: "a" }), "a: EODD: raw text, open 'a'.", 1],
  [
    new RangeError("Array buffer allocation failed"),
    "there is not enough memory (Array buffer allocation failed); close other programs, or give smaller files.",
    1,
  ],
  [new RangeError("Maximum call stack size exceeded"), fault("RangeError: Maximum call stack size exceeded"), 1],
  [new TypeError("x is not\n\x1b[2Ja function"), fault("TypeError: x is not\\u000a\\u001b[2Ja function"), 1],
  ["a text", fault("a text"), 1],
  [undefined, fault("undefined"), 1],
])("%# is one line", (error, line, exitCode) => {
  expect(failureOf(error)).toEqual(line === undefined ? { exitCode } : { line, exitCode });
});

test("the stack follows where it is asked for", () => {
  vi.stubEnv("ZOETROPE_DEBUG", "1");
  expect(failureOf(new TypeError("odd")).line).toMatch(/shows where\.\nTypeError: odd\n {4}at /);
  expect(failureOf(undefined).line).toBe(fault("undefined"));
});

/** Throws in a callback, or where no one waits, as soon as the command is running. */
const throwing = (how: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `const timer = setInterval(() => {
      if (process.listenerCount("uncaughtException") === 0) return;
      clearInterval(timer);
      ${how};
    }, 1);`,
  )}`;

test.each(["throw new TypeError('odd')", "Promise.reject(new TypeError('odd'))"])(
  "what nobody catches is one line too: %s",
  async (how) => {
    const { code, err } = await runCommand(["summary"], { cwd, env: { NODE_OPTIONS: throwing(how) } });
    expect([code, err]).toEqual([1, `zoetrope: ${fault("TypeError: odd")}\n`]);
  },
);

test("a name of many letters does not hide what is wrong with it", () => {
  const { line } = failureOf(new UsageError(`${"x".repeat(100_000)}: no such command; --help lists what there is.`));
  expect(line).toMatch(/^x{900}…x+: no such command; --help lists what there is\.$/);
  expect(line).toHaveLength(1501);
});
