import { expect, it } from "vitest";
import type { DayOfMarket } from "../door/shapes.ts";
import { byDay, fiatsOf } from "./statistics.ts";

function row(day: string, fiat: string, fiatAmount: string, orders = 1): DayOfMarket {
  return { day, fiat, asset: "USDT", method: "ALIPAY", orders, amount: "1", fiatAmount, spreadPercent: null };
}

it("puts the busiest currency first", () => {
  expect(
    fiatsOf([row("2026-01-01", "CNY", "1"), row("2026-01-01", "USD", "1", 5), row("2026-01-02", "CNY", "1")]),
  ).toEqual(["USD", "CNY"]);
});

it("sums each day and leaves no day out between the first and the last", () => {
  const rows = [row("2026-03-01", "CNY", "5"), row("2026-02-27", "CNY", "1.5"), row("2026-02-27", "CNY", "2")];
  expect(byDay(rows)).toEqual([
    { day: "2026-02-27", amount: 3.5 },
    { day: "2026-02-28", amount: 0 },
    { day: "2026-03-01", amount: 5 },
  ]);
  expect(byDay([])).toEqual([]);
});
