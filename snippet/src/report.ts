/** Leads and conversions, called or declared. */

import { make } from './outbox';
import { site } from './settings';
import { read } from './storage';

/**
 * The key tells repeats apart: the order, else a hash of who it is, as keys never show a person
 * (a polynomial one: enough for the few people of one browser), else of the token.
 */
const reporter =
  (e: 'lead' | 'convert', event: string) =>
  ({ gwConvert, code, ...p }: Record<string, any> = {}) => {
    const who = [...('' + (p.customer || p.email || read()))];
    const hash = who.reduce((sum, each) => (sum * 31 + each.charCodeAt(0)) | 0, 0);
    return make(e, { k: (p.event ||= gwConvert || event) + ':' + (p.order || hash), c: code, p });
  };

export const lead = reporter('lead', 'lead');
export const convert = reporter('convert', 'purchase');

export const declared = () => document.querySelectorAll<any>('[data-gw-convert]');

/** Reports what the page declares, each once; inside a dialog when that is open. */
export const scan = (): void => {
  declared().forEach((each) => {
    each[site] ||= each.closest('dialog')?.open != false && convert(each.dataset);
  });
};
