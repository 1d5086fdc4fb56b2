/** `gw.js`: captures, keeps the token, fills forms and links, reports leads and conversions. */

// In this order the modules compress best.
import { flush } from './outbox';
import { answerCalls, listen, openCalls } from './calls';
import { convert, lead, scan } from './report';
import { attach, fill, link } from './page';
import { consent, ready, reset, start } from './visit';
import { shared } from './settings';

const EVENTS =
  'online pageshow click pointerdown toggle formdata visibilitychange readystatechange prerenderingchange';

let begin: any = () => {
  start();
  answerCalls({ ready, lead, convert, attach, link, reset, consent });
};

/** Begins when the page is seen: one that is rendered ahead may never be. */
const hear = (event: any): void => {
  if ((document as any).prerendering) return;
  begin &&= begin();
  if (event.persisted || event.target == window) flush();
  scan();
  fill(event);
};

if (!shared.g) {
  shared.g = 1;
  openCalls();
  listen(EVENTS, hear);
}
