/** Who looks at the market, what the market is, and everything that is asked of its door. */

import {
  ApiRefusal,
  get,
  getFile,
  NoAnswer,
  persistently,
  sendFile,
  serverNow_ms,
  signed,
  type Credentials,
  type Method,
  type Parameters,
} from "../../api/rest.ts";
import { notices } from "../../state/notices.svelte.ts";
import { settings } from "../../state/settings.svelte.ts";
import type { Fiat, Market, Me, Method as PaymentMethod, Trader } from "../door/shapes.ts";
import { P2pStream, type Told } from "../door/stream.ts";
import type { Pair } from "../logic/amounts.ts";
import { en, type P2pWords } from "../words/en.ts";
import { refusalOf } from "../words/refusals.ts";
import { zh } from "../words/zh.ts";

export const BASE = "/p2p/v1";
const WORDS = { en, zh } as const;
const MARKET_POLL_MS = 15_000;
const LOST_POLL_MS = 3_000;
const ME_POLL_MS = 20_000;
const TICK_MS = 500;
const NOT_FOUND = 404;
const REFUSED_BY_CORE = -30_000;

/** What is told once something is done; null: it shows. */
export type Said = ((words: P2pWords) => string) | null;

class Session {
  readonly isSecure = globalThis.crypto?.subtle !== undefined;
  /** What the exchange offers to anyone; null until it said so, empty where it is no sandbox. */
  accounts = $state.raw<Readonly<Record<string, Credentials>> | null>(null);
  ownKey = $state.raw<Credentials | null>(null);
  market = $state.raw<Market | null>(null);
  /** The exchange has no such market, or none yet. */
  isAbsent = $state(false);
  isReachable = $state(true);
  isLive = $state(false);
  me = $state.raw<Me | null>(null);
  balances = $state.raw<Readonly<Record<string, string>>>({});
  /** The exchange's time, twice a second. */
  now_ms = $state(Date.now());
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #onLive = new Set<() => void>();
  #stream: P2pStream | null = null;
  /** Rises when somebody else signs in, so that late answers are dropped. */
  #attempt = 0;

  readonly words: P2pWords = $derived(WORDS[settings.language]);
  readonly names: readonly string[] = $derived(Object.keys(this.accounts ?? {}));
  readonly name: string = $derived(this.names.includes(settings.account) ? settings.account : (this.names[0] ?? ""));
  readonly credentials: Credentials | null = $derived(
    this.isSecure ? (this.ownKey ?? this.accounts?.[this.name] ?? null) : null,
  );
  /** Nobody is signed in, and the exchange offers no accounts to choose from. */
  readonly needsKey: boolean = $derived(this.accounts !== null && this.names.length === 0 && this.ownKey === null);
  readonly trader: Trader | null = $derived(this.me?.trader ?? null);

