/** Short messages about what the visitor did. */

import type { Say } from "../order/report.ts";

export type Kind = "done" | "failed" | "doubt";

export interface Notice {
  readonly id: number;
  readonly kind: Kind;
  readonly say: Say;
}

const SHOWN_MS: Record<Kind, number> = { done: 6_000, failed: 12_000, doubt: 20_000 };
const SHOWN_MAX = 3;

class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #lastId = 0;

  add(kind: Kind, say: Say): number {
    const id = (this.#lastId += 1);
    this.list = [...this.list, { id, kind, say }].slice(-SHOWN_MAX);
    setTimeout(() => this.remove(id), SHOWN_MS[kind]);
    return id;
  }

  remove(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
