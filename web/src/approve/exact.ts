/**
 * What a command's own bytes say, field by field, whatever the exchange says of them.
 *
 * A command is encoded as a MessagePack array: its tag, then its fields in order. Source: docs/rules/journal.md.
 */

import { bytesOfBase64, hexOf, type Bytes } from "./statement.ts";

export type Value = bigint | string | boolean | null | Uint8Array | readonly Value[];
/** A command as the exchange tells it: fields by name, bytes in base64; a bigint is exact. */
export type Told = Readonly<Record<string, unknown>>;
export interface Field {
  readonly name: string;
  readonly text: string;
}

/** The bytes are no command, or another than was told. */
export class Mismatch extends Error {}

const KIND = "kind";

/** The fields of a command with what the bytes hold of each; throws Mismatch where that is not what was told. */
export function fieldsOf(encoded: Bytes, told: Told): Field[] {
  const [, ...values] = arrayOf(decoded(encoded));
  const names = Object.keys(told).filter((name) => name !== KIND);
  if (names.length !== values.length) throw new Mismatch(`${values.length} fields, told of ${names.length}`);
  return names.map((name, place) => {
    const value = values[place]!;
    if (!isSame(value, told[name])) throw new Mismatch(name);
    return { name, text: textOf(value) };
  });
}

export function decoded(bytes: Bytes): Value {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.isAtEnd) throw new Mismatch("bytes behind the command");
  return value;
}

function arrayOf(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new Mismatch("no array");
  return value as readonly Value[];
}

function isSame(value: Value, told: unknown): boolean {
  if (value instanceof Uint8Array) return typeof told === "string" && hexOf(bytesOfBase64(told)) === hexOf(value);
  if (Array.isArray(value)) {
    if (typeof told !== "object" || told === null) return false;
    const inside: unknown[] = Array.isArray(told) ? told : Object.values(told);
    return inside.length === value.length && value.every((each: Value, place) => isSame(each, inside[place]));
  }
  // JSON's numbers are doubles: what is told of a time is near it, and what is shown is the exact one.
  return typeof value === "bigint" && typeof told !== "bigint" ? Number(value) === told : value === told;
}

function textOf(value: Value): string {
  if (value instanceof Uint8Array) return hexOf(value) || "–";
  if (Array.isArray(value)) return `[${value.map((each: Value) => textOf(each)).join(", ")}]`;
  return value === "" ? "–" : String(value);
}

class Reader {
  readonly #bytes: Bytes;
  #place = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#place === this.#bytes.length;
  }

  value(): Value {
    const head = this.#unsigned(1);
    if (head < 0x80n) return head;
    if (head >= 0xe0n) return head - 0x100n;
    if (head >= 0x90n && head <= 0x9fn) return this.#array(Number(head & 0xfn));
    if (head >= 0xa0n && head <= 0xbfn) return this.#text(Number(head & 0x1fn));
    switch (Number(head)) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(Number(this.#unsigned(1 << (Number(head) - 0xc4))));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#unsigned(1 << (Number(head) - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#signed(1 << (Number(head) - 0xd0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(Number(this.#unsigned(1 << (Number(head) - 0xd9))));
      case 0xdc:
      case 0xdd:
        return this.#array(Number(this.#unsigned(2 << (Number(head) - 0xdc))));
      default:
        throw new Mismatch(`a byte 0x${head.toString(16)}`);
    }
  }

  #array(length: number): Value[] {
    if (length > this.#bytes.length) throw new Mismatch("cut off");
    return Array.from({ length }, () => this.value());
  }

  #text(length: number): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.#take(length));
  }

  #take(length: number): Bytes {
    if (this.#place + length > this.#bytes.length) throw new Mismatch("cut off");
    this.#place += length;
    return this.#bytes.slice(this.#place - length, this.#place);
  }

  #unsigned(length: number): bigint {
    return this.#take(length).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  #signed(length: number): bigint {
    return BigInt.asIntN(8 * length, this.#unsigned(length));
  }
}
