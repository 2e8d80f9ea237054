/**
 * One WebSocket to the market streams, kept alive.
 *
 * What is wanted may change at any time; changes are sent as SUBSCRIBE and UNSUBSCRIBE. After a loss the socket
 * reconnects, waiting longer each time, with what is wanted then.
 *
 * Source: Binance Spot API, web-socket-streams.md, "Live Subscribing/Unsubscribing to streams".
 */

export type Connection = "connecting" | "live" | "waiting";

export interface StreamsListener {
  /** A message of one stream. */
  onMessage(stream: string, data: unknown): void;
  /** These streams flow from now on; before this they may have gaps. */
  onSubscribed(streams: readonly string[]): void;
  onConnection(connection: Connection): void;
}

const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 15_000;
/** At most four control messages a second: the exchange closes a connection that sends more than five. */
const CONTROL_MS = 500;
/** A browser does not show ping frames, so a silent socket is asked for its subscriptions. */
const SILENCE_MS = 10_000;

export class Streams {
  readonly #url: string;
  readonly #listener: StreamsListener;
  #socket: WebSocket | null = null;
  #wanted: ReadonlySet<string> = new Set();
  /** What the open socket was told to send. */
  #told = new Set<string>();
  /** What it confirmed, and so sends. */
  #flowing = new Set<string>();
  /** Subscriptions sent and not yet confirmed, by message id. */
  readonly #pending = new Map<number, string[]>();
  #lastId = 0;
  #wait_ms = WAIT_MS_MIN;
  #control: ReturnType<typeof setTimeout> | undefined;
  #reconnect: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isProbed = false;

  constructor(url: string, listener: StreamsListener) {
    this.#url = url;
    this.#listener = listener;
  }

  /** The streams to follow from now on, in place of those before. */
  want(streams: Iterable<string>): void {
    const before = this.#wanted;
    this.#wanted = new Set(streams);
    if (this.#socket === null && this.#reconnect === undefined) this.#open();
    else this.#control ??= setTimeout(() => this.#tell(), CONTROL_MS);
    // Given up and wanted again before the exchange was told: no confirmation will come, but whoever waits must hear.
    const again = [...this.#wanted].filter((stream) => !before.has(stream) && this.#flowing.has(stream));
    if (again.length > 0) this.#listener.onSubscribed(again);
  }

  /** Tries at once, when the machine says it is online again or the page is looked at. */
  hurry(): void {
    if (this.#reconnect === undefined) return;
    clearTimeout(this.#reconnect);
    this.#reconnect = undefined;
    this.#open();
  }

  close(): void {
    this.#wanted = new Set();
    clearTimeout(this.#reconnect);
    this.#reconnect = undefined;
    this.#drop();
  }

  #open(): void {
    const streams = [...this.#wanted];
    this.#told = new Set(streams);
    const socket = new WebSocket(`${this.#url}?streams=${streams.join("/")}`);
    this.#socket = socket;
    this.#hear();
    this.#listener.onConnection("connecting");
    socket.onopen = () => {
      this.#wait_ms = WAIT_MS_MIN;
      this.#hear();
      this.#listener.onConnection("live");
      this.#confirm(streams);
      this.#tell();
    };
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
  }

  #receive(text: string): void {
    this.#hear();
    const message = JSON.parse(text) as { stream?: string; data?: unknown; id?: number };
    if (message.stream !== undefined) {
      if (this.#wanted.has(message.stream)) this.#listener.onMessage(message.stream, message.data);
    } else if (message.id !== undefined) {
      const streams = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (streams !== undefined) this.#confirm(streams);
    }
  }

  #confirm(streams: readonly string[]): void {
    for (const stream of streams) this.#flowing.add(stream);
    this.#listener.onSubscribed(streams);
  }

  /** Brings the socket's subscriptions in line with what is wanted. */
  #tell(): void {
    clearTimeout(this.#control);
    this.#control = undefined;
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const leave = [...this.#told].filter((stream) => !this.#wanted.has(stream));
    const join = [...this.#wanted].filter((stream) => !this.#told.has(stream));
    this.#told = new Set(this.#wanted);
    for (const stream of leave) this.#flowing.delete(stream);
    if (leave.length > 0) this.#send("UNSUBSCRIBE", leave);
    if (join.length > 0) this.#pending.set(this.#send("SUBSCRIBE", join), join);
  }

  #send(method: string, params: readonly string[]): number {
    this.#lastId += 1;
    this.#socket!.send(JSON.stringify({ method, ...(params.length > 0 ? { params } : {}), id: this.#lastId }));
    return this.#lastId;
  }

  /** Something was heard: the connection lives. */
  #hear(): void {
    this.#isProbed = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#onSilence(), SILENCE_MS);
  }

  #onSilence(): void {
    if (this.#isProbed || this.#socket?.readyState !== WebSocket.OPEN) {
      this.#lost();
      return;
    }
    this.#isProbed = true;
    this.#send("LIST_SUBSCRIPTIONS", []);
    this.#silence = setTimeout(() => this.#onSilence(), SILENCE_MS);
  }

  #lost(): void {
    this.#drop();
    if (this.#wanted.size === 0) return;
    this.#listener.onConnection("waiting");
    // Up to a half more by chance, so that all pages do not return in the same instant.
    const wait_ms = this.#wait_ms * (1 + Math.random() / 2);
    this.#wait_ms = Math.min(2 * this.#wait_ms, WAIT_MS_MAX);
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      this.#open();
    }, wait_ms);
  }

  #drop(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#control);
    this.#control = undefined;
    this.#pending.clear();
    this.#flowing.clear();
    this.#isProbed = false;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
