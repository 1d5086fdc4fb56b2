"""How a site's own server signs what its thank-you page prints: one recipe for each language.

Each is a function `purchase(secret, order, amount, currency, email)` that gives the element to
print; all parts are text. `server/docs/signing.md` has the same text.
"""

from __future__ import annotations

PYTHON = """\
import hashlib
import hmac
from html import escape


def purchase(secret, order, amount, currency, email):
    said = ["purchase", order, amount, currency, email]
    sig = hmac.new(secret.encode(), "|".join(said).encode(), hashlib.sha256).hexdigest()
    return (
        '<div hidden data-gw-convert="{}" data-order="{}" data-amount="{}"'
        ' data-currency="{}" data-email="{}" data-sig="v1={}"></div>'
    ).format(*map(escape, [*said, sig]))
"""

PHP = """\
function purchase($secret, $order, $amount, $currency, $email) {
    $said = ['purchase', $order, $amount, $currency, $email];
    $sig = hash_hmac('sha256', implode('|', $said), $secret);
    return vsprintf(
        '<div hidden data-gw-convert="%s" data-order="%s" data-amount="%s"'
        . ' data-currency="%s" data-email="%s" data-sig="v1=%s"></div>',
        array_map('htmlspecialchars', [...$said, $sig])
    );
}
"""

NODE = """\
const { createHmac } = require("node:crypto");

function purchase(secret, order, amount, currency, email) {
  const said = ["purchase", order, amount, currency, email];
  const sig = createHmac("sha256", secret).update(said.join("|")).digest("hex");
  const escape = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt()};`);
  const [event, ...parts] = said.map(escape);
  return `<div hidden data-gw-convert="${event}" data-order="${parts[0]}" data-amount="${parts[1]}"`
    + ` data-currency="${parts[2]}" data-email="${parts[3]}" data-sig="v1=${sig}"></div>`;
}
"""

RUBY = """\
require "erb"
require "openssl"

def purchase(secret, order, amount, currency, email)
  said = ["purchase", order, amount, currency, email]
  sig = OpenSSL::HMAC.hexdigest("SHA256", secret, said.join("|"))
  format('<div hidden data-gw-convert="%s" data-order="%s" data-amount="%s"' \\
         ' data-currency="%s" data-email="%s" data-sig="v1=%s"></div>',
         *[*said, sig].map { |text| ERB::Util.html_escape(text) })
end
"""

RECIPES = (("Python", PYTHON), ("PHP", PHP), ("Node", NODE), ("Ruby", RUBY))
