/** The base class that makes instances callable: calling an instance calls its `apply`. */
export class Callable {
  constructor() {
    const self = (...args: unknown[]): unknown => (self as unknown as { apply: typeof self }).apply(...args);
    // The own properties `name` and `length` of a function would hide those of the class.
    delete (self as { name?: string }).name;
    delete (self as { length?: number }).length;
    return Object.setPrototypeOf(self, new.target.prototype);
  }
}
