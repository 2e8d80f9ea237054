/** The public record as it is now: each part by itself, so that one that is not there takes nothing from the others. */

import { ApiRefusal, get, getText } from "../api/rest.ts";
import { checkpointOf, type Checkpoint } from "../record/checkpoint.ts";
import type { Coins, Counts, Currencies, Liabilities, Reserves } from "../record/shapes.ts";

const BASE = "/record/v1";
const POLL_MS = 10_000;
const NOT_FOUND = 404;
const NOT_YET = 503;

/** One answer of the record, and where it is downloaded. */
export class Part<Value> {
  readonly path: string;
  readonly file: string;
  value = $state.raw<Value | null>(null);
  /** The exchange publishes no such thing, or not yet. */
  isAbsent = $state(false);
  isReachable = $state(true);
  readonly #ask: (path: string) => Promise<Value | null>;

  constructor(name: string, extension: string, ask: (path: string) => Promise<Value | null>) {
    this.path = `${BASE}/${name}`;
    this.file = `${name.split("?")[0]}.${extension}`;
    this.#ask = ask;
  }

  async refresh(): Promise<void> {
    try {
      const value = await this.#ask(this.path);
      this.isReachable = true;
      this.isAbsent = value === null;
      this.value = value;
    } catch (failure) {
      // What was shown last stays: it was true then, and says of when it is.
      const isRefused = failure instanceof ApiRefusal && (failure.status === NOT_FOUND || failure.status === NOT_YET);
      this.isReachable = isRefused;
      if (isRefused) this.isAbsent = true;
    }
  }
}

const json = <Value>(name: string): Part<Value> => new Part<Value>(name, "json", (path) => get<Value>(path));

class PublicRecord {
  readonly checkpoint = new Part<Checkpoint>("checkpoint", "note", async (path) => checkpointOf(await getText(path)));
  /** The newest one that anybody cosigned: a moment behind, or absent while nobody did. */
  readonly cosigned = new Part<Checkpoint>("checkpoint?cosigned=true", "note", async (path) =>
    checkpointOf(await getText(path)),
  );
  readonly coins = json<Coins>("coins");
  readonly currencies = json<Currencies>("currencies");
  readonly liabilities = json<Liabilities>("liabilities");
  readonly reserves = json<Reserves>("reserves");
  readonly counts = json<Counts>("counts");

  readonly parts = [
    this.checkpoint,
    this.cosigned,
    this.coins,
    this.currencies,
    this.liabilities,
    this.reserves,
    this.counts,
  ] as const;
  readonly isReachable: boolean = $derived(this.parts.every((part) => part.isReachable));
  /** Of the oldest part that is shown. */
  readonly time_ms: number | null = $derived(this.coins.value?.time ?? null);

  async start(): Promise<void> {
    setInterval(() => void this.refresh(), POLL_MS);
    document.addEventListener("visibilitychange", () => void this.refresh());
    await this.refresh();
  }

  async refresh(): Promise<void> {
    if (!document.hidden) await Promise.all(this.parts.map((part) => part.refresh()));
  }
}

export const record = new PublicRecord();
