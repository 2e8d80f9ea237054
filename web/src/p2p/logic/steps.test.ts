import { expect, it } from "vitest";
import { anOrder } from "./examples.ts";
import { adviceOf, dueOf, isMyTurn, stepsDone, type Advice } from "./steps.ts";
import type { Order } from "../door/shapes.ts";

const APPEAL = { by: "BUYER", ground: "NOT_RELEASED", buyerOffer: null, sellerOffer: null } as const;
const TIMES = { releaseMinutes: 15, evidenceHours: 24 };

it.each<[Partial<Order>, Advice, boolean]>([
  [{ state: "OPEN", side: "BUY" }, "pay", true],
  [{ state: "OPEN", side: "BUY", cancelAsked: true }, "payAsked", true],
  [{ state: "OPEN", side: "SELL" }, "awaitPayment", false],
  [{ state: "OPEN", side: "SELL", cancelAsked: true }, "awaitAnswer", false],
  [{ state: "PAID", side: "BUY" }, "awaitRelease", false],
  [{ state: "PAID", side: "SELL", nameMatch: "CLOSE" }, "release", true],
  [{ state: "PAID", side: "SELL", nameMatch: "DIFFERENT" }, "otherName", true],
  [{ state: "DISPUTED", side: "BUY", appeal: { ...APPEAL, spoke: ["BUYER"], escalated: false } }, "spoken", false],
  [{ state: "DISPUTED", side: "SELL", appeal: { ...APPEAL, spoke: ["BUYER"], escalated: false } }, "speak", true],
  [{ state: "DISPUTED", side: "SELL", appeal: { ...APPEAL, spoke: [], escalated: true } }, "escalated", false],
  [{ state: "COMPLETED", side: "BUY", ending: "RELEASED" }, "received", false],
  [{ state: "COMPLETED", side: "SELL", ending: "RELEASED" }, "released", false],
  [{ state: "COMPLETED", side: "SELL", ending: "AGREED" }, "settled", false],
  [{ state: "CANCELLED", side: "BUY", ending: "TIMED_OUT" }, "timedOut", false],
  [{ state: "CANCELLED", side: "BUY", ending: "CANCELLED" }, "cancelled", false],
  [{ state: "CANCELLED", side: "SELL", ending: "DECIDED" }, "settled", false],
  [{ state: "CANCELLED", side: "SELL", ending: "LAWFUL" }, "lawful", false],
])("%o: %s", (fields, advice, isMine) => {
  const order = anOrder(fields);
  expect(adviceOf(order)).toBe(advice);
  expect(isMyTurn(order)).toBe(isMine);
});

it("counts the steps that are behind", () => {
  expect((["OPEN", "PAID", "DISPUTED", "COMPLETED"] as const).map((state) => stepsDone(anOrder({ state })))).toEqual([
    1, 2, 2, 3,
  ]);
});

it("runs the clock of the state, and none while a person decides", () => {
  const times = { createTime: 0, payDue: 900_000, releaseDue: 1_800_000, evidenceDue: 86_400_000 };
  expect(dueOf(anOrder({ state: "OPEN", ...times }), TIMES)).toEqual({ kind: "pay", from_ms: 0, due_ms: 900_000 });
  expect(dueOf(anOrder({ state: "PAID", ...times }), TIMES)).toEqual({
    kind: "release",
    from_ms: 900_000,
    due_ms: 1_800_000,
  });
  const disputed = anOrder({ state: "DISPUTED", ...times, appeal: { ...APPEAL, spoke: [], escalated: false } });
  expect(dueOf(disputed, TIMES)).toEqual({ kind: "evidence", from_ms: 0, due_ms: 86_400_000 });
  expect(dueOf({ ...disputed, appeal: { ...APPEAL, spoke: [], escalated: true } }, TIMES)).toBeNull();
  expect(dueOf(anOrder({ state: "COMPLETED", ...times }), TIMES)).toBeNull();
});
