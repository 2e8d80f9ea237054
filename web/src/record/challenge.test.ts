import { expect, it } from "vitest";
import { challengeOf } from "./challenge.ts";

const TEXT = `venus/reserves
exchange venus/journal+00000000+AAAA
date 2026-11-27T12:00Z
checkpoint 4096 AAAA
address BTC bc1qexample
holds 12.5 BTC`;

it("takes a challenge apart", () => {
  expect(challengeOf(TEXT)).toEqual({
    date: "2026-11-27T12:00Z",
    frames: 4096,
    network: "BTC",
    address: "bc1qexample",
    amount: "12.5",
    asset: "BTC",
  });
});

it.each(["", `${TEXT}\n`, TEXT.replace("date ", ""), TEXT.replace("4096", "-1"), TEXT.replace("venus/", "")])(
  "refuses %j",
  (text) => {
    expect(challengeOf(text)).toBeNull();
  },
);
