/** The market's days, put together for a drawing. Only drawn: sums pass through floating point. */

import type { DayOfMarket } from "../door/shapes.ts";

export interface Drawn {
  readonly day: string;
  readonly amount: number;
}

/** Currencies by the number of their orders, the busiest first. */
export function fiatsOf(rows: readonly DayOfMarket[]): readonly string[] {
  const orders = new Map<string, number>();
  for (const { fiat, orders: count } of rows) orders.set(fiat, (orders.get(fiat) ?? 0) + count);
  return [...orders].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0])).map(([fiat]) => fiat);
}

/** Fiat per day, the oldest first; days without orders are drawn as nothing. Of one currency. */
export function byDay(rows: readonly DayOfMarket[]): readonly Drawn[] {
  const sums = new Map<string, number>();
  for (const { day, fiatAmount } of rows) sums.set(day, (sums.get(day) ?? 0) + Number(fiatAmount));
  const days = [...sums.keys()].sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const drawn: Drawn[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    drawn.push({ day, amount: sums.get(day) ?? 0 });
  }
  return drawn;
}
