/**
 * The tag as a module: `import { init } from 'goodword'`. Importing does nothing, on a server
 * `init` does nothing either, and a second `init` warns and changes nothing.
 */

import { run } from './gw';
import type { Goodword, Options } from './types';

export type * from './types';

let goodword: Goodword | undefined;

export function init(options: Options): Goodword {
  if (typeof document == 'undefined') return (() => {}) as unknown as Goodword;
  if (goodword) console.warn('goodword: init was called before; this call changes nothing');
  else {
    run({ ...options }, '');
    goodword = (window as any)[options.global || 'goodword'];
  }
  return goodword!;
}
