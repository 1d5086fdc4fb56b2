/**
 * What the browser keeps: token, outbox and done-keys in localStorage, the token in a cookie too,
 * each restoring the other. What may not or can't be kept lives in the page's memory.
 */

import { key, shared } from './settings';
import { settings } from './tag';

/**
 * What is allowed: 0 nothing before consent, 1 sending alone (Global Privacy Control), 2 keeping;
 * 3 it would be, but the browser can't (sandbox).
 */
export let level: number =
  settings.consent == 'required'
    ? 0
    : settings.gpc != 'off' && (navigator as any).globalPrivacyControl
      ? 1
      : 2;

/** localStorage, or the page's memory. */
let store: Record<string, string>;

export const read = (name?: string): string | undefined => store[key(name)];

export const write = (name: string, value: string): void => {
  try {
    store[key(name)] = value;
  } catch {
    (store = shared)[key(name)] = value;
  }
};

const readCookie = () => document.cookie.match(key() + '=([^;]+)')?.[1];

const writeCookie = (value: string, domain?: string, seconds?: number): void => {
  document.cookie =
    key() + '=' + value +
    ';path=/;max-age=' + (seconds! | 0) +
    ';domain=' + (domain || '') +
    ';samesite=lax;' +
    // No other protocol of a page is as long as "https:".
    (location.protocol[5] && 'secure');
};

/** Takes what is allowed and possible, and moves the token there. */
export const recall = (): void => {
  store = shared;
  let value = read();
  try {
    if (level > 1) {
      store = localStorage;
      // The cookie wins over localStorage: the server may renew it.
      value ||= readCookie() || read();
    }
  } catch {
    level = 3;
    store = shared;
  }
  if (value) keepToken(value);
};

/**
 * Keeps a token, 400 days unless the server says otherwise. A cookie that already says so is left
 * alone: the server may have set it, and Safari lets such a cookie live longer.
 */
export const keepToken = (value: string, domain?: string, seconds = 34560000): void => {
  write('', value);
  if (level == 2 && readCookie() != value) {
    // A cookie of this host alone would hide the one of the whole domain.
    writeCookie('');
    writeCookie(value, settings.domain || domain, seconds);
  }
};

/** Where the token is now: 1 in the cookie, 2 in localStorage, 3 in both, 0 in memory alone. */
export const health = () => ((level == 2 && !!readCookie()) as any) + 2 * ((store != shared) as any);

/** Allows this much from now on. */
export const allow = (most: number) => {
  level = most;
};

/** Forgets everything, on this host and the domains above it. */
export const forget = (): void => {
  ['', 'q', 'd'].forEach((name) => {
    delete shared[key(name)];
    delete localStorage[key(name)];
  });
  location.hostname.replace(/^|\.|$/g, (_, at, host) => writeCookie('', host.slice(at)) as any);
};
