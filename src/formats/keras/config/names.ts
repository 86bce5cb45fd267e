/** Keras's words and ours: `kernel_size` there is `kernelSize` here. */

/** `return_sequences` -> `returnSequences`; what is in camel case already stays. */
export const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());

/** `returnSequences` -> `return_sequences`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What remains of a name where neither case nor underscores count: `GlorotUniform` and `glorot_uniform` are one. */
export const foldName = (name: string): string => name.replace(/_/g, "").toLowerCase();
