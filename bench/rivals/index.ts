// Who is compared with Sluice. The list is the registry.

import { fastify } from './fastify.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { pingora } from './pingora.ts';
import type { Rival } from './rival.ts';
import { uwsRaw } from './uws.ts';

export const rivals: readonly Rival[] = [uwsRaw, nginx, haproxy, fastify, pingora];
