/**
 * What the browser keeps: token, outbox and done-keys in localStorage, the token in a cookie too,
 * each restoring the other. What may not or can't be kept lives in the page's memory.
 */

import { DONE, OUTBOX, shared, TOKEN } from './settings';
import { settings } from './tag';

/**
 * What is allowed: 0 nothing before consent, 1 sending alone (Global Privacy Control), 2 keeping;
 * -2 it would be, but the browser can't (sandbox).
 */
export let level: any =
  settings.consent == 'required'
    ? 0
    : settings.gpc != 'off' && (navigator as any).globalPrivacyControl
      ? 1
      : 2;

/** localStorage, or the page's memory. */
export let store: Record<string, string> = shared;

export const write = (name: string, value: string): void => {
  try {
    store[name] = value;
  } catch {
    (store = shared)[name] = value;
  }
};

const readCookie = () => document.cookie.match(TOKEN + '=([^;]+)')?.[1];

/** Keeps a value for 400 days, as long as browsers allow; an empty one goes at once. */
const writeCookie = (value: string, domain: string): void => {
  document.cookie =
    TOKEN + '=' + value +
    ';path=/;max-age=' + (value ? 34560000 : 0) +
    ';domain=' + domain +
    ';samesite=lax;' +
    // No other protocol of a page is as long as "https:".
    (location.protocol[5] && 'secure');
};

/** Takes what is allowed and possible, and moves there what was held in memory before. */
export const recall = (): void => {
  const held = pending();
  let value = (store = shared)[TOKEN];
  try {
    if (level > 1) {
      // The cookie wins over localStorage: the server may renew it.
      value ||= readCookie() || localStorage[TOKEN];
      store = localStorage;
    }
  } catch {
    level = -2;
  }
  if (value) keepToken(value);
  for (const id in held) edit(id, held[id]);
};

/** A report as it waits and as it is posted. Only leads and conversions have `k` and `p`. */
export interface Report {
  v: 1;
  s: string;
  e: 'hit' | 'lead' | 'convert';
  /** When it was made, by this browser's clock, in milliseconds: what makes it expire. */
  i: number;
  k?: string;
  t?: string;
  c?: string;
  h?: number;
  p?: Record<string, any>;
}

/** The outbox: what waits, by its id. */
export const pending = (): Record<string, Report> => {
  try {
    return JSON.parse(store[OUTBOX] || '{}');
  } catch {
    return {};
  }
};

/** Writes a report down, or takes it out; what is empty is left out. Says so when there is no room. */
export const edit = (id: string, report?: Report | '') => {
  const reports = { ...pending(), [id]: report };
  const text = JSON.stringify(reports, (_, value) => value || undefined);
  return text[8e3] || Object.keys(reports)[20] || write(OUTBOX, text);
};

/**
 * Keeps a token. A cookie that already says so is left alone: the server may have set it, and
 * Safari lets such a cookie live longer.
 */
export const keepToken = (value: string, domain = ''): void => {
  if (store[TOKEN] != value) write(TOKEN, value);
  if (level > 1 && readCookie() != value) {
    // A cookie of this host alone would hide the one of the whole domain.
    if (readCookie()) writeCookie('', '');
    writeCookie(value, settings.domain || domain);
  }
};

/** Where the token is now: 1 in the cookie, 2 in localStorage, 3 in both, 0 in memory alone. */
export const health = () => (level > 1 && readCookie() ? 1 : 0) + (store == shared ? 0 : 2);

/** Allows this much from now on. */
export const allow = (most: typeof level) => {
  level = most;
};

/** Forgets everything, on this host and the domains above it. */
export const forget = (): void => {
  [TOKEN, OUTBOX, DONE].forEach((name) => {
    delete shared[name];
    delete localStorage[name];
  });
  location.hostname.replace(/^|\.|$/g, (_, at, host) => writeCookie('', host.slice(at)) as any);
};
