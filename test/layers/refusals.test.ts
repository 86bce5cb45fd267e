// What layers refuse leaves nothing behind, and says what was expected; also where no compiler has checked the types.
import { beforeAll, describe, expect, test } from "vitest";
import {
  AlphaDropout,
  ArgumentError,
  callable,
  Conv3D,
  ConvLSTM2DCell,
  Dense,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  GRUCell,
  init,
  Input,
  Layer,
  LSTM,
  LSTMCell,
  memory,
  Sequential,
  ShapeError,
  SpatialDropout1D,
  stepGates,
  type Tensor,
  TimeDistributed,
  zeros,
} from "../../src/index.js";

beforeAll(() => init());

/** Expects an error of this kind, and as many buffers as before. */
function expectRefused(work: () => unknown, kind: new () => Error, text: RegExp): void {
  const { buffers, usedBytes } = memory();
  let error: unknown;
  try {
    work();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(kind);
  expect((error as Error).message).toMatch(text);
  expect((error as Error).message).not.toMatch(/\n/);
  expect(memory()).toMatchObject({ buffers, usedBytes });
}

describe("a layer that is refused in its first call has no weights", () => {
  test("where a later weight cannot be made", () => {
    const layer = Conv3D({ filters: 2, kernelSize: 2, biasInitializer: () => new Float32Array(1) });
    const x = zeros([1, 3, 3, 3, 2]);
    expectRefused(() => layer(x), ShapeError, /1 values do not fill \[2\]/);
    expect(layer.weights).toEqual([]);
    expect(layer.built).toBe(false);
    x.dispose();
  });

  test("where its `call` throws", () => {
    class FailingLayer extends Layer {
      static override className = "Failing";
      override build(): void {
        this.addWeight("w", [3], "zeros");
      }
      override call(): Tensor[] {
        throw new ShapeError("Failing: no.");
      }
      override computeOutputShape([x]: never[]) {
        return [x];
      }
    }
    const layer = callable(FailingLayer)({});
    const x = zeros([1, 3]);
    expectRefused(() => layer(x), ShapeError, /no\./);
    x.dispose();
  });

  test("in a Sequential with what is no layer", () => {
    const dense = Dense({ units: 2 });
    expectRefused(() => Sequential([Input({ shape: [3] }), dense, "text" as never]), ArgumentError, /expected a layer/);
    expect([dense.built, dense.nodes.length]).toEqual([false, 0]);
    const model = Sequential([Input({ shape: [4] }), dense]);
    expect(model.countParams()).toBe(10);
    model.dispose();
  });
});

describe("without a compiler", () => {
  const made = (methods: object) => {
    class OddLayer extends (Layer as unknown as new (options: object) => Layer) {
      static className = "Odd";
      call([x]: Tensor[]): Tensor[] {
        return [x];
      }
      computeOutputShape([x]: never[]) {
        return [x];
      }
    }
    return Object.assign(new OddLayer({ name: "odd" }), methods);
  };

  test.each(["call", "computeOutputShape"])("a layer without %s", (method) => {
    const layer = made({ [method]: undefined });
    const x = zeros([2, 3]);
    const text = new RegExp(
      `^Odd "odd": ${method} returned undefined; expected a list, one for each output: return \\[`,
    );
    expectRefused(() => layer.apply(x), ArgumentError, text);
    x.dispose();
  });

  test("addWeight with options in place of its arguments", () => {
    const layer = made({
      build(this: { addWeight(options: object): void }) {
        this.addWeight({ name: "w", shape: [3] });
      },
    });
    const text = /addWeight received \[Object, undefined, undefined\]; expected \(name, shape, initializer or/;
    expectRefused(() => layer.apply(Input({ shape: [3] })), ArgumentError, text);
  });

  test("a name that is no text", () => {
    expectRefused(
      () => Dense({ units: 1, name: Symbol("a") as never }),
      ArgumentError,
      /name Symbol\(a\); expected a text/,
    );
  });

  test("cyclic lists as options", () => {
    const list: unknown[] = [2];
    list.push(list);
    expectRefused(() => Conv3D({ filters: 1, kernelSize: list as never }), ArgumentError, /kernelSize \[2, \[2/);
    expectRefused(() => Input({ shape: list as never }), ArgumentError, /is not a shape/);
    expectRefused(() => zeros(list as never), ShapeError, /is not a shape/);
  });
});

describe("cells", () => {
  const cells = {
    GRUCell: [() => GRUCell({ units: 2 }), [1, 3], 1],
    LSTMCell: [() => LSTMCell({ units: 2 }), [1, 3], 2],
    ConvLSTM2DCell: [() => ConvLSTM2DCell({ filters: 2, kernelSize: 1 }), [1, 3, 3, 3], 2],
  } as const;

  test.each(Object.entries(cells))("%s without its states", (_, [make, shape, count]) => {
    const cell = make() as unknown as (...args: unknown[]) => unknown;
    const x = zeros(shape);
    expectRefused(
      () => cell(x),
      ArgumentError,
      /expected a tensor and a list of . states, received \[Tensor, undefined\]/,
    );
    expectRefused(() => cell(x, x), ArgumentError, /received \[Tensor, Tensor\]/);
    expectRefused(() => cell(undefined, []), ArgumentError, /received \[undefined, \[/);
    expectRefused(
      () => cell(x, []),
      ArgumentError,
      new RegExp(`a list of ${count} states, received \\[Tensor, \\[\\]\\]`),
    );
    expectRefused(() => cell(x, new Array(count).fill(x)), ShapeError, /./);
    x.dispose();
  });

  test("stepGates of something else", () => {
    expectRefused(() => stepGates({} as never, undefined as never, []), ArgumentError, /expected the cell of an LSTM/);
    const { cell } = LSTM({ units: 2 });
    expectRefused(() => stepGates(cell, undefined as never, []), ArgumentError, /received \[undefined, \[/);
  });
});

test("a Sequential inside of TimeDistributed does not grow any more", () => {
  const model = Sequential([Input({ shape: [3] }), Dense({ units: 2 })]);
  const layer = TimeDistributed(model);
  expectRefused(() => model.add(Dense({ units: 4 })), ArgumentError, /add: it is inside of another layer or model/);
  expectRefused(() => model.pop(), ArgumentError, /pop: it is inside of another layer or model/);
  expect(layer(Input({ shape: [5, 3] })).shape).toEqual([null, 5, 2]);
  model.dispose();
});

describe("rates of noise", () => {
  const call = async (layer: Layer) => {
    const x = zeros([2, 3, 4]);
    const [y] = layer.compute([x], { training: true });
    const values = await y.data();
    x.dispose();
    y.dispose();
    return values;
  };

  test.each([
    ["GaussianDropout", GaussianDropout],
    ["AlphaDropout", AlphaDropout],
  ])("%s takes those below 1: at 1 there is no finite noise", async (name, make) => {
    for (const rate of [0, 0.999]) expect((await call(make({ rate }))).every(Number.isFinite)).toBe(true);
    expectRefused(() => make({ rate: 1 }), ArgumentError, new RegExp(`^${name} "\\w+": rate 1; expected a number from 0, below 1\\.$`)); // prettier-ignore
    for (const rate of [-0.1, 1.1, NaN, "1", null, undefined]) {
      expectRefused(() => make({ rate: rate as number }), ArgumentError, /: rate .*; expected a number from 0/);
    }
  });

  test.each([
    ["Dropout", () => Dropout({ rate: 1 })],
    ["SpatialDropout1D", () => SpatialDropout1D({ rate: 1 })],
    ["GaussianNoise", () => GaussianNoise({ stddev: 1 })],
  ])("%s takes 1 too", async (_, make) => {
    expect((await call(make())).every(Number.isFinite)).toBe(true);
  });
});
