/** Classes of layers: what makes one callable, and which ones are of this package. */

/** The classes of this package, whose code does nothing that leaves no trace in recorded kernel calls. */
export const ownClasses = new WeakSet<object>();

/** Makes a class callable without `new`. */
export const callableClass = <Args extends unknown[], T>(Class: new (...args: Args) => T) =>
  function (...args: Args): T {
    return new Class(...args);
  };
