// Reads every row of the table of odd films and pictures: frames, or one typed line that names the file; and nothing stays behind.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileError } from "../../src/index.js";
import { readClip, readFrames } from "../../src/node/index.js";
import { printable } from "../../src/printable.js";
import { hasFfmpeg } from "../support/films.js";
import { oddMedia } from "../support/oddMedia.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = temporaryFolder("odd-media");

describe("odd films and pictures", () => {
  const rows = oddMedia.filter(
    ({ needsFfmpeg, needsUnix }) => (hasFfmpeg || !needsFfmpeg) && (process.platform !== "win32" || !needsUnix),
  );
  if (rows.length < oddMedia.length) console.log(`odd media: ${oddMedia.length - rows.length} cases cannot run here`);

  test.each(rows.map((row, i) => ({ ...row, i })))(
    "$name: $expect",
    async ({ make, expect: wanted, says, isEndless, i }) => {
      mkdirSync(join(root, String(i)));
      const path = await make(join(root, String(i)));
      const limits = isEndless ? { maxSeconds: 0.5 } : {};
      const found = await readClip(path, { frames: 4, size: 6, ...limits }).catch((error: Error) => error);
      if (wanted === "frames") {
        expect(found).toMatchObject({ path, shape: [4, 6, 6, 3] });
        let count = 0;
        for await (const { rgb } of readFrames(path, { rate: 3, size: 6 })) count += Number(rgb.length === 108);
        expect(count).toBeGreaterThan(0);
      } else {
        expect(found).toBeInstanceOf(FileError);
        const { message } = found as Error;
        expect(message).toContain(printable(basename(path), Infinity));
        expect(message).toBe(printable(message, Infinity)); // one line, and no codes of a terminal
        if (says) expect(message).toMatch(says);
      }
    },
    30_000,
  );
});
