/** The tag's settings, and what the scripts of one site share on a page. */

import type { Options } from './types';

export type Settings = Partial<Options> & Record<string, string | undefined>;

/** A call as it is logged: its name and its arguments. */
export type Call = [name: string, argument?: any, reply?: any];

export let settings: Settings;
export let site: string;
/** Where reports go. */
export let api: string | URL;
/** The name of the global function. */
export let globalName: string;
/** The calls so far, those made before loading first. */
export let calls: Call[];
/** Reports under way or settled on this page, by identity: no script sends one twice. */
export let busy: Record<string, any>;

/** The name of a cookie or localStorage entry: the token is `''`, the outbox `q`, done-keys `d`. */
export const key = (name: string) => '_gw' + name + '_' + site;

/** Reads the settings; the key may stand behind the address where a tag manager drops attributes. */
export const setUp = (from: Settings, src: string): void => {
  settings = from;
  site = from.site || src.split('#')[1];
  api = from.api ? from.api + '/e' : new URL('e', src);
  globalName = from.global || 'goodword';
  calls = (window as any)[globalName]?.q || [];
  busy = (window as any)[key('')] ||= {};
};

/** Nothing without consent where that is required; under Global Privacy Control nothing is kept. */
export const permitted = () =>
  settings.consent == 'required'
    ? 0
    : settings.gpc != 'off' && (navigator as any).globalPrivacyControl
      ? 1
      : 2;
