/** Leads and conversions, called or declared. */

import { make } from './outbox';
import { site } from './settings';
import { token } from './storage';

/**
 * The key tells repeats apart: the order, else a hash of who it is, as keys never show a person
 * (a polynomial one: enough for the few people of one browser), else of the token.
 */
const reporter =
  (e: 'lead' | 'convert', event: string) =>
  ({ gwConvert, code, ...p }: Record<string, any> = {}) => {
    let hash = 0;
    for (const each of '' + (p.customer || p.email || token))
      hash = (hash * 65599 + each.codePointAt(0)!) | 0;
    return make(e, { k: (p.event ||= gwConvert || event) + ':' + (p.order || hash), c: code, p });
  };

export const lead = reporter('lead', 'lead');
export const convert = reporter('convert', 'purchase');

export const declared = () => document.querySelectorAll<any>('[data-gw-convert]');

/** Reports what the page declares, each once; inside a dialog when that is open. */
export const scan = (): void => {
  for (const each of declared())
    each[site] ||= !each.closest('dialog:not([open])') && convert(each.dataset);
};