  async start(): Promise<void> {
    setInterval(() => (this.now_ms = serverNow_ms()), TICK_MS);
    setInterval(() => void this.refreshMarket(), MARKET_POLL_MS);
    setInterval(() => void (this.isReachable || this.refreshMarket()), LOST_POLL_MS);
    addEventListener("online", () => void this.refreshMarket());
    addEventListener("offline", () => (this.isReachable = false));
    setInterval(() => void this.refreshMe(), ME_POLL_MS);
    document.addEventListener("visibilitychange", () => {
      void this.refreshMarket();
      void this.refreshMe();
    });
    await Promise.all([this.refreshMarket(), this.#findAccounts()]);
    this.#signIn();
  }

  choose(name: string): void {
    settings.account = name;
    this.#signIn();
  }

  /** Somebody's own key, or null to forget it. */
  use(key: Credentials | null): void {
    this.ownKey = key;
    this.#signIn();
  }

  /** Hears what happens to one's own; answers how to stop hearing. `onLive`: something may have been missed. */
  listen(listener: (told: Told) => void, onLive: () => void = () => {}): () => void {
    this.#listeners.add(listener);
    this.#onLive.add(onLive);
    return () => {
      this.#listeners.delete(listener);
      this.#onLive.delete(onLive);
    };
  }

  /** In one's own name. What changes something goes as a form: texts may be long. */
  ask<Answer>(method: Method, path: string, parameters: Parameters = []): Promise<Answer> {
    const carried = method === "GET" || method === "DELETE" ? "query" : "form";
    return signed<Answer>(method, `${BASE}/${path}`, parameters, this.#key(), carried);
  }

  /** What anybody may ask, but the answer may depend on who does. */
  askOpen<Answer>(path: string, parameters: Parameters = []): Promise<Answer> {
    return get<Answer>(`${BASE}/${path}`, parameters);
  }

  send(file: File): Promise<{ readonly file: string }> {
    return sendFile(`${BASE}/files`, [["name", file.name]], file, this.#key());
  }

  file(hash: string, order: string | null): Promise<Blob> {
    const parameters: Parameters =
      order === null
        ? [["file", hash]]
        : [
            ["file", hash],
            ["order", order],
          ];
    return getFile(`${BASE}/files`, parameters, this.#key());
  }

  bundle(order: string): Promise<Blob> {
    return getFile(`${BASE}/bundle`, [["order", order]], this.#key());
  }

  /** Does one thing and tells how it went; false when it failed. */
  async doing(what: () => Promise<unknown>, said: Said): Promise<boolean> {
    try {
      await what();
      if (said !== null) notices.add("done", () => said(this.words));
      return true;
    } catch (error) {
      this.tell(error);
      return false;
    }
  }

  tell(error: unknown): void {
    notices.add(error instanceof NoAnswer ? "doubt" : "failed", () => refusalOf(this.words, settings.words, error));
  }

  async refreshMarket(): Promise<void> {
    if (document.hidden && this.market !== null) return;
    try {
      this.market = await this.askOpen<Market>("market");
      [this.isReachable, this.isAbsent] = [true, false];
    } catch (error) {
      if (error instanceof NoAnswer) this.isReachable = false;
      else if (error instanceof ApiRefusal && (error.status === NOT_FOUND || error.code <= REFUSED_BY_CORE))
        [this.isReachable, this.isAbsent] = [true, true];
      else if (!(error instanceof ApiRefusal)) throw error;
    }
  }

  async refreshMe(): Promise<void> {
    const attempt = this.#attempt;
    if (this.credentials === null || document.hidden) return;
    try {
      const [me, account] = await Promise.all([
        this.ask<Me>("GET", "me"),
        signed<{ balances: { asset: string; free: string }[] }>("GET", "/api/v3/account", [], this.credentials),
      ]);
      if (attempt !== this.#attempt) return;
      this.me = me;
      this.balances = Object.fromEntries(account.balances.map(({ asset, free }) => [asset, free]));
    } catch (error) {
      if (!(error instanceof ApiRefusal || error instanceof NoAnswer)) throw error;
    }
  }

  // What the market knows, by name.

  fiatOf(code: string): Fiat | undefined {
    return this.market?.fiats.find((fiat) => fiat.code === code);
  }

  methodOf(key: string): PaymentMethod | undefined {
    return this.market?.methods.find(({ method }) => method === key);
  }

  methodName(key: string): string {
    const method = this.methodOf(key);
    if (method === undefined) return key;
    return settings.language === "zh" ? method.nameZh : method.nameEn;
  }

  fiatName(code: string): string {
    const fiat = this.fiatOf(code);
    if (fiat === undefined) return code;
    return settings.language === "zh" ? fiat.nameZh : fiat.nameEn;
  }

  pairOf(asset: string, fiat: string): Pair {
    const assetDecimals = this.market?.assets.find((one) => one.asset === asset)?.decimals ?? 8;
    return { asset, fiat, assetDecimals, fiatDecimals: this.fiatOf(fiat)?.exponent ?? 2 };
  }

  indexOf(asset: string, fiat: string): string | null {
    return this.market?.index.find((one) => one.asset === asset && one.fiat === fiat)?.price ?? null;
  }

  #key(): Credentials {
    if (this.credentials === null) throw new NoAnswer("nobody is signed in");
    return this.credentials;
  }

  async #findAccounts(): Promise<void> {
    const offered = async (): Promise<Record<string, Credentials>> => {
      try {
        return await get("/sandbox/accounts");
      } catch (error) {
        if (error instanceof ApiRefusal && error.status === NOT_FOUND) return {};
        throw error;
      }
    };
    this.accounts = await persistently(offered, () => true);
  }

  #signIn(): void {
    this.#attempt += 1;
    this.me = null;
    this.balances = {};
    this.#stream?.close();
    this.#stream = null;
    this.isLive = false;
    if (this.credentials === null) return;
    void this.refreshMe();
    const url = new URL(`${BASE}/stream`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const token = async (): Promise<string> => (await this.ask<{ token: string }>("POST", "streamToken")).token;
    this.#stream = new P2pStream(url.href, token, {
      onTold: (told) => {
        for (const listener of this.#listeners) listener(told);
        if (told.e === "order") void this.refreshMe();
      },
      onLive: (isLive) => {
        this.isLive = isLive;
        // Lost or back: whether the exchange answers is asked at once, not with the next look.
        void this.refreshMarket();
        if (isLive) for (const onLive of this.#onLive) onLive();
      },
    });
  }
}

export const session = new Session();

/** Names what is asked for once, so that a repeated request is done once. */
export const clientId = (): string => `web-${crypto.randomUUID().replaceAll("-", "")}`.slice(0, 36);
