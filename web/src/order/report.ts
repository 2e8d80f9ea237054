/** What the exchange says about orders and trades, and how that is told to a person. */

import { powerOfTen, stepsCut, textOf, trimmed } from "../numbers/decimal.ts";
import { separated } from "../numbers/format.ts";
import type { Words } from "../words/en.ts";
import type { OrderType, Side, TimeInForce } from "./draft.ts";

/** An order as POST, GET and the lists of orders give it. */
export interface OrderReport {
  readonly symbol: string;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly status: string;
  readonly price: string;
  readonly origQty: string;
  readonly executedQty: string;
  readonly origQuoteOrderQty: string;
  readonly cummulativeQuoteQty: string;
  /** Milliseconds; only in the lists. */
  readonly time?: number;
}

export interface AccountTrade {
  readonly symbol: string;
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly quoteQty: string;
  readonly commission: string;
  readonly commissionAsset: string;
  readonly time: number;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
}

export type Say = (words: Words) => string;

/** Assets of a symbol, as far as they are known. */
export interface Pair {
  readonly base: string;
  readonly quote: string;
}

/** More than any asset has. */
const DECIMALS = 18;

/** Σ(price × quantity) / Σ quantity, cut to `decimals`; null when nothing was filled. */
export function averagePrice(order: OrderReport, decimals: number): string | null {
  const quantity = stepsCut(order.executedQty, DECIMALS) ?? 0n;
  const cost = stepsCut(order.cummulativeQuoteQty, DECIMALS) ?? 0n;
  if (quantity === 0n) return null;
  return textOf((cost * powerOfTen(decimals)) / quantity, decimals);
}

/** Filled share of the order, 0..1. */
export function filledShare(order: OrderReport): number {
  const isByTotal = Number(order.origQty) === 0;
  const [done, wanted] = isByTotal
    ? [order.cummulativeQuoteQty, order.origQuoteOrderQty]
    : [order.executedQty, order.origQty];
  return Number(wanted) > 0 ? Math.min(Number(done) / Number(wanted), 1) : 0;
}

/** "Buy 0.5 BTC at 65,000.00 USDT". */
export function described(order: OrderReport, pair: Pair): Say {
  const isByTotal = Number(order.origQty) === 0;
  const amount = isByTotal ? `${shown(order.origQuoteOrderQty)} ${pair.quote}` : `${shown(order.origQty)} ${pair.base}`;
  const price = Number(order.price) === 0 ? "" : `${shown(order.price)} ${pair.quote}`;
  return (words) => words.describe(order.side, amount, price);
}

/** What became of a new order, in one sentence. */
export function outcomeOf(order: OrderReport, pair: Pair, priceDecimals: number): Say {
  const what = described(order, pair);
  const done = `${shown(order.executedQty)} ${pair.base}`;
  const average = averagePrice(order, priceDecimals);
  return (words) => {
    if (order.status === "FILLED") return words.filled(what(words), separated(average ?? "–"));
    if (order.status === "PARTIALLY_FILLED") return words.partlyFilled(what(words), done);
    if (order.status === "NEW") return words.placed(what(words));
    if (order.status === "CANCELED") return words.cancelled(what(words));
    return average === null ? words.expiredWhole(what(words)) : words.expired(what(words), done);
  };
}

/** Separated, without needless zeros. */
export function shown(amount: string): string {
  return separated(trimmed(amount));
}
