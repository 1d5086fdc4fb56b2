/** The script's own element; the build puts what `init` was given in its place for the module. */

import type { Options } from './types';

type Settings = Partial<Options> & Record<string, string | undefined>;

export const { dataset: settings, src } = (document.currentScript ||
  document.querySelector('script[data-site]')) as unknown as { dataset: Settings; src: string };
