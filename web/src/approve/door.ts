/** What an official asks of the exchange, and the seat's signature that each request bears. Source: docs/rules/coins_door.md. */

import { get, post, type Parameters } from "../api/rest.ts";
import { signed } from "./passkeys.ts";
import { bytesOf, readingOf, statementOf, type Bytes } from "./statement.ts";
import type { Told } from "./exact.ts";

export interface Exchange {
  readonly relyingParty: string;
  readonly pageOrigin: string;
  readonly digest: string;
  readonly serverTime: number;
}
export interface Institution {
  readonly institution: number;
  readonly name: string;
  readonly duties: readonly string[];
  readonly seats: readonly Seat[];
}
export interface Seat {
  readonly seat: number;
  readonly person: number;
  readonly role: string;
  readonly scheme: string;
  readonly key: string;
  readonly revoked: boolean;
}
export interface Proposal {
  readonly proposalId: number;
  readonly state: string;
  readonly kind: string;
  readonly words: string;
  readonly command: Told;
  readonly encoded: string;
  readonly expiresAt: number;
  readonly wanted: readonly string[];
  readonly approvals: readonly { readonly institution: number; readonly seat: number }[];
}
/** Whoever signs: a seat, and the passkeys that may be its own (none: the browser is asked for any). */
export interface Signer {
  readonly institution: number;
  readonly seat: number;
  readonly ids: readonly string[];
}

const BASE = "/coins/v1";
const PROPOSALS = `${BASE}/proposals`;
const READING_MS = 10 * 60_000;
const APPROVAL_MS = 24 * 3_600_000;

export const exchange = (): Promise<Exchange> => get(`${BASE}/exchange`);
export const institutions = (): Promise<Institution[]> => get(`${BASE}/institutions`);

/** A signature that lets proposals be read for ten minutes. */
export async function readerOf(signer: Signer): Promise<Parameters> {
  return signatureOf(signer, readingOf(PROPOSALS), READING_MS);
}

export async function openProposals(reader: Parameters): Promise<Proposal[]> {
  return get(PROPOSALS, [["proposalState", "OPEN"], ...reader]);
}

/** Approves the very bytes that were shown. */
export async function approve(signer: Signer, proposal: Proposal): Promise<Proposal> {
  const signature = await signatureOf(signer, bytesOf(proposal.encoded), APPROVAL_MS);
  return post(`${BASE}/approvals`, [["proposalId", String(proposal.proposalId)], ...signature]);
}

/** A command's own bytes, as the exchange encodes them; who signs them looks at them first. */
export async function encodedOf(command: Told): Promise<{ encoded: string; words: string; command: Told }> {
  const parameters: Parameters = [
    ["command", jsonOf(command)],
    ["institution", "0"],
    ["seat", "0"],
    ["expiresNs", "1"],
  ];
  return post(`${BASE}/statements`, parameters);
}

export async function propose(signer: Signer, encoded: string): Promise<Proposal> {
  return post(PROPOSALS, [["encoded", encoded], ...(await signatureOf(signer, bytesOf(encoded), APPROVAL_MS))]);
}

/** JSON with whole numbers that are larger than a double holds. */
export function jsonOf(command: Told): string {
  const marked = JSON.stringify(command, (_, value: unknown) => (typeof value === "bigint" ? `\0${value}` : value));
  return marked.replaceAll(/"\\u0000(-?[0-9]+)"/g, "$1");
}

export async function signatureOf(signer: Signer, what: Bytes, life_ms: number): Promise<Parameters> {
  const { relyingParty, digest, serverTime } = await exchange();
  const expires_ns = BigInt(serverTime + life_ms) * 1_000_000n;
  const { institution, seat } = signer;
  const statement = await statementOf(bytesOf(digest), institution, seat, expires_ns, what);
  const signature = await signed(statement, relyingParty, signer.ids);
  return [
    ["institution", String(institution)],
    ["seat", String(seat)],
    ["expiresNs", String(expires_ns)],
    ["approval", signature.approval],
    ["authenticatorData", signature.authenticatorData],
    ["clientData", signature.clientData],
  ];
}
