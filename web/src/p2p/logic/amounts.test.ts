import { expect, it } from "vitest";
import { atomsFor, feeOf, fiatFor, floatingPrice, spreadOf, type Pair } from "./amounts.ts";

const CNY: Pair = { asset: "USDT", fiat: "CNY", assetDecimals: 6, fiatDecimals: 2 };
const JPY: Pair = { asset: "BTC", fiat: "JPY", assetDecimals: 8, fiatDecimals: 0 };

it("rounds what is paid up and what is got down", () => {
  expect(fiatFor(100_000_000n, "7.2431", CNY)).toBe(72_431n);
  expect(fiatFor(1n, "7.2431", CNY)).toBe(1n);
  expect(atomsFor(72_431n, "7.2431", CNY)).toBe(100_000_000n);
  expect(atomsFor(100n, "7.2431", CNY)).toBe(138_062n);
  expect(fiatFor(1n, "14500000", JPY)).toBe(1n);
  expect(atomsFor(1_000n, "14500000", JPY)).toBe(6_896n);
});

it("never asks for more than was written: buying for an amount costs at most that amount", () => {
  for (let minor = 1n; minor < 3_000n; minor += 7n) {
    for (const price of ["7.2431", "0.00000003", "99999.99999999"]) {
      const atoms = atomsFor(minor, price, CNY)!;
      expect(fiatFor(atoms, price, CNY)! <= minor).toBe(true);
    }
  }
});

it("has no amount without a price", () => {
  expect(fiatFor(1n, "0", CNY)).toBeNull();
  expect(atomsFor(1n, "", CNY)).toBeNull();
});

it("cuts a fee down", () => {
  expect(feeOf(1_999n, "0.001")).toBe(1n);
  expect(feeOf(10_000n, "0.0035")).toBe(35n);
  expect(feeOf(10_000n, "0")).toBe(0n);
});

it("moves a floating price with its index", () => {
  expect(floatingPrice("7.2", "101.5")).toBe("7.308");
  expect(floatingPrice("7.2", "99.75")).toBe("7.182");
  expect(floatingPrice("0.00000007", "100.5")).toBe("0.00000007");
  expect(floatingPrice("7.2", "0")).toBeNull();
  expect(floatingPrice("7.2", "x")).toBeNull();
});

it("tells how far a price is from the index", () => {
  expect(spreadOf("7.308", "7.2")).toBe("+1.50%");
  expect(spreadOf("7.182", "7.2")).toBe("−0.25%");
  expect(spreadOf("7.2", "7.2")).toBe("0.00%");
  expect(spreadOf("7.2", null)).toBeNull();
});
