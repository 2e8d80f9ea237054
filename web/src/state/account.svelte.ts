/** One sandbox account: what it has, what it ordered, and what it does. */

import { ApiRefusal, get, NoAnswer, persistently, signed, type Credentials, type Parameters } from "../api/rest.ts";
import type { Instrument } from "../market/instrument.ts";
import { parametersOf, type Draft } from "../order/draft.ts";
import { described, outcomeOf, type AccountTrade, type OrderReport, type Pair } from "../order/report.ts";
import { refusalIn } from "../words/refusals.ts";
import { market } from "./market.svelte.ts";
import { notices } from "./notices.svelte.ts";
import { settings } from "./settings.svelte.ts";

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

/** Lists of the account, one of which is shown. */
export type List = "open" | "history" | "trades" | "balances";

const POLL_MS = 2_000;
/** Orders of every symbol cost much weight; those of the shown one are asked for each time. */
const POLLS_BETWEEN_ALL = 15;
/** Not at the first poll: a visit that soon ends should not cost the most. */
const ALL_AT_POLL = 2;
/** How long to leave the exchange alone after it refused a poll, unless it asks for longer. */
const QUIET_MS = 10_000;
const HISTORY_LIMIT = "100";
const NO_SUCH_ORDER = -2013;
const UNKNOWN_KEY = -2015;
/**
 * When to ask what became of an order that was not answered. A signed request is good for five seconds, and a second of
 * early clock: when the last of these finds nothing, the order cannot come to be any more.
 */
const OUTCOME_ASKED_AFTER_MS = [500, 2_000, 7_000];

class Account {
  readonly isSecure = globalThis.crypto?.subtle !== undefined;
  /** Null until the exchange said which accounts it offers. */
  accounts = $state.raw<Readonly<Record<string, Credentials>> | null>(null);
  balances = $state.raw<readonly Balance[]>([]);
  openOrders = $state.raw<readonly OrderReport[]>([]);
  /** Of the shown symbol, newest first; null until asked for. */
  orders = $state.raw<readonly OrderReport[] | null>(null);
  trades = $state.raw<readonly AccountTrade[] | null>(null);
  isBusy = $state(false);
  /** What is looked at; the lists of the past are asked for only while they are. */
  #shown: List = "open";
  readonly #stale = new Set<List>(["history", "trades"]);
  #polls_count = 0;
  /** Polls asked and the latest one applied: answers may overtake each other. */
  #turn = 0;
  #turnApplied = 0;
  #quietUntil_ms = 0;
  /** The refusal last told, so that the same one is not told at every poll. */
  #toldCode = 0;
  /** Rises when another account or symbol is shown, so that late answers are dropped. */
  #attempt = 0;

  readonly names: readonly string[] = $derived(Object.keys(this.accounts ?? {}));
  readonly name: string = $derived(this.names.includes(settings.account) ? settings.account : (this.names[0] ?? ""));
  readonly credentials: Credentials | null = $derived(this.accounts?.[this.name] ?? null);

  async start(): Promise<void> {
    await this.#renew();
    setInterval(() => void this.refresh(), POLL_MS);
    document.addEventListener("visibilitychange", () => void this.refresh());
    await this.refresh();
  }

  choose(name: string): void {
    settings.account = name;
    this.balances = [];
    this.openOrders = [];
    this.#forgetHistory();
    void this.refresh();
  }

  /** Another symbol is shown. */
  onSymbol(): void {
    this.#forgetHistory();
    void this.refresh();
  }

  free(asset: string): string {
    return this.balances.find((balance) => balance.asset === asset)?.free ?? "0";
  }

  show(list: List): void {
    this.#shown = list;
    void this.#loadShown().catch((error: unknown) => this.#onPollRefused(error));
  }

