/** Candles of one symbol and interval: history from REST, the present from the stream, joined by opening time. */

export const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d", "1w"] as const;
export type Interval = (typeof INTERVALS)[number];

export interface Candle {
  /** Opening time, UTC. */
  readonly open_ms: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** An element of GET /api/v3/klines: opening time, open, high, low, close, volume, … */
export type KlineRow = readonly [number, string, string, string, string, string, ...unknown[]];

/** The `k` of a kline event. */
export interface KlineEvent {
  readonly t: number;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
}

export const HISTORY_COUNT = 1_000;

export function candleOfRow([open_ms, open, high, low, close, volume]: KlineRow): Candle {
  return { open_ms, open: +open, high: +high, low: +low, close: +close, volume: +volume };
}

export function candleOfEvent({ t, o, h, l, c, v }: KlineEvent): Candle {
  return { open_ms: t, open: +o, high: +h, low: +l, close: +c, volume: +v };
}

/** The list with one candle brought up to date; a candle older than the last one is not news. */
export function updated(candles: readonly Candle[], candle: Candle): readonly Candle[] {
  const last = candles.at(-1);
  if (last === undefined || candle.open_ms > last.open_ms) return [...candles, candle];
  if (candle.open_ms < last.open_ms) return candles;
  return [...candles.slice(0, -1), candle];
}

/** Older candles in front; what overlaps is taken from the present list. */
export function extended(candles: readonly Candle[], older: readonly Candle[]): readonly Candle[] {
  const first_ms = candles[0]?.open_ms ?? Infinity;
  return [...older.filter((candle) => candle.open_ms < first_ms), ...candles];
}
