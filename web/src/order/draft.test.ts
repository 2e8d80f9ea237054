import { describe, expect, it } from "vitest";
import type { Instrument } from "../market/instrument.ts";
import { faultsOf, parametersOf, quantityOf, shareOf, stepped, totalOf, type Draft } from "./draft.ts";

const BTCUSDT: Instrument = {
  symbol: "BTCUSDT",
  base: "BTC",
  quote: "USDT",
  isTrading: true,
  price: { decimals: 2, step: 1n, min: 1n, max: 100_000_000n },
  quantity: { decimals: 5, step: 1n, min: 1n, max: 900_000_000n },
  marketQuantity: { decimals: 5, step: 1n, min: 0n, max: 10_000_000n },
  quoteDecimals: 8,
  totalMin: "5.00000000",
  totalMax: "9000000.00000000",
  totalMinForMarket: true,
  totalMaxForMarket: false,
};

const draft = (change: Partial<Draft>): Draft => ({
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  by: "quantity",
  price: "65000.10",
  quantity: "0.5",
  total: "",
  ...change,
});

it("multiplies and divides exactly", () => {
  expect(totalOf("65000.10", "0.12345", BTCUSDT)).toBe("8024.262345");
  expect(quantityOf("65000.10", "8024.262345", BTCUSDT)).toBe("0.12345");
  expect(quantityOf("65000.10", "8024.262344", BTCUSDT)).toBe("0.12344");
  expect(quantityOf("0", "5", BTCUSDT)).toBeNull();
  expect(totalOf("", "1", BTCUSDT)).toBeNull();
});

it("never spends more than the share of a balance", () => {
  expect(shareOf("0.99999999", 100, 5, 1n)).toBe("0.99999");
  expect(shareOf("0.00003", 50, 5, 1n)).toBe("0.00001");
  expect(shareOf("10", 25, 0, 5n)).toBe("0");
  expect(shareOf("10", 50, 0, 5n)).toBe("5");
});

it("steps a price along its grid and no further than its ends", () => {
  expect(stepped("65000.10", 1, BTCUSDT.price)).toBe("65000.11");
  expect(stepped("0.01", -1, BTCUSDT.price)).toBe("0.01");
  expect(stepped("", 1, BTCUSDT.price)).toBe("0.01");
  expect(stepped("1000000", 1, BTCUSDT.price)).toBe("1000000.00");
});

describe("faultsOf", () => {
  it("finds nothing wrong with a good order", () => {
    expect(faultsOf(draft({}), BTCUSDT)).toEqual([]);
    expect(faultsOf(draft({ type: "MARKET", price: "" }), BTCUSDT)).toEqual([]);
    expect(faultsOf(draft({ type: "MARKET", by: "total", total: "5", quantity: "" }), BTCUSDT)).toEqual([]);
  });

  it.each<[Partial<Draft>, string, string, string]>([
    [{ price: "" }, "price", "missing", ""],
    [{ price: "1,000" }, "price", "malformed", ""],
    [{ price: "1e5" }, "price", "malformed", ""],
    [{ price: "65000.101" }, "price", "offGrid", "0.01"],
    [{ price: "1000000.01" }, "price", "tooLarge", "1000000"],
    [{ quantity: "0" }, "quantity", "tooSmall", "0.00001"],
    [{ quantity: "0.000001" }, "quantity", "offGrid", "0.00001"],
    [{ quantity: "0.00001" }, "quantity", "tooSmall", "5 USDT"],
    [{ quantity: "1000" }, "quantity", "tooLarge", "9000000 USDT"],
    [{ type: "MARKET", quantity: "101" }, "quantity", "tooLarge", "100"],
    [{ type: "MARKET", by: "total", total: "4.99" }, "total", "tooSmall", "5 USDT"],
  ])("%j: %s %s %s", (change, field, reason, bound) => {
    expect(faultsOf(draft(change), BTCUSDT)).toEqual([{ field, reason, bound }]);
  });

  it("names every field at once", () => {
    expect(faultsOf(draft({ price: "", quantity: "x" }), BTCUSDT).map((fault) => fault.field)).toEqual([
      "price",
      "quantity",
    ]);
  });

  it("leaves a market order's maximum to the exchange where the rule does not hold for it", () => {
    expect(faultsOf(draft({ type: "MARKET", by: "total", total: "9000001" }), BTCUSDT)).toEqual([]);
  });
});

describe("parametersOf", () => {
  const names = (change: Partial<Draft>): string =>
    parametersOf(draft(change), BTCUSDT, "id")
      .map(([name]) => name)
      .join(" ");

  it("sends what each type takes, and nothing else", () => {
    const common = "newClientOrderId newOrderRespType";
    expect(names({})).toBe(`symbol side type timeInForce quantity price ${common}`);
    expect(names({ type: "LIMIT_MAKER" })).toBe(`symbol side type quantity price ${common}`);
    expect(names({ type: "MARKET" })).toBe(`symbol side type quantity ${common}`);
    expect(names({ type: "MARKET", by: "total" })).toBe(`symbol side type quoteOrderQty ${common}`);
  });

  it("sends the texts as they were typed", () => {
    expect(new Map(parametersOf(draft({}), BTCUSDT, "id")).get("price")).toBe("65000.10");
  });
});
