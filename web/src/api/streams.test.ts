import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Streams, type Connection } from "./streams.ts";

/** The part of a WebSocket that Streams uses, moved by hand. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: { method: string; params?: string[]; id: number }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen!();
  }
  say(message: unknown): void {
    this.onmessage!({ data: JSON.stringify(message) });
  }
  lose(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

const heard: unknown[] = [];
const subscribed: string[][] = [];
const connections: Connection[] = [];
let streams: Streams;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  heard.length = subscribed.length = connections.length = 0;
  streams = new Streams("ws://x/stream", {
    onMessage: (stream, data) => heard.push([stream, data]),
    onSubscribed: (names) => subscribed.push([...names]),
    onConnection: (connection) => connections.push(connection),
  });
});
afterEach(() => {
  streams.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const socket = (): FakeSocket => FakeSocket.all.at(-1)!;

it("opens with what is wanted and passes messages on", () => {
  streams.want(["a@trade", "a@depth"]);
  expect(socket().url).toBe("ws://x/stream?streams=a@trade/a@depth");
  socket().open();
  socket().say({ stream: "a@trade", data: { p: "1" } });
  socket().say({ stream: "never@wanted", data: {} });
  expect(heard).toEqual([["a@trade", { p: "1" }]]);
  expect(subscribed).toEqual([["a@trade", "a@depth"]]);
  expect(connections).toEqual(["connecting", "live"]);
});

it("tells only what changed, and reports it when confirmed", () => {
  streams.want(["a", "b"]);
  socket().open();
  streams.want(["b", "c"]);
  streams.want(["b", "d"]);
  vi.advanceTimersByTime(500);
  expect(socket().sent).toEqual([
    { method: "UNSUBSCRIBE", params: ["a"], id: 1 },
    { method: "SUBSCRIBE", params: ["d"], id: 2 },
  ]);
  expect(subscribed).toHaveLength(1);
  socket().say({ result: null, id: 1 });
  socket().say({ result: null, id: 2 });
  expect(subscribed).toEqual([["a", "b"], ["d"]]);
});

it("sends at most four control messages a second, however often wishes change", () => {
  streams.want(["a"]);
  socket().open();
  for (let i = 0; i < 100; i++) {
    streams.want([`s${i}`]);
    vi.advanceTimersByTime(10);
  }
  expect(socket().sent.length).toBeLessThanOrEqual(4);
});

it("reconnects with what is wanted by then, waiting longer each time", () => {
  streams.want(["a"]);
  socket().open();
  socket().lose();
  streams.want(["b"]);
  for (const wait_ms of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    const before = FakeSocket.all.length;
    expect(connections.at(-1)).toBe("waiting");
    vi.advanceTimersByTime(wait_ms - 1);
    expect(FakeSocket.all).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(before + 1);
    socket().lose();
  }
  streams.hurry();
  expect(socket().url).toBe("ws://x/stream?streams=b");
  socket().open();
  expect(subscribed.at(-1)).toEqual(["b"]);
  socket().lose();
  vi.advanceTimersByTime(500);
  expect(socket().readyState).toBe(0); // patience is as at first after a connection that worked
});

it("probes a silent socket, keeps one that answers, and leaves one that does not", () => {
  streams.want(["a"]);
  socket().open();
  vi.advanceTimersByTime(10_000);
  expect(socket().sent).toEqual([{ method: "LIST_SUBSCRIPTIONS", id: 1 }]);
  socket().say({ result: ["a"], id: 1 });
  vi.advanceTimersByTime(10_000);
  expect(socket().sent).toHaveLength(2);
  expect(connections.at(-1)).toBe("live");
  vi.advanceTimersByTime(10_000);
  expect(connections.at(-1)).toBe("waiting");
});

it("says at once that a stream flows which was given up and wanted again in between", () => {
  streams.want(["a"]);
  socket().open();
  streams.want(["b"]);
  streams.want(["a"]);
  expect(subscribed).toEqual([["a"], ["a"]]);
  vi.advanceTimersByTime(500);
  expect(socket().sent).toEqual([]);
});

it("gives up a connection that does not open", () => {
  streams.want(["a"]);
  vi.advanceTimersByTime(10_000);
  expect(connections).toEqual(["connecting", "waiting"]);
});

it("stays closed once closed", () => {
  streams.want(["a"]);
  socket().open();
  streams.close();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(1);
});
