/**
 * The outbox: what must reach the server is written down first, then sent. What did not arrive is
 * sent again when a page of the site loads, comes back from the back/forward cache or goes online.
 */

import { shared, site } from './settings';
import { health, keepToken, level, read, recall, write } from './storage';
import { settings, src } from './tag';
import type { Answer } from './types';

declare const VERSION: string;

/** A report as it waits and as it is posted. Only leads and conversions have `k` and `p`. */
export interface Report {
  v: 1;
  s: string;
  e: 'hit' | 'lead' | 'convert';
  /** When it was made, by this browser's clock, in milliseconds: what makes it expire. */
  i: number;
  k?: string;
  t?: string;
  c?: string;
  h?: number;
  p?: Record<string, any>;
}

const DAYS_7 = 6048e5;

const pending = (): Record<string, Report> => {
  try {
    return JSON.parse(read('q')!);
  } catch {
    return {};
  }
};

/** Changes reports, if there is room; 0 takes one out, and what is empty is left out. */
const edit = (changes: Record<string, Report | 0>): void => {
  const reports = { ...pending(), ...changes };
  const text = JSON.stringify(reports, (_, value) => value || undefined);
  Object.keys(reports)[20] || text[8e3] || write('q', text);
};

const send = (report: Report): Promise<Answer> => {
  const id = report.e + (report.k || report.i) + '\n';
  if (!shared[id]) {
    // What waits already stays as it is: its time and its token are the right ones.
    edit({ [id]: report, ...pending() });
    shared[id] = deliver(id);
    if (!report.p) shared.h = shared[id];
  }
  return shared[id];
};

/** Sends what waits. */
export const flush = () => Object.values(pending()).forEach(send as any);

/** Takes up what is allowed by now, and what was held in memory before. */
export const resume = (): void => {
  const held = pending();
  recall();
  Object.keys(held).forEach((id) => edit({ [id]: held[id] }));
  flush();
};

const deliver = async (id: string): Promise<Answer> => {
  try {
    // What follows a hit waits for its token.
    const hit = await shared.h;
    const report = pending()[id];
    // Not there: no room, or forgotten meanwhile.
    if (!level || !report) throw { status: level ? 'full' : 'consent' };
    report.t ||= read();
    if (report.p) {
      if (report.t) report.h = health();
      edit({ [id]: report });
      if (!report.t) {
        // A hit that has not arrived yet will bring the token.
        if (hit?.error) throw hit;
        if (!report.c && !report.p.sig) {
          // Nobody referred: only that there was a conversion is told, once a page view.
          edit({ [id]: 0 });
          return await (shared.p ||= post({ v: 1, s: site, e: 'convert', k: '' } as any));
        }
      }
    }
    let answer: any = { status: 'ignored', reason: 'duplicate' };
    if (report.i > Date.now() - DAYS_7 && !read('d')?.includes(id)) {
      answer = await post(report);
      if (level && answer.t) keepToken(answer.t, answer.d, answer.m);
      // A test starts with nothing done.
      write('d', answer.x ? '' : (read('d') || '').slice(-3000) + id);
    }
    edit({ [id]: 0 });
    return answer;
  } catch ({ status = 'network' }: any) {
    delete shared[id];
    return { error: status };
  }
};

/** The server's answer. A string body goes as text/plain: no preflight. Throws what may pass. */
const post = async (body: Report): Promise<any> => {
  const response = await fetch(settings.api ? settings.api + '/e' : new URL('e', src), {
    method: 'POST',
    body: JSON.stringify(body),
    keepalive: true,
    credentials: settings.credentials || 'omit',
  });
  if (/429|5../.test(response.status as any)) throw response;
  // Without its token a hit is not settled; what was said of a report matters less.
  return response.ok ? response.json().catch(() => body.p && {}) : { error: response.status };
};

/** A report with what all of them say. */
export const make = (e: Report['e'], fields: object) =>
  send({ v: 1, s: site, e, w: VERSION, i: Date.now(), ...fields } as Report);
