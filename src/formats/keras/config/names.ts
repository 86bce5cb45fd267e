/** Spellings of names: `kernel_size` in Keras is `kernelSize` here. */

/** `return_sequences` -> `returnSequences`. A name in camel case stays as it is. */
export const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());

/** `returnSequences` -> `return_sequences`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A name without case and underscores, by which `GlorotUniform` and `glorot_uniform` are equal. */
export const foldName = (name: string): string => name.replace(/_/g, "").toLowerCase();
