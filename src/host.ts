/** What the host (Node, Deno, Bun) has beyond the web's own API: found at run time, so that a bundler has nothing to resolve. */
interface Host {
  process?: { getBuiltinModule?: (name: string) => unknown };
}

/** A module of Node's, such as "node:fs"; undefined in a page. */
export const hostModule = (name: string): unknown => (globalThis as Host).process?.getBuiltinModule?.(name);
