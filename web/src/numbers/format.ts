/** Amounts and times as they are shown. Never used for what is sent. */

import { trimmed } from "./decimal.ts";

/** Thousands separated: "1234567.8900" becomes "1,234,567.8900". Both languages of the console write it so. */
export function separated(text: string): string {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  return whole.replace(/\B(?=([0-9]{3})+$)/g, ",") + (point < 0 ? "" : text.slice(point));
}

/** A balance: separated, with at least two decimals so that columns are calm. */
export function balance(text: string): string {
  const short = trimmed(text);
  const fraction = short.split(".")[1] ?? "";
  return separated(fraction.length >= 2 ? short : `${short.split(".")[0]}.${fraction.padEnd(2, "0")}`);
}

/** Large volumes in few digits: 12.3M, 1230万. */
export function compact(value: number, language: string): string {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 2 }).format(value);
}

/** Signed percent with two decimals, U+2212 for minus so that columns of figures align. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return "–";
  const text = Math.abs(fraction * 100).toFixed(2);
  if (text === "0.00") return "0.00%";
  return `${fraction < 0 ? "−" : "+"}${text}%`;
}

const pad = (value: number): string => value.toString().padStart(2, "0");

/** Local wall time, 24 hours: 07:08:09. */
export function timeOfDay(time_ms: number): string {
  const at = new Date(time_ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Local date and time, sortable: 2026-07-21 07:08:09. */
export function dateTime(time_ms: number): string {
  const at = new Date(time_ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${timeOfDay(time_ms)}`;
}
