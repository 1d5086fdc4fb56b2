/** The global function, and when a page begins. */

import { globalName } from './settings';

/** A call as it is logged: its name and its arguments. */
type Call = [name: string, argument?: any, reply?: any];

/** The calls so far, those made before loading first. */
const calls: Call[] = (window as any)[globalName]?.q || [];

/** The global function. It only logs a call; what listens to the log answers it. */
export const caller: any = (...call: any) => calls.push(call);

export const openCalls = () => {
  ((window as any)[globalName] = caller).q = calls;
};

/** Works through the calls so far, and from now on answers each as it comes. Never throws. */
export const answerCalls = (commands: Record<string, (argument: any) => any>): void => {
  const push = calls.push.bind(calls);
  const run = ([name, argument, reply = argument]: Call): any => {
    try {
      const result = commands[name](argument);
      result?.then?.(reply);
      return result;
    } catch {}
  };
  calls.forEach(run);
  calls.push = (call, earlier: any = push(call)) => run(call) ?? earlier;
};

/** Hears what may change a page, before the page does: no timer, no observer, no unload. */
export const listen = (events: string, hear: (event: any) => void): void => {
  events.split(' ').forEach((name) => addEventListener(name, hear, true));
  hear({ target: 0 });
};
