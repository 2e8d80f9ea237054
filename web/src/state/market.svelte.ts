/** The market as it is seen now: symbols, tickers, one book, one tape, one chart. */

import { get, persistently } from "../api/rest.ts";
import { Streams, type Connection } from "../api/streams.ts";
import { Book } from "../market/book.ts";
import {
  candleOfEvent,
  candleOfRow,
  extended,
  HISTORY_COUNT,
  updated,
  type Candle,
  type Interval,
  type KlineEvent,
  type KlineRow,
} from "../market/candles.ts";
import { DepthFollower, SNAPSHOT_LEVELS, type DepthDiff, type DepthSnapshot } from "../market/depth.ts";
import { instrumentOf, type Instrument, type SymbolInfo } from "../market/instrument.ts";
import { added, TAPE_COUNT, type Trade } from "../market/tape.ts";
import { settings } from "./settings.svelte.ts";

export interface Ticker {
  readonly open: number;
  readonly last: string;
  readonly high: string;
  readonly low: string;
  readonly volume: number;
}

interface TradeRow {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

interface TradeEvent {
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

interface MiniTicker {
  readonly s: string;
  readonly o: string;
  readonly c: string;
  readonly h: string;
  readonly l: string;
  readonly v: string;
}

interface Ticker24h {
  readonly symbol: string;
  readonly openPrice: string;
  readonly lastPrice: string;
  readonly highPrice: string;
  readonly lowPrice: string;
  readonly volume: string;
}

/** How often what is listed, and whether it trades, is read again. */
const LISTING_MS = 60_000;
/** Each followed symbol is a stream; beyond this only the shown one is followed. */
const TICKERS_MAX = 100;

class Market {
  instruments = $state.raw<readonly Instrument[]>([]);
  tickers = $state.raw<ReadonlyMap<string, Ticker>>(new Map());
  trades = $state.raw<readonly Trade[]>([]);
  candles = $state.raw<readonly Candle[]>([]);
  connection = $state<Connection>("connecting");
  isBookLive = $state(false);
  /** The first request has not been answered yet, or failed. */
  isReachable = $state(true);
  /** Rises whenever the book changed, at most once a frame. */
  #bookVersion = $state(0);
  #depth = $state.raw<DepthFollower | null>(null);
  #isDrawing = false;
  #streams: Streams | null = null;
  /** The listing as last read, to see whether it changed. */
  #listing = "";
  #hasOlder = true;
  #isLoadingOlder = false;
  /** Stream events that came while their history was asked for. */
  #heldTrades: Trade[] | null = null;
  /** Trades not drawn yet, oldest first. */
  #freshTrades: Trade[] = [];
  #heldCandles: Candle[] | null = null;

  readonly instrument: Instrument | null = $derived(
    this.instruments.find((each) => each.symbol === settings.symbol) ?? this.instruments[0] ?? null,
  );
  readonly ticker: Ticker | null = $derived(this.tickers.get(this.instrument?.symbol ?? "") ?? null);

  /** The book; reading it here makes the reader run again when the book changes. */
  get book(): Book | null {
    void this.#bookVersion;
    return this.#depth?.book ?? null;
  }

  /** How often the shown book had to be built anew because the stream missed an event. */
  get resyncs_count(): number {
    void this.#bookVersion;
    return this.#depth?.resyncs_count ?? 0;
  }

  /** Reads what is listed, then follows it; tries until the exchange answers. */
  async start(): Promise<void> {
    await persistently(
      () => this.#loadListing(),
      () => {
        this.isReachable = false;
        return true;
      },
    );
    this.isReachable = true;
    setInterval(() => void this.#loadListing().catch(() => undefined), LISTING_MS);
    void this.#loadTickers();
    const url = new URL("stream", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = url.hash = "";
    this.#streams = new Streams(url.href, {
      onMessage: (stream, data) => this.#receive(stream, data),
      onSubscribed: (streams) => this.#subscribed(streams),
      onConnection: (connection) => this.#connected(connection),
    });
    addEventListener("online", () => this.#streams?.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#streams?.hurry());
    this.show(this.instrument!.symbol);
  }

  show(symbol: string): void {
    settings.symbol = symbol;
    this.#depth?.stop();
    this.#depth = null;
    this.trades = [];
    this.#freshTrades = [];
    this.candles = [];
    const instrument = this.instrument;
    if (instrument === null) return;
    const book = new Book(instrument.price.decimals, instrument.quantity.decimals);
    const query = [
      ["symbol", instrument.symbol],
      ["limit", String(SNAPSHOT_LEVELS)],
    ] as const;
    this.#depth = new DepthFollower(
      book,
      () => get<DepthSnapshot>("/api/v3/depth", query),
      () => this.#drawSoon(),
    );
    this.#heldTrades = [];
    this.#heldCandles = [];
    this.#follow();
  }

  showInterval(interval: Interval): void {
    settings.interval = interval;
    this.candles = [];
    this.#heldCandles = [];
    this.#follow();
  }

