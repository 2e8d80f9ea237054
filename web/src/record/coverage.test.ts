import { expect, it } from "vitest";
import { coverage, isShort } from "./coverage.ts";

it.each([
  ["150.00", "100", "150.00%"],
  ["99.999999", "100.000000", "99.99%"],
  ["0.00", "5", "0.00%"],
  ["100", "3", "3333.33%"],
  ["92233720368547758.06", "92233720368547758.07", "99.99%"],
])("%s behind %s is %s", (backing, out, text) => {
  expect(coverage(backing, out)).toBe(text);
});

it("says nothing of nothing", () => {
  expect(coverage("5", "0.00")).toBeNull();
  expect(coverage("oops", "1")).toBeNull();
});

it("sees one atom missing", () => {
  expect(isShort("99.99", "100")).toBe(true);
  expect(isShort("100.00", "100")).toBe(false);
  expect(isShort("oops", "0")).toBe(true);
});
