// When a plan is kept for the next call, when it is not, and what follows changes of the model.
import { describe, expect, test } from "vitest";
import * as z from "../../src/index.js";
import { difference, mixWeights, values } from "./support.js";

/** A layer with one input and one output of its shape. */
abstract class SameShapeLayer extends z.Layer {
  /** How often `call` was called. */
  static calls = 0;
  override computeOutputShape(shapes: z.PartialShape[]): z.PartialShape[] {
    return shapes;
  }
  override call([x]: z.Tensor[]): z.Tensor[] {
    SameShapeLayer.calls++;
    return [this.map(x)];
  }
  abstract map(x: z.Tensor): z.Tensor;
}

const around = (layer: z.Layer, shape = [3]) => {
  const input = z.Input({ shape });
  return z.Model({ inputs: input, outputs: layer.apply(input) as z.SymbolicTensor });
};

/** Counts the calls of layers from now on. */
function countCalls(): () => number {
  SameShapeLayer.calls = 0;
  return () => SameShapeLayer.calls;
}

const x = z.tensor([[1, 2, 3]]);
const predict = async (model: ReturnType<typeof around>) => (await values(await model.predict(x)))[0];

describe("a model whose layers do the same in each call", () => {
  class TwiceLayer extends SameShapeLayer {
    factor = 2;
    override map(x: z.Tensor): z.Tensor {
      return z.affine(x, this.factor);
    }
  }

  test("calls them twice, then runs rows", async () => {
    using model = around(new TwiceLayer());
    const calls = countCalls();
    for (let i = 0; i < 5; i++) expect(await predict(model)).toEqual([2, 4, 6]);
    expect(calls()).toBe(2);
  });

  test("calls them each time if a layer inside says that it is not pure, and names it", async () => {
    class LaterLayer extends SameShapeLayer {
      override readonly pure: boolean;
      constructor(pure: boolean) {
        super({ name: "later" });
        this.pure = pure;
      }
      /** Something else from the fourth call on. */
      override map(x: z.Tensor): z.Tensor {
        return z.affine(x, SameShapeLayer.calls < 4 ? 2 : 3);
      }
    }
    const each = (pure: boolean) => {
      const clips = z.Input({ shape: [1, 3] });
      return z.Model({
        inputs: clips,
        outputs: z.TimeDistributed(new LaterLayer(pure), { name: "each" })(clips),
        name: "film",
      });
    };
    using given = z.tensor([[[1, 2, 3]]]);
    for (const pure of [true, false]) {
      using model = each(pure);
      const calls = countCalls();
      const found: number[] = [];
      for (let i = 0; i < 5; i++) found.push((await values(await model.predict(given)))[0][0]);
      expect(found).toEqual(pure ? [2, 2, 2, 2, 2] : [2, 2, 2, 3, 3]);
      expect(calls()).toBe(pure ? 2 : 5);
      const plan = await model.plan([1, 1, 3]);
      expect(plan.odd).toBe(pure ? undefined : "film/each/later");
      expect(String(plan)).toMatch(
        pure ? /constants\n$/ : /\nNot kept: film\/each\/later does something else in each call\.\n$/,
      );
    }
  });

  test("calls them anew for another shape, and remembers four shapes", async () => {
    using model = around(new TwiceLayer());
    const run = async (rows: number) => {
      using given = z.ones([rows, 3]);
      expect((await values(await model.predict(given)))[0]).toEqual(new Array(3 * rows).fill(2));
    };
    for (const rows of [1, 1, 2, 2, 3, 3, 4, 4]) await run(rows);
    const calls = countCalls();
    for (const rows of [1, 2, 3, 4, 1]) await run(rows);
    expect(calls()).toBe(0);
    await run(5);
    expect(calls()).toBe(1);
    for (const rows of [3, 4, 1]) await run(rows);
    expect(calls()).toBe(1);
    await run(2); // the one that was not used for the longest time
    expect(calls()).toBe(2);
  });

  test("sees an option that was changed", async () => {
    const layer = new TwiceLayer();
    using model = around(layer);
    for (let i = 0; i < 3; i++) await predict(model);
    layer.factor = 5;
    for (let i = 0; i < 3; i++) expect(await predict(model)).toEqual([5, 10, 15]);
  });

  test("sees an option inside of a list or an object that was changed", async () => {
    class ListLayer extends SameShapeLayer {
      factors = [2];
      more = { offset: 0 };
      override map(x: z.Tensor): z.Tensor {
        return z.affine(x, this.factors[0], this.more.offset);
      }
    }
    const layer = new ListLayer();
    using model = around(layer);
    for (let i = 0; i < 3; i++) await predict(model);
    layer.factors[0] = 3;
    expect(await predict(model)).toEqual([3, 6, 9]);
    layer.more.offset = 1;
    expect(await predict(model)).toEqual([4, 7, 10]);
  });

  test("sees a weight that was replaced, also where the old one is freed", async () => {
    const dense = z.Dense({ units: 3, useBias: false });
    using model = around(dense);
    for (let i = 0; i < 3; i++) await predict(model);
    dense.kernel.dispose();
    dense.kernel = new z.Variable("other", [3, 3]).assign([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    for (let i = 0; i < 3; i++) expect(await predict(model)).toEqual([1, 2, 3]);
    dense.kernel.dispose();
  });

  test("sees a layer that was added", async () => {
    using model = z.Sequential([z.Input({ shape: [3] }), new TwiceLayer()]);
    for (let i = 0; i < 3; i++) await predict(model as never);
    model.add(new TwiceLayer());
    for (let i = 0; i < 3; i++) expect(await predict(model as never)).toEqual([4, 8, 12]);
  });

  test("plan: false calls them each time", async () => {
    using model = around(new TwiceLayer());
    const calls = countCalls();
    for (let i = 0; i < 4; i++) await values(await model.predict(x, { plan: false }));
    expect(calls()).toBe(4);
  });
});

describe("a model whose layers do something else in each call", () => {
  test("a counter that nothing shows: the plan names the layer", async () => {
    let count = 0;
    class CountingLayer extends SameShapeLayer {
      override map(x: z.Tensor): z.Tensor {
        return z.affine(x, ++count);
      }
    }
    using model = around(new CountingLayer({ name: "counter" }));
    for (let i = 1; i < 5; i++) expect(await predict(model)).toEqual([i, 2 * i, 3 * i]);
    const plan = await model.plan([1, 3]);
    expect(plan.odd).toMatch(/counter$/);
    expect(String(plan)).toContain("Not kept: ");
  });

  test("a counter in a field", async () => {
    class FieldLayer extends SameShapeLayer {
      count = 0;
      override map(x: z.Tensor): z.Tensor {
        return z.affine(x, ++this.count);
      }
    }
    using model = around(new FieldLayer());
    for (let i = 1; i < 6; i++) expect(await predict(model)).toEqual([i, 2 * i, 3 * i]);
  });

  test("random numbers", async () => {
    class NoiseLayer extends SameShapeLayer {
      override map(x: z.Tensor): z.Tensor {
        return z.add(x, z.random(x.shape));
      }
    }
    using model = around(new NoiseLayer());
    const seen = new Set<string>();
    for (let i = 0; i < 5; i++) seen.add(String(await predict(model)));
    expect(seen.size).toBe(5);
  });

  test("a shape that changes", async () => {
    let rows = 1;
    class RowsLayer extends SameShapeLayer {
      override map(x: z.Tensor): z.Tensor {
        return z.add(x, z.sum(z.ones([rows++])));
      }
    }
    using model = around(new RowsLayer());
    for (let i = 1; i < 5; i++) expect(await predict(model)).toEqual([1 + i, 2 + i, 3 + i]);
  });

  test("a tensor that a layer keeps is real after the call, and the one before can be disposed in it", async () => {
    class KeepingLayer extends SameShapeLayer {
      last: z.Tensor | undefined;
      override map(x: z.Tensor): z.Tensor {
        const y = z.affine(x, 1, this.last ? 10 : 0);
        this.last?.dispose();
        this.last = z.keep(z.affine(y, 2));
        return y;
      }
    }
    const layer = new KeepingLayer();
    using model = around(layer);
    const { buffers } = z.memory();
    expect(await predict(model)).toEqual([1, 2, 3]);
    expect(Array.from(await layer.last!.data())).toEqual([2, 4, 6]);
    for (let i = 0; i < 4; i++) {
      expect(await predict(model)).toEqual([11, 12, 13]);
      expect(Array.from(await layer.last!.data())).toEqual([22, 24, 26]);
    }
    layer.last!.dispose();
    expect(z.memory().buffers).toBe(buffers);
  });

  test("a layer that reads a tensor gets its elements", async () => {
    const read: number[][] = [];
    class ReadingLayer extends SameShapeLayer {
      override map(x: z.Tensor): z.Tensor {
        const y = z.affine(x, 3);
        void y.data().then((data) => read.push(Array.from(data)));
        return z.affine(y, 2);
      }
    }
    using model = around(new ReadingLayer());
    for (let i = 0; i < 3; i++) expect(await predict(model)).toEqual([6, 12, 18]);
    expect(read).toEqual([[3, 6, 9], [3, 6, 9], [3, 6, 9]]); // prettier-ignore
  });

  test("a layer that changes a weight in each call", async () => {
    class SumLayer extends SameShapeLayer {
      total = z.keep(new z.Variable("total", [1, 3]).assign([0, 0, 0]));
      override map(x: z.Tensor): z.Tensor {
        this.total.assign(z.add(this.total, x));
        return z.affine(this.total, 1);
      }
    }
    const layer = new SumLayer();
    using model = around(layer);
    for (let i = 1; i < 6; i++) expect(await predict(model)).toEqual([i, 2 * i, 3 * i]);
    layer.total.dispose();
  });

  test("a stateful layer goes on from call to call", async () => {
    const input = z.Input({ shape: [3, 4] });
    using stateful = z.Model({ inputs: input, outputs: z.GRU({ units: 3, stateful: true, name: "gru" })(input) });
    const whole = z.Input({ shape: [null, 4] });
    using plain = z.Model({ inputs: whole, outputs: z.GRU({ units: 3 })(whole) });
    mixWeights(stateful as never);
    plain.setWeights(stateful.weights);
    using part = z.random([2, 3, 4], { seed: 5 });
    for (let calls = 1; calls < 6; calls++) {
      const got = await values(await stateful.predict(part));
      using sequence = z.concat(new Array<z.Tensor>(calls).fill(part), 1);
      expect(difference(got, await values(await plain.predict(sequence)))).toBeLessThan(1e-6);
    }
  });
});

test("outputs that are inputs, one tensor twice, or views of one are each a tensor of their own", async () => {
  const input = z.Input({ shape: [4] });
  const y = z.Dense({ units: 2 })(input);
  using model = z.Model({
    inputs: input,
    outputs: [input, y, y, z.Reshape({ targetShape: [2, 2] })(input), z.Flatten()(y)],
  });
  mixWeights(model as never);
  using given = z.random([3, 4], { seed: 2 });
  const [first] = await values(await model.predict(given, { plan: false }).then((all) => all));
  for (let i = 0; i < 3; i++) {
    const outputs = await model.predict(given);
    expect(outputs.map(({ shape }) => shape)).toEqual([[3, 4], [3, 2], [3, 2], [3, 2, 2], [3, 2]]); // prettier-ignore
    outputs[0].dispose();
    outputs[1].dispose();
    const [, ...rest] = outputs;
    const [again, turned, flat] = await values(rest.slice(1));
    expect(turned).toEqual(first);
    expect(again).toEqual(flat);
  }
  expect(Array.from(await given.data())).toEqual(first);
});

test("a constant that is read before it is complete is computed in each run", async () => {
  class TwiceFilledLayer extends SameShapeLayer {
    override map(x: z.Tensor): z.Tensor {
      const { kernels } = x.backend;
      const filled = z.ones(x.shape);
      const first = z.add(x, filled);
      kernels.fill(filled.buffer, 10);
      return z.add(first, filled);
    }
  }
  using model = around(new TwiceFilledLayer());
  for (let i = 0; i < 3; i++) expect(await predict(model)).toEqual([12, 13, 14]);
});

test("constants belong to the backend on which they were computed", async () => {
  class OffsetLayer extends SameShapeLayer {
    override map(x: z.Tensor): z.Tensor {
      return z.add(x, z.full([3], 5));
    }
  }
  using model = around(new OffsetLayer());
  const run = async (rows: number) => {
    using given = z.ones([rows, 3]);
    return (await values(await model.predict(given)))[0];
  };
  for (let i = 0; i < 2; i++) expect(await run(1)).toEqual([6, 6, 6]);
  await z.init({ relaxed: false });
  expect(await run(2)).toEqual(new Array(6).fill(6)); // a shape of its own, with the same constant
  expect(await run(1)).toEqual([6, 6, 6]);
});

test("strings are looked up in each call", async () => {
  const input = z.Input({ shape: [1], dtype: "string" } as never);
  const lookup = z.StringLookup({ vocabulary: ["cat", "dog"] });
  using model = z.Model({ inputs: input, outputs: lookup(input) });
  for (let i = 0; i < 2; i++) {
    expect(await values(await model.predict([["cat"], ["dog"]] as never))).toEqual([[1, 2]]);
    expect(await values(await model.predict([["dog"], ["emu"]] as never))).toEqual([[2, 0]]);
  }
});

test("masks of embeddings, several inputs and shared layers", async () => {
  const words = z.Input({ shape: [5] });
  const other = z.Input({ shape: [5] });
  const embed = z.Embedding({ inputDim: 9, outputDim: 3, maskZero: true });
  const gru = z.GRU({ units: 4 });
  const [a, b] = [words, other].map((each) => gru(embed(each)));
  using model = z.Model({ inputs: [words, other], outputs: z.Concatenate()([a, b]) });
  mixWeights(model as never);
  const left = z.tensor([[1, 2, 0, 0, 0], [3, 4, 5, 6, 0]]); // prettier-ignore
  const right = z.tensor([[8, 8, 8, 8, 8], [1, 0, 0, 0, 0]]); // prettier-ignore
  const byCall = await values(model([left, right]) as z.Tensor);
  for (let i = 0; i < 3; i++) expect(difference(await values(await model.predict([left, right])), byCall)).toBeLessThan(1e-6); // prettier-ignore
  left.dispose();
  right.dispose();
});
