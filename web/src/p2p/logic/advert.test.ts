import { expect, it } from "vitest";
import type { Market } from "../door/shapes.ts";
import { en } from "../words/en.ts";
import type { Pair } from "./amounts.ts";
import { advertParameters, countriesOf, draftOf, emptyDraft, faultsOf, priceOf, worthOf } from "./advert.ts";
import { anAdvert } from "./examples.ts";

const PAIR: Pair = { asset: "USDT", fiat: "CNY", assetDecimals: 6, fiatDecimals: 2 };
const MARKET = { assets: [{ asset: "USDT", decimals: 6, amountMin: "10", largeAmount: "50000" }] } as unknown as Market;
const GOOD = {
  ...emptyDraft("SELL", "USDT", "CNY"),
  amount: "500",
  fiatMin: "100",
  fiatMax: "3000",
  paymentAccounts: ["3"],
};
const said = (fields: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(faultsOf({ ...GOOD, ...fields }, PAIR, MARKET, "7.2")).map(([name, say]) => [name, say(en)]),
  );

it("finds nothing wrong with an advert that is right", () => {
  expect(said({})).toEqual({});
  expect(said({ minCompletionPercent: "80", minOrders: "20", minDays: "30", countries: "CN, hk" })).toEqual({});
});

it.each([
  [{ margin: "" }, "margin", en.editor.marginWanted("50", "200")],
  [{ margin: "200.5" }, "margin", en.editor.marginWanted("50", "200")],
  [{ pricing: "FIXED", price: "0" }, "price", en.take.malformed("CNY", 8)],
  [{ amount: "9.9", fiatMin: "50" }, "amount", en.take.below("10 USDT")],
  [{ amount: "" }, "amount", en.take.enterAmount],
  [{ fiatMin: "3000.01" }, "fiatMax", en.editor.limitsCrossed],
  [{ amount: "10", fiatMin: "73" }, "fiatMin", en.editor.limitAboveWorth],
  [{ paymentAccounts: [] }, "methods", en.editor.chooseMethod],
  [{ side: "BUY", methods: [] }, "methods", en.editor.chooseMethod],
  [{ terms: "长".repeat(1_001) }, "terms", en.editor.tooLong(1_000)],
  [{ minCompletionPercent: "101" }, "minCompletionPercent", en.editor.percentWanted],
  [{ minDays: "2.5" }, "minDays", en.editor.wholeWanted],
  [{ countries: "China" }, "countries", en.editor.countriesWanted],
])("%o: %s", (fields, field, text) => {
  expect(said(fields)).toEqual({ [field]: text });
});

it("previews the price that others would see", () => {
  expect(priceOf({ ...GOOD, margin: "101.5" }, "7.2")).toBe("7.308");
  expect(priceOf({ ...GOOD, margin: "101.5" }, null)).toBeNull();
  expect(priceOf({ ...GOOD, pricing: "FIXED", price: "7.25" }, null)).toBe("7.25");
  expect(worthOf({ ...GOOD, amount: "500" }, PAIR, "7.2")).toBe(360_000n);
});

it("reads countries however they are parted", () => {
  expect(countriesOf("cn，HK、 sg;US")).toEqual(["CN", "HK", "SG", "US"]);
});

it("sends what is written and leaves out what is not required", () => {
  const sent = Object.fromEntries(advertParameters({ ...GOOD, terms: " no rush " }, null, "web-1"));
  expect(sent).toEqual({
    side: "SELL",
    asset: "USDT",
    fiat: "CNY",
    amount: "500",
    fiatMin: "100",
    fiatMax: "3000",
    margin: "100",
    payMinutes: "15",
    paymentAccounts: "3",
    terms: "no rush",
    clientId: "web-1",
  });
});

it("brings an advert back as its maker wrote it", () => {
  const account = {
    paymentAccount: "3",
    method: "ALIPAY",
    name: "",
    number: "",
    bank: null,
    branch: null,
    qrFile: null,
  };
  const draft = draftOf(anAdvert({ margin: "101.5" }), [
    account,
    { ...account, paymentAccount: "4", method: "WECHAT" },
  ]);
  expect(draft).toMatchObject({ side: "SELL", pricing: "FLOATING", margin: "101.5", paymentAccounts: ["3"] });
  const sent = advertParameters(draft, "11", "web-1");
  expect(sent[0]).toEqual(["advert", "11"]);
  expect(sent.filter(([name]) => ["side", "asset", "fiat"].includes(name))).toEqual([]);
});
