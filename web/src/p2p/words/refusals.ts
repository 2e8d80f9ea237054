/** What the market's door refuses, in a person's words. Source: docs/rules/p2p_door.md; the rest is the exchange's own. */

import { ApiRefusal } from "../../api/rest.ts";
import { refusalIn } from "../../words/refusals.ts";
import type { Words } from "../../words/en.ts";
import type { P2pWords } from "./en.ts";

type Refusals = P2pWords["refusals"];
type Plain = { [K in keyof Refusals]: Refusals[K] extends string ? K : never }[keyof Refusals];
type Reasoned = Exclude<keyof Refusals, Plain | "reasons" | "why">;
type Why = keyof Refusals["why"];

/** Refusals of the core begin with the reject's name. */
const BY_NAME = new Map<string, Plain>([
  ["NO_P2P_TERMS", "noTerms"],
  ["NOT_A_TRADER", "notTrader"],
  ["TRADER_SANCTIONED", "sanctioned"],
  ["NOT_TRADABLE", "notTradable"],
  ["UNKNOWN_FIAT", "unknownFiat"],
  ["NO_INDEX", "noIndex"],
  ["UNKNOWN_ADVERT", "noAdvert"],
  ["ADVERT_NOT_ONLINE", "notOnline"],
  ["ADVERT_CHANGED", "advertChanged"],
  ["ADVERT_SHORT", "advertShort"],
  ["PRICE_MOVED", "priceMoved"],
  ["OUTSIDE_LIMITS", "outsideLimits"],
  ["UNKNOWN_METHOD", "unknownMethod"],
  ["SAME_PERSON", "samePerson"],
  ["UNKNOWN_ESCROW", "noOrder"],
  ["WRONG_STATE", "wrongState"],
  ["TOO_LATE", "tooLate"],
  ["NO_CLAIM", "noClaim"],
  ["INSUFFICIENT_FREE", "notFree"],
  ["NOT_A_PARTY", "notParty"],
  ["NO_CHANGE", "noChange"],
  ["TOO_MANY_ORDERS", "tooMany"],
  ["AMOUNT_OUT_OF_RANGE", "amount"],
  ["BOND_IN_USE", "bondInUse"],
  ["NO_WALLET", "noWallet"],
  ["ACCOUNT_FROZEN", "frozen"],
  ["CONFLICT_OF_INTEREST", "conflictOfInterest"],
  ["UNKNOWN_SEAT", "seatGone"],
  ["SEAT_NOT_ACTIVE", "seatGone"],
  ["APPROVAL_EXPIRED", "signature"],
  ["BAD_SIGNATURE", "signature"],
]);

/** The door's own, by code. */
const BY_CODE = new Map<number, Plain>([
  [-31_003, "proposalOver"],
  [-31_011, "notConcerned"],
  [-33_001, "noTrader"],
  [-33_002, "noName"],
  [-33_003, "enrolledAlready"],
  [-33_004, "nicknameTaken"],
  [-33_005, "noAccount"],
  [-33_006, "accountUnsuited"],
  [-33_007, "unknownMethod"],
  [-33_035, "walletDisagrees"],
  [-33_011, "codeWanted"],
  [-33_012, "codeBad"],
  [-33_013, "factorWanted"],
  [-33_014, "factorThere"],
  [-33_015, "retained"],
  [-33_016, "noFile"],
  [-33_018, "chatOver"],
  [-33_019, "tooMuchSaid"],
  [-33_020, "feedbackTwice"],
  [-33_022, "otherRequest"],
  [-33_023, "nameDiffers"],
  [-33_024, "accountUsed"],
  [-33_025, "tooManyThings"],
  [-33_026, "nickname"],
  [-33_027, "codesLocked"],
  [-33_028, "noFactor"],
  [-33_029, "noAccount"],
  [-33_030, "makerNoAccount"],
  [-33_031, "seats"],
]);

/** The journal's door says this of a bundle that no checkpoint covers yet, under a number that chat has too. */
const NOT_SEALED_YET = { status: 503, code: -33_019 };

/** Those of conduct begin with their reasons by name, parted by commas. */
const OF_CONDUCT = new Map<number, Reasoned>([
  [-33_008, "mayNotPost"],
  [-33_009, "mayNotTake"],
]);
/** Those whose reason differs from case to case and stands behind the first colon. */
const REASONED = new Map<number, Reasoned>([
  [-33_017, "file"],
  [-33_021, "words"],
]);

/** Reasons in the door's words, and what is told of each. The first that fits counts. */
const WHY: readonly [fits: RegExp, why: Why][] = [
  [/^neither PNG/, "type"],
  [/^it is sent as/, "otherType"],
  [/^\d+ bytes, at most/, "large"],
  [/something that acts/, "acts"],
  [/\d+ characters, at most/, "long"],
  [/cannot be shown/, "characters"],
  [/empty$|has a text or a file/, "empty"],
  [/one line$/, "oneLine"],
  [/^(a|the) (PNG|JPEG|WebP|PDF)|^something follows/, "broken"],
];

const CODE_WANTED = new Set([-33_011, -33_012]);

export const isCodeWanted = (error: unknown): boolean => error instanceof ApiRefusal && CODE_WANTED.has(error.code);

export function refusalOf(words: P2pWords, others: Words, error: unknown): string {
  if (!(error instanceof ApiRefusal)) return refusalIn(others, error);
  if (error.status === NOT_SEALED_YET.status && error.code === NOT_SEALED_YET.code) return words.refusals.notSealedYet;
  const plain = BY_NAME.get(/^[A-Z0-9_]+/.exec(error.message)?.[0] ?? "") ?? BY_CODE.get(error.code);
  if (plain !== undefined) return words.refusals[plain];
  const [names = "", ...rest] = error.message.split(":");
  const ofConduct = OF_CONDUCT.get(error.code);
  if (ofConduct !== undefined) {
    const reasons: Readonly<Partial<Record<string, string>>> = words.refusals.reasons;
    return words.refusals[ofConduct](
      names
        .split(",")
        .map((name) => reasons[name.trim()] ?? name.trim())
        .join(" "),
    );
  }
  const reasoned = REASONED.get(error.code);
  if (reasoned === undefined) return refusalIn(others, error);
  const reason = rest.join(":").trim().replace(/\.$/, "");
  const why = WHY.find(([fits]) => fits.test(reason))?.[1];
  return words.refusals[reasoned](why === undefined ? reason : words.refusals.why[why]);
}
