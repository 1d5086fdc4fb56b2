/**
 * The tag as a module: `import { init } from 'goodword'`. Importing does nothing, on a server
 * `init` does nothing either, and a second `init` warns and changes nothing.
 */

import type { Goodword, Options } from './types';

export type * from './types';

/** The whole of `gw.ts` as a function: the build wraps it, so that importing runs nothing. */
declare const runTag: (dataset: Options) => void;

let goodword: Goodword | undefined;

export function init(options: Options): Goodword {
  if (typeof document == 'undefined') return (() => {}) as unknown as Goodword;
  if (goodword) console.warn('goodword: init was called before; this call changes nothing');
  else {
    runTag({ ...options });
    goodword = (window as any)[options.global || 'goodword'];
  }
  return goodword!;
}
