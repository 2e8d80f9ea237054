import { expect, it } from "vitest";
import { instrumentOf } from "./instrument.ts";

const BTCUSDT = {
  symbol: "BTCUSDT",
  status: "TRADING",
  baseAsset: "BTC",
  quoteAsset: "USDT",
  quoteAssetPrecision: 8,
  filters: [
    { filterType: "PRICE_FILTER", minPrice: "0.01000000", maxPrice: "1000000.00000000", tickSize: "0.01000000" },
    { filterType: "LOT_SIZE", minQty: "0.00001000", maxQty: "9000.00000000", stepSize: "0.00001000" },
    { filterType: "MARKET_LOT_SIZE", minQty: "0.00000000", maxQty: "107.79300000", stepSize: "0.00000000" },
    {
      filterType: "NOTIONAL",
      minNotional: "5.00000000",
      applyMinToMarket: true,
      maxNotional: "9000000.0",
      applyMaxToMarket: false,
    },
  ],
};

it("reads grids and bounds", () => {
  const btc = instrumentOf(BTCUSDT);
  expect(btc.price).toEqual({ decimals: 2, step: 1n, min: 1n, max: 100_000_000n });
  expect(btc.quantity).toEqual({ decimals: 5, step: 1n, min: 1n, max: 900_000_000n });
  expect(btc.totalMin).toBe("5.00000000");
  expect([btc.totalMinForMarket, btc.totalMaxForMarket]).toEqual([true, false]);
});

it("takes the step of LOT_SIZE where MARKET_LOT_SIZE has none, with its own maximum", () => {
  expect(instrumentOf(BTCUSDT).marketQuantity).toEqual({ decimals: 5, step: 1n, min: 0n, max: 10_779_300n });
});

it("survives missing filters", () => {
  const bare = instrumentOf({ ...BTCUSDT, filters: [] });
  expect(bare.price.decimals).toBe(8);
  expect(bare.totalMin).toBeNull();
});

it("keeps steps that are no power of ten", () => {
  const filters = [{ filterType: "PRICE_FILTER", minPrice: "0.05", maxPrice: "100", tickSize: "0.05" }];
  expect(instrumentOf({ ...BTCUSDT, filters }).price).toEqual({ decimals: 2, step: 5n, min: 5n, max: 10_000n });
});
