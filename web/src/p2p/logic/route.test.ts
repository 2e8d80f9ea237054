import { expect, it } from "vitest";
import { hashOf, routeOf, type Route } from "./route.ts";

it("brings every place back from its own address", () => {
  const places: Route[] = [
    { at: "market", side: "BUY" },
    { at: "market", side: "SELL" },
    { at: "orders" },
    { at: "order", order: "17" },
    { at: "desk", part: "bond" },
    { at: "editor", advert: null },
    { at: "editor", advert: "9" },
    { at: "trader", trader: "4711" },
    { at: "statistics" },
    { at: "disputes" },
  ];
  for (const place of places) expect(routeOf(hashOf(place))).toEqual(place);
});

it("shows the market for what it does not understand", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/trader/x.y", "#/order/1/2"])
    expect(routeOf(hash).at).toBe("market");
  expect(routeOf("#/order/../me")).toEqual({ at: "market", side: "BUY" });
  expect(routeOf("#/order/abc")).toEqual({ at: "orders" });
  expect(routeOf("#/desk/nothing")).toEqual({ at: "desk", part: "adverts" });
});