  /** Candles before the first one, when the chart is moved to its beginning. */
  async loadOlder(): Promise<void> {
    const first = this.candles[0];
    const instrument = this.instrument;
    if (this.#isLoadingOlder || !this.#hasOlder || first === undefined || instrument === null) return;
    this.#isLoadingOlder = true;
    const interval = settings.interval;
    try {
      const older = await this.#history(instrument.symbol, interval, first.open_ms - 1);
      if (this.candles[0] !== first || interval !== settings.interval) return;
      this.#hasOlder = older.length > 0;
      this.candles = extended(this.candles, older);
    } catch {
      // The chart asks again the next time it is moved.
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  async #loadListing(): Promise<void> {
    const { symbols } = await get<{ symbols: SymbolInfo[] }>("/api/v3/exchangeInfo");
    const text = JSON.stringify(symbols);
    if (text !== this.#listing) this.instruments = symbols.map(instrumentOf);
    this.#listing = text;
  }

  #follow(): void {
    const symbol = this.#streamSymbol;
    const tickers = this.instruments.length <= TICKERS_MAX ? this.instruments.map((each) => each.symbol) : [symbol];
    this.#streams?.want([
      `${symbol}@depth@100ms`,
      `${symbol}@trade`,
      this.#klineStream,
      ...tickers.map((each) => `${each.toLowerCase()}@miniTicker`),
    ]);
  }

  get #streamSymbol(): string {
    return this.instrument?.symbol.toLowerCase() ?? "";
  }

  get #klineStream(): string {
    return `${this.#streamSymbol}@kline_${settings.interval}`;
  }

  #connected(connection: Connection): void {
    this.connection = connection;
    if (connection !== "live") this.#depth?.pause();
  }

  #subscribed(streams: readonly string[]): void {
    const symbol = this.#streamSymbol;
    if (streams.includes(`${symbol}@depth@100ms`)) this.#depth?.start();
    if (streams.includes(`${symbol}@trade`)) void this.#loadTrades();
    if (streams.includes(this.#klineStream)) void this.#loadCandles();
  }

  #receive(stream: string, data: unknown): void {
    if (stream.endsWith("@miniTicker")) this.#setTicker(data as MiniTicker);
    else if (!stream.startsWith(`${this.#streamSymbol}@`)) return;
    else if (stream.endsWith("@depth@100ms")) this.#depth?.onDiff(data as DepthDiff);
    else if (stream.endsWith("@trade")) this.#addTrade(data as TradeEvent);
    else if (stream === this.#klineStream) this.#setCandle(candleOfEvent((data as { k: KlineEvent }).k));
  }

  #drawSoon(): void {
    this.isBookLive = this.#depth?.isLive ?? false;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#bookVersion += 1;
      if (this.#freshTrades.length > 0) {
        this.trades = added(this.trades, this.#freshTrades);
        this.#freshTrades = [];
      }
    });
  }

  #setTicker({ s, o, c, h, l, v }: MiniTicker): void {
    const ticker = { open: Number(o), last: c, high: h, low: l, volume: Number(v) };
    this.tickers = new Map(this.tickers).set(s, ticker);
  }

  async #loadTickers(): Promise<void> {
    const symbols = JSON.stringify(this.instruments.map((each) => each.symbol));
    const query = this.instruments.length <= TICKERS_MAX ? ([["symbols", symbols]] as const) : [];
    const rows = await persistently(
      () => get<Ticker24h[]>("/api/v3/ticker/24hr", query),
      () => true,
    );
    const loaded = rows!.map((row): [string, Ticker] => [
      row.symbol,
      {
        open: Number(row.openPrice),
        last: row.lastPrice,
        high: row.highPrice,
        low: row.lowPrice,
        volume: Number(row.volume),
      },
    ]);
    this.tickers = new Map([...loaded, ...this.tickers]);
  }

  #addTrade({ t, p, q, T, m }: TradeEvent): void {
    const trade = { id: t, price: p, quantity: q, time_ms: T, isSell: m };
    if (this.#heldTrades !== null) this.#heldTrades.push(trade);
    else {
      this.#freshTrades = [...this.#freshTrades.slice(1 - TAPE_COUNT), trade];
      this.#drawSoon();
    }
  }

  async #loadTrades(): Promise<void> {
    const held: Trade[] = (this.#heldTrades = []);
    const symbol = this.instrument!.symbol;
    const query = [
      ["symbol", symbol],
      ["limit", String(TAPE_COUNT)],
    ] as const;
    const isWanted = (): boolean => this.#heldTrades === held; // no other symbol is shown by now
    const rows = await persistently(() => get<TradeRow[]>("/api/v3/trades", query), isWanted);
    if (rows === null || !isWanted()) return;
    const past = rows.map((row): Trade => ({
      id: row.id,
      price: row.price,
      quantity: row.qty,
      time_ms: row.time,
      isSell: row.isBuyerMaker,
    }));
    this.trades = added(added([], past), held);
    this.#freshTrades = [];
    this.#heldTrades = null;
  }

  #setCandle(candle: Candle): void {
    if (this.#heldCandles !== null) this.#heldCandles.push(candle);
    else this.candles = updated(this.candles, candle);
  }

  async #loadCandles(): Promise<void> {
    const held: Candle[] = (this.#heldCandles = []);
    const [symbol, interval] = [this.instrument!.symbol, settings.interval];
    const isWanted = (): boolean => this.#heldCandles === held;
    const past = await persistently(() => this.#history(symbol, interval, null), isWanted);
    if (past === null || !isWanted()) return;
    this.#hasOlder = true;
    this.candles = held.reduce(updated, past);
    this.#heldCandles = null;
  }

  async #history(symbol: string, interval: Interval, end_ms: number | null): Promise<readonly Candle[]> {
    const query: [string, string][] = [
      ["symbol", symbol],
      ["interval", interval],
      ["limit", String(HISTORY_COUNT)],
    ];
    if (end_ms !== null) query.push(["endTime", String(end_ms)]);
    return (await get<KlineRow[]>("/api/v3/klines", query)).map(candleOfRow);
  }
}

export const market = new Market();
