/** One's own payment accounts, asked for when first needed. */

import { ApiRefusal, NoAnswer, type Parameters } from "../../api/rest.ts";
import type { PaymentAccount, Rows } from "../door/shapes.ts";
import { session } from "./session.svelte.ts";

class PaymentAccounts {
  rows = $state.raw<readonly PaymentAccount[]>([]);
  isKnown = $state(false);
  #of = "";

  async load(): Promise<void> {
    const key = session.credentials?.apiKey ?? "";
    if (key !== this.#of) [this.rows, this.isKnown, this.#of] = [[], false, key];
    if (key === "") return;
    try {
      const { rows } = await session.ask<Rows<PaymentAccount>>("GET", "paymentAccounts");
      if (key === this.#of) [this.rows, this.isKnown] = [rows, true];
    } catch (error) {
      if (error instanceof ApiRefusal) this.isKnown = true;
      else if (!(error instanceof NoAnswer)) throw error;
    }
  }

  async add(parameters: Parameters): Promise<boolean> {
    const isDone = await session.doing(
      () => session.ask("POST", "paymentAccounts", parameters),
      (words) => words.accounts.added,
    );
    if (isDone) await this.load();
    return isDone;
  }

  async remove(paymentAccount: string): Promise<void> {
    await session.doing(
      () => session.ask("DELETE", "paymentAccounts", [["paymentAccount", paymentAccount]]),
      (words) => words.accounts.removed,
    );
    await this.load();
  }
}

export const paymentAccounts = new PaymentAccounts();
