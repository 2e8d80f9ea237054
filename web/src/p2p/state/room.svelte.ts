/** One order and its chat, kept as they are by the stream and, where that fails, by asking. */

import { ApiRefusal, NoAnswer, type Parameters } from "../../api/rest.ts";
import type { Message, Order } from "../door/shapes.ts";
import { completeUpTo, merged } from "../logic/chat.ts";
import { isActive } from "../logic/steps.ts";
import { clientId, session, type Said } from "./session.svelte.ts";

const POLL_MS = 4_000;
/** With a stream that lives the rest is only caution. */
const POLLS_BETWEEN_LIVE = 6;

export class Room {
  readonly number: string;
  order = $state.raw<Order | null>(null);
  messages = $state.raw<readonly Message[]>([]);
  isAbsent = $state(false);
  isBusy = $state(false);
  /** Messages that are on their way or did not get there. */
  outbox = $state.raw<readonly { readonly id: string; readonly text: string; readonly hasFailed: boolean }[]>([]);
  #polls_count = 0;

  constructor(number: string) {
    this.number = number;
  }

  /** Keeps the room as it is now; answers how to leave it. */
  open(): () => void {
    const leave = session.listen(
      (told) => {
        if (told.e === "order" && told.order.order === this.number) this.order = told.order;
        if (told.e === "message" && told.message.order === this.number) this.#hear([told.message]);
      },
      () => void this.refresh(),
    );
    const timer = setInterval(() => {
      this.#polls_count += 1;
      if (!session.isLive || this.#polls_count % POLLS_BETWEEN_LIVE === 0) void this.refresh();
    }, POLL_MS);
    void this.refresh();
    return () => {
      leave();
      clearInterval(timer);
    };
  }

  async refresh(): Promise<void> {
    if (session.credentials === null || document.hidden) return;
    try {
      const order: Parameters = [["order", this.number]];
      const known = completeUpTo(this.messages);
      const [fresh, { rows }] = await Promise.all([
        session.ask<Order>("GET", "order", order),
        session.ask<{ rows: readonly Message[] }>("GET", "chat", [...order, ["afterPlace", String(known)]]),
      ]);
      this.order = fresh;
      this.isAbsent = false;
      this.#hear(rows);
    } catch (error) {
      if (error instanceof ApiRefusal) this.isAbsent = this.order === null;
      else if (!(error instanceof NoAnswer)) throw error;
    }
  }

  /** An act on this order, and how it went. */
  async act(path: string, parameters: Parameters, said: Said): Promise<boolean> {
    this.isBusy = true;
    try {
      return await session.doing(() => session.ask("POST", path, [["order", this.number], ...parameters]), said);
    } finally {
      await this.refresh();
      this.isBusy = false;
      void session.refreshMe();
    }
  }

  async say(text: string): Promise<void> {
    const id = clientId();
    this.outbox = [...this.outbox, { id, text, hasFailed: false }];
    await this.#deliver(id, text);
  }

  async again(id: string): Promise<void> {
    const waiting = this.outbox.find((one) => one.id === id);
    if (waiting === undefined) return;
    this.outbox = this.outbox.map((one) => (one.id === id ? { ...one, hasFailed: false } : one));
    await this.#deliver(id, waiting.text);
  }

  /** Sends a file into the chat; false when it was refused. */
  async attach(file: File): Promise<boolean> {
    this.isBusy = true;
    try {
      return await session.doing(async () => {
        const { file: hash } = await session.send(file);
        await session.ask("POST", "chat", [
          ["order", this.number],
          ["file", hash],
        ]);
        await this.refresh();
      }, null);
    } finally {
      this.isBusy = false;
    }
  }

  get isOver(): boolean {
    return this.order !== null && !isActive(this.order);
  }

  async #deliver(id: string, text: string): Promise<void> {
    const isSent = await session.doing(
      () =>
        session.ask("POST", "chat", [
          ["order", this.number],
          ["text", text],
        ]),
      null,
    );
    if (isSent) await this.refresh();
    this.outbox = isSent
      ? this.outbox.filter((one) => one.id !== id)
      : this.outbox.map((one) => (one.id === id ? { ...one, hasFailed: true } : one));
  }

  #hear(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const known = new Set(this.messages.map(({ hash }) => hash));
    if (messages.some(({ hash }) => !known.has(hash))) this.messages = merged(this.messages, messages);
  }
}
