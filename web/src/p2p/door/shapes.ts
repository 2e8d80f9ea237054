/** What the market's door answers. Source: docs/rules/p2p_door.md, "Shapes". Amounts are decimal text, times ms. */

export type Side = "BUY" | "SELL";
export type AdvertState = "ONLINE" | "RESTING" | "CLOSED";
export type OrderState = "OPEN" | "PAID" | "DISPUTED" | "COMPLETED" | "CANCELLED";
export type Ending =
  "NONE" | "RELEASED" | "CANCELLED" | "TIMED_OUT" | "AGREED" | "SILENCE" | "DECIDED" | "LAWFUL" | "PAID_BY_WALLET";
export type Tier = "NONE" | "BRONZE" | "SILVER" | "GOLD";
export type NameMatch = "EXACT" | "CLOSE" | "DIFFERENT";
export type Risk = "NONE" | "LOW" | "MEDIUM" | "HIGH";
export type Party = "BUYER" | "SELLER";
export type Ground =
  | "NOT_RELEASED"
  | "NOT_PAID"
  | "UNDERPAID"
  | "OVERPAID"
  | "THIRD_PARTY"
  | "CHARGEBACK"
  | "BANK_FROZEN"
  | "PAID_AFTER_CANCEL"
  | "OTHER"
  | "RELEASE_LATE";
export type CancelReason =
  "CHANGED_MIND" | "TERMS_NOT_MET" | "METHOD_FAILS" | "ASKED_FOR_MORE" | "AGREED_BY_BOTH" | "OTHER";
/** What the one who asks may do to an order now. Source: records/p2p_states.py, "Act". */
export type Act =
  | "PAY"
  | "PAY_BY_WALLET"
  | "UNDO_PAY"
  | "RELEASE"
  | "CANCEL"
  | "ASK_CANCEL"
  | "REFUSE_CANCEL"
  | "APPEAL"
  | "EVIDENCE"
  | "WITHDRAW_APPEAL"
  | "OFFER_SPLIT"
  | "CLAIM";

export interface Rows<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface Figures {
  readonly orders: number;
  readonly completed: number;
  readonly completionPercent: string | null;
  readonly releaseSecondsMedian: number | null;
  readonly releaseSecondsMean: number | null;
  readonly paySecondsMedian: number | null;
  readonly paySecondsMean: number | null;
  readonly partners: number;
  readonly late: number;
  readonly disputesLost: number;
}

export interface Trader {
  readonly trader: string;
  readonly nickname: string;
  readonly tier: Tier;
  readonly bond: string;
  readonly bondAsset: string | null;
  readonly joinedTime: number;
  readonly online: boolean;
  readonly month: Figures;
  readonly life: Figures;
  readonly score: number;
  readonly feedback: { readonly good: number; readonly bad: number };
  readonly sanctionedUntil: number | null;
}

export interface Requirements {
  readonly minCompletionPercent: string | null;
  readonly minOrders: number | null;
  readonly minDays: number | null;
  readonly firstTimeFiatMax: string | null;
  readonly countries: readonly string[] | null;
}

export interface Advert {
  readonly advert: string;
  /** The taker's: BUY where the maker sells. */
  readonly side: Side;
  readonly asset: string;
  readonly fiat: string;
  /** Null while an advert floats and there is no good index. */
  readonly price: string | null;
  readonly margin: string | null;
  readonly amount: string;
  readonly fiatMin: string;
  readonly fiatMax: string;
  readonly payMinutes: number;
  readonly methods: readonly string[];
  readonly terms: string;
  readonly autoReply: string;
  readonly requirements: Requirements;
  readonly termsHash: string;
  readonly state: AdvertState;
  readonly createTime: number;
  readonly updateTime: number;
  /** Null for one whom only the journal knows. */
  readonly maker: Trader | null;
}

export interface PaymentAccount {
  readonly paymentAccount: string;
  readonly method: string;
  readonly name: string;
  readonly number: string;
  readonly bank: string | null;
  readonly branch: string | null;
  /** SHA-256 of a picture, as hex. */
  readonly qrFile: string | null;
}

export interface Appeal {
  readonly by: Party | "CLOCK";
  readonly ground: Ground;
  readonly buyerOffer: string | null;
  readonly sellerOffer: string | null;
  readonly spoke: readonly Party[];
  readonly escalated: boolean;
}

export interface ByWallet {
  readonly asset: string;
  readonly amount: string;
  /** Once it is paid. */
  readonly payer: number | null;
  readonly payee: number;
}

/** A wallet that a trader has named. */
export interface NamedWallet {
  readonly fiat: string;
  readonly wallet: number;
  readonly asset: string;
}

