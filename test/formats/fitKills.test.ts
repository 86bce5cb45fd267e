// fit that is killed at any moment, by a loss of power: the same program goes on with it, to the same bits.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "../../src/random.js";
import { buildProcess } from "../support/processes/build.js";
import { runProcess } from "../support/processes/run.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** How often each kind of data is killed; FIT_KILLS=30 for a long run. */
const numKills = Number(process.env.FIT_KILLS ?? 3);
const folder = temporaryFolder("fitKills");
let script: string;
beforeAll(async () => {
  script = await buildProcess("fitWithCheckpoint", folder);
});

/** The line of JSON that a process ends with; undefined where it was killed before. */
const resultIn = (out: string): string | undefined => out.split("\n").find((line) => line.startsWith("{"));

describe.each(["arrays", "generator"])("fit of %s", (kind) => {
  test(`killed ${numKills} times ends with the same weights and history`, { timeout: 20_000 + 4000 * numKills }, async () => {
    const undisturbed = resultIn((await runProcess(script, [kind, "none"])).out)!;
    const { history } = JSON.parse(undisturbed) as { history: Record<string, number[]> };
    expect(history.val_loss.length).toBeGreaterThan(3);
    expect(history.val_loss.length, "EarlyStopping ends it").toBeLessThan(12);
    const path = join(folder, kind, "run.checkpoint");
    const random = new RandomStream(20261201);
    let ended = 0;
    for (let kills = 0; kills < numKills || ended === 0;) {
      const { code, out, err } = await runProcess(script, [kind, path], kills < numKills ? random.integer(250) : undefined);
      expect(err).toBe("");
      const result = resultIn(out);
      if (code === null) kills++;
      if (!result) continue;
      expect(result).toBe(undisturbed);
      ended++;
      rmSync(join(folder, kind), { recursive: true });
    }
    console.log(`fit of ${kind}: ${numKills} kills, ${ended} trainings to their end`);
  });
}); // prettier-ignore
