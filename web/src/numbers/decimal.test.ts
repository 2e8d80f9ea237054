import { describe, expect, it } from "vitest";
import { decimalsOf, stepsCut, stepsOf, textOf, trimmed, typed } from "./decimal.ts";

describe("stepsOf", () => {
  it.each([
    ["0", 2, 0n],
    ["1.5", 2, 150n],
    [".5", 2, 50n],
    ["5.", 2, 500n],
    ["1.500", 1, 15n],
    ["92233720368547758.07", 2, 9223372036854775807n],
  ])("%s at %i decimals is %s", (text, decimals, steps) => {
    expect(stepsOf(text, decimals)).toBe(steps);
  });

  it.each(["", ".", "1.005", "-1", "+1", "1e3", "1,000", "١", "1 ", "0x10", "NaN"])(
    "refuses %j at 2 decimals",
    (text) => {
      expect(stepsOf(text, 2)).toBeNull();
    },
  );
});

it("cuts what is finer than the grid, never up", () => {
  expect(stepsCut("1.999", 2)).toBe(199n);
  expect(stepsCut("1.999", 0)).toBe(1n);
  expect(stepsCut("oops", 2)).toBeNull();
});

it("writes steps as padded text and back", () => {
  for (const steps of [0n, 1n, 99n, 100n, 12345678901234567890n]) {
    expect(stepsOf(textOf(steps, 8), 8)).toBe(steps);
  }
  expect(textOf(5n, 2)).toBe("0.05");
  expect(textOf(7n, 0)).toBe("7");
});

it("knows the decimals of a step", () => {
  expect(decimalsOf("0.01000000")).toBe(2);
  expect(decimalsOf("1.00000000")).toBe(0);
  expect(decimalsOf("0.00001000")).toBe(5);
  expect(decimalsOf("10")).toBe(0);
});

it("trims only zeros after the point", () => {
  expect(trimmed("100.00")).toBe("100");
  expect(trimmed("100")).toBe("100");
  expect(trimmed("0.50")).toBe("0.5");
});

it("reads full-width digits", () => {
  expect(typed("１２３．４５")).toBe("123.45");
  expect(typed("0。5")).toBe("0.5");
});
