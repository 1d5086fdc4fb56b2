/** How a visit arrives, and how it is forgotten. */

import { captured, forgetVisit, make, pending, resume, visit } from './outbox';
import { globalName, settings } from './settings';
import { allow, forget, keepToken, level, recall, token } from './storage';
import type { Visit } from './types';

/** The parameter that brought the code: links carry the code under it before consent. */
export let parameter: string;
/** This page's hit. */
let hit: unknown;

/** Whether this script reads the address; the build leaves the reading out of `thanks.js`. */
declare const CAPTURES: boolean;

/** Recalls the token, captures once, and sends what waits. Again after consent. */
export const start = (): void => {
  const held = pending();
  recall();
  if (CAPTURES && !hit) capture();
  resume(held);
  if (CAPTURES) captured.then(view);
};

/** Reads the code, the lead's code and the token in the address. */
const capture = (): void => {
  const url = new URL(location as any);
  const params = url.searchParams;
  // A router may have been faster: the navigation's entry keeps the address as it arrived.
  const arrived = new URL(performance.getEntriesByType('navigation')[0]?.name || url).searchParams;
  let [, carried, age] = arrived.get('_gw')?.match(/^([\w.-]{1,120})~?(\w*)$/) || ([] as string[]);
  (settings.params || 'ref,via')
    .split(',')
    .some((name) => (visit.c = arrived.get((parameter = name))));
  visit.l = visit.c && arrived.get('lead');
  if (carried || visit.l) {
    params.delete('_gw');
    if (visit.l) params.delete('lead');
    history.replaceState(history.state, '', url);
  }
  // A carried token is fresh for five minutes; one without an age is the server's to judge.
  if (age) {
    if (Math.abs(Date.now() / 1000 - parseInt(age, 36)) < 300) keepToken(carried);
    carried = '';
  }
  for (const name of [...params.keys()])
    name == parameter || /^utm_|clk?id$|braid$/.test(name) || params.delete(name);
  url.hash = '';
  visit.reason = visit.c ? (level ? '' : 'consent') : 'no_code';
  if (visit.c && level)
    hit = make('hit', {
      ...visit,
      t: carried,
      f: carried && 1,
      u: url.href.slice(0, 500),
      r: document.referrer.split('?')[0].slice(0, 500),
      b: +navigator.webdriver,
      g: (2 - level) | 0,
    });
};

/** What `ready` brings; the global function tells it too. */
export const view = (): Visit => {
  const caller = (window as any)[globalName];
  return {
    code: (caller.code = visit.c),
    token: (caller.token = token),
    lead: (caller.lead = visit.l),
    name: visit.n,
    offer: visit.o,
    reason: visit.reason || visit.error,
  };
};

export const ready = () => captured.then(view);

export const reset = (): void => {
  forget();
  forgetVisit();
  hit = 0;
};

/** Consent given starts anew; refused or withdrawn forgets all, which must still be reached. */
export const consent = (given: boolean): void => {
  allow(2);
  if (given) start();
  else {
    recall();
    reset();
    allow(0);
    recall();
  }
};
