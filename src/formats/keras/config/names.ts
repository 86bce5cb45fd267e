/** How Keras spells names (`kernel_size` is `kernelSize` here) and objects. */

/** `return_sequences` -> `returnSequences`. A name in camel case stays as it is. */
export const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());

/** `returnSequences` -> `return_sequences`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A name without case and underscores, by which `GlorotUniform` and `glorot_uniform` are equal. */
export const foldName = (name: string): string => name.replace(/_/g, "").toLowerCase();

/** An object of a class of Keras, in the form of Keras 3. */
export const kerasObject = (module: string, className: string, config: object): Record<string, unknown> => ({
  module,
  class_name: className,
  config,
  registered_name: null,
});
