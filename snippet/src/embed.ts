/**
 * `embed.js`: `<goodword-page campaign="shop"></goodword-page>` shows a hosted page within the
 * owner's own: the join page, or with `page="own"` the referrer's own.
 *
 * The frame tells how high it is; it is told the token that this browser keeps, so that who joins
 * is known to be this visitor, and a link that the owner's server got for who is logged in.
 */

const server = (document.currentScript as HTMLScriptElement | null)?.src.replace(/\/[^/]*$/, '');
const origin = server && new URL(server).origin;

const HIGHEST = 20_000;

/** What `gw.js` keeps on this page, if it keeps anything. */
const tokenOf = (site: string): string | undefined => {
  const name = '_gw_' + site;
  try {
    return document.cookie.match(name + '=([^;]+)')?.[1] || localStorage[name];
  } catch {
    return undefined; // no storage here: a sandbox
  }
};

class GoodwordPage extends HTMLElement {
  declare frame?: HTMLIFrameElement;
  declare site?: string;
  /** Told once: what it opens ends some time, and is not to be opened again by itself. */
  declare link?: string | null;

  connectedCallback(): void {
    const campaign = this.getAttribute('campaign');
    if (this.frame || !server || !campaign) return;
    const own = this.getAttribute('page') == 'own';
    this.link = this.getAttribute('link');
    const frame = (this.frame = document.createElement('iframe'));
    frame.title = this.title || (own ? 'Your referrals' : 'Refer a friend');
    // A browser that knows no sharing complains of its name.
    frame.allow =
      `clipboard-write ${origin}` + ('share' in navigator ? `;web-share ${origin}` : '');
    frame.style.cssText = 'display:block;width:100%;height:34rem;border:0';
    frame.src = `${server}/${own ? 'p' : 'c'}/${encodeURIComponent(campaign)}`;
    frame.onload = () => this.tell();
    addEventListener('message', this);
    this.replaceChildren(frame);
  }

  disconnectedCallback(): void {
    removeEventListener('message', this);
    this.frame = undefined;
  }

  /** Only this very frame is heard, and only while it shows a page of the server. */
  handleEvent({ data, origin: from, source }: MessageEvent): void {
    const { frame } = this;
    if (!frame || source != frame.contentWindow || from != origin) return;
    if (data?.goodword != 'size') return;
    frame.style.height = Math.min(+data.height || 0, HIGHEST) + 'px';
    if (!this.site && /^\w+$/.test(data.site)) {
      this.site = data.site;
      this.tell();
    }
  }

  /** The browser hands it to nobody but a page of the server. */
  tell(): void {
    const token = this.site && tokenOf(this.site);
    const link = this.site && this.link;
    if (link) this.link = null;
    this.frame?.contentWindow?.postMessage({ goodword: 'hello', token, link }, origin!);
  }
}

export {};
customElements.get('goodword-page') || customElements.define('goodword-page', GoodwordPage);
