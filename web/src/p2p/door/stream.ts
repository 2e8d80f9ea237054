/** What happens to one's own orders, messages and adverts, as it happens. Source: docs/rules/p2p_door.md, "Stream". */

import type { Advert, Message, Order } from "./shapes.ts";

export type Told =
  | { readonly e: "order"; readonly order: Order }
  | { readonly e: "message"; readonly message: Message }
  | { readonly e: "advert"; readonly advert: Advert };

export interface Listener {
  onTold(told: Told): void;
  /** It flows from now on; what happened before may have been missed. */
  onLive(isLive: boolean): void;
}

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 30_000;

/** One WebSocket for the account that is signed in, opened again whenever it is lost. A token is good once. */
export class P2pStream {
  readonly #url: string;
  readonly #token: () => Promise<string>;
  readonly #listener: Listener;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait_ms = WAIT_MS_MIN;
  #isClosed = false;

  constructor(url: string, token: () => Promise<string>, listener: Listener) {
    this.#url = url;
    this.#token = token;
    this.#listener = listener;
    void this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  async #connect(): Promise<void> {
    let token: string;
    try {
      token = await this.#token();
    } catch {
      this.#later();
      return;
    }
    if (this.#isClosed) return;
    const socket = (this.#socket = new WebSocket(`${this.#url}?token=${encodeURIComponent(token)}`));
    socket.onopen = () => {
      this.#wait_ms = WAIT_MS_MIN;
      if (!this.#isClosed) this.#listener.onLive(true);
    };
    socket.onmessage = ({ data }) => {
      if (!this.#isClosed) this.#listener.onTold(JSON.parse(String(data)) as Told);
    };
    socket.onclose = () => this.#later();
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#listener.onLive(false);
    this.#timer = setTimeout(() => void this.#connect(), this.#wait_ms);
    this.#wait_ms = Math.min(2 * this.#wait_ms, WAIT_MS_MAX);
  }
}
