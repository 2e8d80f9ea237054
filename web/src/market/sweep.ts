/** What a market order would meet in the book as it stands: an estimate to show, never what is sent. */

import type { Level } from "./book.ts";

export interface Sweep {
  readonly lots: number;
  /** Σ price × quantity, in ticks × lots. */
  readonly cost: number;
  /** The book is too thin for all of it. */
  readonly isShort: boolean;
}

/** Takes `wanted_lots` from the levels, best first. */
export function sweepLots(levels: Iterable<Level>, wanted_lots: number): Sweep {
  let lots = 0;
  let cost = 0;
  for (const level of levels) {
    if (lots >= wanted_lots) break;
    const take_lots = Math.min(level.lots, wanted_lots - lots);
    lots += take_lots;
    cost += take_lots * level.ticks;
  }
  return { lots, cost, isShort: lots < wanted_lots };
}

/** Takes whole lots from the levels while they cost at most `budget` (ticks × lots) together. */
export function sweepCost(levels: Iterable<Level>, budget: number): Sweep {
  let lots = 0;
  let cost = 0;
  for (const level of levels) {
    const take_lots = Math.min(level.lots, Math.floor((budget - cost) / level.ticks));
    lots += take_lots;
    cost += take_lots * level.ticks;
    if (take_lots < level.lots) return { lots, cost, isShort: false };
  }
  return { lots, cost, isShort: cost < budget };
}
