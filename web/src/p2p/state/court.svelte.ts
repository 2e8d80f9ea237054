/** The arbiter's desk: every look and every word bears a seat's signature by its passkey. Source: docs/rules/p2p_door.md. */

import {
  approve,
  exchange,
  institutions,
  propose,
  signatureOf,
  type Institution,
  type Proposal,
  type Signer,
} from "../../approve/door.ts";
import { passkeysKept } from "../../approve/passkeys.ts";
import { hexOf, readingOf, sayingOf, sha256 } from "../../approve/statement.ts";
import { ApiRefusal, get, getOpenFile, NoAnswer, post, type Parameters } from "../../api/rest.ts";
import { notices } from "../../state/notices.svelte.ts";
import type { Dispute, DisputeRow, Message, Rows } from "../door/shapes.ts";
import { merged } from "../logic/chat.ts";
import { isOf, saidSubject } from "../logic/verdict.ts";
import { BASE, session } from "./session.svelte.ts";

export const WAITING = ["disputes", "escalated", "claims"] as const;
export type Waiting = (typeof WAITING)[number];

const READING_MS = 10 * 60_000;
const NOT_FOUND = 404;
const SAYING_MS = 5 * 60_000;

class Court {
  institutions = $state.raw<readonly Institution[]>([]);
  /** "institution/seat". */
  chosen = $state("");
  rows = $state.raw<readonly DisputeRow[] | null>(null);
  total = $state(0);
  dispute = $state.raw<Dispute | null>(null);
  messages = $state.raw<readonly Message[] | null>(null);
  /** Verdicts of the dispute that wait for another person; null until the seat asked. */
  proposals = $state.raw<readonly Proposal[] | null>(null);
  /** Grounds of verdicts that wait, by their hash. */
  groundsRead = $state.raw<Readonly<Record<string, string>>>({});
  isBusy = $state(false);
  /** Where signatures hold; null until the exchange said so. */
  pageOrigin = $state<string | null>(null);
  /** One gesture of the passkey is good for the same look for some minutes. */
  /** What the list shows; null before it was asked for. */
  #listed: Waiting | null = null;
  readonly #readings = new Map<string, { readonly until_ms: number; readonly signature: Parameters }>();

  readonly seats = $derived(
    this.institutions.flatMap((one) =>
      one.seats
        .filter(({ scheme, revoked }) => scheme === "PASSKEY" && !revoked)
        .map((seat) => ({ value: `${one.institution}/${seat.seat}`, institution: one.institution, seat })),
    ),
  );
  readonly signer: Signer | null = $derived.by(() => {
    const found = this.seats.find(({ value }) => value === this.chosen);
    if (found === undefined) return null;
    const ids = passkeysKept()
      .filter(({ key }) => key === found.seat.key)
      .map(({ id }) => id);
    return { institution: Number(this.chosen.split("/")[0]), seat: found.seat.seat, ids };
  });

  /** What became of a verdict that was signed, in words. */
  stateIn(state: string): string {
    const { states, proposed } = session.words.court;
    return proposed((states as Readonly<Partial<Record<string, string>>>)[state] ?? state);
  }

  seatName(institution: number, number: number): string {
    const role = this.#of(institution)?.seats.find(({ seat }) => seat === number)?.role;
    const { roles, seatOf } = session.words.court;
    return seatOf(this.nameOf(institution), number, role === "MAKER" ? roles.MAKER : roles.CHECKER);
  }

  nameOf(institution: number): string {
    return this.#of(institution)?.name ?? String(institution);
  }

  async start(): Promise<void> {
    await this.doing(async () => {
      const [known, all] = await Promise.all([exchange(), institutions()]);
      this.pageOrigin = known.pageOrigin;
      this.institutions = all;
      const kept = new Set(passkeysKept().map(({ key }) => key));
      if (this.chosen === "") this.chosen = this.seats.find(({ seat }) => kept.has(seat.key))?.value ?? "";
    });
  }

