"""The n8n workflow can be imported, holds no secret, and does what it says."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from standardwebhooks import Webhook

from goodword.notifications.webhook import headers, read_secret, spell_secret
from goodword.web.api import OPERATIONS
from goodword.web.api.openapi import BASE
from house.tree import ROOT

FILE = ROOT / "server/docs/n8n/goodword.json"
WORKFLOW: dict[str, Any] = json.loads(FILE.read_text())
NODES: dict[str, dict[str, Any]] = {each["name"]: each for each in WORKFLOW["nodes"]}
SECRET = spell_secret(bytes(range(32)))
BODY = json.dumps({"type": "lead.created", "data": {"name": "Zoë"}}, ensure_ascii=False)

VERSIONS = {
    "code": (2,),
    "httpRequest": (4.2,),
    "manualTrigger": (1,),
    "noOp": (1,),
    "set": (3.4,),
    "stickyNote": (1,),
    "webhook": (2, 2.1),
}
"""The core nodes of n8n 1 and 2, with the versions of them that these parameters are of."""

SANDBOX = """
const vm = require('node:vm');
const given = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const need = (name) => {
  if (name !== 'crypto') throw new Error(`${name} is not allowed`);
  return require('node:crypto');
};
const context = vm.createContext({ Buffer, require: need, $json: given.json, given });
vm.runInContext(`
  const $input = { first: () => ({ json: { headers: given.headers } }) };
  const helpers = {
    getBinaryDataBuffer: async (item, field) => {
      if (item !== 0 || field !== 'data') throw new Error('there is no such file');
      return Buffer.from(given.body);
    },
  };
`, context);
const run = vm.runInContext(`(async function () { ${given.code}\\n })`, context);
run.call(vm.runInContext('({ helpers })', context)).then(
  (items) => console.log(JSON.stringify(items)),
  (error) => { console.error(String(error.message)); process.exitCode = 1; },
);
"""
"""What n8n gives a Code node, and no more: `Buffer`, allowed modules, the item and its file."""


def run_code(node: str, **given: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node, "-e", SANDBOX], input=json.dumps(given), capture_output=True, text=True, timeout=60
    )


def check(
    node: str, told: dict[str, str], body: str = BODY, secret: str = SECRET
) -> subprocess.CompletedProcess[str]:
    """What *Check signature* makes of a message, with the secret pasted in."""
    code = NODES["Check signature"]["parameters"]["jsCode"]
    assert code.count("whsec_PASTE_IT_HERE") == 1
    return run_code(node, code=code.replace("whsec_PASTE_IT_HERE", secret), headers=told, body=body)


def signed(at: int) -> dict[str, str]:
    """Headers of a message while its secret is being changed: two signatures."""
    other = read_secret(spell_secret(b"f" * 32))
    return headers([other, read_secret(SECRET)], "msg_1", at, BODY)


def test_every_node_is_a_core_node_of_a_known_version() -> None:
    assert WORKFLOW["settings"]["executionOrder"] == "v1"
    for node in NODES.values():
        package, _, kind = node["type"].partition(".")
        assert package == "n8n-nodes-base"
        assert node["typeVersion"] in VERSIONS[kind]
        assert all(isinstance(each, int) for each in node["position"])
    ids = [node["id"] for node in WORKFLOW["nodes"]]
    assert len(set(ids)) == len(ids) == len(NODES)


def test_every_step_is_joined_to_the_next() -> None:
    joined = {
        (source, target["node"])
        for source, outputs in WORKFLOW["connections"].items()
        for branch in outputs["main"]
        for target in branch
    }
    assert joined == {
        ("goodword event", "Check signature"),
        ("Check signature", "Your CRM"),
        ("Try it", "The lead"),
        ("The lead", "Qualify the lead"),
    }
    assert {name for pair in joined for name in pair} <= set(NODES)


def test_the_webhook_keeps_the_body_as_it_came_and_answers_at_the_end() -> None:
    parameters = NODES["goodword event"]["parameters"]
    assert parameters["httpMethod"] == "POST"
    assert parameters["options"]["rawBody"] is True
    assert parameters["responseMode"] == "lastNode"


def test_it_holds_no_secret_and_no_credential() -> None:
    text = FILE.read_text()
    assert re.findall(r"gwk_\w|whsec_(?!PASTE_IT_HERE)[\w+/=]|Bearer [\w.-]{12}", text) == []
    assert [name for name, node in NODES.items() if "credentials" in node] == []
    assert WORKFLOW["pinData"] == {}


def test_the_call_is_one_of_the_api(node: str) -> None:
    parameters = NODES["Qualify the lead"]["parameters"]
    assert parameters["genericAuthType"] == "httpBearerAuth"
    url = urlsplit(parameters["url"])
    assert (url.scheme, url.netloc) == ("https", "go.shop.example")
    [operation] = [
        each
        for each in OPERATIONS
        if (each.method, BASE + each.path) == (parameters["method"], url.path)
    ]
    expression = re.fullmatch(r"={{(.*)}}", parameters["jsonBody"])
    assert expression
    code = f"return [{{ json: JSON.parse({expression[1]}) }}]"
    lead = {item["name"]: "4J8SD2KQ7W0XN5RC" for item in _set("The lead")}
    [item] = json.loads(run_code(node, code=code, json=lead).stdout)
    body = msgspec.convert(item["json"], operation.body)
    assert (body.code, body.qualified) == ("4J8SD2KQ7W0XN5RC", True)


def _set(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = NODES[name]["parameters"]["assignments"]["assignments"]
    return found


def test_a_message_of_ours_goes_on_as_it_was_sent(node: str) -> None:
    told = signed(int(time.time()))
    assert Webhook(SECRET).verify(BODY, told) == json.loads(BODY)
    done = check(node, told)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"json": json.loads(BODY)}]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"body": BODY.replace("Zoë", "Eve")}, "signature"),
        ({"secret": spell_secret(b"x" * 32)}, "signature"),
        ({"secret": "whsec_PASTE_IT_HERE"}, "signature"),
        ({"told": {}}, "signature"),
        ({"told": signed(int(time.time())) | {"webhook-id": "msg_2"}}, "signature"),
        ({"told": signed(int(time.time())) | {"webhook-signature": "v1,"}}, "signature"),
        ({"told": signed(int(time.time()) - 3_600)}, "too old"),
        ({"told": signed(int(time.time()) + 3_600)}, "too old"),
    ],
)
def test_whatever_else_comes_goes_no_further(node: str, change: dict[str, Any], why: str) -> None:
    given = {"told": signed(int(time.time()))} | change
    done = check(node, **given)
    assert done.returncode == 1
    assert why in done.stderr


def test_the_page_is_beside_it() -> None:
    page = Path(FILE.parents[1] / "n8n.md").read_text()
    assert "(n8n/goodword.json)" in page
    for name, node in NODES.items():
        if not node["type"].endswith("stickyNote"):
            assert f"*{name}*" in page
