/** Where the backend finds the kernels that only training needs. A bundle has them where it differentiates or has an optimizer. */
import type { gradients } from "./kernels.js";

/** Makes these kernels; undefined while nothing needs them. */
export let gradientKernels: typeof gradients | undefined;

/** Sets what makes these kernels. */
export const setGradientKernels = (given: typeof gradients): void => void (gradientKernels = given);