export interface Order {
  readonly order: string;
  readonly advert: string;
  readonly side: Side;
  readonly state: OrderState;
  readonly ending: Ending | null;
  readonly asset: string;
  readonly fiat: string;
  readonly amount: string;
  readonly fiatAmount: string;
  readonly price: string;
  readonly fee: string;
  readonly method: string;
  readonly createTime: number;
  readonly payDue: number | null;
  readonly releaseDue: number | null;
  readonly evidenceDue: number | null;
  readonly endTime: number | null;
  readonly late: boolean;
  readonly buyer: Trader | null;
  readonly seller: Trader | null;
  readonly payer: PaymentAccount | null;
  readonly payee: PaymentAccount | null;
  readonly verifiedName: string | null;
  /** Of the declared payer with the buyer's verified name. */
  readonly nameMatch: NameMatch | null;
  readonly paidFiat: string | null;
  /** What the buyer got of an order that has ended. */
  readonly buyerAmount: string | null;
  /** What is paid from a wallet of the exchange, and between which; null where it is not. */
  readonly byWallet: ByWallet | null;
  readonly cancelAsked: boolean;
  readonly cancelReason: CancelReason | null;
  readonly appeal: Appeal | null;
  readonly claim: boolean | null;
  /** The order that this one locked again. */
  readonly relocks: string | null;
  /** The order in which this one was locked again. */
  readonly relockedAs: string | null;
  readonly may: readonly Act[];
  readonly chatHead: string | null;
  readonly unread: number;
}

export interface Message {
  readonly order: string;
  readonly place: number;
  readonly from: Party | "ARBITER" | "SYSTEM";
  readonly kind: "TEXT" | "FILE" | "SYSTEM";
  readonly text: string;
  readonly textZh: string | null;
  readonly file: string | null;
  readonly fileName: string | null;
  readonly fileType: string | null;
  readonly time: number;
  readonly hash: string;
}

export interface Fiat {
  readonly code: string;
  readonly exponent: number;
  readonly nameEn: string;
  readonly nameZh: string;
}
export interface Tradable {
  readonly asset: string;
  readonly decimals: number;
  readonly amountMin: string;
  readonly largeAmount: string;
}
export interface Method {
  readonly method: string;
  readonly nameEn: string;
  readonly nameZh: string;
  readonly fiats: readonly string[];
  readonly risk: Risk;
  readonly retainDays: number;
  readonly fiatMax: string | null;
  /** Which of number, bank, branch, qrFile an account of it has, and which of them it must have. */
  readonly fields: readonly string[];
  readonly required: readonly string[];
}
export interface IndexPrice {
  readonly asset: string;
  readonly fiat: string;
  readonly price: string;
  readonly time: number;
}
export interface Market {
  readonly fiats: readonly Fiat[];
  readonly assets: readonly Tradable[];
  readonly methods: readonly Method[];
  readonly index: readonly IndexPrice[];
  /** Fractions: "0.001" is 0.1 %. */
  readonly makerFee: string;
  readonly takerFee: string;
  readonly payMinutesMin: number;
  readonly payMinutesMax: number;
  readonly releaseMinutes: number;
  readonly evidenceHours: number;
  readonly aftermathDays: number;
  readonly bondAsset: string;
  readonly slashAmount: string;
}

export interface Retained {
  readonly asset: string;
  readonly amount: string;
  readonly until: number;
}
export interface Me {
  readonly trader: Trader | null;
  readonly verifiedName: string | null;
  readonly secondFactor: boolean;
  /** While one code stands for releases by this key. */
  readonly releaseSession: { readonly fiat: string; readonly amountLeft: string; readonly until: number } | null;
  readonly retained: readonly Retained[];
  readonly waiting: number;
}
export interface Blocked {
  readonly trader: string;
  readonly nickname: string;
  readonly time: number;
}
/** What somebody said of a trader; who, is not told. */
export interface Opinion {
  readonly good: boolean;
  readonly text: string | null;
  readonly time: number;
}
export interface DayOfMarket {
  readonly day: string;
  readonly fiat: string;
  readonly asset: string;
  readonly method: string;
  readonly orders: number;
  readonly amount: string;
  readonly fiatAmount: string;
  readonly spreadPercent: string | null;
}

/** Acts of the arbiter. */
export type ArbitersAct = "DECIDE" | "RELOCK" | "REFUSE_CLAIM";

/** A dispute or a claim as who judges it is told it: both sides alike. */
export interface DisputeRow extends Omit<Order, "side" | "fee" | "verifiedName" | "unread" | "may"> {
  readonly buyerFee: string;
  readonly sellerFee: string;
  /** The order's amount in the asset's smallest units. */
  readonly atoms: string;
  readonly large: boolean;
  readonly claimBy: Party | null;
  readonly claimGround: Ground | null;
  readonly disputeTime: number | null;
  readonly may: readonly ArbitersAct[];
}
export interface DisputeStep {
  readonly time: number;
  readonly what: string;
  readonly by: Party | "CLOCK" | null;
  readonly amount: string;
  readonly sequence: number;
}
export interface BroughtEvidence {
  readonly by: Party | null;
  readonly time: number;
  readonly text: string;
  readonly files: readonly string[];
  readonly hash: string;
}
export interface Dispute extends DisputeRow {
  readonly buyerName: string | null;
  readonly sellerName: string | null;
  readonly quorum: number;
  readonly steps: readonly DisputeStep[];
  readonly evidence: readonly BroughtEvidence[];
  readonly grounds: string | null;
  readonly conflicts: readonly { readonly institution: number; readonly seat: number; readonly text: string }[];
}
