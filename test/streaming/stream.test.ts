// The life of a stream: frames of all forms, states, several streams, steps that overlap, fail or are aborted, refusals.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  add,
  ArgumentError,
  Attention,
  Bidirectional,
  clearNames,
  Conv1D,
  ConvLSTM2D,
  Dense,
  DisposedError,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  Input,
  Layer,
  type LayerCall,
  LSTM,
  memory,
  Model,
  ModelLayer,
  type OneOrMany,
  type PartialShape,
  Reshape,
  Sequential,
  setSeed,
  ShapeError,
  type Stepper,
  stream,
  sum,
  type SymbolicTensor,
  tensor,
  type Tensor,
  TimeDistributed,
  zeros,
} from "../../src/index.js";
import ndarray from "ndarray";
import { numbers } from "../support/cases/case.js";

const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
const frames = (count: number) => Array.from({ length: count }, (_, i) => numbers(3, i + 1));
const clock = performance.now.bind(performance);
afterEach(() => void (performance.now = clock));

/** From now on a step yields after every part, as if much time had passed. */
function yieldAfterEveryPart(): void {
  let now = 0;
  performance.now = () => (now += 1000);
}

beforeEach(() => {
  clearNames();
  setSeed(5);
});

function model() {
  const x = Input({ shape: [null, 3] });
  return Model({ inputs: x, outputs: Dense({ units: 2 })(LSTM({ units: 4, name: "memory" })(x)), name: "small" });
}

/** What a stream of its own gives after each of some frames. */
async function outputsOf(of: ModelLayer<OneOrMany<Tensor>>, list: readonly Float32Array[]): Promise<number[][]> {
  const live = of.stream();
  const outputs = [];
  for (const frame of list) outputs.push(await values(await live.step<Tensor>(frame)));
  live.dispose();
  return outputs;
}

describe("frames", () => {
  test("may be tensors, arrays, typed arrays, ndarrays and { data, shape }, with and without a batch", async () => {
    const live = model().stream();
    const [data] = frames(1);
    const given = [data, Array.from(data), tensor(data), { data, shape: [3] }, ndarray(data, [3])];
    const wanted = await values(await live.step(data));
    for (const frame of given) {
      live.reset();
      const y = await live.step(frame as Float32Array);
      expect(y.shape).toEqual([2]);
      expect(await values(y)).toEqual(wanted);
    }
    for (const batch of [tensor(data, [1, 3]), [Array.from(data)], { data, shape: [1, 3] }]) {
      live.reset();
      const y = await live.step(batch);
      expect(y.shape).toEqual([1, 2]);
      expect(await values(y)).toEqual(wanted);
    }
    live.reset();
    expect((await live.step(zeros([5, 3]))).shape).toEqual([5, 2]);
  });

  test("may be flat where all their sizes are known, and are copied at the call", async () => {
    const x = Input({ shape: [null, 4, 3, 2] });
    const live = Model({ inputs: x, outputs: Flatten()(ConvLSTM2D({ filters: 2 })(x)) }).stream();
    const data = numbers(24, 1);
    const wanted = await values(await live.step(tensor(data, [4, 3, 2])));
    live.reset();
    const given = Float32Array.from(data);
    const y = live.step(given);
    given.fill(NaN); // a buffer of a camera, used again
    expect(await values(await y)).toEqual(wanted);
  });

  test("that do not fit are refused, and change nothing", async () => {
    const live = model().stream();
    const list = frames(3);
    clearNames();
    setSeed(5);
    const wanted = await outputsOf(model(), list);
    expect(await values(await live.step(list[0]))).toEqual(wanted[0]);
    const wrong = async (frame: unknown, kind: new () => Error, message: string) => {
      const error = await live.step(frame as Tensor).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toContain(message);
    };
    const start = 'Functional "small".stream.step: ';
    await wrong(
      zeros([4]),
      ShapeError,
      `${start}expected [3] or [batch, ...] of them for input "input_layer", received [4]`,
    );
    await wrong(zeros([1, 1, 3]), ShapeError, `${start}expected [3]`);
    await wrong(zeros([0, 3]), ShapeError, `${start}expected [3]`);
    await wrong(zeros([2, 3]), ShapeError, `${start}received a batch of 2 after one of 1; call reset() first`);
    await wrong("frame", ArgumentError, 'received "frame" as a frame; expected a tensor');
    await wrong(undefined, ArgumentError, "received undefined as a frame");
    await wrong([zeros([3]), zeros([3])], ArgumentError, `${start}received 2 arrays as a frame; the model has 1`);
    expect(await values(await live.step(list[1]))).toEqual(wanted[1]);
    expect(await values(await live.step(list[2]))).toEqual(wanted[2]);
  });

  test("of several inputs must have one batch", async () => {
    const inputs = [Input({ shape: [null, 3] }), Input({ shape: [null, 3] })];
    const y = LSTM({ units: 2 })(Activation({ activation: "tanh" })(inputs[0]));
    const outputs = [y, Dense({ units: 1 })(LSTM({ units: 2 })(inputs[1]))];
    const live = Model({ inputs, outputs }).stream();
    await expect(live.step([zeros([2, 3]), zeros([1, 3])])).rejects.toThrow("the inputs have batches of 2, 1");
    await expect(live.step([zeros([2, 3]), zeros([3])])).rejects.toThrow("the inputs have batches of 2, none");
    const [a, b] = await live.step([zeros([2, 3]), zeros([2, 3])]);
    expect([a.shape, b.shape]).toEqual([
      [2, 2],
      [2, 1],
    ]);
  });
});

