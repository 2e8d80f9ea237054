import { expect, it } from "vitest";
import { balance, compact, percent, separated } from "./format.ts";

it("separates thousands in the whole part only", () => {
  expect(separated("1234567.123456")).toBe("1,234,567.123456");
  expect(separated("999")).toBe("999");
  expect(separated("1000")).toBe("1,000");
});

it("shows balances with two decimals or more", () => {
  expect(balance("1000.00000000")).toBe("1,000.00");
  expect(balance("0.50000000")).toBe("0.50");
  expect(balance("0.12345678")).toBe("0.12345678");
});

it("writes percent with a sign, and nothing for the unknowable", () => {
  expect(percent(0.01234)).toBe("+1.23%");
  expect(percent(-0.5)).toBe("−50.00%");
  expect(percent(-0.000001)).toBe("0.00%");
  expect(percent(0 / 0)).toBe("–");
});

it("shortens volumes as each language counts", () => {
  expect(compact(12_345_678, "en")).toBe("12.35M");
  expect(compact(12_345_678, "zh")).toBe("1234.57万");
});
