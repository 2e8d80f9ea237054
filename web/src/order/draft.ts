/**
 * An order as a person is writing it: decimal texts, what is wrong with them, and what would be sent.
 *
 * The exchange decides; these tests only say earlier, and in words, what it would refuse.
 */

import type { Grid, Instrument } from "../market/instrument.ts";
import { powerOfTen, stepsCut, stepsOf, textOf, trimmed } from "../numbers/decimal.ts";

export type Side = "BUY" | "SELL";
export type OrderType = "LIMIT" | "MARKET" | "LIMIT_MAKER";
export type TimeInForce = "GTC" | "IOC" | "FOK";

export interface Draft {
  side: Side;
  type: OrderType;
  timeInForce: TimeInForce;
  /** A market order is written either as a quantity of the base asset or as a total of the quote asset. */
  by: "quantity" | "total";
  price: string;
  quantity: string;
  total: string;
}

export type Field = "price" | "quantity" | "total";

export interface Fault {
  readonly field: Field;
  readonly reason: "missing" | "malformed" | "offGrid" | "tooSmall" | "tooLarge";
  /** The bound or step that was missed, as decimal text; empty for missing and malformed. */
  readonly bound: string;
}

export const isLimit = (type: OrderType): boolean => type !== "MARKET";

/** Price × quantity, exact, without needless zeros. Null when either is not an amount. */
export function totalOf(price: string, quantity: string, instrument: Instrument): string | null {
  const ticks = stepsOf(price, instrument.price.decimals);
  const lots = stepsOf(quantity, instrument.quantity.decimals);
  if (ticks === null || lots === null) return null;
  return trimmed(textOf(ticks * lots, instrument.price.decimals + instrument.quantity.decimals));
}

/** The most whole lots that `total` pays for at `price`. Null when either is not an amount. */
export function quantityOf(price: string, total: string, instrument: Instrument): string | null {
  const { price: prices, quantity: grid, quoteDecimals } = instrument;
  const ticks = stepsOf(price, prices.decimals);
  const atoms = stepsCut(total, quoteDecimals);
  if (ticks === null || ticks === 0n || atoms === null) return null;
  const units = (atoms * powerOfTen(prices.decimals + grid.decimals)) / (ticks * powerOfTen(quoteDecimals));
  return trimmed(textOf(units - (units % grid.step), grid.decimals));
}

/** `percent` of an amount, cut to the grid; percent is a whole number of 0..100. */
export function shareOf(amount: string, percent: number, decimals: number, step: bigint): string {
  const units = ((stepsCut(amount, decimals) ?? 0n) * BigInt(percent)) / 100n;
  return trimmed(textOf(units - (units % step), decimals));
}

/** The price moved by `steps` ticks, kept on the grid and within it. */
export function stepped(price: string, steps: number, grid: Grid): string {
  const units = stepsCut(price, grid.decimals) ?? 0n;
  const whole = units - (units % grid.step) + BigInt(steps) * grid.step;
  const least = grid.min > 0n ? grid.min : grid.step;
  return textOf(whole < least ? least : whole > grid.max ? grid.max : whole, grid.decimals);
}

/** Everything that is wrong with the draft, field by field; empty when it may be sent. */
export function faultsOf(draft: Draft, instrument: Instrument): Fault[] {
  const faults: Fault[] = [];
  const wanted: [Field, string, Grid][] = [];
  if (isLimit(draft.type)) wanted.push(["price", draft.price, instrument.price]);
  if (isLimit(draft.type)) wanted.push(["quantity", draft.quantity, instrument.quantity]);
  else if (draft.by === "quantity") wanted.push(["quantity", draft.quantity, instrument.marketQuantity]);
  else wanted.push(["total", draft.total, totalGrid(instrument)]);
  for (const [field, text, grid] of wanted) {
    const fault = faultOf(field, text, grid);
    if (fault !== null) faults.push(fault);
  }
  if (faults.length > 0) return faults;

  const isMarket = !isLimit(draft.type);
  const total = isMarket
    ? draft.by === "total"
      ? draft.total
      : null
    : totalOf(draft.price, draft.quantity, instrument);
  if (total === null) return faults; // the price of a market order is not ours to know
  const { totalMin, totalMax } = instrument;
  const field = isMarket ? "total" : "quantity";
  if (totalMin !== null && (!isMarket || instrument.totalMinForMarket) && isLess(total, totalMin)) {
    faults.push({ field, reason: "tooSmall", bound: `${trimmed(totalMin)} ${instrument.quote}` });
  } else if (totalMax !== null && (!isMarket || instrument.totalMaxForMarket) && isLess(totalMax, total)) {
    faults.push({ field, reason: "tooLarge", bound: `${trimmed(totalMax)} ${instrument.quote}` });
  }
  return faults;
}

/** The request's parameters, in order; the draft has no faults. */
export function parametersOf(draft: Draft, instrument: Instrument, clientOrderId: string): [string, string][] {
  const parameters: [string, string][] = [
    ["symbol", instrument.symbol],
    ["side", draft.side],
    ["type", draft.type],
  ];
  if (draft.type === "LIMIT") parameters.push(["timeInForce", draft.timeInForce]);
  if (isLimit(draft.type) || draft.by === "quantity") parameters.push(["quantity", draft.quantity]);
  else parameters.push(["quoteOrderQty", draft.total]);
  if (isLimit(draft.type)) parameters.push(["price", draft.price]);
  parameters.push(["newClientOrderId", clientOrderId], ["newOrderRespType", "FULL"]);
  return parameters;
}

function totalGrid(instrument: Instrument): Grid {
  return { decimals: instrument.quoteDecimals, step: 1n, min: 1n, max: powerOfTen(instrument.quoteDecimals + 15) };
}

function faultOf(field: Field, text: string, grid: Grid): Fault | null {
  if (text === "") return { field, reason: "missing", bound: "" };
  if (!/^[0-9]*\.?[0-9]*$/.test(text) || text === ".") return { field, reason: "malformed", bound: "" };
  const bound = (units: bigint): string => trimmed(textOf(units, grid.decimals));
  const units = stepsOf(text, grid.decimals);
  if (units === null || units % grid.step !== 0n) return { field, reason: "offGrid", bound: bound(grid.step) };
  const least = grid.min > 0n ? grid.min : grid.step;
  if (units < least) return { field, reason: "tooSmall", bound: bound(least) };
  if (units > grid.max) return { field, reason: "tooLarge", bound: bound(grid.max) };
  return null;
}

function isLess(one: string, other: string): boolean {
  const decimals = 24;
  return stepsCut(one, decimals)! < stepsCut(other, decimals)!;
}
