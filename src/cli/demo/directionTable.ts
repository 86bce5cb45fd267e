/** A table of how well each direction is recognized, and what it is mistaken for. */
import { directions } from "../../datasets/index.js";
import { bar, percent } from "../terminal.js";

/** Makes the table, a line for each direction. `truth` and `predicted` are indices into `directions`, clip by clip. */
export function directionTable(truth: ArrayLike<number>, predicted: ArrayLike<number>): string {
  const table = directions.map(() => directions.map(() => 0));
  for (let i = 0; i < truth.length; i++) table[truth[i]][predicted[i]]++;
  const lines = directions.map(({ arrow, name }, direction) => {
    const row = table[direction];
    const total = row.reduce((sum, clips) => sum + clips, 0);
    const share = total === 0 ? 0 : row[direction] / total;
    const figures = `${String(total).padStart(5)}  ${percent(share, 1).padStart(7)}`;
    return `  ${arrow} ${name.padEnd(10)}  ${figures}  ${bar(share, 20)}  ${mistakes(row, direction)}`.trimEnd();
  });
  const isAlwaysRight = table.every((row, direction) =>
    row.every((clips, other) => clips === 0 || other === direction),
  );
  const header = `  direction     clips    right${isAlwaysRight ? "" : "                        taken for"}`;
  return [header, ...lines].join("\n");
}

/** Lists the mistakes, the most frequent first: `↗ 3, ↘ 1`. */
function mistakes(row: readonly number[], direction: number): string {
  return row
    .map((clips, other) => ({ clips, arrow: directions[other].arrow, wrong: other !== direction }))
    .filter(({ clips, wrong }) => wrong && clips > 0)
    .sort((a, b) => b.clips - a.clips)
    .map(({ clips, arrow }) => `${arrow} ${clips}`)
    .join(", ");
}
