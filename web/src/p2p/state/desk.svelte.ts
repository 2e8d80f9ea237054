/** What a trader has in the market: adverts, orders, whom one blocks; and what is done to them. */

import { ApiRefusal, NoAnswer, type Parameters } from "../../api/rest.ts";
import type { Advert, AdvertState, Blocked, Order, Rows } from "../door/shapes.ts";
import { session } from "./session.svelte.ts";

const POLL_MS = 6_000;
const MANY: Parameters = [["rows", "100"]];

/** One list of one's own, kept as it is while somebody looks at it. */
export class OwnRows<Row> {
  rows = $state.raw<readonly Row[]>([]);
  total = $state(0);
  isKnown = $state(false);
  readonly #path: string;
  #parameters: Parameters;
  #attempt = 0;

  constructor(path: string, parameters: Parameters = []) {
    this.#path = path;
    this.#parameters = parameters;
  }

  /** Asks now and again, and whenever the stream tells of something; answers how to stop. */
  keep(): () => void {
    const again = (): void => void this.load();
    const leave = session.listen(({ e }) => e !== "message" && again(), again);
    const timer = setInterval(again, POLL_MS);
    again();
    return () => {
      leave();
      clearInterval(timer);
      this.#attempt += 1;
    };
  }

  async load(): Promise<void> {
    if (session.credentials === null || document.hidden) return;
    const attempt = (this.#attempt += 1);
    try {
      const { rows, total } = await session.ask<Rows<Row>>("GET", this.#path, this.#parameters);
      if (attempt === this.#attempt) [this.rows, this.total, this.isKnown] = [rows, total, true];
    } catch (error) {
      if (error instanceof ApiRefusal) [this.rows, this.isKnown] = [[], true];
      else if (!(error instanceof NoAnswer)) throw error;
    }
  }
}

export const ownAdverts = (): OwnRows<Advert> => new OwnRows("myAdverts", MANY);
export const ownOrders = (parameters: Parameters = []): OwnRows<Order> =>
  new OwnRows("orders", [...parameters, ...MANY]);
/** All of them: the door has no pages of these. */
export const ownBlocks = (): OwnRows<Blocked> => new OwnRows("blocks");

export function setAdvertState(advert: string, state: AdvertState): Promise<boolean> {
  return session.doing(
    () =>
      session.ask("POST", "advertState", [
        ["advert", advert],
        ["state", state],
      ]),
    (words) => words.deskPage.changed[state],
  );
}

export function restAll(): Promise<boolean> {
  return session.doing(
    () => session.ask("POST", "advertState", [["state", "RESTING"]]),
    (words) => words.deskPage.restedAll,
  );
}

export function block(trader: string, nickname: string): Promise<boolean> {
  return session.doing(
    () => session.ask("POST", "blocks", [["trader", trader]]),
    (words) => words.trader.blocked(nickname),
  );
}

export function unblock(trader: string, nickname: string): Promise<boolean> {
  return session.doing(
    () => session.ask("DELETE", "blocks", [["trader", trader]]),
    (words) => words.trader.unblocked(nickname),
  );
}
