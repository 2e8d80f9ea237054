import { describe, expect, it } from "vitest";
import { grouped, groupSteps } from "./grouping.ts";

const levels = (...pairs: [number, number][]) => pairs.map(([ticks, lots]) => ({ ticks, lots }));

describe("grouped", () => {
  it("gathers bids downward and asks upward", () => {
    expect(grouped(levels([1009, 1], [1000, 2], [999, 4]), "bids", 10, 9, 0)).toEqual([
      { ticks: 1000, lots: 3, sum_lots: 3 },
      { ticks: 990, lots: 4, sum_lots: 7 },
    ]);
    expect(grouped(levels([1010, 1], [1011, 2], [1020, 4]), "asks", 10, 9, Infinity)).toEqual([
      { ticks: 1010, lots: 1, sum_lots: 1 },
      { ticks: 1020, lots: 6, sum_lots: 7 },
    ]);
  });

  it("stops after the last row wanted, that row being whole", () => {
    const rows = grouped(levels([20, 1], [19, 2], [11, 4], [10, 8], [9, 16]), "bids", 10, 2, 0);
    expect(rows).toEqual([
      { ticks: 20, lots: 1, sum_lots: 1 },
      { ticks: 10, lots: 14, sum_lots: 15 },
    ]);
  });

  it("leaves out a row that reaches beyond what is known", () => {
    expect(grouped(levels([25, 1], [15, 2]), "bids", 10, 9, 15).map((row) => row.ticks)).toEqual([20]);
    expect(grouped(levels([25, 1], [35, 2]), "asks", 10, 9, 35).map((row) => row.ticks)).toEqual([30]);
    expect(grouped(levels([25, 1], [15, 2]), "bids", 1, 9, 15)).toHaveLength(2);
  });

  it("has nothing to show of an empty side", () => {
    expect(grouped([], "asks", 1, 5, Infinity)).toEqual([]);
  });
});

it("offers steps in proportion to the price", () => {
  expect(groupSteps(1, 6_500_000)).toEqual([1, 10, 100, 1_000, 10_000]);
  expect(groupSteps(5, 900)).toEqual([5]);
  expect(groupSteps(1, 50)).toEqual([1]);
});
