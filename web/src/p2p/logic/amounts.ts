/** Fiat for an asset and back, exactly as the exchange reckons it. Source: docs/rules/p2p.md, "Units". */

import { powerOfTen, stepsOf, textOf, trimmed } from "../../numbers/decimal.ts";

/** A price is fiat for one whole unit of an asset, with at most so many decimals. */
export const PRICE_DECIMALS = 8;
/** A margin is counted in millionths of the index: four decimals of a percent. */
export const MARGIN_DECIMALS = 4;
const MARGIN_WHOLE = 1_000_000n;

/** What a pair counts in: decimals of the asset and of the fiat's minor unit. */
export interface Pair {
  readonly asset: string;
  readonly fiat: string;
  readonly assetDecimals: number;
  readonly fiatDecimals: number;
}

/** Minor units that so many atoms cost, up: the seller is never a minor unit short. */
export function fiatFor(atoms: bigint, price: string, pair: Pair): bigint | null {
  const priced = stepsOf(price, PRICE_DECIMALS);
  if (priced === null || priced === 0n) return null;
  const divisor = powerOfTen(pair.assetDecimals + PRICE_DECIMALS);
  return (atoms * priced * powerOfTen(pair.fiatDecimals) + divisor - 1n) / divisor;
}

/** Atoms that so many minor units buy, down. */
export function atomsFor(minor: bigint, price: string, pair: Pair): bigint | null {
  const priced = stepsOf(price, PRICE_DECIMALS);
  if (priced === null || priced === 0n) return null;
  return (minor * powerOfTen(pair.assetDecimals + PRICE_DECIMALS)) / (priced * powerOfTen(pair.fiatDecimals));
}

/** ⌊atoms × fraction⌋ of a fee such as "0.001". */
export function feeOf(atoms: bigint, fraction: string): bigint {
  return (atoms * (stepsOf(fraction, PRICE_DECIMALS) ?? 0n)) / powerOfTen(PRICE_DECIMALS);
}

/** A floating price: ⌊index × margin⌋ with the margin in percent of the index; null when either is no number. */
export function floatingPrice(index: string, margin: string): string | null {
  const [noted, moved] = [stepsOf(index, PRICE_DECIMALS), stepsOf(margin, MARGIN_DECIMALS)];
  if (noted === null || moved === null) return null;
  const price = (noted * moved) / MARGIN_WHOLE;
  return price === 0n ? null : trimmed(textOf(price, PRICE_DECIMALS));
}

/** How far a price is from the index, in percent with two decimals and a sign; null without an index. */
export function spreadOf(price: string, index: string | null): string | null {
  const [priced, noted] = [stepsOf(price, PRICE_DECIMALS), stepsOf(index ?? "", PRICE_DECIMALS)];
  if (priced === null || noted === null || noted === 0n) return null;
  const hundredths = ((priced - noted) * 10_000n) / noted;
  const text = textOf(hundredths < 0n ? -hundredths : hundredths, 2);
  return hundredths === 0n ? "0.00%" : `${hundredths < 0n ? "−" : "+"}${text}%`;
}

/** Of two amounts on one grid the smaller. */
export const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);