describe("states", () => {
  test("are copies from which a stream goes on, also as plain arrays", async () => {
    const small = model();
    const list = frames(5);
    const wanted = await outputsOf(small, list);
    const live = small.stream();
    expect(live.states()).toEqual({});
    for (const frame of list.slice(0, 2)) await live.step(frame);
    const states = live.states();
    expect(Object.keys(states)).toEqual(["memory"]);
    expect(states.memory.map(({ shape }) => shape)).toEqual([
      [1, 4],
      [1, 4],
      [1, 4],
    ]);
    for (const frame of list.slice(2)) await live.step(frame);
    live.dispose(); // the copies are the caller's
    const arrays = { memory: await Promise.all(states.memory.map(async (x) => ({ data: await x.data(), shape: x.shape }))) }; // prettier-ignore
    for (const given of [states, arrays]) {
      const again = small.stream({ states: given });
      for (const i of [2, 3, 4]) expect(await values(await again.step(list[i]))).toEqual(wanted[i]);
      again.reset();
      expect(await values(await again.step(list[0]))).toEqual(wanted[0]);
    }
  });

  test("that are not those of the model are refused", () => {
    const small = model();
    const state = (rows: number, units = 4) => zeros([rows, units]);
    const open = (states: unknown) => () => small.stream({ states: states as Record<string, Tensor[]> });
    expect(open({ other: [state(1)] })).toThrow('received states of ["other"], has ["memory"]');
    expect(open({ memory: [state(1), state(1)] })).toThrow(ShapeError);
    expect(open({ memory: [state(1), state(1), state(1, 5)] })).toThrow(
      'states of "memory" are [1, 4], [1, 4], [1, 4], received [1, 4], [1, 4], [1, 5]',
    );
    expect(open({ memory: [state(1), state(2), state(1)] })).toThrow(ShapeError);
    expect(open({ memory: null })).toThrow(ShapeError);
    expect(open(7)).toThrow(ArgumentError);
    expect(() => small.stream({ state: {} } as object)).toThrow('did you mean "states"?');
  });

  test("of several streams are apart, and predict beside them changes nothing", async () => {
    const small = model();
    const list = frames(4);
    const back = [...list].reverse();
    const wanted = [await outputsOf(small, list), await outputsOf(small, back)];
    const [a, b] = [small.stream(), small.stream()];
    yieldAfterEveryPart();
    for (let t = 0; t < 4; t++) {
      const [ya, yb] = await Promise.all([a.step(list[t]), b.step(back[t]), small.predict(zeros([2, 5, 3]))]);
      expect([await values(ya), await values(yb)]).toEqual([wanted[0][t], wanted[1][t]]);
    }
  });

  test("follow the weights: a step uses those of its time", async () => {
    const small = model();
    const live = small.stream();
    await live.step(zeros([3]));
    const [kernel, bias] = small.layers.at(-1)!.weights;
    kernel.assign(new Float32Array(kernel.size));
    bias.assign(new Float32Array([7, 8]));
    expect(await values(await live.step(zeros([3])))).toEqual([7, 8]);
  });
});

