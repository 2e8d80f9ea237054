import { expect, it } from "vitest";
import { en } from "../words/en.ts";
import { anAdvert } from "./examples.ts";
import { considered, most, parametersOf, type Surroundings, type TakeDraft } from "./take.ts";

const AROUND: Surroundings = {
  pair: { asset: "USDT", fiat: "CNY", assetDecimals: 6, fiatDecimals: 2 },
  amountMin: "10",
  takerFee: "0.001",
  free: "200",
};
const draft = (text: string, unit: TakeDraft["unit"] = "FIAT"): TakeDraft => ({ unit, text, paymentAccount: "3" });
const fault = (taken: ReturnType<typeof considered>): string | null => taken.amountFault?.(en) ?? null;

it("reckons the other unit from the one that was written", () => {
  expect(considered(draft("724.31"), anAdvert(), AROUND)).toMatchObject({
    atoms: 100_000_000n,
    minor: 72_431n,
    fee: 0n,
  });
  expect(considered(draft("100", "ASSET"), anAdvert(), AROUND)).toMatchObject({ atoms: 100_000_000n, minor: 72_431n });
  expect(considered(draft("７２４．３１"), anAdvert(), AROUND).minor).toBe(72_431n);
});

it.each([
  ["", "FIAT", "Enter an amount."],
  ["1,000", "FIAT", "Enter a number of CNY with at most 2 decimals, for example 12.5."],
  ["100.005", "FIAT", "Enter a number of CNY with at most 2 decimals, for example 12.5."],
  ["99.99", "FIAT", "At least 100.00 CNY."],
  ["3000.01", "FIAT", "At most 3,000.00 CNY."],
  ["500", "ASSET", "At most 3,000.00 CNY."],
] as const)("%s %s: %s", (text, unit, said) => {
  expect(fault(considered(draft(text, unit), anAdvert(), AROUND))).toBe(said);
});

it("lets nobody sell what is not there, fee included", () => {
  const selling = anAdvert({ side: "SELL" });
  expect(fault(considered(draft("199.8", "ASSET"), selling, AROUND))).toBeNull();
  expect(fault(considered(draft("199.9", "ASSET"), selling, AROUND))).toBe(
    "You have 200 USDT available, and the fee comes on top.",
  );
  expect(considered(draft("100", "ASSET"), selling, AROUND).fee).toBe(100_000n);
  expect(fault(considered(draft("300", "ASSET"), selling, { ...AROUND, free: null }))).toBeNull();
});

it("cannot be taken without a price or without an account", () => {
  expect(fault(considered(draft("100"), anAdvert({ price: null }), AROUND))).toBe(en.take.noPrice);
  expect(considered({ ...draft("100"), paymentAccount: "" }, anAdvert(), AROUND).accountFault?.(en)).toBe(
    en.take.chooseAccount,
  );
});

it("takes all there is, but no more than is allowed", () => {
  expect(most("FIAT", anAdvert(), AROUND)).toBe("3000.00");
  expect(most("FIAT", anAdvert({ amount: "20.000000" }), AROUND)).toBe("144.87");
  expect(most("ASSET", anAdvert({ side: "SELL" }), AROUND)).toBe("199.800199");
  for (const unit of ["FIAT", "ASSET"] as const) {
    const text = most(unit, anAdvert(), AROUND);
    expect(fault(considered(draft(text, unit), anAdvert(), AROUND))).toBeNull();
  }
});

it("sends the amount as it was written, and the price and terms that were seen", () => {
  const account = { paymentAccount: "3", method: "ALIPAY" };
  expect(parametersOf(draft("100", "ASSET"), anAdvert(), account, "web-1")).toEqual([
    ["advert", "11"],
    ["amount", "100"],
    ["priceLimit", "7.2431"],
    ["method", "ALIPAY"],
    ["paymentAccount", "3"],
    ["termsHash", "00"],
    ["clientId", "web-1"],
  ]);
});
