/** The tag's settings, and what the scripts of one site share on a page. */

import { settings, src } from './tag';

/** The key may stand behind the address where a tag manager drops attributes. */
export const site = settings.site || src.split('#')[1];

/** The name of a cookie or localStorage entry: the token has none, the outbox `q`, done-keys `d`. */
export const key = (part = '') => '_gw' + part + '_' + site;

/**
 * What all scripts of this site on a page share, whatever their versions: a promise for each
 * report under way or settled, by its id; `h` the latest hit's; `p` nobody's conversion; `g`, `t`
 * which script is there; and what may not be kept elsewhere.
 */
export const shared: Record<string, any> = ((window as any)[key()] ||= {});

/** The name of the global function. */
export const globalName = settings.global || 'goodword';
