/** `thanks.js`: the thank-you script alone. Without declared conversions it reports one by itself. */

// In this order the modules compress best.
import { answerCalls, listen, openCalls } from './calls';
import { flush } from './outbox';
import { convert, declared, scan } from './report';
import { shared, TOKEN } from './settings';
import { allow, forget, recall, store } from './storage';
import { settings } from './tag';

const EVENTS =
  'online pageshow pointerdown toggle visibilitychange readystatechange prerenderingchange';

let reported: unknown = settings.auto == 'off';

let begin: any = () => {
  recall();
  flush();
  answerCalls(shared.g ? { consent } : { consent, convert });
};

const consent = (given: boolean): void => {
  allow(given && 2);
  given || forget();
  recall();
  flush();
};

/** Without a token only when all is loaded: `gw.js` may be about to bring one. */
const hear = ({ target, persisted }: any): void => {
  const { prerendering, readyState } = document as any;
  if (prerendering) return;
  begin &&= begin();
  if (persisted || target == window) flush();
  if (readyState == 'complete' || (readyState != 'loading' && store[TOKEN])) {
    scan();
    reported ||= declared()[0] || convert({ event: settings.event });
  }
};

if (!shared.t) {
  shared.t = 1;
  if (!shared.g) openCalls();
  listen(EVENTS, hear);
}
