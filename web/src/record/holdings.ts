/** What is owed of each asset beside what is shown to be held against it, and how and as of when that was shown. */

import { decimalsOf, stepsOf, textOf } from "../numbers/decimal.ts";
import type { Challenge } from "./challenge.ts";
import { coverage, isShort } from "./coverage.ts";
import type { Coin, Currency, Owed } from "./shapes.ts";

/** chains: keys of addresses signed what lies there. reserves: of a coin, attested. centralBank: its own money, in the journal. */
export type Shown = "chains" | "reserves" | "centralBank" | "nothing";

export interface Holding {
  readonly asset: string;
  readonly owed: string;
  /** Null: nothing is shown. */
  readonly held: string | null;
  /** Percent of what must be covered: of what is owed, or of all that is out of a coin or currency. Null: of nothing. */
  readonly covered: string | null;
  readonly isShort: boolean;
  readonly shown: Shown;
  /** The oldest of what it rests on; null: none is dated. */
  readonly asOf_ms: number | null;
}

/** now_ms: as of when coins and currencies are told. */
export function holdingsOf(
  owed: readonly Owed[],
  challenges: readonly Challenge[],
  coins: readonly Coin[],
  currencies: readonly Currency[],
  now_ms: number | null,
): Holding[] {
  return owed.map(({ code, amount }) => {
    const coin = coins.find((one) => one.coin === code);
    if (coin !== undefined) {
      const dates = coin.reserves.filter(({ closed }) => !closed).map(({ asOf }) => asOf);
      return holding(code, amount, coin.backing, coin.supply, "reserves", oldest(dates));
    }
    const currency = currencies.find((one) => one.currency === code);
    if (currency !== undefined) {
      return holding(code, amount, currency.reserves, currency.supply, "centralBank", now_ms);
    }
    const signed = challenges.filter(({ asset }) => asset === code);
    if (signed.length === 0) {
      return {
        asset: code,
        owed: amount,
        held: null,
        covered: null,
        isShort: isShort("0", amount),
        shown: "nothing",
        asOf_ms: null,
      };
    }
    const held = sum(signed.map((one) => one.amount));
    return holding(code, amount, held, amount, "chains", oldest(signed.map(({ date }) => Date.parse(date))));
  });
}

function holding(asset: string, owed: string, held: string, of: string, shown: Shown, asOf_ms: number | null): Holding {
  return { asset, owed, held, covered: coverage(held, of), isShort: isShort(held, of), shown, asOf_ms };
}

/** Null if one has no date. */
function oldest(dates_ms: readonly (number | null)[]): number | null {
  const known = dates_ms.flatMap((one) => one ?? []);
  return known.length === 0 || known.length < dates_ms.length ? null : Math.min(...known);
}

/** Of decimal texts; a malformed one counts nothing. */
function sum(amounts: readonly string[]): string {
  const decimals = Math.max(...amounts.map(decimalsOf));
  return textOf(
    amounts.reduce((total, one) => total + (stepsOf(one, decimals) ?? 0n), 0n),
    decimals,
  );
}
