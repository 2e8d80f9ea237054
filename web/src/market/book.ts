/**
 * A local copy of one order book.
 *
 * Prices are whole ticks and quantities whole lots in `number`: both are checked to be safe integers on the way in, so
 * sums and comparisons are exact.
 */

import { stepsOf } from "../numbers/decimal.ts";

/** [price, quantity] as decimal texts; quantity zero takes the level away. */
export type LevelText = readonly [string, string];

export interface Level {
  readonly ticks: number;
  readonly lots: number;
}

export class BookSide {
  /** Prices that rest, ascending. */
  #ticks: number[] = [];
  readonly #lots = new Map<number, number>();
  readonly #bestIsLast: boolean;

  constructor(side: "bids" | "asks") {
    this.#bestIsLast = side === "bids";
  }

  get size(): number {
    return this.#ticks.length;
  }

  get best(): Level | null {
    const ticks = this.#bestIsLast ? this.#ticks.at(-1) : this.#ticks[0];
    return ticks === undefined ? null : { ticks, lots: this.#lots.get(ticks)! };
  }

  set(ticks: number, lots: number): void {
    if (lots > 0) {
      if (!this.#lots.has(ticks)) this.#ticks.splice(this.#position(ticks), 0, ticks);
      this.#lots.set(ticks, lots);
    } else if (this.#lots.delete(ticks)) {
      this.#ticks.splice(this.#position(ticks), 1);
    }
  }

  clear(): void {
    this.#ticks = [];
    this.#lots.clear();
  }

  /** Levels from the best price to `ticks`, both included. */
  countTo(ticks: number): number {
    return this.#bestIsLast ? this.size - this.#position(ticks) : this.#position(ticks + 1);
  }

  /** Levels from the best price outward. */
  *levels(): Generator<Level> {
    const count = this.#ticks.length;
    for (let i = 0; i < count; i++) {
      const ticks = this.#ticks[this.#bestIsLast ? count - 1 - i : i]!;
      yield { ticks, lots: this.#lots.get(ticks)! };
    }
  }

  /** Index of the first price not below `ticks`. */
  #position(ticks: number): number {
    let low = 0;
    let high = this.#ticks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ticks[middle]! < ticks) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Book {
  readonly bids = new BookSide("bids");
  readonly asks = new BookSide("asks");
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  lastUpdateId = 0;
  /** Where the snapshot ended, when it was cut at its limit: beyond it levels are unknown, not empty. */
  bidsKnownTo_ticks = 0;
  asksKnownTo_ticks = Number.POSITIVE_INFINITY;

  constructor(priceDecimals: number, quantityDecimals: number) {
    this.priceDecimals = priceDecimals;
    this.quantityDecimals = quantityDecimals;
  }

  replace(lastUpdateId: number, bids: readonly LevelText[], asks: readonly LevelText[], limit: number): void {
    this.bids.clear();
    this.asks.clear();
    this.apply(lastUpdateId, bids, asks);
    this.bidsKnownTo_ticks = bids.length < limit ? 0 : this.#exact(bids.at(-1)![0], this.priceDecimals);
    this.asksKnownTo_ticks = asks.length < limit ? Infinity : this.#exact(asks.at(-1)![0], this.priceDecimals);
  }

  /** Whether trading ate so far into a cut snapshot that fewer than `levels_min` known levels are left on a side. */
  isWorn(levels_min: number): boolean {
    return (
      (this.bidsKnownTo_ticks > 0 && this.bids.countTo(this.bidsKnownTo_ticks) < levels_min) ||
      (this.asksKnownTo_ticks < Infinity && this.asks.countTo(this.asksKnownTo_ticks) < levels_min)
    );
  }

  apply(lastUpdateId: number, bids: readonly LevelText[], asks: readonly LevelText[]): void {
    for (const [price, quantity] of bids) this.bids.set(...this.#level(price, quantity));
    for (const [price, quantity] of asks) this.asks.set(...this.#level(price, quantity));
    this.lastUpdateId = lastUpdateId;
  }

  #level(price: string, quantity: string): [number, number] {
    return [this.#exact(price, this.priceDecimals), this.#exact(quantity, this.quantityDecimals)];
  }

  #exact(text: string, decimals: number): number {
    const steps = Number(stepsOf(text, decimals) ?? Number.NaN);
    if (!Number.isSafeInteger(steps)) throw new RangeError(`${text} is not on a grid of ${decimals} decimals`);
    return steps;
  }
}
