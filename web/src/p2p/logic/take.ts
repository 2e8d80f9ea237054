/** An advert as it is about to be taken: the amount in either unit, one's own account, and what is wrong with them. */

import { powerOfTen, stepsOf, textOf, typed } from "../../numbers/decimal.ts";
import type { Parameters } from "../../api/rest.ts";
import type { Advert, PaymentAccount } from "../door/shapes.ts";
import type { P2pWords } from "../words/en.ts";
import { atomsFor, feeOf, fiatFor, least, PRICE_DECIMALS, type Pair } from "./amounts.ts";
import { money } from "./shown.ts";

export type Say = (words: P2pWords) => string;
export type Unit = "FIAT" | "ASSET";

export interface TakeDraft {
  /** In which unit the amount was written; the other follows from it. */
  readonly unit: Unit;
  readonly text: string;
  readonly paymentAccount: string;
}

/** What surrounds a draft: the bounds that are not the advert's own. */
export interface Surroundings {
  readonly pair: Pair;
  readonly amountMin: string;
  readonly takerFee: string;
  /** Atoms of the asset that the taker may sell; null when nobody is signed in. */
  readonly free: string | null;
}

export interface Taken {
  readonly atoms: bigint | null;
  readonly minor: bigint | null;
  readonly fee: bigint;
  readonly amountFault: Say | null;
  readonly accountFault: Say | null;
}

/** Both amounts of a draft and its faults. An empty amount is a fault too; whether that is shown is the form's matter. */
export function considered(draft: TakeDraft, advert: Advert, around: Surroundings): Taken {
  const { pair } = around;
  const written = stepsOf(typed(draft.text), draft.unit === "FIAT" ? pair.fiatDecimals : pair.assetDecimals);
  const price = advert.price ?? "";
  const [atoms, minor] =
    written === null
      ? [null, null]
      : draft.unit === "FIAT"
        ? [atomsFor(written, price, pair), written]
        : [written, fiatFor(written, price, pair)];
  const fee = advert.side === "SELL" && atoms !== null ? feeOf(atoms, around.takerFee) : 0n;
  return {
    atoms,
    minor,
    fee,
    amountFault: amountFault(draft, advert, around, atoms, minor, fee),
    accountFault: draft.paymentAccount === "" ? (words) => words.take.chooseAccount : null,
  };
}

function amountFault(
  draft: TakeDraft,
  advert: Advert,
  { pair, amountMin, free }: Surroundings,
  atoms: bigint | null,
  minor: bigint | null,
  fee: bigint,
): Say | null {
  if (advert.price === null) return (words) => words.take.noPrice;
  if (typed(draft.text) === "") return (words) => words.take.enterAmount;
  if (atoms === null || minor === null) {
    const [unit, decimals] = draft.unit === "FIAT" ? [pair.fiat, pair.fiatDecimals] : [pair.asset, pair.assetDecimals];
    return (words) => words.take.malformed(unit, decimals);
  }
  const fiat = (text: string): bigint => stepsOf(text, pair.fiatDecimals) ?? 0n;
  const asset = (text: string): bigint => stepsOf(text, pair.assetDecimals) ?? 0n;
  if (minor < fiat(advert.fiatMin)) return (words) => words.take.below(money(advert.fiatMin, pair.fiat));
  if (minor > fiat(advert.fiatMax)) return (words) => words.take.above(money(advert.fiatMax, pair.fiat));
  if (atoms < asset(amountMin)) return (words) => words.take.below(money(amountMin, pair.asset));
  if (atoms > asset(advert.amount)) return (words) => words.take.above(money(advert.amount, pair.asset));
  if (advert.side === "SELL" && free !== null && atoms + fee > asset(free))
    return (words) => words.take.notFree(money(free, pair.asset));
  return null;
}

/** The most that may be taken, in the unit that is written: the advert's bound, what it has left, what one has. */
export function most(unit: Unit, advert: Advert, { pair, free, takerFee }: Surroundings): string {
  const price = advert.price ?? "";
  let atoms = stepsOf(advert.amount, pair.assetDecimals) ?? 0n;
  if (advert.side === "SELL" && free !== null) {
    const whole = powerOfTen(PRICE_DECIMALS);
    const spendable = ((stepsOf(free, pair.assetDecimals) ?? 0n) * whole) / (whole + feeOf(whole, takerFee));
    atoms = least(atoms, spendable);
  }
  const bound = stepsOf(advert.fiatMax, pair.fiatDecimals) ?? 0n;
  atoms = least(atoms, atomsFor(bound, price, pair) ?? 0n);
  if (unit === "ASSET") return textOf(atoms, pair.assetDecimals);
  return textOf(least(bound, fiatFor(atoms, price, pair) ?? 0n), pair.fiatDecimals);
}

/** As it is sent. The amount goes in the unit in which it was written, so that no rounding is ours. */
export function parametersOf(
  draft: TakeDraft,
  advert: Advert,
  account: Pick<PaymentAccount, "method" | "paymentAccount">,
  clientId: string,
): Parameters {
  return [
    ["advert", advert.advert],
    [draft.unit === "FIAT" ? "fiatAmount" : "amount", typed(draft.text)],
    ["priceLimit", advert.price ?? ""],
    ["method", account.method],
    ["paymentAccount", account.paymentAccount],
    ["termsHash", advert.termsHash],
    ["clientId", clientId],
  ];
}
