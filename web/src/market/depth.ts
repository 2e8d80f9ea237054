/**
 * Keeps a local book from the depth stream, by the documented procedure: hold back stream events, take a snapshot,
 * drop what it already contains, apply the rest in order, and begin again when one is missing.
 *
 * Source: Binance Spot API, web-socket-streams.md, "How to manage a local order book correctly".
 */

import type { Book, LevelText } from "./book.ts";

export interface DepthDiff {
  /** First and last update in the event. */
  readonly U: number;
  readonly u: number;
  readonly b: readonly LevelText[];
  readonly a: readonly LevelText[];
}

export interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/** More would be drawn by nobody, and costs five times the request weight. */
export const SNAPSHOT_LEVELS = 1_000;
const KNOWN_LEVELS_MIN = 250;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 8_000;
/** A stream that outruns the snapshots must not grow memory: 100 ms events for over three minutes. */
const HELD_MAX = 2_000;

export class DepthFollower {
  readonly book: Book;
  readonly #load: () => Promise<DepthSnapshot>;
  readonly #changed: () => void;
  #held: DepthDiff[] = [];
  #isLive = false;
  #isStopped = false;
  #retry_ms = RETRY_MS_MIN;
  /** Rises with every restart, so that a snapshot asked for before it is not used after it. */
  #attempt = 0;
  /** How often the book was built anew because an event was missing. */
  resyncs_count = 0;

  constructor(book: Book, load: () => Promise<DepthSnapshot>, changed: () => void) {
    this.book = book;
    this.#load = load;
    this.#changed = changed;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** The stream is (again) subscribed: whatever came before may have gaps. */
  start(): void {
    this.#attempt += 1;
    this.#held = [];
    this.#isLive = false;
    this.#changed();
    void this.#synchronise();
  }

  /** Nothing more will come, or be wanted; the book stays as it was and is no longer live. */
  stop(): void {
    this.#isStopped = true;
    this.pause();
  }

  /** The stream is gone for now. */
  pause(): void {
    this.#attempt += 1;
    this.#isLive = false;
    this.#held = [];
    this.#changed();
  }

  onDiff(diff: DepthDiff): void {
    if (!this.#isLive) {
      if (this.#held.length === HELD_MAX) this.#held.shift();
      this.#held.push(diff);
      return;
    }
    if (this.#follow(diff)) {
      if (this.book.isWorn(KNOWN_LEVELS_MIN)) this.start();
      else this.#changed();
    } else {
      this.resyncs_count += 1;
      this.start();
      this.#held.push(diff);
    }
  }

  async #synchronise(): Promise<void> {
    const attempt = this.#attempt;
    while (!this.#isStopped && attempt === this.#attempt) {
      const snapshot = await this.#load().catch(() => null);
      if (attempt !== this.#attempt) return;
      if (snapshot !== null && this.#begin(snapshot)) {
        this.#retry_ms = RETRY_MS_MIN;
        this.#changed();
        return;
      }
      const wait_ms = this.#retry_ms;
      this.#retry_ms = Math.min(2 * wait_ms, RETRY_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
    }
  }

  /** False when the snapshot is older than the first event held, or an event between them is missing. */
  #begin(snapshot: DepthSnapshot): boolean {
    const first = this.#held[0];
    if (first !== undefined && snapshot.lastUpdateId + 1 < first.U) return false;
    this.book.replace(snapshot.lastUpdateId, snapshot.bids, snapshot.asks, SNAPSHOT_LEVELS);
    const held = this.#held;
    this.#held = [];
    for (const diff of held) {
      if (!this.#follow(diff)) return false;
    }
    this.#isLive = true;
    return true;
  }

  /** Applies the next event; one the book already contains changes nothing. False: updates are missing before it. */
  #follow(diff: DepthDiff): boolean {
    if (diff.u <= this.book.lastUpdateId) return true;
    if (diff.U > this.book.lastUpdateId + 1) return false;
    this.book.apply(diff.u, diff.b, diff.a);
    return true;
  }
}
