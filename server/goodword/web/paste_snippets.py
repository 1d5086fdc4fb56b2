"""What owners paste, by platform. SITE_KEY and SERVER stand for the campaign's own.

Amounts go out as text: a bare whole number would be read as minor units.
"""

from __future__ import annotations

_TAG = '<script async src="SERVER/gw.js" data-site="SITE_KEY"></script>'
_STUB = (
    "window.goodword = window.goodword ||"
    " function () { (goodword.q = goodword.q || []).push(arguments); };"
)

_HTML = {
    "tag": _TAG,
    "convert": """\
<div hidden data-gw-convert="purchase" data-order="1042" data-amount="49.00"
     data-currency="EUR" data-email="buyer@example.com"></div>""",
    "lead": "goodword('lead', {email: form.email.value, name: form.name.value});",
    "form": '<form data-gw method="post" action="/join">',
    "pixel": """\
<noscript><img width="1" height="1" alt=""
  src="SERVER/p.gif?s=SITE_KEY&amp;e=purchase&amp;order=1042&amp;amount=49.00&amp;currency=EUR"
></noscript>""",
    "policy": "script-src SERVER; connect-src SERVER; img-src SERVER",
}

_TAG_MANAGER = {
    "tag": """\
<script>
  (function () {
    var tag = document.createElement('script');
    tag.async = true;
    tag.src = 'SERVER/gw.js#SITE_KEY';
    tag.setAttribute('data-site', 'SITE_KEY');
    document.head.appendChild(tag);
  })();
</script>""",
    "layer": """\
<script>
  window.dataLayer = window.dataLayer || [];
  dataLayer.push({
    event: 'purchase',
    ecommerce: {transaction_id: '1042', value: 49.00, currency: 'EUR'}
  });
</script>""",
    "convert": f"""\
<script>
  {_STUB}
  goodword('convert', {{
    order: String({{{{order}}}}),
    amount: String(Math.round({{{{value}}}} * 100) / 100),
    currency: {{{{currency}}}}
  }});
</script>""",
}

_WORDPRESS = {
    "header": _TAG,
    "tag": """\
add_action( 'wp_head', function () {
  wp_print_script_tag( array(
    'async'     => true,
    'src'       => 'SERVER/gw.js',
    'data-site' => 'SITE_KEY',
  ) );
} );""",
    "convert": """\
add_action( 'woocommerce_thankyou', function ( $order_id ) {
  $order = wc_get_order( $order_id );
  if ( ! $order || $order->has_status( array( 'failed', 'cancelled' ) ) ) {
    return;
  }
  $said = array(
    'purchase',
    $order->get_order_number(),
    wc_format_decimal( $order->get_total(), wc_get_price_decimals() ),
    $order->get_currency(),
    $order->get_billing_email(),
  );
  $sig = '';
  if ( defined( 'REFERRAL_SIGNING_SECRET' ) ) {
    $sig = 'v1=' . hash_hmac( 'sha256', implode( '|', $said ), REFERRAL_SIGNING_SECRET );
  }
  vprintf(
    '<div hidden data-gw-convert="%s" data-order="%s" data-amount="%s"'
    . ' data-currency="%s" data-email="%s" data-sig="%s"></div>',
    array_map( 'esc_attr', array_merge( $said, array( $sig ) ) )
  );
} );""",
    "secret": "define( 'REFERRAL_SIGNING_SECRET', 'the signing secret of this campaign' );",
    "order": """\
function referral_of_order( $order ) {
  if ( isset( $_COOKIE['_gw_SITE_KEY'] ) ) {
    $token = sanitize_text_field( wp_unslash( $_COOKIE['_gw_SITE_KEY'] ) );
    $order->update_meta_data( '_gw', $token );
  }
}
add_action( 'woocommerce_checkout_create_order', 'referral_of_order' );
add_action( 'woocommerce_store_api_checkout_update_order_from_request', 'referral_of_order' );""",
}

_SHOPIFY = {
    "tag": f"""\
{_TAG}
<script>
  {_STUB}
  goodword('ready', function (visit) {{
    if (!visit.token) return;
    var root = window.Shopify && Shopify.routes ? Shopify.routes.root : '/';
    fetch(root + 'cart/update.js', {{
      method: 'POST',
      headers: {{'Content-Type': 'application/json'}},
      body: JSON.stringify({{attributes: {{gw: visit.token}}}})
    }});
  }});
</script>""",
}

