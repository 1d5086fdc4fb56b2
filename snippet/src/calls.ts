/** The global function, and when a page begins. */

import { globalName } from './settings';

/** A call as it is logged: its name and its arguments. */
type Call = [name: string, argument?: any, reply?: any];

/** What answered calls before: the page's own stub, a tag of another site, or a log of them. */
const before: any = (window as any)[globalName] || ((...call: Call) => calls.push(call));
const calls: Call[] = before.q || [];

let commands: Record<string, (argument?: any, reply?: any) => any>;

/** Answers a call, once there is somebody to answer. Never throws. */
const run = ([name, argument, reply = argument]: Call): any => {
  try {
    return commands[name](argument, reply);
  } catch {}
};

/** The global function: every script on the page hears the call, the last one answers. */
export const caller: any = (...call: Call) => (before(...call), run(call));

export const openCalls = () => {
  ((window as any)[globalName] = caller).q = calls;
};

/** From now on each call is answered as it comes, the earlier ones first. */
export const answerCalls = (answers: typeof commands): void => {
  commands = answers;
  calls.forEach(run);
};

/** Hears what may change a page, before the page does: no timer, no observer, no unload. */
export const listen = (events: string, hear: (event: any) => void): void => {
  events.split(' ').forEach((name) => addEventListener(name, hear, true));
  hear({ target: 0 });
};
