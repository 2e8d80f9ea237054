import { expect, it } from "vitest";
import { jsonOf } from "../../approve/door.ts";
import { buyerAtoms, decision, refusal, relock } from "./verdict.ts";

it("gives the buyer no more than there is", () => {
  expect(buyerAtoms("12.5", 6, { atoms: "20000000" })).toBe(12_500_000n);
  expect(buyerAtoms("0", 6, { atoms: "20000000" })).toBe(0n);
  expect(buyerAtoms("20.000001", 6, { atoms: "20000000" })).toBeNull();
  expect(buyerAtoms("1.5x", 6, { atoms: "20000000" })).toBeNull();
});

it("is a command with the fields of the journal, bytes in base64 and numbers exact", () => {
  const dispute = { order: "52017", chatHead: "0102" };
  expect(jsonOf(decision(dispute, 10n ** 18n + 1n, "SELLER", "ff00", "v"))).toBe(
    '{"kind":"DecideDispute","order":52017,"buyer_atoms":1000000000000000001,"at_fault":2,' +
      '"grounds_hash":"/wA=","chat":"AQI=","reference":"v"}',
  );
  expect(decision({ ...dispute, chatHead: null }, 0n, "NOBODY", "ff00", "v").chat).toBe("");
  expect(relock(dispute, "r")).toEqual({ kind: "RelockEscrow", order: 52_017n, reference: "r" });
  expect(refusal(dispute, "00", "r")).toMatchObject({ kind: "RefuseClaim", grounds_hash: "AA==" });
});
