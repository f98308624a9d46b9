// Readers for the values of condition operators. Each returns undefined for a text that IAM does not accept.

/** Reads an integer or a decimal number. */
export function parseNumber(text: string): number | undefined {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/**
 * Reads a date as milliseconds since 1970. The text is a W3C profile of ISO 8601, such as `2026`, `2026-11-25` and
 * `2026-11-25T09:30:00Z`, or a number of seconds since 1970, which does not have four digits.
 * Source: https://www.w3.org/TR/NOTE-datetime
 */
export function parseDate(text: string): number | undefined {
  if (/^\d+$/.test(text) && text.length !== 4) return Number(text) * 1000;
  const [, year, month = "01", day = "01", time = "T00:00Z"] =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  // Date.parse accepts February 30 and reads it as March 2.
  const midnight = new Date(`${year}-${month}-${day}T00:00Z`);
  const exists = !Number.isNaN(midnight.getTime()) && midnight.getUTCDate() === Number(day);
  const date = Date.parse(`${year}-${month}-${day}${time}`);
  return exists && !/T24|[+-](?:2[4-9]|[3-9]\d):/.test(time) && !Number.isNaN(date) ? date : undefined;
}

/** Reads `true` or `false`, in any case. */
export function parseBool(text: string): boolean | undefined {
  return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === "true" : undefined;
}

/** Reads Base64 as a string of bytes. */
export function parseBinary(text: string): string | undefined {
  const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  return base64.test(text) ? atob(text) : undefined;
}

/** A range of IP addresses in CIDR notation. An address is a range with a prefix of its full length. */
export interface IpRange {
  readonly address: bigint;
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128;
  readonly prefix: number;
}

/** Reads an IPv4 or IPv6 address, with or without a prefix length. */
export function parseIpRange(text: string): IpRange | undefined {
  const [, ip = "", length] = /^([0-9A-Fa-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const v4 = ipv4(ip);
  const address = v4 ?? ipv6(ip);
  if (address === undefined) return undefined;
  const bits = v4 === undefined ? 128 : 32;
  const prefix = length === undefined ? bits : Number(length);
  return prefix <= bits ? { address, bits, prefix } : undefined;
}

/** Returns whether a range contains another range. */
export function ipRangeContains(outer: IpRange, inner: IpRange): boolean {
  const rest = BigInt(outer.bits - outer.prefix);
  return outer.bits === inner.bits && outer.prefix <= inner.prefix && outer.address >> rest === inner.address >> rest;
}

function ipv4(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) {
    return undefined;
  }
  return octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

function ipv6(text: string): bigint | undefined {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":").flatMap(group)));
  const [head = [], tail] = halves;
  const groups = head.length + (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? groups !== 8 : groups > 7)) return undefined;
  const all = [...head, ...Array.from({ length: 8 - groups }, () => "0"), ...(tail ?? [])];
  if (!all.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  return all.reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

/** Returns a group of an IPv6 address, or the two groups of an IPv4 address at its end. */
function group(text: string, index: number, groups: readonly string[]): string[] {
  const address = index === groups.length - 1 ? ipv4(text) : undefined;
  return address === undefined ? [text] : [(address >> 16n).toString(16), (address & 0xffffn).toString(16)];
}
