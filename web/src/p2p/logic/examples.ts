/** A trader, an advert and an order for the tests of this folder; each test says only what it is about. */

import type { Advert, Order, Trader } from "../door/shapes.ts";
import { NOBODY } from "./steps.ts";

export const TRADER: Trader = { ...NOBODY, trader: "1001", nickname: "Lotus", online: true };

export function anAdvert(fields: Partial<Advert> = {}): Advert {
  return {
    advert: "11",
    side: "BUY",
    asset: "USDT",
    fiat: "CNY",
    price: "7.2431",
    margin: null,
    amount: "500.000000",
    fiatMin: "100.00",
    fiatMax: "3000.00",
    payMinutes: 15,
    methods: ["ALIPAY"],
    terms: "",
    autoReply: "",
    requirements: {
      minCompletionPercent: null,
      minOrders: null,
      minDays: null,
      firstTimeFiatMax: null,
      countries: null,
    },
    termsHash: "00",
    state: "ONLINE",
    createTime: 0,
    updateTime: 0,
    maker: TRADER,
    ...fields,
  };
}

export function anOrder(fields: Partial<Order> = {}): Order {
  return {
    order: "21",
    advert: "11",
    side: "BUY",
    state: "OPEN",
    ending: null,
    asset: "USDT",
    fiat: "CNY",
    amount: "100.000000",
    fiatAmount: "724.31",
    price: "7.2431",
    fee: "0",
    method: "ALIPAY",
    createTime: 0,
    payDue: null,
    releaseDue: null,
    evidenceDue: null,
    endTime: null,
    late: false,
    buyer: TRADER,
    seller: TRADER,
    payer: null,
    payee: null,
    verifiedName: null,
    nameMatch: null,
    paidFiat: null,
    buyerAmount: null,
    byWallet: null,
    cancelAsked: false,
    cancelReason: null,
    appeal: null,
    claim: null,
    relocks: null,
    relockedAs: null,
    may: [],
    chatHead: null,
    unread: 0,
    ...fields,
  };
}
