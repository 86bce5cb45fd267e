// What the report's page computes without a document: from the JSON of a clip to bytes, colours and texts.
import { expect, test } from "vitest";
import { base64 } from "../../src/report/base64.js";
import { fromByte, notANumber, toByte, topByte } from "../../src/report/byteScale.js";
import type { Maps } from "../../src/report/clipData.js";
import { colourBytes, scaleTexts } from "../../src/report/gateScale.js";
import { clampShare, percent } from "../../src/report/numberText.js";
import { decodeMaps, mapAt, placeText, stripOf, valueText } from "../../src/report/page/maps.js";
import { overlayOpacity, pixels } from "../../src/report/page/paint.js";
import { pageScript, pageStyle } from "../../src/report/pageBundle.js";

/** Two filters (numbers 7 and 3), two steps, maps of 2 x 3; the bytes count from 0. */
const data: Maps<string> = {
  state: "h",
  steps: 2,
  height: 2,
  width: 3,
  isDense: false,
  filters: [7, 3],
  gates: [{ name: "f", palette: "sequential", low: 0, high: 1, bytes: base64(Uint8Array.from({ length: 24 }, (_, i) => i)) }], // prettier-ignore
};
const maps = decodeMaps(data);
const [f] = maps.gates;

test("base64 is that of Node, for many bytes and for none", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 7) % 256);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  expect(base64(new Uint8Array(0))).toBe("");
});

test("a map is found by filter and step, and a strip has the steps side by side", () => {
  expect([...mapAt(maps, f.bytes, 1, 0)]).toEqual([12, 13, 14, 15, 16, 17]);
  expect([...stripOf(maps, f.bytes, 1)]).toEqual([12, 13, 14, 18, 19, 20, 15, 16, 17, 21, 22, 23]);
});

test("bytes encode values along the scale, and values beyond it as its ends", () => {
  const scale = { low: -2, high: 2 };
  expect([-2, 0, 2, -9, Infinity, NaN].map((value) => toByte(value, scale))).toEqual([0, 127, topByte, 0, topByte, notANumber]); // prettier-ignore
  expect(fromByte(127, scale)).toBe(0);
  expect(fromByte(topByte, scale)).toBe(2);
  expect(fromByte(notANumber, scale)).toBeNaN();
});

test("a value is written with as many decimals as its scale can resolve", () => {
  const gate = (high: number) => ({ ...f, low: -high, high });
  expect(valueText(gate(0.005), 0)).toBe("−0.0050");
  expect(valueText(gate(1), 254)).toBe("1.00");
  expect(valueText(gate(1), 0)).toBe("−1.00");
  expect(valueText(gate(5000), 254)).toBe("5000");
  expect(valueText(f, notANumber)).toBe("not a number");
});

test("a place is named by the indices of filters and units in the layer", () => {
  expect(placeText(maps, f, 1, 1, 2, 1)).toBe("f = 0.09  (step 1, filter 3, row 1, column 2)");
  const dense = decodeMaps({ ...data, isDense: true, height: 2, width: 1 });
  expect(placeText(dense, dense.gates[0], 0, 1, 0, 1)).toBe("f = 0.01  (step 1, unit 3)");
});

test("a gate with scales for each filter is read on that of its bytes, and painted on that of its colours or the common one", () => {
  const bytes = base64(Uint8Array.from({ length: 24 }, (_, i) => (i % 2 ? topByte : notANumber)));
  const reaches = [{ values: 8, colours: 4 }, { values: 2, colours: 2 }]; // prettier-ignore
  const c = { name: "c", palette: "diverging" as const, low: -4, high: 4, reaches, bytes };
  const maps = decodeMaps({ ...data, gates: [c] });
  const [gate] = maps.gates;
  expect(placeText(maps, gate, 0, 0, 1, 0)).toContain("c = 8.0 ");
  expect(placeText(maps, gate, 1, 0, 1, 0)).toContain("c = 2.00 ");
  const own = colourBytes(maps, gate, false);
  expect([own[1], own[13]]).toEqual([topByte, topByte]);
  expect([own[0], own[12]]).toEqual([notANumber, notANumber]);
  const common = colourBytes(maps, gate, true);
  expect([common[1], common[13]]).toEqual([topByte, Math.round(0.75 * topByte)]);
  expect([0, 1].map((filter) => scaleTexts(maps, gate, filter, false))).toEqual([["−4", "4"], ["−2", "2"]]); // prettier-ignore
  expect([0, 1].map((filter) => scaleTexts(maps, gate, filter, true))).toEqual([["−4", "4"], ["−4", "4"]]); // prettier-ignore
  const dense = decodeMaps({ ...data, gates: [c], isDense: true, height: 2, width: 1 }); // bytes are [steps, units]
  expect([...colourBytes(dense, { ...gate, bytes: Uint8Array.of(159, 254) }, false)]).toEqual([191, 254]); // 2 of 4, 2 of 2
  expect(placeText(dense, dense.gates[0], 0, 0, 0, 1)).toContain("c = 2.00 ");
  expect(scaleTexts(dense, dense.gates[0], 0, false)).toEqual(["−own", "own"]);
  expect(scaleTexts(dense, dense.gates[0], 0, true)).toEqual(["−4", "4"]);
  const one = { ...dense, filters: [0] }; // its scale is the only one, whose ends are numbers
  expect(scaleTexts(one, { ...dense.gates[0], reaches: [{ values: 4, colours: 1e-7 }] }, 0, false)).toEqual([
    "−1e−7",
    "1e−7",
  ]);
});

test("bytes become colours of a palette; over a frame the middle of a scale with two sides is clear", () => {
  const palette = Uint8Array.of(0, 0, 255, 0, 255, 0, 200, 10, 11);
  expect([...pixels(Uint8Array.of(2, 0), palette)]).toEqual([200, 10, 11, 255, 0, 0, 255, 255]);
  expect([...pixels(Uint8Array.of(1), palette, () => 0.5)]).toEqual([0, 255, 0, 128]);
  expect(overlayOpacity.diverging(127)).toBe(0);
  expect(overlayOpacity.diverging(0)).toBeCloseTo(0.9);
  expect(overlayOpacity.sequential(0)).toBe(0.6);
});

test("shares are written with a decimal where they are small, and drawn within 0 and 1", () => {
  expect([0, 0.042, 0.1, 0.876, 1].map(percent)).toEqual(["0 %", "4.2 %", "10 %", "88 %", "100 %"]);
  expect([NaN, -1, 0.3, 7].map(clampShare)).toEqual([0, 0, 0.3, 1]);
});

test("the page's script and style are small, and neither ends the element that it stands in", () => {
  expect(pageScript.length).toBeLessThan(8_000);
  expect(pageStyle.length).toBeLessThan(9_000);
  expect(pageScript + pageStyle).not.toMatch(/<\/(script|style)/i);
});
