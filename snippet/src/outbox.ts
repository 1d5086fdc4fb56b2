/**
 * The outbox: what must reach the server is written down first, then sent. What did not arrive is
 * sent again when a page of the site loads, comes back from the back/forward cache or goes online.
 */

import { api, busy, settings, site } from './settings';
import { keepToken, level, read, token, write } from './storage';
import type { Answer } from './types';

declare const VERSION: string;

/** A report as it is posted and as it waits. Only leads and conversions have `k` and `p`. */
export interface Report {
  v: 1;
  s: string;
  e: 'hit' | 'lead' | 'convert';
  /** When it was made, by this browser's clock, in milliseconds: what makes it expire. */
  i?: number;
  k?: string;
  t?: string;
  c?: string;
  p?: Record<string, any>;
}

/** The server's answer to the hit; before it, what the address said (`c` code, `l` lead's code). */
export let visit: Record<string, any> = {};
/** When this page's hits are answered or have failed. */
export let captured: Promise<void>;

const DAYS_7 = 6048e5;

export const forgetVisit = () => {
  visit = {};
};

export const pending = (): Record<string, Report> => {
  try {
    return JSON.parse(read('q'));
  } catch {
    return {};
  }
};

/** Writes a report down, or takes it out; true when there is no room. What is there stays as is. */
const edit = (id: string, report?: Report): unknown => {
  const reports = pending();
  if (report) reports[id] = Object.assign(report, reports[id]);
  else delete reports[id];
  const text = JSON.stringify(reports);
  return Object.keys(reports)[20] || text[8192] || write('q', text);
};

/** Sends what waits, and what was held in memory. What follows a hit waits for its token. */
export const flush = async (held?: Record<string, Report>): Promise<void> => {
  for (const report of Object.values({ ...pending(), ...held })) {
    if (report.p) send(report);
    else await send(report);
  }
};

export const resume = (held: Record<string, Report>) => (captured = flush(held));

const send = (report: Report, id = report.e + (report.k || report.i)): Promise<Answer> | Answer => {
  return busy[id] || (edit(id, report) ? { error: 'full' } : (busy[id] = deliver(report, id)));
};

const deliver = async (report: Report, id: string, before = visit): Promise<Answer> => {
  let answer: any = { status: 'ignored', reason: 'duplicate' };
  try {
    await (report.p && captured);
    // Consent may have been withdrawn meanwhile; then a hit belongs to a visit that is forgotten.
    if (!level || (!report.p && before != visit)) throw { status: 'consent' };
    report.t ||= token;
    edit(id, report);
    if (report.p && !report.t) {
      // A hit that has not arrived yet will bring the token.
      if (read('q').includes('"e":"hit"')) throw report;
      if (!report.c && !report.p.sig) {
        // Nobody referred: only that there was a conversion is told, once a page view.
        edit(id);
        return await (busy.p ||= post({ v: 1, s: site, e: 'convert', k: '' }));
      }
    }
    if (report.i! > Date.now() - DAYS_7 && !read('d').includes(id + '\n')) {
      answer = await post(report);
      if (report.p) write('d', (read('d') + id + '\n').slice(-3000));
      else {
        if (answer.t) keepToken(answer.t, answer.d, answer.m);
        // A test starts with nothing done.
        if (answer.x) write('d', '');
        visit = { l: visit.l, ...answer };
      }
    }
    edit(id);
    return answer;
  } catch ({ status = 'network' }: any) {
    delete busy[id];
    if (!report.p) visit.reason = status;
    return { error: status };
  }
};

/** The server's answer. A string body goes as text/plain: no preflight. Throws what may pass. */
const post = async (body: Report): Promise<any> => {
  const response = await fetch(api, {
    method: 'POST',
    body: JSON.stringify(body),
    keepalive: true,
    credentials: settings.credentials || 'omit',
  });
  if (/429|5../.test(response.status as any)) throw response;
  // Without its token a hit is not settled; what was said of a report matters less.
  return response.ok ? response.json().catch(() => body.p && {}) : { error: response.status };
};

/** A report with what all of them say; what is empty is left out. */
export const make = (e: Report['e'], fields: object) =>
  send(
    JSON.parse(
      JSON.stringify(
        { v: 1, s: site, e, w: VERSION, i: Date.now(), ...fields },
        (_, value) => value || undefined,
      ),
    ),
  );
