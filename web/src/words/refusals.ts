/** One table turns the API's refusals into a person's words. */

import { ApiRefusal, NoAnswer } from "../api/rest.ts";
import type { Words } from "./en.ts";

type Key = Exclude<keyof Words["refusals"], "other">;

/** By code and message, where one code has many meanings; clients rely on these messages, so they do not change. */
const BY_MESSAGE: readonly [code: number, start: string, key: Key][] = [
  [-2010, "Account has insufficient balance", "insufficientBalance"],
  [-2010, "Order would immediately match and take", "wouldMatch"],
  [-2010, "Duplicate order sent", "duplicateOrder"],
  [-2010, "Market is closed", "marketClosed"],
  [-2010, "This account may not place or cancel orders", "frozen"],
  [-2011, "This account may not place or cancel orders", "frozen"],
  [-2011, "Market is closed", "marketClosed"],
  [-2010, "This symbol does not allow the specified self-trade", "selfTradeMode"],
  [-1013, "This symbol does not allow the specified self-trade", "selfTradeMode"],
  [-1013, "Market is closed", "marketClosed"],
  [-1013, "Filter failure: PRICE_FILTER", "priceFilter"],
  [-1013, "Filter failure: PERCENT_PRICE", "percentPrice"],
  [-1013, "Filter failure: LOT_SIZE", "lotSize"],
  [-1013, "Filter failure: MARKET_LOT_SIZE", "marketLotSize"],
  [-1013, "Filter failure: MIN_NOTIONAL", "notional"],
  [-1013, "Filter failure: NOTIONAL", "notional"],
  [-1013, "Filter failure: MAX_NUM_ORDERS", "tooManyOpen"],
  [-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS", "tooManyOpen"],
  [-1013, "Filter failure: MAX_POSITION", "maxPosition"],
];

const BY_CODE = new Map<number, Key>([
  [-1003, "tooManyRequests"],
  [-1006, "noAnswer"],
  [-1007, "noAnswer"],
  [-1008, "overloaded"],
  [-1015, "tooManyNewOrders"],
  [-1021, "clock"],
  [-1022, "signature"],
  [-1111, "precision"],
  [-1112, "noMarket"],
  [-1121, "unknownSymbol"],
  [-2011, "unknownOrder"],
  [-2013, "noSuchOrder"],
  [-2014, "key"],
  [-2015, "key"],
]);

export function refusalIn(words: Words, error: unknown): string {
  if (error instanceof NoAnswer) return words.refusals.noAnswer;
  if (!(error instanceof ApiRefusal)) throw error;
  const row = BY_MESSAGE.find(([code, start]) => code === error.code && error.message.startsWith(start));
  const key = row?.[2] ?? BY_CODE.get(error.code);
  return key === undefined ? words.refusals.other(error.message, error.code) : words.refusals[key];
}
