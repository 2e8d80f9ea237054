import { expect, it } from "vitest";
import { en } from "../words/en.ts";
import { zh } from "../words/zh.ts";
import { averagePrice, described, filledShare, outcomeOf, type OrderReport } from "./report.ts";

const PAIR = { base: "BTC", quote: "USDT" };
const order = (change: Partial<OrderReport>): OrderReport => ({
  symbol: "BTCUSDT",
  orderId: 1,
  clientOrderId: "x",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  status: "NEW",
  price: "65000.00000000",
  origQty: "0.50000000",
  executedQty: "0.00000000",
  origQuoteOrderQty: "0.00000000",
  cummulativeQuoteQty: "0.00000000",
  ...change,
});

it("averages exactly, cutting what is finer", () => {
  expect(averagePrice(order({ executedQty: "3", cummulativeQuoteQty: "100" }), 2)).toBe("33.33");
  expect(averagePrice(order({}), 2)).toBeNull();
});

it("knows the share filled, of a quantity and of a total", () => {
  expect(filledShare(order({ executedQty: "0.125" }))).toBe(0.25);
  expect(filledShare(order({ origQty: "0", origQuoteOrderQty: "100", cummulativeQuoteQty: "99" }))).toBe(0.99);
  expect(filledShare(order({ origQty: "0" }))).toBe(0);
});

it("describes an order in both languages", () => {
  expect(described(order({}), PAIR)(en)).toBe("Buy 0.5 BTC at 65,000 USDT");
  expect(described(order({ side: "SELL" }), PAIR)(zh)).toBe("卖出 0.5 BTC，价格 65,000 USDT");
  const market = order({ type: "MARKET", price: "0.00000000", origQty: "0", origQuoteOrderQty: "1000.00" });
  expect(described(market, PAIR)(en)).toBe("Buy 1,000 USDT");
});

it.each<[Partial<OrderReport>, string]>([
  [{}, "Buy 0.5 BTC at 65,000 USDT: in the book."],
  [
    { status: "FILLED", executedQty: "0.5", cummulativeQuoteQty: "32000" },
    "Buy 0.5 BTC at 65,000 USDT: filled at 64,000.00 on average.",
  ],
  [
    { status: "PARTIALLY_FILLED", executedQty: "0.1", cummulativeQuoteQty: "1" },
    "Buy 0.5 BTC at 65,000 USDT: 0.1 BTC filled, the rest is in the book.",
  ],
  [{ status: "EXPIRED" }, "Buy 0.5 BTC at 65,000 USDT: expired, nothing was filled."],
  [
    { status: "EXPIRED", executedQty: "0.1", cummulativeQuoteQty: "1" },
    "Buy 0.5 BTC at 65,000 USDT: 0.1 BTC filled, the rest expired.",
  ],
])("%j: %s", (change, sentence) => {
  expect(outcomeOf(order(change), PAIR, 2)(en)).toBe(sentence);
});
