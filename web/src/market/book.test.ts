import { describe, expect, it } from "vitest";
import { Book, BookSide } from "./book.ts";

describe("BookSide", () => {
  it("keeps order through inserts, changes and removals, as a plain sort would", () => {
    for (const side of ["bids", "asks"] as const) {
      const kept = new BookSide(side);
      const plain = new Map<number, number>();
      let seed = 7;
      for (let i = 0; i < 2_000; i++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        const [ticks, lots] = [seed % 97, (seed >> 8) % 4];
        kept.set(ticks, lots);
        if (lots > 0) plain.set(ticks, lots);
        else plain.delete(ticks);
      }
      const sorted = [...plain].sort((a, b) => (side === "bids" ? b[0] - a[0] : a[0] - b[0]));
      expect([...kept.levels()].map((level) => [level.ticks, level.lots])).toEqual(sorted);
      expect(kept.best).toEqual({ ticks: sorted[0]![0], lots: sorted[0]![1] });
      expect(kept.size).toBe(plain.size);
    }
  });

  it("is empty after its last level goes", () => {
    const asks = new BookSide("asks");
    asks.set(10, 1);
    asks.set(10, 0);
    asks.set(11, 0);
    expect(asks.best).toBeNull();
    expect(asks.size).toBe(0);
  });
});

describe("Book", () => {
  it("replaces everything by a snapshot and remembers where a cut one ends", () => {
    const book = new Book(2, 3);
    book.apply(1, [["9.00", "1"]], []);
    book.replace(
      5,
      [
        ["10.00", "1.000"],
        ["9.99", "2"],
      ],
      [["10.01", "0.5"]],
      2,
    );
    expect([...book.bids.levels()]).toEqual([
      { ticks: 1000, lots: 1000 },
      { ticks: 999, lots: 2000 },
    ]);
    expect(book.lastUpdateId).toBe(5);
    expect(book.bidsKnownTo_ticks).toBe(999);
    expect(book.asksKnownTo_ticks).toBe(Infinity);
  });

  it("is worn when little is left of what a cut snapshot told", () => {
    const book = new Book(0, 0);
    book.replace(
      1,
      [
        ["9", "1"],
        ["8", "1"],
        ["7", "1"],
      ],
      [["11", "1"]],
      3,
    );
    expect(book.isWorn(3)).toBe(false);
    book.apply(
      2,
      [
        ["9", "0"],
        ["6", "5"],
        ["5", "5"],
      ],
      [],
    ); // levels beyond the cut do not count
    expect(book.isWorn(3)).toBe(true);
    expect(book.isWorn(2)).toBe(false);
    book.replace(
      3,
      [["9", "1"]],
      [
        ["11", "1"],
        ["12", "1"],
      ],
      2,
    );
    expect([book.isWorn(2), book.isWorn(3)]).toEqual([false, true]);
    book.replace(4, [["9", "1"]], [["11", "1"]], 2); // whole, not cut
    expect(book.isWorn(3)).toBe(false);
  });

  it.each([
    ["10.001", "1"],
    ["10", "0.0001"],
    ["10", "99999999999999999"],
    ["x", "1"],
  ])("refuses a level off its grid or beyond exact numbers: %s, %s", (price, quantity) => {
    expect(() => new Book(2, 3).apply(1, [[price, quantity]], [])).toThrow(RangeError);
  });
});
