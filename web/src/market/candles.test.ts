import { expect, it } from "vitest";
import { candleOfEvent, candleOfRow, extended, updated, type Candle } from "./candles.ts";

const at = (open_ms: number, close = 1): Candle => ({ open_ms, open: 1, high: 1, low: 1, close, volume: 1 });
const shape = (candles: readonly Candle[]): number[][] => candles.map((candle) => [candle.open_ms, candle.close]);

it("reads REST rows and stream events alike", () => {
  const expected = { open_ms: 60_000, open: 1.5, high: 2, low: 1, close: 1.75, volume: 3 };
  expect(candleOfRow([60_000, "1.5", "2.0", "1.0", "1.75", "3", 119_999, "0", 1, "0", "0", "0"])).toEqual(expected);
  expect(candleOfEvent({ t: 60_000, o: "1.5", h: "2", l: "1", c: "1.75", v: "3" })).toEqual(expected);
});

it("replaces the last candle, appends a new one, ignores an old one", () => {
  expect(shape(updated([at(1), at(2)], at(2, 9)))).toEqual([
    [1, 1],
    [2, 9],
  ]);
  expect(shape(updated([at(1)], at(2)))).toEqual([
    [1, 1],
    [2, 1],
  ]);
  expect(shape(updated([at(1), at(2)], at(1, 9)))).toEqual([
    [1, 1],
    [2, 1],
  ]);
  expect(shape(updated([], at(5)))).toEqual([[5, 1]]);
});

it("puts history in front without doubling", () => {
  expect(shape(extended([at(3, 7), at(4)], [at(1), at(2), at(3, 5)]))).toEqual([
    [1, 1],
    [2, 1],
    [3, 7],
    [4, 1],
  ]);
});
