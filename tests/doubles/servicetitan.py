"""ServiceTitan: the bookings of one provider, and the jobs that come of them.

Shapes of the OpenAPI documents. V2 webhooks are signed as its users report: HMAC-SHA256 of the
body in `x-servicetitan-signature`; their envelope is not documented, so that this one is a guess.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Act, Delivery, Double, Json, Plot, Refused, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET, OAuth

TENANT, PROVIDER, APP_KEY = "1234567", "77", "ak1.app"
HOOK_KEY = "0123456789abcdef0123456789abcdef"
STATUSES = ("New", "Accepted", "Converted", "Dismissed")
JOB_STATUSES = ("Scheduled", "Dispatched", "InProgress", "Hold", "Completed", "Canceled")
_WANTED = ("source", "name", "summary", "isFirstTimeClient", "externalId")
_TAKEN = {*_WANTED, "contacts", "priority", "campaignId", "jobTypeId", "businessUnitId"}
_NUMBERS = ("id", "jobId", "bookingId", "campaignId", "jobTypeId", "businessUnitId", "total")


class ServiceTitan(Double):
    """`encoding` is how a signature is written: "hex" or "base64"."""

    title = "ServiceTitan"
    login = "app"
    unmerged = "bookings are never merged"
    unsearched = "the API has no search by e-mail address, only by our code"
    unrenamed = "the fields of a booking are the API's own"
    plot = Plot(
        object="bookings",
        field="status",
        first="New",
        last="Accepted",
        code="externalId",
        deal="jobs",
        stage="jobStatus",
        open="Scheduled",
        won="Completed",
        lost="Canceled",
    )

    def __init__(self) -> None:
        self.oauth = OAuth(("client_credentials",))
        self.encoding = "hex"
        super().__init__()

    def routes(self) -> Sequence[BaseRoute]:
        bookings = f"/crm/v2/tenant/{TENANT}/booking-provider/{PROVIDER}/bookings"
        api = [
            (bookings, "GET", self.bookings),
            (bookings, "POST", self.create),
            (f"{bookings}/{{id}}", "PATCH", self.update),
            (f"/jpm/v2/tenant/{TENANT}/jobs", "GET", self.jobs),
        ]
        return [
            *(self.guarded(*each) for each in api),
            Route("/connect/token", self.token, methods=["POST"]),
        ]

    def is_api(self, path: str) -> bool:
        return path.startswith(("/crm/", "/jpm/"))

    def credentials(self, login: str) -> dict[str, str]:
        app = {"tenant": TENANT, "provider": PROVIDER, "app_key": APP_KEY, "hook_key": HOOK_KEY}
        return app | {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "address": self.url,
        }

    async def token(self, request: Request) -> Response:
        answer = await self.oauth.token(request)
        if isinstance(answer, Response):
            return answer
        return JSONResponse(answer | {"expires_in": 900, "token_type": "Bearer", "scope": "x"})

    def allows(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token in self.oauth.valid and request.headers.get("st-app-key") == APP_KEY

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return problem(401, "Unauthorized").response
        refused = problem(429, "Too many requests").response
        refused.headers["retry-after"] = "10"
        return refused

    # Calls -----------------------------------------------------------------------------------

    async def bookings(self, request: Request) -> Response:
        return self._listed(request, "bookings", {"ids", "externalId", "page", "pageSize"})

    async def jobs(self, request: Request) -> Response:
        return self._listed(request, "jobs", {"ids", "page", "pageSize"})

    def _listed(self, request: Request, object_: str, filters: set[str]) -> Response:
        """A page. Filters that there are not, such as `email`, are refused."""
        query = request.query_params
        if unknown := set(query) - filters:
            raise problem(400, "Bad request", {name: ["is no filter"] for name in unknown})
        ids, size = query.get("ids", "").split(","), int(query.get("pageSize", "50"))
        if len(ids) > 50:
            raise problem(400, "Bad request", {"ids": ["at most 50"]})
        rows = [
            each
            for each in self.live(object_)
            if each.id in ids or not query.get("ids")
            if each.fields.get("externalId") == query.get("externalId") or "externalId" not in query
        ]
        page = [_shown(each) for each in rows[:size]]
        more = {"page": 1, "pageSize": size, "hasMore": len(rows) > size, "totalCount": None}
        return JSONResponse(more | {"data": page})

    async def create(self, request: Request) -> Response:
        told = await request.json()
        missing = {name: ["is required"] for name in _WANTED if told.get(name) in (None, "")}
        if missing or set(told) - _TAKEN:
            raise problem(400, "One or more validation errors occurred.", missing)
        emails = [each["value"] for each in told["contacts"] if each["type"] == "Email"]
        texts = {n: str(v) for n, v in told.items() if n != "contacts"}
        stored = self.add(
            "bookings", texts | {"status": "New", "email": emails[0] if emails else ""}
        )
        return JSONResponse(_shown(stored))

    async def update(self, request: Request) -> Response:
        stored, told = self.records.get(request.path_params["id"]), await request.json()
        if stored is None or stored.gone:
            raise problem(404, "Booking not found")
        if set(told) - _TAKEN:
            raise problem(400, "One or more validation errors occurred.")
        self.write(stored, {name: str(value) for name, value in told.items()})
        return JSONResponse(_shown(stored))

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        own = {"email": email, "name": email.partition("@")[0], "status": "New"}
        return self.add("bookings", own | {"source": "Phone", "summary": "x"} | fields, at).id

    def convert(self, id_: str, stage: str = "") -> str | None:
        """A booking becomes a job."""
        booking = self.records[id_]
        fields = {"jobStatus": stage or self.plot.open, "bookingId": id_, "total": "1200"}
        job = self.add("jobs", fields)
        booking.fields |= {"jobId": job.id}
        self.change(id_, "status", "Converted")
        return job.id

    def merge(self, loser: str, winner: str) -> str:
        raise AssertionError(self.unmerged)

    # Webhooks --------------------------------------------------------------------------------

    def listen(self, url: str) -> None:
        """A V2 webhook of the app, as its developer sets it up in the portal."""
        self.hooks = [url]

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        number = len(self.pending) + len(self.sent)
        self.pending.append({"eventId": f"e{number}", "object": stored.object, "id": stored.id})

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        return [([event], self._delivery(url, event)) for event in events for url in self.hooks]

    def _delivery(self, url: str, event: Json) -> Delivery:
        told = {"eventId": event["eventId"], "data": {"id": int(event["id"])}}
        body = json.dumps(told).encode()
        headers = {"content-type": "application/json", **self.sign(url, body, "")}
        return Delivery(url, headers, body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        good = hmac.new(HOOK_KEY.encode(), body, "sha256").digest()
        told = good.hex() if self.encoding == "hex" else b64encode(good).decode()
        return {"x-servicetitan-signature": told}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        rows = []
        for object_, field, values in (
            ("bookings", "status", STATUSES),
            ("jobs", "jobStatus", JOB_STATUSES),
        ):
            options = tuple((each, each) for each in values)
            for each in self.live(object_):
                acts = [Act(f"Set {field}", self.change, field, options, each.fields[field])]
                if object_ == "bookings" and "jobId" not in each.fields:
                    acts.append(Act("Book a job", lambda id_, *_: self.convert(id_)))
                about = ", ".join(f"{k} = {v}" for k, v in each.fields.items())
                rows.append(Row(each.id, object_, each.fields.get("name", ""), about, tuple(acts)))
        return rows


def problem(status: int, title: str, errors: Json | None = None) -> Refused:
    """A refusal, in the form of RFC 7807."""
    body = {"type": "about:blank", "title": title, "status": status, "traceId": "t-1"}
    return Refused(JSONResponse(body | {"errors": errors or {}, "data": {}}, status))


def _shown(stored: Stored) -> Json:
    made = datetime.fromtimestamp(stored.created_at / 1000, UTC).isoformat()
    told: Json = {"id": stored.id, "createdOn": made.replace("+00:00", "Z")} | stored.fields
    told.pop("email", "")
    return {name: int(value) if name in _NUMBERS else value for name, value in told.items()}


if __name__ == "__main__":
    show(ServiceTitan())
