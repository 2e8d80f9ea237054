/** Amounts and places in lists as they are shown. */

import { trimmed } from "../../numbers/decimal.ts";
import { separated } from "../../numbers/format.ts";

/** "1,234.50 CNY": separated, with its unit. Zeros that a fiat's own decimals have stay. */
export function money(amount: string, unit: string): string {
  return `${amountText(amount)} ${unit}`;
}

/** Two decimals stay as they are; longer fractions lose their zeros. */
export function amountText(amount: string): string {
  const fraction = amount.split(".")[1] ?? "";
  return separated(fraction.length <= 2 ? amount : padded(trimmed(amount)));
}

/** "1,000 – 15,000 CNY": limits, whose whole amounts need no zeros. */
export function rangeText(least: string, most: string, unit: string): string {
  const short = (amount: string): string => (/\.0*$/.test(amount) ? separated(trimmed(amount)) : amountText(amount));
  return `${short(least)} – ${short(most)} ${unit}`;
}

function padded(text: string): string {
  const fraction = text.split(".")[1] ?? "";
  return fraction.length >= 2 ? text : `${text.split(".")[0]}.${fraction.padEnd(2, "0")}`;
}

/** A price: what is behind the second decimal only if it says something. */
export const priceText = (price: string): string => separated(padded(trimmed(price)));

/** A percentage as the door tells it, "98.50", short: "98.5%". */
export const percentText = (percent: string | null): string => (percent === null ? "–" : `${trimmed(percent)}%`);

/** First letter of a name, for a round mark beside it; whole characters, not halves of one. */
export const initialOf = (name: string): string => (Array.from(name.trim())[0] ?? "?").toUpperCase();

/** One of `count` tints, the same for the same name wherever it is shown. */
export function tintOf(name: string, count: number): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9_973;
  return sum % count;
}

/** Bytes of a file as people say it. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
