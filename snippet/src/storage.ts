/**
 * The token in cookie and localStorage, each restoring the other.
 * What may not be kept, or can't be (sandbox, full quota), lives in memory instead.
 */

import { key, settings } from './settings';

/** What is allowed: 0 nothing, 1 sending, 2 keeping. Between 1 and 2 the browser can't keep. */
export let level: number;
export let token: string | undefined;
let store: Record<string, string> = {};

export const allow = (most: number) => {
  level = most;
};

/** Takes the browser's storage where it is allowed, else this page's memory; then the token. */
export const recall = (): void => {
  store = {};
  try {
    if (level > 1) store = localStorage;
  } catch {
    level = 1.5;
  }
  // The cookie wins: the server may renew it. Keeping it restores what is missing.
  const value = token || readCookie() || read('');
  if (value) keepToken(value);
};

export const read = (name: string) => store[key(name)] || '';

export const write = (name: string, value: string): void => {
  try {
    store[key(name)] = value;
  } catch {
    store = { [key(name)]: value };
  }
};

const readCookie = () => level > 1.5 && document.cookie.match(key('') + '=([^;]+)')?.[1];

const writeCookie = (value: string, domain: string, seconds?: number): void => {
  document.cookie =
    key('') +
    `=${value};path=/;max-age=${seconds! | 0};domain=${domain};samesite=lax;` +
    (location.protocol == 'https:' && 'secure');
};

/**
 * Keeps a token, 400 days unless the server says otherwise. A cookie that already says so is left
 * alone: the server may have set it, and Safari lets such a cookie live longer.
 */
export const keepToken = (value: string, domain = '', seconds = 34560000): void => {
  write('', (token = value));
  if (level > 1.5 && readCookie() != value) {
    // A cookie of this host alone would hide the one of the whole domain.
    writeCookie('', '');
    writeCookie(value, settings.domain || domain, seconds);
  }
};

/** Forgets everything, on this host and the domains above it. */
export const forget = (): void => {
  const host = location.hostname.split('.');
  token = undefined;
  do writeCookie('', host.join('.'));
  while (host.shift());
  ['', 'q', 'd'].map((name) => delete store[key(name)]);
};
