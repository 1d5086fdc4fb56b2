/** Leads and conversions, called or declared. */

import { make } from './outbox';
import { site, TOKEN } from './settings';
import { store } from './storage';
import type { Reply } from './types';

/**
 * The key tells repeats apart: the order, else a hash of what is said and of the token, as keys
 * never show a person (a polynomial one: enough for the few reports of one browser).
 */
export const reporter =
  (e: 'lead' | 'convert', event: string) =>
  ({ gwConvert, code, ...p }: Record<string, any> = {}, reply?: Reply) => {
    let k: any = 0;
    for (const each of JSON.stringify(p) + store[TOKEN]) k = (k * 33) ^ each.charCodeAt(0);
    k = (p.event ||= gwConvert || event) + ':' + (p.order || k);
    return make(e, k, { k, c: code, p }).then(reply);
  };

export const convert = reporter('convert', 'purchase');

export const declared = () => document.querySelectorAll<any>('[data-gw-convert]');

/** Reports what the page declares, each once; inside a dialog when that is open. */
export const scan = (): void => {
  declared().forEach((each) => {
    each[site] ||= each.closest('dialog')?.open != false && convert(each.dataset);
  });
};
