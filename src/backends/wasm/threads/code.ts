/** Loads the code of threads when they are first needed. In Node, where all files are loaded anyway, it is loaded from the start. */
/** The code of threads. */
export type ThreadCode = typeof import("./sharing.js");

/** The code of threads; undefined while it is not loaded. */
export let threadCode: ThreadCode | undefined;

/** Sets the code of threads; a static import calls it. */
export const provideThreads = (code: ThreadCode): void => void (threadCode = code);

/** Loads the code of threads. */
export const loadThreads = async (): Promise<ThreadCode> => (threadCode ??= await import("./sharing.js"));
