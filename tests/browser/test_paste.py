"""What the paste pages tell owners to paste counts visit and conversion on a real server."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.conftest import SNIPPET
from browser.stage import Hall, Sites, site_handler
from browser.stage import Page as Site
from goodword.web.paste_snippets import snippets
from goodword.web.versions import CURRENT
from installation import Installation
from waiting import wait_until

pytestmark = pytest.mark.browser

PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36"
)
ORDER = ("1042", 4900, "EUR", "counted")
MAIN = """
import { createRoot } from 'react-dom/client';
import { Referral } from './referral';
import { Purchase } from './purchase';
createRoot(document.getElementById('root')).render(
  <>
    <Referral />
    {location.pathname == '/thanks' && <Purchase order="1042" amount={49} currency="EUR" />}
  </>,
);
"""
BUNDLE = """
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { bundleModule } from './build.mjs';
const folder = process.argv[1];
writeFileSync(folder + '/module.js', await bundleModule());
const { outputFiles } = await build({
  entryPoints: [folder + '/main.js'], bundle: true, write: false, format: 'iife',
  loader: { '.js': 'jsx' }, jsx: 'automatic', nodePaths: ['node_modules'], tsconfigRaw: {},
  alias: { goodword: folder + '/module.js' }, logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"development"' },
});
process.stdout.write(outputFiles[0].text);
"""


@dataclass
class Shop:
    """A site with pages to fill, a visitor in it, and a server that counts."""

    sites: Sites
    page: Page
    place: Installation
    url: str
    site_key: str
    code: str

    def snippets(self, platform: str) -> dict[str, str]:
        return snippets(platform, self.site_key, self.url)

    def land(self, path: str = "/") -> None:
        """Arrives through a friend's link, and stays until the visit is counted."""
        self.page.goto(self.sites.url(f"{path}?ref={self.code}"))
        self._until("select count(*) from hits", 1)

    def thank(self, path: str = "/thanks") -> list[tuple[object, ...]]:
        """Opens the thank-you page; the conversions, once there is one."""
        self.page.goto(self.sites.url(path))
        return self.converted()

    def converted(self) -> list[tuple[object, ...]]:
        self._until("select count(*) from conversions", 1)
        return self.rows("select order_id, amount, currency, status from conversions")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.place.data_dir / "goodword.db")) as database:
            return database.execute(query).fetchall()

    def _until(self, query: str, count: int) -> None:
        wait_until(lambda: self.rows(query)[0][0] == count, 20, lambda: str(self.rows(query)))


@pytest.fixture
def shop(browser: Browser, tmp_path: Path) -> Iterator[Shop]:
    place, sites = Installation(tmp_path / "data"), Sites()
    with Hall(site_handler(sites)) as hall, browser.new_context(user_agent=PERSON) as context:
        sites.port = hall.port
        origin = sites.url("").rstrip("/")
        made = place.json("campaign", "create", "--name", "Shop", "--origin", origin)
        given = ("--campaign", made["id"], "--email", "ada@example.com")
        code = place.json("referrer", "create", *given)["code"]
        errors: list[str] = []
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield Shop(sites, page, place, place.serve().url, made["site_key"], code)
        place.close()
    assert errors == []


def test_the_plain_lines_count_a_visit_and_an_order(shop: Shop) -> None:
    code = shop.snippets("html")
    shop.sites.put("/", f"<head>{code['tag']}</head>")
    shop.sites.put("/thanks", f"<head>{code['tag']}</head><body>{code['convert']}{code['pixel']}")
    shop.land()
    assert shop.thank() == [ORDER]


def test_the_tag_tells_how_it_fares(shop: Shop) -> None:
    code = shop.snippets("html")
    for path in ("/", "/thanks"):
        convert = code["convert"] if path == "/thanks" else ""
        shop.sites.put(path, f"<head>{code['tag']}</head><body>{convert}")
    shop.land()
    shop.thank()
    [version] = CURRENT
    query = "select origin, event, way, version, count from tag_health order by event desc"
    origin = shop.sites.url("").rstrip("/")
    wait_until(lambda: len(shop.rows(query)) == 2, 20, lambda: str(shop.rows(query)))
    assert shop.rows(query) == [
        (origin, "hit", "page", version, 1),
        (origin, "convert", "both", version, 1),
    ]


