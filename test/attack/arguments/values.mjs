// Values for calls: plausible ones by their types, and odd ones.
import { Dense, init, Input, Sequential, setBackend, tensor, Variable } from "zoetrope";
import { createReferenceBackend } from "zoetrope/reference";
import { Canvas } from "zoetrope/report";
import { oddNumbers } from "../files/json.mjs";
import { isTyped } from "../finding.mjs";
import { disposeAll, inputTensors, layerByName, ndarrayOf, optimizerBy } from "./objects.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/** @typedef {import("./types.mjs").Type} Type */

/** Shapes that several functions take: vectors, rows, pictures, clips. */
const shapes = [[], [3], [2, 3], [3, 2], [2, 4, 3], [1, 4, 4, 3], [2, 2, 3, 4], [1, 3, 4, 4, 2], [0, 3], [1], [2, 2]];

await setBackend(createReferenceBackend());
/** Another backend than the one that cases use. */
const { backend: otherBackend } = tensor(0);
/** Little memory, so that sizes that are too large are refused and not computed. */
await init({ maxMemoryBytes: 2 ** 26 });

/** The odd values of a case; those that are made of tensors are disposed with it. */
export class Values {
  /** What is to be disposed after the call. @type {{ dispose(): void }[]} */
  made = [];
  #isOver = false;

  /**
   * @param {readonly Type[]} types
   * @param {Chance} chance
   */
  constructor(types, chance) {
    this.types = types;
    this.chance = chance;
    this.shape = chance.of(shapes);
  }

  // ── plausible values ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** A value of a type. `name`: of the parameter or option. @returns {any} */
  plausible(/** @type {number} */ number, name = "", depth = 0) {
    const { chance } = this;
    const type = this.types[number];
    switch (type.kind) {
      case "literal":
        return type.value;
      case "string":
        return chance.of(["relu", "same", "adam", "mse", "zeros", "x"]);
      case "number":
        return this.#number(name);
      case "boolean":
        return chance.below(2) === 0;
      case "bigint":
        return 1n;
      case "null":
        return null;
      case "union":
        return this.plausible(this.#choice(type.of), name, depth);
      case "tuple":
        return type.of.map((each) => this.plausible(each, name, depth + 1));
      case "array":
        return this.#list(type.of, name, depth);
      case "function":
        return this.#function(type.returns);
      case "object":
        return this.#object(type.properties, name, depth);
      case "instance":
        return this.instance(type.name);
      case "any":
      case "undefined":
        return undefined;
    }
  }

  /** Options are given as often as not. */
  #choice(/** @type {readonly number[]} */ of) {
    const given = of.filter((each) => this.types[each].kind !== "undefined");
    return given.length < of.length && this.chance.below(2) === 0
      ? of[0]
      : this.chance.of(given.length > 0 ? given : of);
  }

