import { expect, it } from "vitest";
import { sweepCost, sweepLots } from "./sweep.ts";

const ASKS = [
  { ticks: 100, lots: 2 },
  { ticks: 110, lots: 3 },
];

it("walks the book by quantity", () => {
  expect(sweepLots(ASKS, 4)).toEqual({ lots: 4, cost: 420, isShort: false });
  expect(sweepLots(ASKS, 9)).toEqual({ lots: 5, cost: 530, isShort: true });
  expect(sweepLots([], 1)).toEqual({ lots: 0, cost: 0, isShort: true });
});

it("walks the book by cost, in whole lots", () => {
  expect(sweepCost(ASKS, 429)).toEqual({ lots: 4, cost: 420, isShort: false });
  expect(sweepCost(ASKS, 99)).toEqual({ lots: 0, cost: 0, isShort: false });
  expect(sweepCost(ASKS, 1_000)).toEqual({ lots: 5, cost: 530, isShort: true });
});