  list(waiting: Waiting): Promise<boolean> {
    return this.doing(() => this.#list(waiting));
  }

  open(order: string): Promise<boolean> {
    [this.dispute, this.messages, this.proposals] = [null, null, null];
    return this.doing(() => this.#reopen(order));
  }

  chat(order: string): Promise<boolean> {
    return this.doing(async () => {
      const { rows } = await this.#read<Rows<Message>>("dispute/chat", order, [["order", order]]);
      this.messages = merged(this.messages ?? [], rows);
    });
  }

  async file(order: string, hash: string): Promise<Blob | null> {
    let found: Blob | null = null;
    await this.doing(async () => {
      const signature = await this.#reading("dispute/files", order);
      found = await getOpenFile(`${BASE}/dispute/files`, [["file", hash], ["order", order], ...signature]);
    });
    return found;
  }

  /** The dispute as one file, byte for byte as the exchange gives it. */
  async bundle(order: string): Promise<Blob | null> {
    let found: Blob | null = null;
    await this.doing(async () => {
      const signature = await this.#reading("dispute/bundle", order);
      found = await getOpenFile(`${BASE}/dispute/bundle`, [["order", order], ...signature]);
    });
    return found;
  }

  /** What was proposed about an order and waits. */
  look(order: string): Promise<boolean> {
    return this.doing(async () => {
      const open = await this.#read<Proposal[]>("proposals", "", [["proposalState", "OPEN"]]);
      this.proposals = open.filter(({ command }) => isOf(command, order));
    });
  }

  readGrounds(order: string, hash: string): Promise<boolean> {
    return this.doing(async () => {
      const asked: Parameters = [
        ["order", order],
        ["groundsHash", hash],
      ];
      const { text } = await this.#read<{ text: string }>("dispute/grounds", order, asked);
      this.groundsRead = { ...this.groundsRead, [hash]: text };
    });
  }

  /** Approves the very bytes that were shown. */
  async approve(order: string, proposal: Proposal): Promise<Proposal | null> {
    let after: Proposal | null = null;
    await this.doing(async () => {
      after = await approve(this.#signer(), proposal);
      await this.#settle(order, after);
    });
    return after;
  }

  say(order: string, text: string): Promise<boolean> {
    return this.doing(async () => {
      const message = await this.#say<Message>("message", order, text);
      this.messages = merged(this.messages ?? [], [message]);
    });
  }

  conflict(order: string, text: string): Promise<boolean> {
    return this.doing(async () => {
      await this.#say("conflict", order, text);
      this.dispute = null;
    });
  }

  /** Keeps why one decides so; the hash that the verdict names. */
  async grounds(order: string, text: string): Promise<string | null> {
    let hash: string | null = null;
    await this.doing(
      async () => void ({ groundsHash: hash } = await this.#say<{ groundsHash: string }>("grounds", order, text)),
    );
    return hash;
  }

  async propose(order: string, encoded: string): Promise<Proposal | null> {
    let made: Proposal | null = null;
    await this.doing(async () => {
      made = await propose(this.#signer(), encoded);
      await this.#settle(order, made);
    });
    return made;
  }

  /** One thing at a time; what goes wrong is told in words. */
  async doing(what: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    try {
      await what();
      return true;
    } catch (error) {
      if (error instanceof DOMException) notices.add("failed", () => session.words.court.cancelled);
      else if (error instanceof ApiRefusal || error instanceof NoAnswer) session.tell(error);
      else throw error;
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  #of(institution: number): Institution | undefined {
    return this.institutions.find((one) => one.institution === institution);
  }

  /** After a signature: the proposal as it is now, and the dispute; an order that was locked again has none any more. */
  async #settle(order: string, signed: Proposal): Promise<void> {
    const others = (this.proposals ?? []).filter(({ proposalId }) => proposalId !== signed.proposalId);
    this.proposals = signed.state === "OPEN" ? [signed, ...others] : others;
    try {
      await this.#reopen(order);
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === NOT_FOUND)) throw error;
      this.dispute = null;
    }
    if (signed.state === "DONE" && this.#listed !== null) await this.#list(this.#listed);
  }

  async #list(waiting: Waiting): Promise<void> {
    const answer = await this.#read<Rows<DisputeRow>>("disputes", "", [["waiting", waiting]]);
    [this.rows, this.total, this.#listed] = [answer.rows, answer.total, waiting];
  }

  async #reopen(order: string): Promise<void> {
    this.dispute = await this.#read<Dispute>("dispute", order, [["order", order]]);
  }

  #signer(): Signer {
    if (this.signer === null) throw new NoAnswer("no seat is chosen");
    return this.signer;
  }

  async #reading(path: string, subject: string): Promise<Parameters> {
    const key = `${this.chosen} ${path} ${subject}`;
    const kept = this.#readings.get(key);
    if (kept !== undefined && kept.until_ms > Date.now()) return kept.signature;
    const signature = await signatureOf(this.#signer(), readingOf(`${BASE}/${path}`, subject), READING_MS);
    this.#readings.set(key, { until_ms: Date.now() + READING_MS / 2, signature });
    return signature;
  }

  async #read<Answer>(path: string, subject: string, parameters: Parameters): Promise<Answer> {
    return get<Answer>(`${BASE}/${path}`, [...parameters, ...(await this.#reading(path, subject))]);
  }

  async #say<Answer>(what: string, order: string, text: string): Promise<Answer> {
    const path = `${BASE}/dispute/${what}`;
    const hash = hexOf(await sha256(new TextEncoder().encode(text)));
    const signature = await signatureOf(this.#signer(), sayingOf(path, saidSubject(order, hash)), SAYING_MS);
    return post<Answer>(path, [["order", order], ["text", text], ...signature]);
  }
}

export const court = new Court();
