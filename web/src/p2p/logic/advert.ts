/** An advert as its maker writes it: what is wrong with it, what it would cost others, and how it is sent. */

import type { Parameters } from "../../api/rest.ts";
import { stepsOf, typed } from "../../numbers/decimal.ts";
import type { Advert, Market, PaymentAccount, Requirements, Side } from "../door/shapes.ts";
import type { P2pWords } from "../words/en.ts";
import { fiatFor, floatingPrice, MARGIN_DECIMALS, PRICE_DECIMALS, type Pair } from "./amounts.ts";
import { money } from "./shown.ts";

export type Say = (words: P2pWords) => string;
export type Pricing = "FIXED" | "FLOATING";

export interface AdvertDraft {
  /** The maker's own: BUY where he buys. */
  side: Side;
  asset: string;
  fiat: string;
  pricing: Pricing;
  price: string;
  margin: string;
  amount: string;
  fiatMin: string;
  fiatMax: string;
  payMinutes: number;
  /** Where the maker pays: by which methods he can. */
  methods: string[];
  /** Where the maker is paid: at which of his own accounts. */
  paymentAccounts: string[];
  terms: string;
  autoReply: string;
  minCompletionPercent: string;
  minOrders: string;
  minDays: string;
  firstTimeFiatMax: string;
  countries: string;
}

export type Field =
  "price" | "margin" | "amount" | "fiatMin" | "fiatMax" | "methods" | "terms" | "autoReply" | keyof Requirements;
export type Faults = Partial<Record<Field, Say>>;

export const TEXTS_MAX = { terms: 1_000, autoReply: 500 } as const;
const METHODS_MAX = 16;
const [MARGIN_MIN, MARGIN_MAX] = ["50", "200"];

export function emptyDraft(side: Side, asset: string, fiat: string): AdvertDraft {
  return {
    side,
    asset,
    fiat,
    pricing: "FLOATING",
    price: "",
    margin: "100",
    amount: "",
    fiatMin: "",
    fiatMax: "",
    payMinutes: 15,
    methods: [],
    paymentAccounts: [],
    terms: "",
    autoReply: "",
    minCompletionPercent: "",
    minOrders: "",
    minDays: "",
    firstTimeFiatMax: "",
    countries: "",
  };
}

/** An advert to be edited, as its maker wrote it. Which accounts are its own follows from its methods. */
export function draftOf(advert: Advert, accounts: readonly PaymentAccount[]): AdvertDraft {
  const { requirements } = advert;
  return {
    ...emptyDraft(advert.side === "BUY" ? "SELL" : "BUY", advert.asset, advert.fiat),
    pricing: advert.margin === null ? "FIXED" : "FLOATING",
    price: advert.margin === null ? (advert.price ?? "") : "",
    margin: advert.margin ?? "100",
    amount: advert.amount,
    fiatMin: advert.fiatMin,
    fiatMax: advert.fiatMax,
    payMinutes: advert.payMinutes,
    methods: [...advert.methods],
    paymentAccounts: accounts
      .filter(({ method }) => advert.methods.includes(method))
      .map(({ paymentAccount }) => paymentAccount),
    terms: advert.terms,
    autoReply: advert.autoReply,
    minCompletionPercent: requirements.minCompletionPercent ?? "",
    minOrders: requirements.minOrders?.toString() ?? "",
    minDays: requirements.minDays?.toString() ?? "",
    firstTimeFiatMax: requirements.firstTimeFiatMax ?? "",
    countries: (requirements.countries ?? []).join(", "),
  };
}

/** What others would pay or get per unit now; null while nothing sensible is written or a floating price has no index. */
export function priceOf(draft: AdvertDraft, index: string | null): string | null {
  if (draft.pricing === "FLOATING") return index === null ? null : floatingPrice(index, typed(draft.margin));
  const price = typed(draft.price);
  return (stepsOf(price, PRICE_DECIMALS) ?? 0n) > 0n ? price : null;
}

export function faultsOf(draft: AdvertDraft, pair: Pair, market: Market, index: string | null): Faults {
  const faults: Faults = {};
  const put = (field: Field, say: Say | null): void => {
    if (say !== null) faults[field] = say;
  };
  if (draft.pricing === "FIXED") put("price", positive(draft.price, PRICE_DECIMALS, pair.fiat));
  else put("margin", marginFault(draft.margin));
  const amountMin = market.assets.find(({ asset }) => asset === draft.asset)?.amountMin ?? "0";
  put("amount", positive(draft.amount, pair.assetDecimals, pair.asset) ?? below(draft.amount, amountMin, pair));
  put("fiatMin", positive(draft.fiatMin, pair.fiatDecimals, pair.fiat));
  put("fiatMax", positive(draft.fiatMax, pair.fiatDecimals, pair.fiat));
  if (faults.fiatMin === undefined && faults.fiatMax === undefined) {
    const [least, most] = [minor(draft.fiatMin, pair), minor(draft.fiatMax, pair)];
    if (least > most) put("fiatMax", (words) => words.editor.limitsCrossed);
    const worth = worthOf(draft, pair, index);
    if (worth !== null && least > worth) put("fiatMin", (words) => words.editor.limitAboveWorth);
  }
  const chosen = draft.side === "SELL" ? draft.paymentAccounts.length : draft.methods.length;
  if (chosen === 0) put("methods", (words) => words.editor.chooseMethod);
  if (chosen > METHODS_MAX) put("methods", (words) => words.editor.tooManyMethods(METHODS_MAX));
  for (const field of ["terms", "autoReply"] as const)
    if (Array.from(draft[field]).length > TEXTS_MAX[field])
      put(field, (words) => words.editor.tooLong(TEXTS_MAX[field]));
  requirementFaults(draft, pair, put);
  return faults;
}

