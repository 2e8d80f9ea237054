import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Book, type LevelText } from "./book.ts";
import { DepthFollower, SNAPSHOT_LEVELS, type DepthDiff, type DepthSnapshot } from "./depth.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const diff = (U: number, u: number, b: LevelText[] = [], a: LevelText[] = []): DepthDiff => ({ U, u, b, a });
const snapshot = (lastUpdateId: number, bids: LevelText[] = []): DepthSnapshot => ({ lastUpdateId, bids, asks: [] });

/** A follower whose snapshots are given one by one, when the test says so. */
function follower() {
  const waiting: ((given: DepthSnapshot | Error) => void)[] = [];
  const load = vi.fn(
    () =>
      new Promise<DepthSnapshot>((resolve, reject) => {
        waiting.push((given) => (given instanceof Error ? reject(given) : resolve(given)));
      }),
  );
  const book = new Book(0, 0);
  const depth = new DepthFollower(book, load, () => undefined);
  const give = async (given: DepthSnapshot | Error): Promise<void> => {
    waiting.shift()!(given);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { depth, book, load, give };
}

const bids = (book: Book): number[][] => [...book.bids.levels()].map((level) => [level.ticks, level.lots]);

it("joins a snapshot to the events around it", async () => {
  const { depth, book, give } = follower();
  depth.start();
  depth.onDiff(diff(8, 9, [["100", "9"]])); // wholly in the snapshot
  depth.onDiff(diff(10, 12, [["100", "5"]])); // straddles it
  depth.onDiff(diff(13, 13, [["99", "2"]]));
  await give(
    snapshot(11, [
      ["100", "1"],
      ["98", "4"],
    ]),
  );
  expect(depth.isLive).toBe(true);
  expect(bids(book)).toEqual([
    [100, 5],
    [99, 2],
    [98, 4],
  ]);
  depth.onDiff(diff(14, 15, [["98", "0"]]));
  expect(bids(book)).toEqual([
    [100, 5],
    [99, 2],
  ]);
  expect(book.lastUpdateId).toBe(15);
});

it("is live in a quiet market, before any event", async () => {
  const { depth, give } = follower();
  depth.start();
  await give(snapshot(11));
  expect(depth.isLive).toBe(true);
  depth.onDiff(diff(12, 12, [["1", "1"]]));
  expect(depth.isLive).toBe(true);
});

it("asks again for a snapshot older than the first event", async () => {
  const { depth, book, load, give } = follower();
  depth.start();
  depth.onDiff(diff(20, 21, [["100", "5"]]));
  await give(snapshot(11, [["1", "1"]]));
  expect(depth.isLive).toBe(false);
  await vi.advanceTimersByTimeAsync(300);
  expect(load).toHaveBeenCalledTimes(2);
  await give(snapshot(20, [["50", "1"]]));
  expect(depth.isLive).toBe(true);
  expect(bids(book)).toEqual([
    [100, 5],
    [50, 1],
  ]);
});

it("begins again at a gap, and keeps the event that showed it", async () => {
  const { depth, book, load, give } = follower();
  depth.start();
  await give(snapshot(10, [["100", "1"]]));
  depth.onDiff(diff(12, 12, [["99", "7"]])); // 11 is missing
  expect(depth.isLive).toBe(false);
  expect(depth.resyncs_count).toBe(1);
  expect(load).toHaveBeenCalledTimes(2);
  await give(snapshot(11, [["100", "3"]]));
  expect(depth.isLive).toBe(true);
  expect(bids(book)).toEqual([
    [100, 3],
    [99, 7],
  ]);
});

it("takes a new snapshot when the market has moved through most of the old one", async () => {
  const { depth, load, give } = follower();
  const levels = Array.from({ length: SNAPSHOT_LEVELS }, (_, i): LevelText => [String(5_000 - i), "1"]);
  depth.start();
  await give(snapshot(10, levels));
  const eaten = levels.map(([price]): LevelText => [price, "0"]);
  depth.onDiff(diff(11, 11, eaten.slice(0, 750)));
  expect(depth.isLive).toBe(true);
  depth.onDiff(diff(12, 12, eaten.slice(750, 751)));
  expect(depth.isLive).toBe(false);
  expect(load).toHaveBeenCalledTimes(2);
  await give(snapshot(12, levels));
  expect([depth.isLive, depth.resyncs_count]).toEqual([true, 0]);
});

it("never uses a snapshot asked for before the stream was interrupted", async () => {
  const { depth, book, load, give } = follower();
  depth.start();
  depth.pause();
  depth.start();
  expect(load).toHaveBeenCalledTimes(2);
  await give(snapshot(10, [["1", "1"]])); // the first request's answer, late
  expect(depth.isLive).toBe(false);
  await give(snapshot(30, [["2", "2"]]));
  expect(depth.isLive).toBe(true);
  expect(bids(book)).toEqual([[2, 2]]);
});

it("waits longer after each failure, up to a bound, and stops when told", async () => {
  const { depth, load, give } = follower();
  depth.start();
  await give(new Error("down"));
  await vi.advanceTimersByTimeAsync(249);
  expect(load).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(load).toHaveBeenCalledTimes(2);
  await give(new Error("down"));
  await vi.advanceTimersByTimeAsync(499);
  expect(load).toHaveBeenCalledTimes(2);
  depth.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(load).toHaveBeenCalledTimes(2);
});

it("restarts when an event held back does not join the one before it", async () => {
  const { depth, load, give } = follower();
  depth.start();
  depth.onDiff(diff(11, 11));
  depth.onDiff(diff(13, 13));
  await give(snapshot(10));
  expect(depth.isLive).toBe(false);
  await vi.advanceTimersByTimeAsync(300);
  expect(load).toHaveBeenCalledTimes(2);
  await give(snapshot(13));
  expect(depth.isLive).toBe(true);
});
