/** An order as one of its parties sees it: how far it is, what to do now, and until when. */

import type { Figures, Market, Order, Party, Trader } from "../door/shapes.ts";

export const partyOf = (order: Pick<Order, "side">): Party => (order.side === "BUY" ? "BUYER" : "SELLER");
export const otherOf = (order: Order): Trader => (order.side === "BUY" ? order.seller : order.buyer) ?? NOBODY;

const NO_FIGURES: Figures = {
  orders: 0,
  completed: 0,
  completionPercent: null,
  releaseSecondsMedian: null,
  releaseSecondsMean: null,
  paySecondsMedian: null,
  paySecondsMean: null,
  partners: 0,
  late: 0,
  disputesLost: 0,
};

/** In place of a trader whom only the journal knows. */
export const NOBODY: Trader = {
  trader: "",
  nickname: "–",
  tier: "NONE",
  bond: "0",
  bondAsset: null,
  joinedTime: 0,
  online: false,
  month: NO_FIGURES,
  life: NO_FIGURES,
  score: 0,
  feedback: { good: 0, bad: 0 },
  sanctionedUntil: null,
};

/** What is to be done or known now; each has its words. */
export type Advice =
  | "pay"
  | "payByWallet"
  | "payAsked"
  | "awaitPayment"
  | "awaitAnswer"
  | "awaitRelease"
  | "releaseAsked"
  | "release"
  | "otherName"
  | "speak"
  | "spoken"
  | "escalated"
  | "received"
  | "released"
  | "settled"
  | "timedOut"
  | "cancelled"
  | "lawful";

export function adviceOf(order: Order): Advice {
  const isBuyer = order.side === "BUY";
  switch (order.state) {
    case "OPEN":
      if (isBuyer && !order.cancelAsked && order.byWallet) return "payByWallet";
      if (isBuyer) return order.cancelAsked ? "payAsked" : "pay";
      return order.cancelAsked ? "awaitAnswer" : "awaitPayment";
    case "PAID":
      if (isBuyer) return order.cancelAsked ? "releaseAsked" : "awaitRelease";
      return order.nameMatch === "DIFFERENT" ? "otherName" : "release";
    case "DISPUTED":
      if (order.appeal?.escalated) return "escalated";
      return order.appeal?.spoke.includes(partyOf(order)) ? "spoken" : "speak";
    case "COMPLETED":
      if (order.ending !== "RELEASED" && order.ending !== "PAID_BY_WALLET") return "settled";
      return isBuyer ? "received" : "released";
    case "CANCELLED":
      if (order.ending === "TIMED_OUT") return "timedOut";
      if (order.ending === "LAWFUL") return "lawful";
      return order.ending === "CANCELLED" ? "cancelled" : "settled";
  }
}

/** Steps that are behind, of three: it is opened, paid, ended. */
export function stepsDone(order: Order): 1 | 2 | 3 {
  if (order.state === "COMPLETED" || order.state === "CANCELLED") return 3;
  return order.state === "OPEN" ? 1 : 2;
}

export type DueKind = "pay" | "release" | "evidence";
export interface Due {
  readonly kind: DueKind;
  /** When the time began that ends at `due_ms`. */
  readonly from_ms: number;
  readonly due_ms: number;
}

/** The clock that runs, if one does. A dispute that waits for a person has none. */
export function dueOf(order: Order, market: Pick<Market, "releaseMinutes" | "evidenceHours">): Due | null {
  if (order.state === "OPEN" && order.payDue !== null)
    return { kind: "pay", from_ms: order.createTime, due_ms: order.payDue };
  if (order.state === "PAID" && order.releaseDue !== null)
    return { kind: "release", from_ms: order.releaseDue - market.releaseMinutes * 60_000, due_ms: order.releaseDue };
  if (order.state === "DISPUTED" && order.evidenceDue !== null && !order.appeal?.escalated)
    return {
      kind: "evidence",
      from_ms: order.evidenceDue - market.evidenceHours * 3_600_000,
      due_ms: order.evidenceDue,
    };
  return null;
}

/** Whether the order waits for the one who looks at it, and not for the other side, a clock or an arbiter. */
export function isMyTurn(order: Order): boolean {
  return ["pay", "payByWallet", "payAsked", "releaseAsked", "release", "otherName", "speak"].includes(adviceOf(order));
}

export const isActive = (order: Pick<Order, "state">): boolean =>
  order.state === "OPEN" || order.state === "PAID" || order.state === "DISPUTED";
