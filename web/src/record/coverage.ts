/** How much of what is out is backed. */

import { decimalsOf, stepsOf } from "../numbers/decimal.ts";

const HUNDREDTHS_OF_PERCENT = 10_000n;

/**
 * Percent with two decimals, cut and never rounded up: what is short by one atom is not whole. Null when nothing is out, or
 * an amount is malformed.
 */
export function coverage(backing: string, out: string): string | null {
  const decimals = Math.max(decimalsOf(backing), decimalsOf(out));
  const [part, whole] = [stepsOf(backing, decimals), stepsOf(out, decimals)];
  if (part === null || whole === null || whole === 0n) return null;
  const digits = ((part * HUNDREDTHS_OF_PERCENT) / whole).toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}%`;
}

/** Whether less stands behind it than is out. */
export function isShort(backing: string, out: string): boolean {
  const decimals = Math.max(decimalsOf(backing), decimalsOf(out));
  const [part, whole] = [stepsOf(backing, decimals), stepsOf(out, decimals)];
  return part === null || whole === null || part < whole;
}