  #number(/** @type {string} */ name) {
    if (/rate|alpha|epsilon|momentum|scale|offset|value|threshold|delta|smoothing/i.test(name)) return this.chance.of([0, 0.1, 0.5, 1]); // prettier-ignore
    if (/axis/i.test(name)) return this.chance.of([-1, 0, 1, 2]);
    return this.chance.of([1, 1, 2, 2, 3, 4]);
  }

  #list(/** @type {number} */ of, /** @type {string} */ name, /** @type {number} */ depth) {
    if (/shape/i.test(name) && this.types[of].kind !== "array") return [...this.shape];
    const length = depth > 3 ? 0 : this.chance.of([1, 2, 2, 3]);
    return Array.from({ length }, () => this.plausible(of, name, depth + 1));
  }

  /** What a function gives; nothing after its case, as a class that was registered may be called in a later one. */
  #given(/** @type {number} */ type) {
    return this.#isOver ? undefined : this.plausible(type, "", 3);
  }

  /** Disposes what was made for the case, at its end. */
  end() {
    this.#isOver = true;
    for (const each of this.made.splice(0)) each.dispose();
  }

  /** A function that gives what it is to give, or something else, or fails. */
  #function(/** @type {number} */ returns) {
    const fail = () => {
      throw new Error("thrown by a function of the case");
    };
    return this.chance.of([
      () => this.#given(returns),
      () => this.#given(returns),
      (/** @type {any} */ x) => x,
      () => undefined,
      () => 1,
      (/** @type {any} */ x) => heard(Promise.resolve(x)),
      () => rejected(),
      () => this.odd(undefined),
      fail,
      () => {
        throw "thrown by a function of the case"; // oxlint-disable-line only-throw-error
      },
    ]);
  }

  #object(/** @type {Record<string, number>} */ properties, /** @type {string} */ name, /** @type {number} */ depth) {
    if ("data" in properties && "shape" in properties) return this.#array();
    /** @type {Record<string, any>} */
    const result = {};
    for (const [key, of] of Object.entries(properties)) {
      if (key.startsWith("__@")) continue;
      const isOptional = this.#isOptional(of);
      if (isOptional && (depth > 2 || this.chance.below(3) > 0)) continue;
      result[key] = depth > 5 ? undefined : this.plausible(of, key, depth + 1);
    }
    return result;
  }

  #isOptional(/** @type {number} */ number) {
    const type = this.types[number];
    return type.kind === "union" && type.of.some((each) => this.types[each].kind === "undefined");
  }

  #array() {
    const length = this.shape.reduce((product, size) => product * size, 1);
    return { data: Float32Array.from({ length }, (_, i) => Math.sin(i)), shape: [...this.shape] };
  }

  /** An object of a class. @returns {any} */
  instance(/** @type {string} */ name) {
    switch (name) {
      case "Tensor":
        return this.#keep(tensor(this.#array().data, [...this.shape]));
      case "Variable":
        return this.#keep(new Variable("variable", [...this.shape]).assign(this.#array().data));
      case "SymbolicTensor":
        return Input({ shape: this.shape.slice(1) });
      case "Layer":
      case "RecurrentLayer":
      case "Cell":
        return this.#layer(this.chance.below(2) === 0 && name === "Layer" ? Dense({ units: 2 }) : layerByName(name, this.chance));
      case "ModelLayer":
      case "SequentialModel":
      case "Trainable":
        return this.#model();
      case "Optimizer":
        return this.#keep(optimizerBy(this.chance));
      case "URL":
        return new URL("file:///none/model.safetensors");
      case "Blob":
      case "File":
        return new Blob(["abc"]);
      case "Response":
        return new Response("abc");
      case "ReadableStream":
        return new Blob(["abc"]).stream();
      case "WritableStream":
        return new WritableStream();
      case "AbortSignal":
        return this.chance.of([new AbortController().signal, AbortSignal.abort(new Error("thrown by a function of the case"))]);
      case "ArrayBuffer":
        return new ArrayBuffer(24);
      case "Canvas":
        return new Canvas(8, 6, [0, 0, 0]);
      case "NdArray":
        return ndarrayOf(this.#array());
      case "Promise":
        return Promise.resolve(1);
      default:
        return name.endsWith("Layer") ? this.#layer(layerByName(name, this.chance)) : this.#typedArray(name);
    }
  } // prettier-ignore

  #typedArray(/** @type {string} */ name) {
    const Type = /** @type {any} */ (globalThis)[name];
    if (!name.endsWith("Array") || Type?.BYTES_PER_ELEMENT === undefined) return undefined;
    return Type.from({ length: this.chance.of([0, 4, 6, 24]) }, (/** @type {any} */ _, /** @type {number} */ i) => i);
  }

  /** A layer, which most often has weights already. */
  #layer(/** @type {any} */ layer) {
    this.made.push({ dispose: () => disposeAll(layer) });
    if (layer && !layer.built && this.chance.below(4) > 0) this.#build(layer);
    return layer;
  }

  #model() {
    const shape = this.shape.length > 1 ? this.shape.slice(1) : [3];
    const model = Sequential([Input({ shape }), Dense({ units: 2 })]);
    if (this.chance.below(2) === 0) model.compile({ optimizer: "adam", loss: "mse" });
    return this.#layer(model);
  }

  /** @template {{ dispose(): void }} T */
  #keep(/** @type {T} */ value) {
    this.made.push(value);
    return value;
  }

  /** Calls a layer, so that it has weights. */
  #build(/** @type {any} */ layer) {
    const made = inputTensors(layer, this.shape);
    try {
      disposeAll("stateSize" in layer ? layer.apply(made[0], made.slice(1)) : layer.apply(made.length === 1 ? made[0] : made));
    } catch (error) {
      if (!isTyped(error)) throw error; // a cell of larger states than these
    } finally {
      disposeAll(made);
    }
  } // prettier-ignore

  // ── odd values ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something that hardly any function takes, in the place of `value`. @returns {any} */
  odd(/** @type {any} */ value) {
    const { chance } = this;
    const kinds = [
      () => chance.of([null, undefined, true, "", "x", "\0\n\x1b[31m", "__proto__", "x".repeat(160_000), {}, [], Symbol("s")]),
      () => chance.of([NaN, Infinity, -Infinity, -1, 1.5, 1e21, 2 ** 53, -0, 1n, -(2n ** 70n)]),
      () => chance.of(oddNumbers),
      () => String(value?.length ?? typeof value),
      () => [value],
      () => [value, null],
      () => this.#brokenTensor(),
      () => this.#objects(value),
      () => this.instance(chance.of(["Tensor", "SymbolicTensor", "Layer", "ModelLayer", "Float32Array", "Uint8Array", "ArrayBuffer", "Blob"])),
      () => this.#lists(value),
    ]; // prettier-ignore
    return chance.of(kinds)();
  }

  /** A tensor of another size, one that is disposed, one of another backend, and layers and models that are disposed. */
  #brokenTensor() {
    const broken = this.instance(this.chance.of(["Tensor", "Variable", "Layer", "ModelLayer"]));
    const other = () => new Variable("other", this.shape, true, otherBackend).assign(this.#array().data);
    if (this.chance.below(3) === 0) return this.#keep(this.chance.below(2) === 0 ? other() : tensor([1, 2, 3, 4, 5]));
    disposeAll(broken);
    return broken;
  }

  #objects(/** @type {any} */ value) {
    const thrower = () => {
      throw new Error("thrown by a getter of the case");
    };
    return this.chance.of([
      () => new Proxy(value instanceof Object ? value : {}, {}),
      () => new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower }),
      () => revoked(value),
      () => new Proxy(() => 1, { get: thrower }),
      () => Object.defineProperty({ ...value }, "shape", { get: thrower, enumerable: true }),
      () => ({ shape: [2], data: null, dispose: 1, length: 2 }),
      () => Object.create(null),
      () => new Date(NaN),
      () => new Map([[1, 2]]),
      () => class {},
      () => () => 1,
      () => function* () {},
      () => new (class Own {})(),
      () => new WeakMap(),
      () => Object.freeze({ ...value }),
      () => new Proxy([1, 2], {}),
      () => heard(Promise.resolve(value)),
      () => ({ toString: thrower, valueOf: thrower }),
    ])();
  }

  #lists(/** @type {any} */ value) {
    /** @type {any[]} */
    const cyclic = [1];
    cyclic.push(cyclic);
    const detached = new Float32Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const holder = { of: value, self: /** @type {any} */ (undefined) };
    holder.self = holder;
    return this.chance.of([
      cyclic,
      detached,
      holder,
      ...outOfBounds(),
      [-0, -0],
      new Uint8Array(0),
      [Symbol("s")],
      [1n, 2n],
      [undefined, null],
      new Set([1, 2]),
      [1, 2][Symbol.iterator](),
      Array(3),
      [, 1, , 2], // oxlint-disable-line no-sparse-arrays
      Array(2 ** 20).fill(0),
      new Float64Array([NaN, Infinity]),
      new BigInt64Array(2),
      new DataView(new ArrayBuffer(8)),
      [value, value, value, value, value, value, value, value],
      [[1, 2], [3]],
      [["a"]],
      Object.assign([1, 2], { length: 5 }),
      typeof SharedArrayBuffer === "undefined" ? [] : new Float32Array(new SharedArrayBuffer(8)),
    ]);
  }
}