_SQUARESPACE = {
    "tag": _TAG,
    "convert": f"""\
<div hidden data-gw-convert="purchase" data-order="{{orderId}}" data-amount="{{orderGrandTotal}}"
     data-currency="EUR" data-email="{{customerEmailAddress}}"></div>
{_TAG}""",
}

_WIX = {
    "tag": f"""\
{_TAG}
<script>
  {_STUB}
  function goodwordListens() {{
    window.wixDevelopersAnalytics.register('goodword', function (name, data) {{
      if (name !== 'Purchase') return;
      goodword('convert', {{
        order: String(data.orderId),
        amount: String(Math.round(data.revenue * 100) / 100),
        currency: data.currency
      }});
    }});
  }}
  if (window.wixDevelopersAnalytics) goodwordListens();
  else window.addEventListener('wixDevelopersAnalyticsReady', goodwordListens);
</script>""",
}

_WEBFLOW = {
    "tag": _TAG,
    "lead": f"""\
<script>
  {_STUB}
  document.addEventListener('submit', function (event) {{
    var form = event.target;
    var email = form.hasAttribute('data-lead') && form.querySelector('input[type=email]');
    if (email && email.value) goodword('lead', {{email: email.value}});
  }}, true);
</script>""",
    "thanks": '<script async src="SERVER/thanks.js" data-site="SITE_KEY"></script>',
}

_REACT = {
    "install": "npm install ./goodword/snippet",
    "tag": """\
'use client';
import { useEffect } from 'react';
import { init } from 'goodword';

let goodword;

export const referral = () => (goodword ||= init({ site: 'SITE_KEY', api: 'SERVER' }));

export function Referral() {
  useEffect(() => {
    referral();
  }, []);
  return null;
}""",
    "convert": """\
'use client';
import { useEffect } from 'react';
import { referral } from './referral';

export function Purchase({ order, amount, currency, email }) {
  useEffect(() => {
    referral()('convert', { order, amount: String(amount), currency, email });
  }, [order, amount, currency, email]);
  return null;
}""",
    "script": """\
import Script from 'next/script';

<Script src="SERVER/gw.js" data-site="SITE_KEY" strategy="afterInteractive" />""",
}

_BY_PLATFORM = {
    "html": _HTML,
    "google-tag-manager": _TAG_MANAGER,
    "wordpress": _WORDPRESS,
    "shopify": _SHOPIFY,
    "squarespace": _SQUARESPACE,
    "wix": _WIX,
    "webflow": _WEBFLOW,
    "react": _REACT,
}


_WITH_PARAMS = {
    'data-site="SITE_KEY"': 'data-site="SITE_KEY" data-params="PARAMS"',
    "tag.setAttribute('data-site', 'SITE_KEY');": "tag.setAttribute('data-site', 'SITE_KEY');\n"
    "    tag.setAttribute('data-params', 'PARAMS');",
    "'data-site' => 'SITE_KEY',": "'data-site' => 'SITE_KEY',\n    'data-params' => 'PARAMS',",
    "site: 'SITE_KEY',": "site: 'SITE_KEY', params: 'PARAMS',",
}
"""Where the tag looks for more parameters than it does by itself."""


def snippets(platform: str, site_key: str, public_url: str, params: str = "") -> dict[str, str]:
    """A platform's snippets by name, ready to paste. `KeyError` where there is no such platform.

    `params` is what `data-params` is to say, empty where it needs not be there.
    """
    return {
        name: _filled(text, {"SITE_KEY": site_key, "SERVER": public_url, "PARAMS": params})
        for name, text in _BY_PLATFORM[platform].items()
    }


def tag(script: str, site_key: str, params: str = "", more: str = "") -> str:
    """The tag that loads `script`, an address, with `more` attributes."""
    said = f' data-params="{params}"' if params else ""
    return f'<script async src="{script}" data-site="{site_key}"{said}{more}></script>'


def _filled(text: str, values: dict[str, str]) -> str:
    if values["PARAMS"]:
        for plain, wider in _WITH_PARAMS.items():
            text = text.replace(plain, wider)
    for word, value in values.items():
        text = text.replace(word, value)
    return text
