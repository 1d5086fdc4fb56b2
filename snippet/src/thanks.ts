/** `thanks.js`: the thank-you script alone. Without declared conversions it reports one by itself. */

import { answerCalls, openCalls, whenSeen } from './calls';
import { flush } from './outbox';
import { convert, declared, scan } from './report';
import { busy, permitted, setUp, settings, type Settings } from './settings';
import { allow, level, recall, token } from './storage';
import { consent, start } from './visit';

const EVENTS = 'online pageshow pointerdown toggle visibilitychange readystatechange';

/** Without a token only when all is loaded: `gw.js` may be about to bring one. */
const hear = ({ type, persisted }: any): void => {
  const { readyState } = document;
  if (persisted || type == 'online') flush();
  if (level > 1) recall();
  if (readyState != 'complete' && (!token || readyState == 'loading')) return;
  scan();
  if (settings.auto != 'off' && !declared()[0]) {
    settings.auto = 'off';
    convert({ event: settings.event });
  }
};

export const run = (from: Settings, src: string): void => {
  setUp(from, src);
  if (busy.t) return;
  busy.t = 1;
  allow(permitted());
  if (!busy.g) openCalls();
  whenSeen(() => {
    start();
    answerCalls(busy.g ? { consent } : { consent, convert });
    for (const name of EVENTS.split(' ')) addEventListener(name, hear, true);
    hear({});
  });
};
