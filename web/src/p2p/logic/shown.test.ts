import { expect, it } from "vitest";
import { amountText, bytesText, initialOf, money, percentText, priceText, rangeText, tintOf } from "./shown.ts";

it("shows amounts calmly: fiat as it is, assets without a tail of zeros", () => {
  expect(money("724310.50", "CNY")).toBe("724,310.50 CNY");
  expect(money("1500", "JPY")).toBe("1,500 JPY");
  expect(amountText("100.000000")).toBe("100.00");
  expect(amountText("0.00150000")).toBe("0.0015");
});

it("shows limits short", () => {
  expect(rangeText("1000.00", "15000.50", "CNY")).toBe("1,000 – 15,000.50 CNY");
  expect(rangeText("1000", "20000", "JPY")).toBe("1,000 – 20,000 JPY");
});

it("shows prices and percentages short", () => {
  expect(priceText("7.24310000")).toBe("7.2431");
  expect(priceText("14500000")).toBe("14,500,000.00");
  expect(percentText("98.50")).toBe("98.5%");
  expect(percentText(null)).toBe("–");
});

it("marks a name with a whole character and always the same tint", () => {
  expect(initialOf("莲花")).toBe("莲");
  expect(initialOf("𠮷野")).toBe("𠮷");
  expect(initialOf(" ann")).toBe("A");
  expect(initialOf("")).toBe("?");
  expect(tintOf("莲花", 6)).toBe(tintOf("莲花", 6));
  expect(tintOf("ann", 6)).toBeLessThan(6);
});

it("says the size of a file", () => {
  expect(bytesText(100)).toBe("100 B");
  expect(bytesText(1_500)).toBe("2 KiB");
  expect(bytesText(5 * 1024 * 1024)).toBe("5.0 MiB");
});