/** A promise that fails, and that the case itself has heard: who does not await it may leave it. */
const rejected = () => heard(Promise.reject(new Error("thrown by a function of the case")));

/** A promise whose failure, as of a value with a getter that throws, is no news. */
function heard(/** @type {Promise<any>} */ promise) {
  promise.catch(() => {});
  return promise;
}

/** An object that can no longer be looked at. */
function revoked(/** @type {any} */ value) {
  const { proxy, revoke } = Proxy.revocable(value instanceof Object ? value : {}, {});
  revoke();
  return proxy;
}

/** Views of buffers that have become smaller, and one that follows the size of its buffer. */
function outOfBounds() {
  const make = () => new /** @type {any} */ (ArrayBuffer)(32, { maxByteLength: 64 });
  if (!make().resizable) return [];
  const [fixed, following] = [new Float32Array(make(), 8, 4), new Float32Array(make())];
  /** @type {any} */ (fixed.buffer).resize(16);
  /** @type {any} */ (following.buffer).resize(8);
  return [fixed, following];
}

/** Places that can be changed: the arguments, and what lies in plain lists and options in them. */
export function placesOf(/** @type {any[]} */ args) {
  /** @type {{ holder: any, key: string, path: string }[]} */
  const places = [];
  const visit = (/** @type {any} */ holder, /** @type {string} */ path, /** @type {number} */ depth) => {
    for (const key of Object.keys(holder)) {
      const at = path === "" ? `argument ${key}` : `${path}.${key}`;
      places.push({ holder, key, path: at });
      const value = holder[key];
      const isPlain = Array.isArray(value) || (value instanceof Object && Object.getPrototypeOf(value) === Object.prototype);
      if (isPlain && depth < 4) visit(value, at, depth + 1);
    }
  }; // prettier-ignore
  visit(args, "", 0);
  return places;
}
