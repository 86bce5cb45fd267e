// Gradients against differences: <u, f'(x) v> by central differences and by the tape, in double.
import { valueAndGrad } from "../../../src/autograd.js";
import { add, multiply, sum } from "../../../src/ops/index.js";
import { scope } from "../../../src/scope.js";
import { tensor, type Tensor, type Variable } from "../../../src/tensor.js";
import { numbers } from "./case.js";

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** The sum of the outputs, each element multiplied by a different factor: <u, f(x)>. */
export function weighted(outputs: Tensor | readonly Tensor[]): Tensor {
  const list = Array.isArray(outputs) ? (outputs as Tensor[]) : [outputs as Tensor];
  const terms = list.map((y, i) => sum(multiply(y, tensor(numbers(y.size, 100 + i), y.shape))));
  return terms.reduce((a, b) => add(a, b));
}

/** How far the gradient of `f` for each variable is from differences, relative to its size, along one random direction. */
export async function directional(
  f: () => readonly Tensor[],
  variables: readonly Variable[],
  step = 1e-5,
): Promise<{ name: string; error: number; size: number }[]> {
  const { value, grads } = valueAndGrad(() => weighted(f()), variables)();
  const gradients = await Promise.all(grads.map((g) => g.data()));
  for (const x of [value, ...grads]) x.dispose();
  const at = async (variable: Variable, values: ArrayLike<number>): Promise<number> => {
    variable.assign(values);
    const result = scope(() => weighted(f()));
    const [number] = await result.data();
    result.dispose();
    return number;
  };
  const found: { name: string; error: number; size: number }[] = [];
  for (const [i, variable] of variables.entries()) {
    const values = Float64Array.from(await variable.data());
    const v = numbers(values.length, 200 + i);
    const moved = (by: number) => values.map((value, j) => value + by * v[j]);
    const difference = (await at(variable, moved(step))) - (await at(variable, moved(-step)));
    variable.assign(values);
    const scale = Math.max(norm(gradients[i]) * norm(v), 1);
    const error = Math.abs(difference / (2 * step) - dot(gradients[i], v)) / scale;
    found.push({ name: variable.name, error, size: norm(gradients[i]) });
  }
  return found;
}
