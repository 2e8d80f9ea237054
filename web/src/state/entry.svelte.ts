/** The order being written, with its fields kept in step with each other. */

import type { Instrument } from "../market/instrument.ts";
import { sweepCost, sweepLots, type Sweep } from "../market/sweep.ts";
import { powerOfTen, stepsCut, textOf, typed } from "../numbers/decimal.ts";
import {
  faultsOf,
  isLimit,
  quantityOf,
  shareOf,
  stepped,
  totalOf,
  type Draft,
  type Fault,
  type Side,
} from "../order/draft.ts";
import { account } from "./account.svelte.ts";
import { market } from "./market.svelte.ts";

class Entry {
  draft = $state<Draft>({
    side: "BUY",
    type: "LIMIT",
    timeInForce: "GTC",
    by: "quantity",
    price: "",
    quantity: "",
    total: "",
  });
  /** Faults are told once the order was tried, and then until they are mended. */
  isTried = $state(false);
  /** Which of quantity and total was written, and so holds when the price changes. */
  #written: "quantity" | "total" = "quantity";
  #symbol = "";

  readonly faults: readonly Fault[] = $derived(
    market.instrument === null ? [] : faultsOf(this.draft, market.instrument),
  );

  /** The asset an order of this side spends, and how much of it is free. */
  readonly available: { asset: string; free: string } = $derived.by(() => {
    const asset = this.draft.side === "BUY" ? market.instrument?.quote : market.instrument?.base;
    return { asset: asset ?? "", free: account.free(asset ?? "") };
  });

  /** Another symbol has other grids: nothing written holds for it. The last price is offered as a start. */
  onMarket(instrument: Instrument, last: string | null): void {
    if (this.#symbol !== instrument.symbol) {
      this.#symbol = instrument.symbol;
      this.#clear();
      this.draft.price = "";
    } else if (this.draft.price !== "") return;
    const ticks = last === null ? null : stepsCut(last, instrument.price.decimals);
    if (ticks !== null && !this.isTried) this.draft.price = textOf(ticks, instrument.price.decimals);
  }

  setSide(side: Side): void {
    this.draft.side = side;
    this.isTried = false;
  }

  setPrice(text: string): void {
    this.draft.price = typed(text);
    this.#link();
  }

  stepPrice(steps: number): void {
    if (market.instrument === null) return;
    this.setPrice(stepped(this.draft.price, steps, market.instrument.price));
  }

  setQuantity(text: string): void {
    this.draft.quantity = typed(text);
    this.#written = "quantity";
    this.#link();
  }

  setTotal(text: string): void {
    this.draft.total = typed(text);
    this.#written = "total";
    this.#link();
  }

  /** Writes `percent` of what is available; a market buy by quantity takes as much as the book sells for it. */
  setShare(percent: number): void {
    const instrument = market.instrument;
    if (instrument === null) return;
    const { free } = this.available;
    const grid = isLimit(this.draft.type) ? instrument.quantity : instrument.marketQuantity;
    const isByTotal = !isLimit(this.draft.type) && this.draft.by === "total";
    if (this.draft.side === "BUY") {
      const budget = shareOf(free, percent, instrument.quoteDecimals, 1n);
      if (isByTotal) this.setTotal(budget);
      else if (isLimit(this.draft.type)) this.setQuantity(quantityOf(this.draft.price, budget, instrument) ?? "");
      else this.setQuantity(this.#bought(budget, instrument));
    } else {
      const quantity = shareOf(free, percent, grid.decimals, grid.step);
      if (isByTotal) this.setTotal(this.#sold(quantity, instrument));
      else this.setQuantity(quantity);
    }
  }

  /** After the order was taken: amounts go, the price stays for the next one. */
  onPlaced(): void {
    this.#clear();
  }

  /** What a market order as written would meet now; null when it is not complete. */
  get estimate(): { sweep: Sweep; average: string; other: string } | null {
    const instrument = market.instrument;
    const book = market.book;
    if (instrument === null || book === null || isLimit(this.draft.type) || this.faults.length > 0) return null;
    const { price, quantity } = instrument;
    const levels = (this.draft.side === "BUY" ? book.asks : book.bids).levels();
    const isByTotal = this.draft.by === "total";
    const budget = Number(this.draft.total) * 10 ** (price.decimals + quantity.decimals);
    const wanted_lots = Number(stepsCut(this.draft.quantity, quantity.decimals) ?? 0n);
    const sweep = isByTotal ? sweepCost(levels, budget) : sweepLots(levels, wanted_lots);
    if (sweep.lots === 0) return null;
    const average = (sweep.cost / sweep.lots / 10 ** price.decimals).toFixed(price.decimals);
    const other = isByTotal
      ? `${textOf(BigInt(sweep.lots), quantity.decimals)} ${instrument.base}`
      : `${(sweep.cost / 10 ** (price.decimals + quantity.decimals)).toFixed(price.decimals)} ${instrument.quote}`;
    return { sweep, average, other };
  }

  #link(): void {
    const instrument = market.instrument;
    if (instrument === null || !isLimit(this.draft.type)) return;
    const { price, quantity, total } = this.draft;
    if (this.#written === "quantity") this.draft.total = totalOf(price, quantity, instrument) ?? "";
    else this.draft.quantity = quantityOf(price, total, instrument) ?? "";
  }

  #bought(budget: string, instrument: Instrument): string {
    const { price, quantity } = instrument;
    const units = stepsCut(budget, price.decimals + quantity.decimals) ?? 0n;
    const sweep = sweepCost(market.book?.asks.levels() ?? [], Number(units));
    const lots = BigInt(sweep.lots);
    return textOf(lots - (lots % instrument.marketQuantity.step), quantity.decimals);
  }

  #sold(quantity: string, instrument: Instrument): string {
    const lots = Number(stepsCut(quantity, instrument.quantity.decimals) ?? 0n);
    const sweep = sweepLots(market.book?.bids.levels() ?? [], lots);
    const decimals = instrument.price.decimals + instrument.quantity.decimals;
    const cost = BigInt(Math.floor(sweep.cost));
    return textOf((cost * powerOfTen(instrument.price.decimals)) / powerOfTen(decimals), instrument.price.decimals);
  }

  #clear(): void {
    this.draft.quantity = "";
    this.draft.total = "";
    this.isTried = false;
  }
}

export const entry = new Entry();
