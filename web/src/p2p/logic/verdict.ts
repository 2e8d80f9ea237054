/** An arbiter's verdict as a command that is signed. Source: docs/rules/p2p.md, "Disputes"; records/p2p.py. */

import type { Told } from "../../approve/exact.ts";
import { bytesOf, bytesOfBase64, hexOf } from "../../approve/statement.ts";
import { stepsOf, textOf, typed } from "../../numbers/decimal.ts";
import type { ArbitersAct, DisputeRow, Party } from "../door/shapes.ts";

/** Who is at fault, as the journal numbers parties. */
export const FAULTS: Readonly<Record<Party | "NOBODY", number>> = { NOBODY: 0, BUYER: 1, SELLER: 2 };
export type AtFault = keyof typeof FAULTS;

const base64 = (hex: string): string => btoa(String.fromCharCode(...bytesOf(hex)));

/** What of the order's amount goes to the buyer, in its smallest units; null when that is no amount or too much. */
export function buyerAtoms(text: string, decimals: number, dispute: Pick<DisputeRow, "atoms">): bigint | null {
  const atoms = stepsOf(typed(text), decimals);
  return atoms === null || atoms > BigInt(dispute.atoms) ? null : atoms;
}

export function decision(
  dispute: Pick<DisputeRow, "order" | "chatHead">,
  atoms: bigint,
  fault: AtFault,
  groundsHash: string,
  reference: string,
): Told {
  return {
    kind: "DecideDispute",
    order: BigInt(dispute.order),
    buyer_atoms: atoms,
    at_fault: FAULTS[fault],
    grounds_hash: base64(groundsHash),
    chat: base64(dispute.chatHead ?? ""),
    reference,
  };
}

export function relock(dispute: Pick<DisputeRow, "order">, reference: string): Told {
  return { kind: "RelockEscrow", order: BigInt(dispute.order), reference };
}

export function refusal(dispute: Pick<DisputeRow, "order">, groundsHash: string, reference: string): Told {
  return { kind: "RefuseClaim", order: BigInt(dispute.order), grounds_hash: base64(groundsHash), reference };
}

const ACTS: Readonly<Partial<Record<string, ArbitersAct>>> = {
  DecideDispute: "DECIDE",
  RelockEscrow: "RELOCK",
  RefuseClaim: "REFUSE_CLAIM",
};

/** Whether somebody proposed this about the order. */
export const isOf = (command: Told, order: string): boolean =>
  ACTS[String(command.kind)] !== undefined && String(command.order) === order;

/** What a proposed verdict comes to. */
export interface Gives {
  readonly act: ArbitersAct;
  readonly buyer: string;
  readonly seller: string;
  readonly atFault: AtFault;
  /** Hex; empty where there are none. */
  readonly groundsHash: string;
}

/** Of a command as the exchange tells it. What is signed is read from the command's own bytes. */
export function givesOf(command: Told, dispute: Pick<DisputeRow, "atoms">, decimals: number): Gives {
  const buyer = BigInt(String(command.buyer_atoms ?? 0));
  const fault = (Object.keys(FAULTS) as AtFault[]).find((one) => FAULTS[one] === command.at_fault);
  return {
    act: ACTS[String(command.kind)] ?? "DECIDE",
    buyer: textOf(buyer, decimals),
    seller: textOf(BigInt(dispute.atoms) - buyer, decimals),
    atFault: fault ?? "NOBODY",
    groundsHash: hexOf(bytesOfBase64(String(command.grounds_hash ?? ""))),
  };
}

/** What a seat signs of what it says: the order, and the hash of its words. */
export const saidSubject = (order: string, hash: string): string => `${order} ${hash}`;
