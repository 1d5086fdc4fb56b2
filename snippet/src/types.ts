/** What a page may say and what it is answered: the public types of the tag. */

/** The tag's attributes, named as in HTML without `data-`. */
export interface Options {
  /** The campaign's site key. */
  site: string;
  /** The folder where `/e` is, for example `https://go.shop.example`. */
  api: string;
  /** Query parameters to look for, comma separated, first match wins. Default `ref,via`. */
  params?: string;
  /** Cookie domain; without it the server's answer says. */
  domain?: string;
  /** Hosts to carry the token to, comma separated. */
  links?: string;
  /** `required`: nothing is sent or stored before `goodword('consent', true)`. */
  consent?: 'required';
  /** `off` ignores Global Privacy Control. */
  gpc?: 'off';
  credentials?: RequestCredentials;
  /** Another name for the global function. Default `goodword`. */
  global?: string;
}

/** What a conversion says. An amount is a decimal string ("49.00") or an integer of minor units. */
export interface Conversion {
  /** Default `purchase`. */
  event?: string;
  order?: string | number;
  amount?: string | number;
  currency?: string;
  email?: string;
  customer?: string | number;
  /** A referral code that the visitor typed in. */
  code?: string;
  /** `v1=` and hex HMAC-SHA256 of `event|order|amount|currency|email`, by the site's server. */
  sig?: string;
}

export interface Lead {
  email?: string;
  name?: string;
  customer?: string | number;
}

/** What `ready` brings. `reason` says why this page captured nothing. */
export interface Visit {
  code?: string | null;
  token?: string;
  lead?: string | null;
  /** The referrer's first name. */
  name?: string;
  offer?: string;
  /** `no_code`, `consent`, `network`, the status of a refusal, or the server's own word. */
  reason?: string | number;
}

/** The server's word on a lead or conversion, or why there is none. */
export interface Answer {
  status?: 'counted' | 'held' | 'rejected' | 'ignored';
  reason?: string;
  id?: string;
  /** The lead's own code. */
  code?: string;
  dup?: boolean;
  /**
   * Kept and sent again: `network`, 429, a status of 500 or more, and `consent` while it lacks.
   * Not taken: `full` (the outbox is), `no_hit` (nobody referred), any other status.
   */
  error?: string | number;
}

export type Reply = (answer: Answer) => void;

/** The global function. It never throws; calls made before it has loaded wait in `q`. */
export interface Goodword {
  (call: 'ready', then: (visit: Visit) => void): void;
  (call: 'lead', lead: Lead, reply?: Reply): void;
  (call: 'convert', conversion?: Conversion, reply?: Reply): void;
  (call: 'consent', given: boolean): void;
  (call: 'attach', form: HTMLFormElement): void;
  (call: 'link', url: string | URL): string;
  (call: 'reset'): void;
  /** After ready. */
  code?: string;
  token?: string;
  lead?: string;
}
