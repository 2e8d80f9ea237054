/** What may be traded and on which grid, read once from exchangeInfo. */

import { decimalsOf, stepsCut } from "../numbers/decimal.ts";

/** Allowed amounts: multiples of `step` from `min` to `max`, all in units of 10^-decimals. */
export interface Grid {
  readonly decimals: number;
  readonly step: bigint;
  readonly min: bigint;
  readonly max: bigint;
}

export interface Instrument {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly isTrading: boolean;
  readonly price: Grid;
  readonly quantity: Grid;
  readonly marketQuantity: Grid;
  /** Decimals the quote asset is kept in: the grid of a total. */
  readonly quoteDecimals: number;
  /** Bounds of price × quantity as decimal texts; null where there is none. */
  readonly totalMin: string | null;
  readonly totalMax: string | null;
  readonly totalMinForMarket: boolean;
  readonly totalMaxForMarket: boolean;
}

type Filter = Readonly<Record<string, string | number | boolean>>;

export interface SymbolInfo {
  readonly symbol: string;
  readonly status: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly quoteAssetPrecision: number;
  readonly filters: readonly Filter[];
}

const UNBOUNDED = 10n ** 30n;

export function instrumentOf(info: SymbolInfo): Instrument {
  const filter = (name: string): Filter => info.filters.find((each) => each.filterType === name) ?? {};
  const price = gridOf(filter("PRICE_FILTER"), "tickSize", "minPrice", "maxPrice", null);
  const quantity = gridOf(filter("LOT_SIZE"), "stepSize", "minQty", "maxQty", null);
  const notional = filter("NOTIONAL");
  const notionalMin = filter("MIN_NOTIONAL");
  return {
    symbol: info.symbol,
    base: info.baseAsset,
    quote: info.quoteAsset,
    isTrading: info.status === "TRADING",
    price,
    quantity,
    marketQuantity: gridOf(filter("MARKET_LOT_SIZE"), "stepSize", "minQty", "maxQty", quantity),
    quoteDecimals: info.quoteAssetPrecision,
    totalMin: positive(notional.minNotional) ?? positive(notionalMin.minNotional),
    totalMax: positive(notional.maxNotional),
    totalMinForMarket: Boolean(notional.applyMinToMarket ?? notionalMin.applyToMarket),
    totalMaxForMarket: Boolean(notional.applyMaxToMarket),
  };
}

/** A filter whose step is zero or missing is switched off: `other` (or eight decimals) holds instead. */
function gridOf(filter: Filter, step: string, min: string, max: string, other: Grid | null): Grid {
  const stepText = positive(filter[step]);
  if (stepText === null && other === null) return { decimals: 8, step: 1n, min: 0n, max: UNBOUNDED };
  const decimals = stepText === null ? other!.decimals : decimalsOf(stepText);
  return {
    decimals,
    step: stepText === null ? other!.step : stepsCut(stepText, decimals)!,
    min: stepsCut(String(filter[min] ?? "0"), decimals) ?? 0n,
    max: stepsCut(positive(filter[max]) ?? "", decimals) ?? UNBOUNDED,
  };
}

function positive(value: string | number | boolean | undefined): string | null {
  const text = String(value ?? "0");
  return Number(text) > 0 ? text : null;
}
