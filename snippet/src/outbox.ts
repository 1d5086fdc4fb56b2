/**
 * The outbox: what must reach the server is written down first, then sent. What did not arrive is
 * sent again when a page of the site loads, comes back from the back/forward cache or goes online.
 */

import { DONE, shared, site, TOKEN } from './settings';
import { edit, health, keepToken, level, pending, store, write, type Report } from './storage';
import { settings, src } from './tag';
import type { Answer } from './types';

declare const VERSION: string;

const DAYS_7 = 6048e5;

const send = (id: string, report: Report): Promise<Answer> => {
  shared[id] ||= deliver(id, report);
  if (!report.p) shared.h = shared[id];
  return shared[id];
};

/** Sends what waits. */
export const flush = (): void => {
  const reports = pending();
  for (const id in reports) send(id, reports[id]);
};

const deliver = async (id: string, report: Report): Promise<Answer> => {
  try {
    // What waits already stays as it is: its time and its token are the right ones.
    if (edit(id, pending()[id] || report)) throw { status: 'full' };
    const hit = await shared.h;
    if (!level) throw { status: 'consent' };
    report = pending()[id];
    report.t ||= store[TOKEN];
    const known = report.t || report.c || report.p!.sig;
    if (report.p) {
      // What nobody is known for yet waits for the hit's next try, which may bring a token.
      if (!report.t && hit?.error) throw hit;
      report.h = health();
      // Of nobody's conversion nothing is left behind: a later friend has no part in it.
      edit(id, known && report);
    }
    let answer: any = { status: 'ignored', reason: 'duplicate' };
    if (report.i > Date.now() - DAYS_7 && !store[DONE]?.includes(id)) {
      // Nobody referred: only that there was a conversion is told, once a page view.
      answer = await (known
        ? post(report)
        : (shared.p ||= post({ v: 1, s: site, e: 'convert', k: '' } as any)));
      if (level && answer.t) keepToken(answer.t, answer.d);
      // A test starts with nothing done.
      if (known) write(DONE, answer.x ? '' : (store[DONE] || '').slice(-3000) + id);
    }
    edit(id);
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

/** A report with what all of them say; `id` tells it from others of its kind. */
export const make = (e: Report['e'], id: string | number, fields: object) =>
  send(e + id + '\n', { v: 1, s: site, e, w: VERSION, i: Date.now(), ...fields } as Report);
