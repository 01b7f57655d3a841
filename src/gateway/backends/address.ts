// What the text of a pool's target says, and which pool an ARN names.

import { isIP } from 'node:net';

export type TargetText =
  | { readonly kind: 'unix'; readonly path: string }
  /** `port` null: that of the integration's URI. */
  | { readonly kind: 'address'; readonly host: string; readonly port: number | null }
  | { readonly kind: 'name'; readonly host: string; readonly port: number | null }
  | { readonly kind: 'srv'; readonly name: string };

/** @returns null when it is no target: told at configuration, and left out here */
export function parseTarget(text: string): TargetText | null {
  if (text.startsWith('unix:')) return text.length > 5 ? { kind: 'unix', path: text.slice(5) } : null;
  if (text.startsWith('srv:')) return text.length > 4 ? { kind: 'srv', name: text.slice(4) } : null;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? null : Number(digits);
  if (host === undefined || port === 0 || (port ?? 0) > 65_535) return null;
  if (isIP(host) !== 0) return { kind: 'address', host, port };
  return bracketed === undefined ? { kind: 'name', host, port } : null;
}

/**
 * The pool that a VPC link's target ARN names: NAME of `arn:aws:elasticloadbalancing:...:loadbalancer/net/NAME/ID` (or
 * `app/`), else the last part.
 */
export function poolNameOf(targetArn: string): string {
  const [, name] = /:loadbalancer\/(?:net|app|gwy)\/([^/]+)/.exec(targetArn) ?? [];
  return name ?? targetArn.slice(Math.max(targetArn.lastIndexOf('/'), targetArn.lastIndexOf(':')) + 1);
}
