/**
 * Scopes dispose the tensors that a computation makes. A new tensor belongs to the innermost open scope, which disposes
 * it at its end unless it is returned, kept, or still needed by a tape.
 */
import { ArgumentError, checkFunction } from "./errors.js";

/** The base of values that scopes own; tensors extend it. A value belongs to the scope that is open when it is made. */
export abstract class Scoped {
  constructor() {
    currentScope?.add(this);
  }

  abstract dispose(): void;

  /** Values that outlive a scope together with this one. */
  abstract attached(): readonly (Scoped | undefined)[];
}

/** The values that were made in a scope. */
class OpenScope extends Set<Scoped> {
  readonly outer: OpenScope | undefined = currentScope;

  /** @param settles what to call at the end of the transaction that the scope is in; undefined where it is in none. */
  constructor(readonly settles: Settle[] | undefined = currentScope?.settles) {
    super();
  }
}

/** Ends a change that a transaction made: undoes it if the transaction failed. */
type Settle = (failed: boolean) => void;

let currentScope: OpenScope | undefined;
let isHeld: (x: Scoped) => boolean = () => false;

/**
 * @internal Sets the test for values that a tape still needs; a scope moves these to the outer one instead of disposing
 * them.
 */
export const setHeldTest = (held: (x: Scoped) => boolean): void => void (isHeld = held);

/**
 * Runs `work`, then disposes every tensor made in it, except those that it returns (directly, or in arrays, maps or plain
 * objects) and those passed to `keep`. `work` must be synchronous, because code after an `await` would run after the end
 * of the scope.
 *
 * @throws ArgumentError when `work` returns a promise.
 * @example
 * const norm = scope(() => sqrt(sum(square(x)))); // the square and the sum are disposed
 */
export function scope<T>(work: () => T): T {
  checkFunction("scope", work);
  return runIn(openScope(), work);
}

/**
 * `scope` for work that changes everything that it is to change, or nothing: if it throws, what it did to variables,
 * random streams and layers is undone. Inside of another such work it is a part of that.
 */
export const transaction = <T>(work: () => T): T => runIn(openScope(currentScope?.settles ?? []), work);

/**
 * Runs `work`, and then undoes what it did to variables, random streams and layers, whether or not it throws, also inside of a
 * transaction. Its result stays.
 */
export function undone<T>(work: () => T): T {
  const scope = openScope([]);
  let result: T | undefined;
  try {
    return (result = work());
  } finally {
    closeScope(scope, result, true);
  }
}

/** `transaction` for work that may be inside of one already, which it is a part of then, without a scope of its own. */
export const undoably = (work: () => void): void => (currentScope?.settles ? work() : transaction(work));

/**
 * Calls `save` before a change, if a transaction is running; what it returns is called at the end of that, with whether
 * it failed.
 */
export const undoable = (save: () => Settle): void => void currentScope?.settles?.push(save());

const openScope = (settles?: Settle[]): OpenScope => (currentScope = new OpenScope(settles));

function runIn<T>(scope: OpenScope, work: () => T): T {
  let result: T | undefined;
  let failed = true;
  try {
    result = work();
    failed = result instanceof Promise;
    if (!failed) return result;
    result = undefined;
    throw new ArgumentError("scope: received an async function; make the tensors in a function that does not await.");
  } finally {
    closeScope(scope, result, failed);
  }
}

function closeScope(scope: OpenScope, result: unknown, failed: boolean): void {
  const { outer, settles } = scope;
  currentScope = outer;
  const returned = collectScoped(result);
  for (const x of scope) {
    if (returned.has(x) || isHeld(x)) outer?.add(x);
    else x.dispose();
  }
  if (settles !== outer?.settles) for (const settle of settles!.reverse()) settle(failed);
}

/**
 * Removes a tensor from the scopes around it, so that it must be disposed explicitly. Returns the tensor.
 *
 * @example
 * const total = scope(() => {
 *   cache.mask = keep(greater(x, 0)); // outlives the scope
 *   return sum(x);
 * });
 */
export function keep<T extends Scoped>(x: T): T {
  for (let scope = currentScope; scope; scope = scope.outer) scope.delete(x);
  return x;
}

/** Disposes x now; if a tape still needs it, the scope around it disposes it at its end. */
export function disposeUnlessTaped(x: Scoped): void {
  if (!isHeld(x)) x.dispose();
}

/**
 * Lists the tensors in a value: itself, or those in its arrays, maps and plain objects, each with its attached tensors. The
 * arrays, maps and objects are in the list too, so that one that contains itself is looked at once.
 */
export function collectScoped(value: unknown, into = new Set<unknown>()): Set<unknown> {
  if (Object(value) !== value || into.has(value)) return into;
  into.add(value);
  let items: Iterable<unknown> = [];
  if (value instanceof Scoped) items = value.attached();
  else if (value instanceof Map) items = value.values();
  else if (Array.isArray(value)) items = value;
  else if (Object.getPrototypeOf(value) === Object.prototype) items = Object.values(value as object);
  for (const item of items) collectScoped(item, into);
  return into;
}

// ── work that pauses ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Work that pauses wherever it yields, with the number of multiply-adds since its last pause. */
export type Resumable<T> = Generator<number, T, undefined>;

/** `transaction` for resumable work, whose result passes through `finish` at the end. It must run inside `withOwnScopes`. */
export function* resumableScope<T>(work: Resumable<T>, finish = (result: T) => result): Resumable<T> {
  const scope = openScope(currentScope?.settles ?? []);
  let result: T | undefined;
  let failed = true;
  try {
    result = finish(yield* work);
    failed = false;
    return result;
  } finally {
    closeScope(scope, result, failed);
  }
}

/**
 * Runs resumable work with its own stack of scopes: the caller's scopes are restored at every pause. If the work is
 * abandoned before its end, its scopes are closed.
 */
export function* withOwnScopes<T>(work: Resumable<T>): Resumable<T> {
  let inner: OpenScope | undefined;
  const inOwnScopes = <R>(resume: () => R): R => {
    const outer = currentScope;
    currentScope = inner;
    try {
      return resume();
    } finally {
      inner = currentScope;
      currentScope = outer;
    }
  };
  try {
    for (;;) {
      const { done, value } = inOwnScopes(() => work.next());
      if (done) return value;
      yield value;
    }
  } finally {
    inOwnScopes(() => work.return(undefined as T));
  }
}
