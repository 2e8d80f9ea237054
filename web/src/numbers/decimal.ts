/**
 * Exact decimal text, as the API speaks it.
 *
 * An amount is a whole number of steps of 10^-decimals, held as a bigint. Nothing that goes into an order passes
 * through floating point, but for a share of what the book offers at the moment; `Number` is for what is only drawn.
 */

/** Whole steps of 10^-decimals; null when the text is malformed or finer than the grid. Never rounds. */
export function stepsOf(text: string, decimals: number): bigint | null {
  const parts = /^([0-9]+)(?:\.([0-9]*))?$/.exec(text) ?? /^()\.([0-9]+)$/.exec(text);
  if (parts === null) return null;
  const fraction = (parts[2] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return null;
  return BigInt((parts[1] ?? "") + fraction.padEnd(decimals, "0") || "0");
}

/** Whole steps of 10^-decimals from text that may be finer: the rest is cut off. Null when malformed. */
export function stepsCut(text: string, decimals: number): bigint | null {
  const point = text.indexOf(".");
  return stepsOf(point < 0 ? text : text.slice(0, point + 1 + decimals), decimals);
}

/** Decimal text padded to `decimals`: textOf(150n, 2) is "1.50". */
export function textOf(steps: bigint, decimals: number): string {
  const sign = steps < 0n ? "-" : "";
  const digits = (steps < 0n ? -steps : steps).toString().padStart(decimals + 1, "0");
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The same amount without trailing zeros: "0.01000000" becomes "0.01", "5.0" becomes "5". */
export function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** How many decimals a step needs: "0.01000000" has 2, "1.00000000" has 0. */
export function decimalsOf(step: string): number {
  const text = trimmed(step);
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** What a person typed, as plain decimal text: full-width digits and stops of East Asian keyboards become ASCII. */
export function typed(text: string): string {
  return text.normalize("NFKC").replaceAll("。", ".").replaceAll(/\s/g, "");
}

export const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);