describe("steps", () => {
  test("that overlap are computed in the order of the calls", async () => {
    const small = model();
    const list = frames(6);
    const wanted = await outputsOf(small, list);
    yieldAfterEveryPart();
    const live = small.stream();
    const outputs = await Promise.all(list.map((frame) => live.step(frame)));
    expect(await Promise.all(outputs.map(values))).toEqual(wanted);
  });

  test("that are short yield to the event loop once they have taken 32 ms together", async () => {
    const live = model().stream();
    let now = clock();
    performance.now = () => (now += 1.5); // less than 32 ms for the parts of a step
    let turns = 0;
    const counting = setInterval(() => turns++);
    for (const frame of frames(200)) (await live.step(frame)).dispose();
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
  });

  test("that fail or are aborted change nothing, at any pause", async () => {
    const small = model();
    const list = frames(3);
    const wanted = await outputsOf(small, list);
    yieldAfterEveryPart();
    const live = small.stream();
    await live.step(list[0]);
    const { buffers } = memory();
    for (const after of [0, 1, 2]) {
      // `throwIfAborted` is called before the step, and after each pause.
      let calls = 0;
      const signal = { throwIfAborted: () => void (calls++ === after && (() => { throw new Error("stop"); })()) }; // prettier-ignore
      await expect(live.step(list[2], { signal: signal as AbortSignal })).rejects.toThrow("stop");
      expect(memory().buffers).toBe(buffers);
    }
    await expect(live.step(list[2], { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
    const failing = live.step(zeros([2, 3])); // fails when its turn comes
    const next = live.step(list[1]);
    await expect(failing).rejects.toThrow(ShapeError);
    expect(await values(await next)).toEqual(wanted[1]);
    await expect(live.step(list[0], { signal: 3 as never })).rejects.toThrow("expected an AbortSignal");
  });

  test("that are not done at reset go on from the states that they were called for", async () => {
    const small = model();
    const list = frames(4);
    const wanted = await outputsOf(small, list);
    yieldAfterEveryPart();
    const live = small.stream();
    const before = [live.step(list[0]), live.step(list[1])];
    live.reset();
    expect(live.states()).toEqual({});
    const after = live.step(list[0]);
    expect(await values(await before[0])).toEqual(wanted[0]);
    expect(await values(await before[1])).toEqual(wanted[1]);
    expect(await values(await after)).toEqual(wanted[0]);
    live.reset();
    expect((await live.step(zeros([2, 3]))).shape).toEqual([2, 2]); // another batch
  });

  test("after dispose are a DisposedError, also those that are not done", async () => {
    const small = model();
    yieldAfterEveryPart();
    const { buffers } = memory();
    const live = small.stream();
    const [first] = frames(1);
    await live.step(first).then((y) => y.dispose());
    let calls = 0;
    const inTheMiddle = { throwIfAborted: () => void (calls++ === 1 && live.dispose()) }; // not before, but at a pause
    const running = [live.step(first, { signal: inTheMiddle as AbortSignal }), live.step(first)];
    for (const step of running) await expect(step).rejects.toThrow(DisposedError);
    live.dispose();
    await expect(live.step(first)).rejects.toThrow('"small".stream was used after it had been disposed');
    expect(() => live.reset()).toThrow(DisposedError);
    expect(() => live.states()).toThrow(DisposedError);
    await new Promise((done) => setTimeout(done));
    expect(memory().buffers).toBe(buffers);
    {
      using other = small.stream();
      await other.step(frames(1)[0]);
    }
  });

  test("a thousand of them leave the memory as it is", async () => {
    const clip = Input({ shape: [null, 6, 6, 2] });
    const frame = Input({ shape: [6, 6, 2] });
    const features = TimeDistributed(Model({ inputs: frame, outputs: Dense({ units: 3 })(frame) }))(clip);
    const y = Flatten()(ConvLSTM2D({ filters: 2, kernelSize: 3 })(features));
    const model = Model({ inputs: clip, outputs: [y, Dense({ units: 2 })(y)] });
    const { buffers } = memory();
    const live = model.stream();
    const data = numbers(72, 1);
    const step = async () => {
      for (const x of await live.step(data)) x.dispose();
    };
    for (let i = 0; i < 20; i++) await step();
    const before = memory();
    for (let i = 0; i < 1000; i++) await step();
    const after = memory();
    expect([after.buffers, after.usedBytes]).toEqual([before.buffers, before.usedBytes]);
    live.dispose();
    expect(memory().buffers).toBe(buffers);
  });
});

describe("refusals", () => {
  const refused = (...layers: ((x: SymbolicTensor) => SymbolicTensor)[]) => {
    const x = Input({ shape: [8, 4] });
    const built = Model({ inputs: x, outputs: layers.reduce((y, layer) => layer(y), x), name: "refused" });
    return () => built.stream();
  };
  const lstm = LSTM({ units: 4, returnSequences: true });

  test.each<[string, () => (x: SymbolicTensor) => SymbolicTensor, string]>([
    [
      "Bidirectional",
      () => Bidirectional(LSTM({ units: 2 }), { name: "both" }),
      "it also reads the sequence from its end",
    ],
    [
      "LSTM",
      () => LSTM({ units: 2, goBackwards: true, name: "both" }),
      "goBackwards: true reads the last time step first",
    ],
    ["Conv1D", () => Conv1D({ filters: 2, kernelSize: 3, name: "both" }), "its window covers several time steps"],
    ["GlobalAveragePooling1D", () => GlobalAveragePooling1D({ name: "both" }), "it pools over the time axis"],
    ["Flatten", () => Flatten({ name: "both" }), "it joins the time axis with the others"],
    [
      "Reshape",
      () => Reshape({ targetShape: [8, 2, 2], name: "both" }),
      "it does not say that it can, see Layer.stepper",
    ],
    ["Attention", () => (x) => Attention({ name: "both" })([x, x]), "it attends to all time steps"],
    ["Activation", () => Activation({ activation: (x: Tensor) => add(x, 1), name: "both" }), "its activation is a function of yours"], // prettier-ignore
  ])("%s is named, with the reason", (kind, make, reason) => {
    const error = catchError(refused(lstm, make()));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(/^[^\n]*$/);
    expect(error.message).toBe(
      `Functional "refused".stream: ${kind} "both" cannot compute one time step after the other: ${error.message.includes(reason) ? error.message.split(": ").slice(2).join(": ") : reason}`, // prettier-ignore
    );
    expect(error.message).toContain(`: ${reason}`);
    // Before a recurrent layer too, and where nothing else reads a sequence.
    expect(catchError(refused(make())).message).toContain(`${kind} "both" cannot`);
  });

  test("inside a nested model the layer is named", () => {
    const inner = Input({ shape: [8, 4] });
    const nested = Model({ inputs: inner, outputs: Conv1D({ filters: 2, kernelSize: 1, name: "deep" })(inner) });
    expect(refused(nested, LSTM({ units: 2 }))).toThrow('"refused".stream: Conv1D "deep" cannot');
  });

  test("training: true, states of other layers, stateful layers after the last and mixed inputs", () => {
    const x = Input({ shape: [8, 4] });
    const [y, h, c] = LSTM({ units: 4, returnState: true })(x) as unknown as SymbolicTensor[];
    const decoder = LSTM({ units: 4, name: "decoder" })(x, { initialState: [h, c] });
    expect(() => Model({ inputs: x, outputs: decoder }).stream()).toThrow(
      'LSTM "decoder" cannot compute one time step after the other: it begins with states of another layer',
    );
    expect(refused(lstm, (z) => Activation({ activation: "relu" })(z, { training: true }))).toThrow(
      "called with training",
    );
    const last = (z: SymbolicTensor) => Reshape({ targetShape: [2, 2] })(z);
    expect(refused(LSTM({ units: 4 }), last, LSTM({ units: 2, stateful: true, name: "after" }))).toThrow(
      'LSTM "after" cannot compute one time step after the other: stateful: true',
    );
    const inside = TimeDistributed(LSTM({ units: 2, stateful: true }), { name: "frames" });
    expect(refused(lstm, (z) => TimeDistributed(Reshape({ targetShape: [2, 2] }))(z), inside)).toThrow(
      'TimeDistributed "frames" cannot compute one time step after the other: stateful: true',
    );
    expect(y.shape).toEqual([null, 4]);
  });

  test("models without a time axis, of one's own call, and disposed ones", () => {
    const flat = Input({ shape: [4] });
    const dense = Model({ inputs: flat, outputs: Dense({ units: 2 })(flat), name: "flat" });
    expect(() => dense.stream()).toThrow('Functional "flat".stream: no layer reads a sequence');
    class OwnCall extends ModelLayer {
      override call(inputs: Tensor[]) {
        return inputs;
      }
    }
    const x = Input({ shape: [8, 4] });
    expect(() => new OwnCall({ inputs: x, outputs: LSTM({ units: 2 })(x) }).stream()).toThrow(
      "its call is not that of Model",
    );
    expect(() => Sequential([]).stream()).toThrow(ArgumentError);
    expect(() => stream(Dense({ units: 2 }) as never)).toThrow("stream: expected a model, received DenseLayer.");
    dense.dispose();
    expect(() => dense.stream()).toThrow(DisposedError);
  });
});

describe("layers of one's own", () => {
  class OneOff extends Layer {
    static override className = "OneOff";
    override call([x]: Tensor[]) {
      return [add(x, 1)];
    }
    override computeOutputShape(shapes: PartialShape[]) {
      return shapes;
    }
  }
  class Alone extends OneOff {
    override stepper() {
      return true;
    }
  }
  /** The sum over all steps so far: a state of its own. */
  class RunningSum extends OneOff {
    static override className = "RunningSum";
    override call([x]: Tensor[]) {
      return [sum(x, 1)];
    }
    override computeOutputShape([[batch, , size]]: PartialShape[]) {
      return [[batch, size]];
    }
    override stepper([x]: PartialShape[]): Stepper {
      const shape = [null, x[2]];
      return {
        timed: [false],
        stateShapes: [shape],
        step([now], [before]) {
          const y = now.as([now.shape[0], now.shape[2]]);
          const total = before ? add(before, y) : add(y, 0);
          return { outputs: [add(total, 0)], states: [total] };
        },
      };
    }
  }

  test("take part where they say how, and are refused where not", async () => {
    const through = (layer: Layer) => {
      const x = Input({ shape: [null, 3] });
      return Model({ inputs: x, outputs: LSTM({ units: 2 })((layer as Layer & LayerCall)(x)) });
    };
    expect(() => through(new OneOff({})).stream()).toThrow('OneOff "one_off" cannot compute one time step after the other: it does not say that it can, see Layer.stepper'); // prettier-ignore
    const small = through(new Alone({}));
    const list = frames(2);
    const y = await small.predict(tensor(Float32Array.from(list.flatMap((x) => [...x])), [1, 2, 3]));
    expect((await outputsOf(small, list))[1]).toEqual(await values(y));
  });

  test("keep states that stream.states lists", async () => {
    const x = Input({ shape: [null, 3] });
    const sum = new RunningSum({ name: "sum" }) as unknown as Layer & LayerCall;
    const live = Model({ inputs: x, outputs: sum(x) }).stream();
    await live.step([1, 2, 3]);
    expect(await values(await live.step([10, 20, 30]))).toEqual([11, 22, 33]);
    expect(await values(live.states().sum[0])).toEqual([11, 22, 33]);
  });
});

function catchError(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

test("an Embedding of single tokens takes numbers", async () => {
  const x = Input({ shape: [null] });
  const y = LSTM({ units: 3 })(Embedding({ inputDim: 5, outputDim: 2 })(x));
  const words = Model({ inputs: x, outputs: y });
  const live = words.stream();
  await live.step(4);
  const [one, whole] = [await live.step(2), await words.predict([[4, 2]])];
  expect(one.shape).toEqual([3]);
  expect(await values(one)).toEqual(await values(whole));
});
