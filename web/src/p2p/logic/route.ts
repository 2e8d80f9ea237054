/** Where on the page one is, kept in the address's fragment so that back, forward and bookmarks work. */

import type { Side } from "../door/shapes.ts";

export const DESKS = ["adverts", "orders", "figures", "accounts", "bond", "blocked", "security"] as const;
export type DeskPart = (typeof DESKS)[number];

export type Route =
  | { readonly at: "market"; readonly side: Side }
  | { readonly at: "orders" }
  | { readonly at: "order"; readonly order: string }
  | { readonly at: "desk"; readonly part: DeskPart }
  | { readonly at: "editor"; readonly advert: string | null }
  | { readonly at: "trader"; readonly trader: string }
  | { readonly at: "statistics" }
  | { readonly at: "disputes" };

const NUMBER = /^[0-9]{1,20}$/;
/** A trader's public number is a word of the exchange's own making. */
const TRADER = /^[0-9A-Za-z]{1,40}$/;

/** Whatever is not understood is the market: an old or mistyped address should still show something. */
export function routeOf(hash: string): Route {
  const [place = "", detail = "", ...more] = hash.replace(/^#\/?/, "").split("/");
  const market: Route = { at: "market", side: place === "sell" ? "SELL" : "BUY" };
  if (more.length > 0) return market;
  if (place === "order") return NUMBER.test(detail) ? { at: "order", order: detail } : { at: "orders" };
  if (place === "trader" && TRADER.test(detail)) return { at: "trader", trader: detail };
  if (place === "advert") return { at: "editor", advert: NUMBER.test(detail) ? detail : null };
  if (place === "desk") return { at: "desk", part: DESKS.find((part) => part === detail) ?? "adverts" };
  if (place === "orders" || place === "statistics" || place === "disputes") return { at: place };
  return market;
}

export function hashOf(route: Route): string {
  switch (route.at) {
    case "market":
      return route.side === "SELL" ? "#/sell" : "#/buy";
    case "order":
      return `#/order/${route.order}`;
    case "trader":
      return `#/trader/${route.trader}`;
    case "desk":
      return `#/desk/${route.part}`;
    case "editor":
      return `#/advert/${route.advert ?? "new"}`;
    default:
      return `#/${route.at}`;
  }
}
