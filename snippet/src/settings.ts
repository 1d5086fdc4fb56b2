/** The tag's settings, and what the scripts of one site share on a page. */

import { settings, src } from './tag';

/** The key may stand behind the address where a tag manager drops attributes. */
export const site = settings.site || src.split('#')[1];

/** The names of what is kept: the token (cookie and localStorage), the outbox, the done-keys. */
export const TOKEN = '_gw_' + site;
export const OUTBOX = '_gwq_' + site;
export const DONE = '_gwd_' + site;

/**
 * What all scripts of this site on a page share, whatever their versions: a promise for each
 * report under way or settled, by its id; `h` the latest hit's; `p` nobody's conversion; `g`, `t`
 * which script is there; and what may not be kept elsewhere.
 */
export const shared: Record<string, any> = ((window as any)[TOKEN] ||= {});

/** The name of the global function. */
export const globalName = settings.global || 'goodword';
