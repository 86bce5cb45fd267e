// The page of a profile.
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import { type ProfileReport, type ProfileRow, profileHtml } from "../../src/report/index.js";
import { profileTree } from "../../src/report/profile.js";

const row = (layers: string[], kernel: string, ms: number, gflops = 0, ofPeak?: number): ProfileRow => ({
  layers,
  kernel,
  sizes: "2x3",
  ms,
  gflops,
  ...(ofPeak !== undefined && { ofPeak }),
});
const rows = [
  row(["film/each/conv", "film/each/norm"], "conv2d", 6, 20, 0.4),
  row(["film/each/pool"], "maxPool2d", 1),
  row(["film/lstm"], "gemm", 1, 10, 0.2),
  row(["film/lstm"], "lstmGates", 0.5),
  row(["film/lstm"], "gemm", 1, 30, 0.6),
  row(["film/lstm"], "lstmGates", 0.5),
];
const report: ProfileReport = {
  title: "film <1>",
  summary: "A run takes 10 ms.",
  facts: [["Threads", "2"]],
  notes: ["Not kept."],
  rows,
};

test("rows are a tree of layers in order, and of kernels, whose times add up", () => {
  const [model] = profileTree(rows).parts;
  expect(model).toMatchObject({ name: "film", ms: 10, calls: 6 });
  const [each, lstm] = model.parts;
  expect(each.parts.map(({ name, ms }) => [name, ms])).toEqual([["conv + norm", 6], ["pool", 1]]); // prettier-ignore
  expect(lstm).toMatchObject({ name: "lstm", ms: 3, calls: 4, mflop: 40 });
  expect(lstm.parts.map(({ name, ms, calls }) => [name, ms, calls])).toEqual([["gemm: 2x3", 2, 2], ["lstmGates: 2x3", 1, 2]]); // prettier-ignore
  expect(lstm.atPeak).toBeCloseTo(0.2 + 0.6, 9);
});

describe("the page", () => {
  const { document } = parseHTML(profileHtml(report));
  const boxes = [...document.querySelectorAll(".box")].map((box) => ({
    title: box.getAttribute("title")!,
    style: box.parentElement!.getAttribute("style")!,
  }));
  const boxOf = (name: string) => boxes.find(({ title }) => title.startsWith(`${name}: `))!;

  test("has the texts at the top, escaped", () => {
    expect(document.querySelector("h1")!.textContent).toBe("film <1>");
    for (const text of ["A run takes 10 ms.", "Not kept.", "Threads"]) {
      expect(document.querySelector("header")!.textContent).toContain(text);
    }
    expect(document.querySelector("script")).toBeNull();
  });

  test("has a box for each part, as wide as its share of what is around it", () => {
    const widths = { film: 100, each: 70, "conv + norm": (100 * 6) / 7, lstm: 30, "gemm: 2x3": (100 * 2) / 3 };
    for (const [name, width] of Object.entries(widths)) expect(boxOf(name).style).toMatch(`width:${width.toFixed(3)}%`);
    expect(boxes).toHaveLength(9);
  });

  test("says of a box its time, share, calls, speed and share of the peak, which is its colour", () => {
    expect(boxOf("lstm").title).toBe("lstm: 3.00 ms, 30 %, 4 calls, 13.3 GFLOP/s, 27 % of the peak");
    expect(boxOf("lstm").style).toContain("var(--cell-high) 26.7%");
    expect(boxOf("gemm: 2x3").title).toBe("gemm: 2x3: 2.00 ms, 20 %, 2 calls, 20.0 GFLOP/s, 40 % of the peak");
    expect(boxOf("pool").title).toBe("pool: 1.00 ms, 10 %, 1 call");
    expect(boxOf("pool").style).not.toContain("--fill");
  });

  test("lists the layers that take the most time", () => {
    const layers = [...document.querySelectorAll(".longest li bdi")].map((name) => name.textContent);
    expect(layers).toEqual(["each/conv + norm", "lstm", "each/pool"]);
    const bars = [...document.querySelectorAll(".longest .bar span")].map((bar) => bar.getAttribute("style"));
    expect(bars).toEqual(["width:100.00%", "width:50.00%", "width:16.67%"]);
  });

  test("has a table of all calls in order", () => {
    const cells = [...document.querySelectorAll(".calls tbody tr")].map((line) => [...line.querySelectorAll("td")].map((cell) => cell.textContent)); // prettier-ignore
    expect(cells).toHaveLength(rows.length);
    expect(cells[0]).toEqual(["film/each/conv + norm", "conv2d", "2x3", "6.000", "60 %", "20.0", "40 %"]);
    expect(cells[1]).toEqual(["film/each/pool", "maxPool2d", "2x3", "1.000", "10 %", "", ""]);
  });
});

test("without a peak nothing is said of it; a profile without rows is a page", () => {
  const { document } = parseHTML(profileHtml({ ...report, rows: rows.map(({ ofPeak: _, ...rest }) => rest) }));
  expect(document.body.textContent).not.toContain("peak");
  expect(document.querySelectorAll("th")).toHaveLength(6);
  expect(profileHtml({ ...report, rows: [] })).toContain("<tbody></tbody>");
});

test("what is no profile is an error in one line", () => {
  for (const [wrong, expected] of [
    [{ ...report, rows: undefined }, "profileHtml: received undefined as rows; expected a list."],
    [{ ...report, rows: [{ ...rows[0], ms: "1" }] }, 'profileHtml: received "1" as rows[0].ms; expected a number.'],
  ] as const) {
    expect(() => profileHtml(wrong as never)).toThrow(new ArgumentError(expected));
  }
});
