/** Gives the backend the kernels that only training needs. */
import { setGradientKernels } from "./code.js";
import { gradients } from "./kernels.js";

/** Lets all wasm backends have these kernels. To be called before one of them is. */
export const provideGradients = (): void => setGradientKernels(gradients);
