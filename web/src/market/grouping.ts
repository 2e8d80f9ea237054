/** Levels of a book gathered into steps of price, as they are shown. */

import type { Level } from "./book.ts";

export interface Row {
  readonly ticks: number;
  readonly lots: number;
  /** Lots from the best price to this row, both included. */
  readonly sum_lots: number;
}

/**
 * The `rows_max` best rows of one side, best first.
 *
 * levels        from the best price outward
 * step_ticks    width of a row; bids are gathered downward, asks upward, so no row looks better than it is
 * knownTo_ticks the last price known; a row that reaches beyond would show less than there is, and is left out
 */
export function grouped(
  levels: Iterable<Level>,
  side: "bids" | "asks",
  step_ticks: number,
  rows_max: number,
  knownTo_ticks: number,
): Row[] {
  const rows: { ticks: number; lots: number; sum_lots: number }[] = [];
  let sum_lots = 0;
  for (const level of levels) {
    const steps = level.ticks / step_ticks;
    const ticks = (side === "bids" ? Math.floor(steps) : Math.ceil(steps)) * step_ticks;
    let row = rows.at(-1);
    if (row === undefined || row.ticks !== ticks) {
      const isKnown = side === "bids" ? ticks >= knownTo_ticks : ticks <= knownTo_ticks;
      if (rows.length === rows_max || !isKnown) break;
      row = { ticks, lots: 0, sum_lots };
      rows.push(row);
    }
    row.lots += level.lots;
    sum_lots += level.lots;
    row.sum_lots = sum_lots;
  }
  return rows;
}

/** Widths worth offering: one tick (or `tick_min`), then tens, while a row is at most a hundredth of the price. */
export function groupSteps(tick_min: number, price_ticks: number): number[] {
  const steps = [tick_min];
  while (steps.length < 6 && steps.at(-1)! * 1_000 <= price_ticks) steps.push(steps.at(-1)! * 10);
  return steps;
}
