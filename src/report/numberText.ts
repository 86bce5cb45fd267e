/** Numbers as the report writes them, in its charts and in its page. */

/** A share as text: `87 %`; below 10 % with one decimal, `4.2 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** Three digits, without zeros at the end. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));

/** Whether the times of frames are seconds of a film; of numbered pictures they are 0, 1, 2 ... */
export const areSeconds = (times: readonly number[]): boolean => times.some((time, step) => time !== step);

/** With the minus sign of typography in place of a hyphen. */
export const withMinus = (text: string): string => text.replaceAll("-", "−");

/** A share within 0 to 1; NaN becomes 0. */
export const clampShare = (share: number): number => Math.min(1, Math.max(0, share || 0));
