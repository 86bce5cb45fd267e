/** Products and windows. */
import { readWindow } from "../../../layers/window.js";
import { windowAttributes } from "../convolutions.js";
import { refuse } from "../context.js";
import type { Rule, Rules } from "./rule.js";

const matMul: Rule = ({ graph, xs: [a, b] }) => graph.op("MatMul", [a.name, b.name]);

const pool =
  (type: "MaxPool" | "AveragePool"): Rule =>
  ({ graph, layer, xs: [x], args: [size, strides, padding = "valid"] }) => {
    const space = x.shape.slice(1, -1);
    const options = { strides: (strides ?? size) as number, padding: padding as string };
    const window = readWindow(layer.label, "poolSize", size as number, options, space.length);
    const { dilations: _, ...attributes } = windowAttributes(space, window);
    const given = graph.withChannelsAt(x, 1).name;
    return graph.channelsLast(graph.value(graph.op(type, [given], attributes), x.shape, 1)).name;
  };

export const products: Rules = {
  matMul,
  dot: (call) => {
    const [a, b] = call.xs;
    if (a.shape.length === 0 || b.shape.length === 0) return call.graph.op("Mul", [a.name, b.name]);
    return b.shape.length <= 2 ? matMul(call) : refuse(call.layer, "its second tensor has more than two axes");
  },
  maxPool: pool("MaxPool"),
  averagePool: pool("AveragePool"),
  rgbToGrayscale: ({ graph, xs: [x] }) =>
    x.shape.at(-1) === 1 ? x.name : graph.op("MatMul", [x.name, graph.floats([0.2989, 0.587, 0.114], [3, 1])]),
};
