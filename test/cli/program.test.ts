// The command line: help in all its forms, and numbers that no work could use.
import { expect, test } from "vitest";
import { type Commands, runProgram } from "../../src/cli/program.js";

/** What is written, and the commands that are called. */
async function run(...args: string[]): Promise<{ text: string; called: string[] }> {
  const seen = { text: "", called: [] as string[] };
  const commands = new Proxy({}, { get: (_, name) => async () => void seen.called.push(String(name)) }) as Commands;
  await runProgram(args, commands, { write: (text) => (seen.text += text) });
  return seen;
}

test("help is a word too, alone and with a command", async () => {
  for (const [args, like] of [
    [["help"], ["--help"]],
    [
      ["help", "train"],
      ["train", "--help"],
    ],
  ]) {
    const help = await run(...args);
    expect(help.text).toMatch(/^Usage: zoetrope /);
    expect(help).toEqual(await run(...like));
    expect(help.called).toEqual([]);
  }
});

test("help lists the exit codes, and says what becomes of older files", async () => {
  const { text } = await run("--help");
  for (const word of ["130", "129", "143", "NAME.bak", "ZOETROPE_DEBUG=1"]) expect(text).toContain(word);
  expect((await run("train", "--help")).text).toContain("NAME.stopped.safetensors");
});

test.each([
  [["train", "a", "--epochs", "1e9"], "expected a whole number from 1 to 100000."],
  [["train", "a", "--epochs", "100001"], "expected a whole number from 1 to 100000."],
  [["train", "a", "--frames", "NaN"], "expected a whole number from 2 to 512."],
  [["train", "a", "--window", "9".repeat(400)], "expected seconds, such as 2 or 1.5."],
  [["train", "a", "--window", "0.0001"], "expected seconds, such as 2 or 1.5."],
  [["inspect", "a", "--from", "Infinity"], "expected seconds, such as 2 or 1.5."],
])("%j is refused", async (args, text) => expect(run(...args)).rejects.toThrow(text));