def test_what_a_tag_manager_injects_counts_a_visit_and_an_order(shop: Shop) -> None:
    code, convert = shop.snippets("google-tag-manager"), ""
    for name, place in (("order", "transaction_id"), ("value", "value"), ("currency", "currency")):
        convert = (convert or code["convert"]).replace(
            "{{" + name + "}}", f"dataLayer[0].ecommerce.{place}"
        )
    assert "{{" not in convert
    shop.sites.put("/", code["tag"])
    shop.sites.put("/thanks", code["layer"] + convert + code["tag"])
    shop.land()
    assert shop.thank() == [ORDER]


def test_the_module_in_a_react_page_counts_a_visit_and_an_order(
    shop: Shop, node: str, node_modules: Path, tmp_path: Path
) -> None:
    code = shop.snippets("react")
    for name, text in (("referral", code["tag"]), ("purchase", code["convert"]), ("main", MAIN)):
        (tmp_path / f"{name}.js").write_text(text)
    bundled = subprocess.run(
        [node, "--input-type=module", "-e", BUNDLE, str(tmp_path)],
        cwd=SNIPPET,
        capture_output=True,
        text=True,
    )
    assert bundled.returncode == 0, bundled.stderr
    shop.sites.pages["/app.js"] = Site(bundled.stdout, content_type="text/javascript")
    for path in ("/", "/thanks"):
        shop.sites.put(path, "<body><div id=root></div><script src=/app.js></script>")
    shop.land()
    assert shop.thank() == [ORDER]


def test_squarespace_fills_the_order_in(shop: Shop) -> None:
    code = shop.snippets("squarespace")
    printed = code["convert"]
    for name, value in (("orderId", "1042"), ("orderGrandTotal", "49.00")):
        printed = printed.replace("{" + name + "}", value)
    shop.sites.put("/", code["tag"])
    shop.sites.put("/thanks", printed.replace("{customerEmailAddress}", "cy@example.org"))
    shop.land()
    assert shop.thank() == [ORDER]


@pytest.mark.parametrize("early", [True, False])
def test_wix_tells_of_a_purchase(shop: Shop, early: bool) -> None:
    """Whether its interface is there before our code or after."""
    tag = shop.snippets("wix")["tag"]
    wix = """<script>
      const tell = {orderId: '1042', revenue: 49, currency: 'EUR'};
      const register = (_, hear) => { hear('PageView', {}); hear('Purchase', tell); };
      window.wixDevelopersAnalytics = {register};
      dispatchEvent(new Event('wixDevelopersAnalyticsReady'));
    </script>"""
    shop.sites.put("/", tag)
    shop.sites.put("/thanks", wix + tag if early else tag + wix)
    shop.land()
    assert shop.thank() == [ORDER]


def test_webflow_reports_the_sign_up_and_one_purchase(shop: Shop) -> None:
    code = shop.snippets("webflow")
    form = '<form data-lead action="/next"><input type=email name=e><button>Join</button></form>'
    shop.sites.put("/", f"<head>{code['tag']}</head><body>{form}{code['lead']}")
    shop.sites.put("/next", code["tag"])
    shop.sites.put("/thanks", f"<head>{code['tag']}</head><body>{code['thanks']}")
    shop.land()
    shop.page.fill("input", "cy@example.org")
    shop.page.click("button")
    wait_until(
        lambda: shop.rows("select email from leads") == [("cy@example.org",)],
        20,
        lambda: str(shop.rows("select * from leads")),
    )
    assert shop.thank() == [(None, None, None, "counted")]


def test_shopifys_cart_takes_the_token_along(shop: Shop) -> None:
    shop.sites.put("/", f"<head>{shop.snippets('shopify')['tag']}</head>")
    shop.land()
    wait_until(lambda: bool(shop.sites.posted), 20, lambda: "nothing was posted to the cart")
    kept = shop.page.evaluate(f"localStorage.getItem('_gw_{shop.site_key}')")
    assert json.loads(shop.sites.posted[0]) == {"attributes": {"gw": kept}}
    assert kept
