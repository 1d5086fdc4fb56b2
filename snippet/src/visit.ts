/** How a visit arrives, and how it is forgotten. */

import { caller } from './calls';
import { make, resume } from './outbox';
import { shared } from './settings';
import { allow, forget, keepToken, level, read, recall } from './storage';
import { settings } from './tag';
import type { Visit } from './types';

/** What the address said: a code, a lead's code. */
export let code: string | null | undefined;
export let leadCode: string | null | undefined;
/** The parameter that brought the code: links carry the code under it before consent. */
export let parameter: string;

/** Recalls the token, sends what waits, and captures once. Again after consent. */
export const start = (): void => {
  resume();
  code || capture();
  ready();
};

/** Reads the code, the lead's code and the token in the address. */
const capture = (): void => {
  const url = new URL(location as any);
  const params = url.searchParams;
  // A router may have been faster: the navigation's entry keeps the address as it arrived.
  const arrived = new URLSearchParams(
    url.search + '&' + performance.getEntriesByType('navigation')[0]?.name.split(/[?#]/)[1],
  );
  const [, carried, age] =
    arrived.get('_gw')?.match(/^([\w.-]{1,120})~?(\w*)$/) || ([] as string[]);
  (settings.params || 'ref,via').split(',').some((name) => (code = arrived.get((parameter = name))));
  leadCode = code && arrived.get('lead');
  if (carried || leadCode) {
    params.delete('_gw');
    if (leadCode) params.delete('lead');
    history.replaceState(history.state, '', url);
  }
  // A carried token is fresh for five minutes; the link hop's, without an age, the server judges.
  const hop = age
    ? (Date.now() / 1000 - parseInt(age, 36)) ** 2 < 300 ** 2 && keepToken(carried)
    : carried;
  [...params.keys()].forEach(
    (name) => name == parameter || /^utm_|clk?id$|braid$/.test(name) || params.delete(name),
  );
  url.hash = '';
  if (code)
    make('hit', {
      c: code,
      l: leadCode,
      t: hop,
      f: hop && 1,
      u: url.href.slice(0, 500),
      r: document.referrer.split('?')[0].slice(0, 500),
      b: +navigator.webdriver,
      g: +(level == 1),
    });
};

/** What this page's hit brought, as soon as it is answered or has failed. */
export const ready = async (): Promise<Visit> => {
  const hit = (await shared.h) || { reason: 'no_code' };
  return {
    code: (caller.code = code),
    token: (caller.token = read()),
    lead: (caller.lead = leadCode),
    name: hit.n,
    offer: hit.o,
    reason: hit.reason || hit.error,
  };
};

export const reset = (): void => {
  code = leadCode = shared.h = '';
  forget();
  recall();
  ready();
};

/** Consent given starts anew; refused or withdrawn forgets all. */
export const consent = (given: boolean): void => {
  allow(given ? 2 : 0);
  (given ? start : reset)();
};
