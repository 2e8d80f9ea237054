/** The market's list: what is looked for, and the adverts that answer to it. */

import { ApiRefusal, NoAnswer, type Parameters } from "../../api/rest.ts";
import { stepsOf, typed } from "../../numbers/decimal.ts";
import { settings } from "../../state/settings.svelte.ts";
import type { Advert, Rows, Side, Tier } from "../door/shapes.ts";
import { session } from "./session.svelte.ts";

export const SORTS = ["price", "completion", "release", "orders"] as const;
export type Sort = (typeof SORTS)[number];

const KEY = "venus.p2p";
const POLL_MS = 8_000;
const WRITING_MS = 350;
const ROWS = 20;

class Board {
  side = $state<Side>("BUY");
  asset = $state("");
  fiat = $state("");
  amount = $state("");
  methods = $state.raw<readonly string[]>([]);
  sort = $state<Sort>("price");
  tier = $state<Tier>("NONE");
  minCompletion = $state("");
  minDays = $state("");
  takeable = $state(false);
  page = $state(1);

  rows = $state.raw<readonly Advert[]>([]);
  total = $state(0);
  /** Null until there was an answer to what is looked for now. */
  isFresh = $state(false);
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly pages: number = $derived(Math.max(1, Math.ceil(this.total / ROWS)));
  readonly from: number = $derived((this.page - 1) * ROWS + 1);
  /** Filters beyond those that are always in sight. */
  readonly extraCount: number = $derived(
    [this.tier !== "NONE", this.minCompletion !== "", this.minDays !== "", this.takeable].filter(Boolean).length,
  );

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<string, unknown>>;
      if (typeof kept.asset === "string") this.asset = kept.asset;
      if (typeof kept.fiat === "string") this.fiat = kept.fiat;
    } catch {
      // Storage is forbidden or damaged: the defaults hold.
    }
  }

  /** Once the market is known: an asset and a currency that it has. */
  settle(): void {
    const { market } = session;
    if (market === null) return;
    const custom = settings.language === "zh" ? "CNY" : "USD";
    if (!market.assets.some(({ asset }) => asset === this.asset))
      this.asset = market.assets.find(({ asset }) => asset === "USDT")?.asset ?? market.assets[0]?.asset ?? "";
    if (!market.fiats.some(({ code }) => code === this.fiat))
      this.fiat = market.fiats.find(({ code }) => code === custom)?.code ?? market.fiats[0]?.code ?? "";
    const offered = market.methods.filter(({ fiats }) => fiats.includes(this.fiat)).map(({ method }) => method);
    if (this.methods.some((method) => !offered.includes(method)))
      this.methods = this.methods.filter((method) => offered.includes(method));
  }

  /** Something that is looked for was changed. `isWriting`: more letters may follow soon. */
  changed(isWriting = false): void {
    this.page = 1;
    this.settle();
    this.isFresh = false;
    try {
      localStorage.setItem(KEY, JSON.stringify({ asset: this.asset, fiat: this.fiat }));
    } catch {
      // Storage is forbidden: the choice holds until the page is left.
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), isWriting ? WRITING_MS : 0);
  }

  turn(page: number): void {
    this.page = Math.min(Math.max(1, page), this.pages);
    this.isFresh = false;
    void this.refresh();
  }

  poll(): () => void {
    void this.refresh();
    const timer = setInterval(() => void this.refresh(), POLL_MS);
    return () => clearInterval(timer);
  }

  async refresh(): Promise<void> {
    this.settle();
    if (this.asset === "" || document.hidden) return;
    const attempt = (this.#attempt += 1);
    try {
      const isMine = this.takeable && session.trader !== null;
      const answer = isMine
        ? await session.ask<Rows<Advert>>("GET", "adverts", this.#parameters())
        : await session.askOpen<Rows<Advert>>("adverts", this.#parameters());
      if (attempt !== this.#attempt) return;
      [this.rows, this.total, this.isFresh] = [answer.rows, answer.total, true];
      session.isReachable = true;
    } catch (error) {
      if (error instanceof NoAnswer) session.isReachable = false;
      else if (!(error instanceof ApiRefusal)) throw error;
      else if (attempt === this.#attempt && !this.isFresh) session.tell(error);
    }
  }

  #parameters(): Parameters {
    const amount = typed(this.amount);
    const isAmount = (stepsOf(amount, session.fiatOf(this.fiat)?.exponent ?? 2) ?? 0n) > 0n;
    const all: [string, string][] = [
      ["side", this.side],
      ["asset", this.asset],
      ["fiat", this.fiat],
      ["methods", this.methods.join(",")],
      ["amount", isAmount ? amount : ""],
      ["tier", this.tier === "NONE" ? "" : this.tier],
      ["minDays", this.minDays],
      ["minCompletionPercent", this.minCompletion],
      ["takeable", this.takeable && session.trader !== null ? "true" : ""],
      ["sort", this.sort],
      ["page", String(this.page)],
      ["rows", String(ROWS)],
    ];
    return all.filter(([, value]) => value !== "");
  }
}

export const board = new Board();
