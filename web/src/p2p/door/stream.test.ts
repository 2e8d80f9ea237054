import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { P2pStream, type Told } from "./stream.ts";

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  isClosed = false;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  close(): void {
    this.isClosed = true;
    this.onclose?.();
  }
}

const told: Told[] = [];
const lives: boolean[] = [];
let tokens = 0;
let stream: P2pStream;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  told.length = lives.length = tokens = 0;
  stream = new P2pStream("ws://x/p2p/v1/stream", async () => `t ${(tokens += 1)}`, {
    onTold: (event) => told.push(event),
    onLive: (isLive) => lives.push(isLive),
  });
  await vi.advanceTimersByTimeAsync(0);
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("tells what it hears", () => {
  const [socket] = FakeSocket.all as [FakeSocket];
  expect(socket.url).toBe("ws://x/p2p/v1/stream?token=t%201");
  socket.onopen!();
  socket.onmessage!({ data: '{"e":"message","message":{"place":1}}' });
  expect(lives).toEqual([true]);
  expect(told).toEqual([{ e: "message", message: { place: 1 } }]);
});

it("comes back with a new token, later each time, and at once soon again after it lived", async () => {
  for (const wait_ms of [1_000, 2_000, 4_000]) {
    const count = FakeSocket.all.length;
    FakeSocket.all.at(-1)!.onclose!();
    await vi.advanceTimersByTimeAsync(wait_ms - 1);
    expect(FakeSocket.all).toHaveLength(count);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all).toHaveLength(count + 1);
  }
  expect(tokens).toBe(4);
  FakeSocket.all.at(-1)!.onopen!();
  FakeSocket.all.at(-1)!.onclose!();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tokens).toBe(5);
});

it("is silent once closed", async () => {
  stream.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(1);
  expect(FakeSocket.all[0]!.isClosed).toBe(true);
  expect(lives).toEqual([]);
});
