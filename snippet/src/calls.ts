/** The global function, and when a page begins. */

import { calls, globalName, type Call } from './settings';

/** Makes the global function. It only logs a call; what listens to the log answers it. */
export const openCalls = () => {
  ((window as any)[globalName] = ((...call: any) => calls.push(call)) as any).q = calls;
};

/** Works through the calls so far, and from now on answers each as it comes. Never throws. */
export const answerCalls = (commands: { [name: string]: ((argument: any) => unknown) | undefined }): void => {
  const { push } = calls;
  const run = ([name, argument, then = argument]: Call): any => {
    try {
      const result = commands[name]!(argument);
      Promise.resolve(result).then(then);
      return result;
    } catch {}
  };
  calls.map(run);
  calls.push = (call) => {
    const earlier = push.call(calls, call);
    return run(call) ?? earlier;
  };
};

/** Waits for the activation of a page that was rendered ahead: it may never be seen. */
export const whenSeen = (begin: () => void): void => {
  if ((document as any).prerendering) document.addEventListener('prerenderingchange', begin);
  else begin();
};