  /** What the account has and ordered, as it is now: every two seconds, and after something was done. */
  async refresh(): Promise<void> {
    const symbol = market.instrument?.symbol;
    if (this.credentials === null || symbol === undefined || document.hidden || Date.now() < this.#quietUntil_ms)
      return;
    const attempt = this.#attempt;
    const isAll = this.#polls_count % POLLS_BETWEEN_ALL === ALL_AT_POLL;
    this.#polls_count += 1;
    const turn = (this.#turn += 1);
    try {
      const [account, open] = await Promise.all([
        this.#ask<{ balances: Balance[] }>("GET", "/api/v3/account", [["omitZeroBalances", "true"]]),
        this.#ask<OrderReport[]>("GET", "/api/v3/openOrders", isAll ? [] : [["symbol", symbol]]),
      ]);
      if (attempt !== this.#attempt || turn < this.#turnApplied) return;
      this.#turnApplied = turn;
      this.#toldCode = 0;
      const others = isAll ? [] : this.openOrders.filter((order) => order.symbol !== symbol);
      const openOrders = [...others, ...open].sort((one, other) => (other.time ?? 0) - (one.time ?? 0));
      const isChanged = differ(openOrders, this.openOrders) || differ(account.balances, this.balances);
      if (isChanged) [this.openOrders, this.balances] = [openOrders, account.balances];
      if (isChanged) this.#stale.add("history").add("trades");
      await this.#loadShown();
    } catch (error) {
      this.#onPollRefused(error);
    }
  }

  /** Sends the order; false when it was refused, so that the form keeps what was written. */
  async place(draft: Draft, instrument: Instrument): Promise<boolean> {
    // Random, not counted: an id stays unique over reloads, and finds the order if its answer is lost.
    const clientOrderId = `web-${crypto.randomUUID().replaceAll("-", "")}`.slice(0, 36);
    const credentials = this.credentials!; // another account may be chosen before the outcome is known
    this.isBusy = true;
    try {
      const parameters = parametersOf(draft, instrument, clientOrderId);
      this.#report(await signed<OrderReport>("POST", "/api/v3/order", parameters, credentials), instrument);
      return true;
    } catch (error) {
      if (isUnknown(error)) return await this.#findOut(draft, instrument, clientOrderId, credentials);
      notices.add("failed", (words) => refusalIn(words, error));
      return false;
    } finally {
      this.isBusy = false;
      void this.refresh();
    }
  }

  async cancel(order: OrderReport): Promise<void> {
    const pair = pairOf(order.symbol);
    try {
      await this.#ask("DELETE", "/api/v3/order", [
        ["symbol", order.symbol],
        ["orderId", String(order.orderId)],
      ]);
      // The next poll may not ask for this order's symbol.
      this.openOrders = this.openOrders.filter(
        (each) => each.symbol !== order.symbol || each.orderId !== order.orderId,
      );
      const what = described(order, pair);
      notices.add("done", (words) => words.cancelled(what(words)));
    } catch (error) {
      notices.add("failed", (words) => refusalIn(words, error));
    }
    await this.refresh();
  }

  async cancelAll(symbol: string): Promise<void> {
    try {
      const cancelled = await this.#ask<unknown[]>("DELETE", "/api/v3/openOrders", [["symbol", symbol]]);
      notices.add("done", (words) => words.cancelledAll(cancelled.length));
    } catch (error) {
      notices.add("failed", (words) => refusalIn(words, error));
    }
    await this.refresh();
  }

  async #findOut(
    draft: Draft,
    instrument: Instrument,
    clientOrderId: string,
    credentials: Credentials,
  ): Promise<boolean> {
    const amount =
      draft.quantity === "" ? `${draft.total} ${instrument.quote}` : `${draft.quantity} ${instrument.base}`;
    const doubt = notices.add("doubt", (words) => words.unknownOutcome(words.describe(draft.side, amount, "")));
    const sent_ms = Date.now();
    let isUnheardOf = false;
    for (const after_ms of OUTCOME_ASKED_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, sent_ms + after_ms - Date.now()));
      try {
        const query = [
          ["symbol", instrument.symbol],
          ["origClientOrderId", clientOrderId],
        ] as const;
        this.#report(await signed<OrderReport>("GET", "/api/v3/order", query, credentials), instrument);
        notices.remove(doubt);
        return true;
      } catch (error) {
        isUnheardOf = error instanceof ApiRefusal && error.code === NO_SUCH_ORDER;
      }
    }
    notices.remove(doubt);
    notices.add("failed", (words) =>
      (isUnheardOf ? words.notReceived : words.stillUnknown)(words.describe(draft.side, amount, "")),
    );
    return false;
  }

  #report(order: OrderReport, instrument: Instrument): void {
    notices.add("done", outcomeOf(order, instrument, instrument.price.decimals));
  }

  #forgetHistory(): void {
    this.#attempt += 1;
    this.orders = null;
    this.trades = null;
    this.#stale.add("history").add("trades");
  }

  async #loadShown(): Promise<void> {
    const list = this.#shown;
    const symbol = market.instrument?.symbol;
    if (this.credentials === null || symbol === undefined || !this.#stale.delete(list)) return;
    const attempt = this.#attempt;
    const query = [
      ["symbol", symbol],
      ["limit", HISTORY_LIMIT],
    ] as const;
    try {
      if (list === "history") {
        const orders = await this.#ask<OrderReport[]>("GET", "/api/v3/allOrders", query);
        if (attempt === this.#attempt) this.orders = orders.reverse();
      } else {
        const trades = await this.#ask<AccountTrade[]>("GET", "/api/v3/myTrades", query);
        if (attempt === this.#attempt) this.trades = trades.reverse();
      }
    } catch (error) {
      this.#stale.add(list);
      throw error;
    }
  }

  /** A poll that fails is tried again; only what the visitor should know is said. */
  #onPollRefused(error: unknown): void {
    if (!(error instanceof ApiRefusal)) {
      if (error instanceof NoAnswer) return;
      throw error;
    }
    this.#quietUntil_ms = Date.now() + Math.max(error.retryAfter_ms, QUIET_MS);
    // A sandbox that was made anew has new keys.
    if (error.code === UNKNOWN_KEY) void this.#renew();
    if (error.code !== this.#toldCode) notices.add("failed", (words) => refusalIn(words, error));
    this.#toldCode = error.code;
  }

  async #renew(): Promise<void> {
    this.accounts = await persistently(sandboxAccounts, () => true);
  }

  #ask<Answer>(method: "GET" | "POST" | "DELETE", path: string, parameters: Parameters): Promise<Answer> {
    return signed<Answer>(method, path, parameters, this.credentials!);
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof ApiRefusal && error.isOutcomeUnknown);
}

/** The accounts the exchange offers to anyone; none when it is no sandbox. */
async function sandboxAccounts(): Promise<Record<string, Credentials>> {
  try {
    return await get("/sandbox/accounts");
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return {};
    throw error;
  }
}

export function pairOf(symbol: string): Pair {
  return market.instruments.find((each) => each.symbol === symbol) ?? { base: symbol, quote: "" };
}

function differ(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

export const account = new Account();
