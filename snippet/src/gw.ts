/** `gw.js`: captures, keeps the token, fills forms and links, reports leads and conversions. */

import { answerCalls, openCalls, whenSeen } from './calls';
import { attach, link, listen } from './page';
import { convert, lead } from './report';
import { busy, permitted, setUp, type Settings } from './settings';
import { allow } from './storage';
import { consent, ready, reset, start } from './visit';

export const run = (settings: Settings, src: string): void => {
  setUp(settings, src);
  if (busy.g) return;
  busy.g = 1;
  allow(permitted());
  openCalls();
  whenSeen(() => {
    start();
    answerCalls({ ready, lead, convert, attach, link, reset, consent });
    listen();
  });
};