/** Minor units that all of the advert is worth at its price; null without one. */
export function worthOf(draft: AdvertDraft, pair: Pair, index: string | null): bigint | null {
  const atoms = stepsOf(typed(draft.amount), pair.assetDecimals);
  const price = priceOf(draft, index);
  return atoms === null || price === null ? null : fiatFor(atoms, price, pair);
}

function requirementFaults(draft: AdvertDraft, pair: Pair, put: (field: Field, say: Say | null) => void): void {
  const percent = typed(draft.minCompletionPercent);
  if (percent !== "" && (stepsOf(percent, 2) ?? 10_001n) > 10_000n)
    put("minCompletionPercent", (words) => words.editor.percentWanted);
  for (const field of ["minOrders", "minDays"] as const)
    if (draft[field] !== "" && !/^[0-9]{1,6}$/.test(typed(draft[field])))
      put(field, (words) => words.editor.wholeWanted);
  if (draft.firstTimeFiatMax !== "")
    put("firstTimeFiatMax", positive(draft.firstTimeFiatMax, pair.fiatDecimals, pair.fiat));
  if (countriesOf(draft.countries).some((code) => !/^[A-Z]{2}$/.test(code)))
    put("countries", (words) => words.editor.countriesWanted);
}

export const countriesOf = (text: string): string[] =>
  text
    .toUpperCase()
    .split(/[\s,，、;]+/)
    .filter((code) => code !== "");

function positive(text: string, decimals: number, unit: string): Say | null {
  if (typed(text) === "") return (words) => words.take.enterAmount;
  const steps = stepsOf(typed(text), decimals);
  return steps === null || steps === 0n ? (words) => words.take.malformed(unit, decimals) : null;
}

function below(text: string, amountMin: string, pair: Pair): Say | null {
  const [steps, least] = [stepsOf(typed(text), pair.assetDecimals), stepsOf(amountMin, pair.assetDecimals)];
  return (steps ?? 0n) < (least ?? 0n) ? (words) => words.take.below(money(amountMin, pair.asset)) : null;
}

function marginFault(text: string): Say | null {
  const margin = stepsOf(typed(text), MARGIN_DECIMALS);
  const [least, most] = [stepsOf(MARGIN_MIN, MARGIN_DECIMALS)!, stepsOf(MARGIN_MAX, MARGIN_DECIMALS)!];
  const isWithin = margin !== null && margin >= least && margin <= most;
  return isWithin ? null : (words) => words.editor.marginWanted(MARGIN_MIN, MARGIN_MAX);
}

const minor = (text: string, pair: Pair): bigint => stepsOf(typed(text), pair.fiatDecimals) ?? 0n;

/**
 * As it is sent; `advert` to change one, whose side, asset and currency stay what they are. What is empty is left out: it
 * is not required then.
 */
export function advertParameters(draft: AdvertDraft, advert: string | null, clientId: string): Parameters {
  const isPaid = draft.side === "SELL";
  const what: [string, string][] =
    advert === null
      ? [
          ["side", draft.side],
          ["asset", draft.asset],
          ["fiat", draft.fiat],
        ]
      : [["advert", advert]];
  const all: [string, string][] = [
    ...what,
    ["amount", typed(draft.amount)],
    ["fiatMin", typed(draft.fiatMin)],
    ["fiatMax", typed(draft.fiatMax)],
    draft.pricing === "FIXED" ? ["price", typed(draft.price)] : ["margin", typed(draft.margin)],
    ["payMinutes", String(draft.payMinutes)],
    isPaid ? ["paymentAccounts", draft.paymentAccounts.join(",")] : ["methods", draft.methods.join(",")],
    ["terms", draft.terms.trim()],
    ["autoReply", draft.autoReply.trim()],
    ["minCompletionPercent", typed(draft.minCompletionPercent)],
    ["minOrders", typed(draft.minOrders)],
    ["minDays", typed(draft.minDays)],
    ["firstTimeFiatMax", typed(draft.firstTimeFiatMax)],
    ["countries", countriesOf(draft.countries).join(",")],
    ["clientId", clientId],
  ];
  return all.filter(([, value]) => value !== "");
}
