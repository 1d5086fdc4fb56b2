/** What happens on the page: calls, forms, links, Stripe. */

import { withParam } from './address';
import { answerCalls } from './calls';
import { flush } from './outbox';
import { convert, reporter, scan } from './report';
import { allow, store } from './storage';
import { TOKEN } from './settings';
import { settings } from './tag';
import { code, leadCode, parameter, ready, reset, start } from './visit';

/** The address with the token and the moment; before consent with the code. */
const link = (address: string | URL) =>
  store[TOKEN]
    ? withParam(address, '_gw', store[TOKEN] + '~' + ((Date.now() / 1000) | 0).toString(36))
    : withParam(address, parameter, code);

let begin: any = () => {
  start();
  answerCalls({
    ready,
    lead: reporter('lead', 'lead'),
    convert,
    attach: (form: HTMLFormElement) => {
      form.dataset.gw ||= '';
    },
    link,
    reset,
    // Consent given starts anew; refused or withdrawn forgets all.
    consent: (given: boolean) => {
      allow(given && 2);
      (given ? start : reset)();
    },
  });
};

/**
 * Hears what may change the page. Begins when it is seen: one that is rendered ahead may never be.
 * Fills a marked form's data as it is sent, a link as it is pressed by whichever button or key.
 */
export const hear = ({ persisted, formData, target }: any): void => {
  if ((document as any).prerendering) return;
  begin &&= begin();
  if (persisted || target == window) flush();
  scan();
  const value = store[TOKEN] || code;
  const anchor = target.closest?.('a');
  if (!value) return;
  if (formData && target.dataset.gw != null) {
    formData.set(target.dataset.gw || 'gw', value);
    if (leadCode) formData.set('gw_lead', leadCode);
  }
  document.querySelectorAll<any>('[data-gw-stripe]').forEach((each) => {
    if (each.href) each.href = withParam(each.href, 'client_reference_id', value);
    else each.setAttribute('client-reference-id', value);
  });
  if (
    anchor?.host &&
    anchor.host != location.host &&
    settings.links?.split(',').some((host) => host == anchor.host || host == anchor.hostname)
  )
    anchor.href = link(anchor.href);
};
