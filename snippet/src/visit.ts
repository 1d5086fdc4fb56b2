/** How a visit arrives, and how it is forgotten. */

import { withParam } from './address';
import { caller } from './calls';
import { flush, make } from './outbox';
import { shared, TOKEN } from './settings';
import { forget, keepToken, level, recall, store } from './storage';
import { settings } from './tag';
import type { Visit } from './types';

/** What the address said: a code, a lead's code. */
export let code: string | null | undefined;
export let leadCode: string | null | undefined;
/** The parameter that brought the code: links carry the code under it before consent. */
export let parameter: string;

/** Recalls the token, sends what waits, and captures once. Again after consent. */
export const start = (): void => {
  recall();
  flush();
  if (!code) {
    // A router may have been faster: the navigation's entry keeps the address as it arrived.
    const arrived = new URLSearchParams(
      location.search + '&' + performance.getEntriesByType('navigation')[0]?.name.split(/[?#]/)[1],
    );
    let [, carried, age]: any = arrived.get('_gw')?.match(/^([\w.-]{1,120})~?(\w*)$/) || [];
    let u = location.pathname;
    (settings.params || 'ref,via').split(',').some((name) => (code = arrived.get((parameter = name))));
    leadCode = code && arrived.get('lead');
    if (carried || leadCode)
      history.replaceState(
        history.state,
        '',
        withParam(withParam(location, '_gw'), (leadCode && 'lead')!),
      );
    // A carried token is fresh for five minutes; the link hop's, without an age, the server judges.
    if (age)
      carried = (Date.now() / 1000 - parseInt(age, 36)) ** 2 < 300 ** 2 && keepToken(carried);
    if (code) {
      arrived.forEach((value, name) => {
        if (name == parameter || /^utm_|clk?id$|braid$/.test(name)) u = withParam(u, name, value);
      });
      make('hit', Date.now(), {
        c: code,
        l: leadCode,
        t: carried,
        f: carried && 1,
        u: u.slice(0, 500),
        r: document.referrer.split('?')[0].slice(0, 500),
        b: +navigator.webdriver,
        g: level & 1,
      });
    }
  }
  ready();
};

/** What this page's hit brought, as soon as it is answered or has failed. */
export const ready = async (reply: any = Object): Promise<void> => {
  const hit = (await shared.h) || { reason: 'no_code' };
  reply({
    code: (caller.code = code),
    token: (caller.token = store[TOKEN]),
    lead: (caller.lead = leadCode),
    name: hit.n,
    offer: hit.o,
    reason: hit.reason || hit.error,
  } as Visit);
};

export const reset = (): void => {
  code = leadCode = shared.h = '';
  forget();
  recall();
  ready();
};
