import { expect, it } from "vitest";
import { added, TAPE_COUNT, type Trade } from "./tape.ts";

const trades = (...ids: number[]): Trade[] =>
  ids.map((id) => ({ id, price: "1", quantity: "1", time_ms: id, isSell: false }));
const ids = (tape: readonly Trade[]): number[] => tape.map((trade) => trade.id);

it("puts later trades in front", () => {
  expect(ids(added(trades(2, 1), trades(3, 4)))).toEqual([4, 3, 2, 1]);
  expect(ids(added([], trades(1, 2)))).toEqual([2, 1]);
});

it("shows a trade once, however often and from wherever it comes", () => {
  expect(ids(added(trades(3, 2), trades(2, 3, 4, 4, 3)))).toEqual([4, 3, 2]);
  const tape = trades(3, 2);
  expect(added(tape, trades(1, 3))).toBe(tape);
});

it("forgets the oldest", () => {
  const tape = added([], trades(...Array.from({ length: 100 }, (_, i) => i)));
  expect(tape).toHaveLength(TAPE_COUNT);
  expect(tape[0]!.id).toBe(99);
});
