import { expect, it } from "vitest";
import type { Challenge } from "./challenge.ts";
import { holdingsOf } from "./holdings.ts";
import type { Coin, Currency, Reserve } from "./shapes.ts";

const signed = (asset: string, amount: string, date = "2026-11-27T12:00Z"): Challenge => ({
  date,
  frames: 7,
  network: "N",
  address: "a",
  amount,
  asset,
});
const reserve = { closed: false, asOf: 2_000 } as Reserve;
const coin = { coin: "vUSD", supply: "100.00", backing: "99.99", reserves: [reserve, { ...reserve, asOf: 1_000 }] };
const currency = { currency: "eCNY", supply: "5.00", reserves: "5.00" };

it("lays what addresses show beside what is owed, by the oldest signature", () => {
  const challenges = [signed("BTC", "0.75"), signed("BTC", "0.5", "2026-11-27T11:00Z"), signed("ETH", "9")];
  expect(holdingsOf([{ code: "BTC", amount: "1.00000000" }], challenges, [], [], null)).toEqual([
    {
      asset: "BTC",
      owed: "1.00000000",
      held: "1.25",
      covered: "125.00%",
      isShort: false,
      shown: "chains",
      asOf_ms: Date.parse("2026-11-27T11:00Z"),
    },
  ]);
});

it("measures what is issued here by all that is out", () => {
  const [vusd, ecny] = holdingsOf(
    [
      { code: "vUSD", amount: "3.00" },
      { code: "eCNY", amount: "5.00" },
    ],
    [signed("vUSD", "1000")],
    [coin as unknown as Coin],
    [currency as unknown as Currency],
    3_000,
  );
  expect(vusd).toMatchObject({ held: "99.99", covered: "99.99%", isShort: true, shown: "reserves", asOf_ms: 1_000 });
  expect(ecny).toMatchObject({
    held: "5.00",
    covered: "100.00%",
    isShort: false,
    shown: "centralBank",
    asOf_ms: 3_000,
  });
});

it("says that nothing is shown, and gives no date where one is missing", () => {
  const owed = [
    { code: "BTC", amount: "1" },
    { code: "ETH", amount: "0" },
    { code: "vUSD", amount: "1" },
  ];
  const unattested = { ...coin, reserves: [reserve, { ...reserve, asOf: null }] } as unknown as Coin;
  const [btc, eth, vusd] = holdingsOf(owed, [], [unattested], [], null);
  expect(btc).toMatchObject({ held: null, covered: null, isShort: true, shown: "nothing" });
  expect(eth).toMatchObject({ isShort: false, shown: "nothing" });
  expect(vusd?.asOf_ms).toBeNull();
});
