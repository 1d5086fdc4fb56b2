/** `gw.js`: captures, keeps the token, fills forms and links, reports leads and conversions. */

// In this order the modules compress best.
import { listen, openCalls } from './calls';
import { hear } from './page';
import { shared } from './settings';

const EVENTS =
  'online pageshow click pointerdown toggle formdata visibilitychange readystatechange prerenderingchange';

if (!shared.g) {
  shared.g = 1;
  openCalls();
  listen(EVENTS, hear);
}
