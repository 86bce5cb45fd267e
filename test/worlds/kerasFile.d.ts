/** A model of Keras, as base64. The runner writes it. */
export declare const kerasFile: string;
