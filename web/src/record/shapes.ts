/** What the public record answers. Source: docs/rules/public_record.md. Amounts are decimal text, times milliseconds. */

export interface Reserve {
  readonly reserve: number;
  readonly custodian: string;
  readonly instrument: string;
  readonly currency: string;
  readonly closed: boolean;
  readonly amount: string;
  readonly attested: string;
  readonly asOf: number | null;
}

export interface Coin {
  readonly coin: string;
  readonly currency: string;
  readonly issuer: string;
  readonly supply: string;
  readonly backing: string;
  readonly mintingPaused: boolean;
  readonly mintingStopped: readonly string[];
  readonly reserves: readonly Reserve[];
}

export interface Operator {
  readonly operator: number;
  readonly name: string;
  readonly quota: string;
  readonly outstanding: string;
  readonly reserves: string;
  readonly movedTo: string | null;
}

export interface Currency {
  readonly currency: string;
  readonly iso: string;
  readonly reserveAsset: string;
  readonly centralBank: string;
  readonly supply: string;
  readonly reserves: string;
  readonly operators: readonly Operator[];
}

export interface Coins {
  readonly time: number;
  readonly coins: readonly Coin[];
}

export interface Currencies {
  readonly time: number;
  readonly currencies: readonly Currency[];
}

export interface LawfulCount {
  readonly asset: string;
  readonly kind: string;
  readonly ordered: number;
  readonly inForce: number;
  readonly appeals: number;
  readonly granted: number;
  readonly taken: string;
}

export interface InstitutionCount {
  readonly institution: string;
  readonly count: number;
}

export interface Counts {
  readonly time: number;
  readonly lawfulOrders: readonly LawfulCount[];
  readonly redemptions: readonly { readonly coin: string; readonly awaiting: string; readonly overdue: number }[];
  readonly identityUnsealings: readonly {
    readonly currency: string;
    readonly authority: string;
    readonly count: number;
  }[];
  readonly identityReadings: readonly InstitutionCount[];
  readonly journalLooks: readonly InstitutionCount[];
}

export interface Owed {
  readonly code: string;
  readonly amount: string;
}

/** What all customers together are owed, as a checkpoint seals it. */
export interface Liabilities {
  readonly frames: number;
  readonly leaves: number;
  readonly root: string;
  readonly assets: readonly Owed[];
}

/** Keys of chain addresses that are shown to be held. */
export interface Reserves {
  readonly published: readonly string[];
  readonly challenges: readonly { readonly text: string; readonly signature: string }[];
}
