/** What happens on the page: declared conversions, forms, links, Stripe. */

import { flush, visit } from './outbox';
import { scan } from './report';
import { settings } from './settings';
import { token } from './storage';
import { parameter } from './visit';

const EVENTS =
  'online pageshow click pointerdown toggle formdata visibilitychange readystatechange';

const addParam = (address: string | URL, name: string, value: string | undefined): string => {
  const url = new URL(address, location as any);
  if (value) url.searchParams.set(name, value);
  return url.href;
};

/** The address with the token and the moment; before consent with the code. */
export const link = (address: string | URL) =>
  token
    ? addParam(address, '_gw', token + '~' + ((Date.now() / 1000) | 0).toString(36))
    : addParam(address, parameter, visit.c);

export const attach = (form: HTMLFormElement) => {
  form.dataset.gw ||= '';
};

/**
 * Sends again what may now arrive, reports what is declared, fills a marked form's data as it is
 * sent and a link as it is pressed, by whichever button or key.
 */
const hear = ({ formData, target, type, persisted }: any): void => {
  const value = token || visit.c;
  const anchor = target.closest?.('a[href]');
  if (persisted || type == 'online') flush();
  scan();
  if (!value) return;
  if (formData && target.dataset.gw != null) {
    formData.set(target.dataset.gw || 'gw', value);
    if (visit.l) formData.set('gw_lead', visit.l);
  }
  for (const each of document.querySelectorAll<any>('[data-gw-stripe]'))
    if (each.href) each.href = addParam(each.href, 'client_reference_id', value);
    else each.setAttribute('client-reference-id', value);
  if (
    anchor &&
    anchor.host != location.host &&
    settings.links?.split(',').some((host) => host == anchor.host || host == anchor.hostname)
  )
    anchor.href = link(anchor.href);
};

/** Hears what may change a page, before the page does: no timer, no observer, no unload. */
export const listen = (): void => {
  for (const name of EVENTS.split(' ')) addEventListener(name, hear, true);
  hear({ target: 0 });
};
