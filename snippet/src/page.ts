/** What happens on the page: forms, links, Stripe. */

import { read } from './storage';
import { settings } from './tag';
import { code, leadCode, parameter } from './visit';

const addParam = (address: string | URL, name: string, value?: string | null): string => {
  const url = new URL(address, location as any);
  if (value) url.searchParams.set(name, value);
  return url.href;
};

/** The address with the token and the moment; before consent with the code. */
export const link = (address: string | URL) =>
  read()
    ? addParam(address, '_gw', read() + '~' + ((Date.now() / 1000) | 0).toString(36))
    : addParam(address, parameter, code);

export const attach = (form: HTMLFormElement) => {
  form.dataset.gw ||= '';
};

/** Fills a marked form's data as it is sent, a link as it is pressed by whichever button or key. */
export const fill = ({ formData, target }: any): void => {
  const value = read() || code;
  const anchor = target.closest?.('a');
  if (!value) return;
  if (formData && target.dataset.gw != null) {
    formData.set(target.dataset.gw || 'gw', value);
    if (leadCode) formData.set('gw_lead', leadCode);
  }
  document.querySelectorAll<any>('[data-gw-stripe]').forEach((each) => {
    if (each.href) each.href = addParam(each.href, 'client_reference_id', value);
    else each.setAttribute('client-reference-id', value);
  });
  if (
    anchor?.host &&
    anchor.host != location.host &&
    settings.links?.split(',').some((host) => host == anchor.host || host == anchor.hostname)
  )
    anchor.href = link(anchor.href);
};
