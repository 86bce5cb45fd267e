/** What the report knows of gates and states by their names. */

/** The kind decides the scale: 0 to 1 for shares, -1 to 1 for signed values, and for a memory as far as its values reach. */
export type GateKind = "share" | "signed" | "memory";

/** The gates and states in the order in which a step computes them. */
const known = new Map<string, { kind: GateKind; longName: string }>([
  ["i", { kind: "share", longName: "input gate" }],
  ["f", { kind: "share", longName: "forget gate" }],
  ["z", { kind: "share", longName: "update gate" }],
  ["r", { kind: "share", longName: "reset gate" }],
  ["g", { kind: "signed", longName: "candidate" }],
  ["o", { kind: "share", longName: "output gate" }],
  ["c", { kind: "memory", longName: "cell state" }],
  ["h", { kind: "signed", longName: "hidden state" }],
]);

/** The gate's name in words. */
export const longName = (gate: string): string => known.get(gate)?.longName ?? gate;

/** The kind of a gate; a name that is not known may have any values. */
export const kindOf = (gate: string): GateKind => known.get(gate)?.kind ?? "memory";

/** The colour of a gate in equations, in the labels of rows and in charts: a variable of the page's style sheet. */
export const gateColour = (gate: string): string => (known.has(gate) ? `var(--gate-${gate})` : "var(--ink)");

/** Names in the order in which a step computes them; unknown names come last. */
export function inOrder(gates: readonly string[]): string[] {
  const names = [...known.keys()];
  const place = (name: string) => (known.has(name) ? names.indexOf(name) : names.length);
  return [...gates].sort((a, b) => place(a) - place(b));
}
