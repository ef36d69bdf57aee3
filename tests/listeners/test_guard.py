import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.guard import ALREADY_DONE, MAX_AGE_SECONDS, MAX_BODY_BYTES, Guard, Verdict

SECRET = "signing-secret-canary"
NOW = 1_795_000_000
FORM = b"application/x-www-form-urlencoded"
BODY = urlencode({"command": "/ccost", "text": "me"}).encode()


def sign(body: bytes, timestamp: int | str = NOW, secret: str = SECRET) -> dict[bytes, bytes]:
    signature = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        b"x-slack-request-timestamp": str(timestamp).encode(),
        b"x-slack-signature": f"v0={signature}".encode(),
        b"content-type": FORM,
    }


@pytest.fixture
def guard() -> Guard:
    return Guard(SECRET, now=lambda: NOW)


def test_a_signed_request_passes_once_and_its_replay_is_refused(guard: Guard) -> None:
    headers = sign(BODY)
    assert guard.check(BODY, headers).status == 200
    assert (guard.check(BODY, headers).status, guard.check(BODY, headers).reason) == (401, "replay")


def test_a_replay_is_still_known_at_the_end_of_its_life() -> None:
    now = NOW
    guard = Guard(SECRET, now=lambda: now)
    headers = sign(BODY, NOW + MAX_AGE_SECONDS)  # stamped in the future, it lives longest
    assert guard.check(BODY, headers).status == 200
    now = NOW + 2 * MAX_AGE_SECONDS
    assert guard.check(BODY, headers).reason == "replay"


@pytest.mark.parametrize(
    ("age", "status"),
    [(MAX_AGE_SECONDS, 200), (MAX_AGE_SECONDS + 1, 401), (-MAX_AGE_SECONDS, 200), (-MAX_AGE_SECONDS - 1, 401)],
)
def test_a_request_lives_five_minutes_either_way(guard: Guard, age: int, status: int) -> None:
    assert guard.check(BODY, sign(BODY, NOW - age)).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**sign(BODY), b"x-slack-request-timestamp": b"soon"},
        {**sign(BODY), b"x-slack-request-timestamp": b"-1"},
        {**sign(BODY), b"x-slack-request-timestamp": "１７".encode()},
        {**sign(BODY), b"x-slack-request-timestamp": b"9" * 4000},
        {**sign(BODY), b"x-slack-signature": "v0=é".encode()},
        {**sign(BODY), b"x-slack-signature": b"v0=" + b"0" * 64},
        {**sign(BODY), b"x-slack-signature": b"v0="},
        sign(BODY, secret="another"),
        sign(b"another body"),
    ],
)
def test_a_forged_or_malformed_request_is_a_401(guard: Guard, headers: dict[bytes, bytes]) -> None:
    assert guard.check(BODY, headers).status == 401


@pytest.mark.parametrize("body", [b"{" * 100_000, b"\xff\xfe", b"{]", b"[]", b"null", b""])
def test_nothing_is_parsed_before_the_signature(guard: Guard, body: bytes) -> None:
    assert guard.check(body, {b"content-type": b"application/json"}).status == 401


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"\xff\xfe", FORM, "not_utf8"),
        (b"{]", b"application/json", "not_json"),
        (b"[1]", b"application/json", "not_a_payload"),
        (b"{}", b"application/json", "not_a_payload"),
        (b'{"type":"x","a":' * 40 + b"1" + b"}" * 40, b"application/json", "too_deep"),
        (b'{"a":' * 100_000, b"application/json", "not_json"),
        (b"payload=%7B%5D", FORM, "not_json"),
        (b"a=1&" * 100 + b"b=2", FORM, "too_many_fields"),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_a_400(
    guard: Guard, body: bytes, content_type: bytes, reason: str
) -> None:
    verdict = guard.check(body, sign(body) | {b"content-type": content_type})
    assert (verdict.status, verdict.reason) == (400, reason)


def test_brackets_in_what_people_write_are_not_depth(guard: Guard) -> None:
    body = urlencode({"payload": json.dumps({"type": "block_actions", "text": "[" * 200})}).encode()
    assert guard.check(body, sign(body)).status == 200


def test_the_largest_body_passes_and_one_byte_more_does_not(guard: Guard) -> None:
    body = b"text=" + b"a" * (MAX_BODY_BYTES - 5)
    assert guard.check(body, sign(body)).status == 200
    assert guard.check(body + b"a", sign(body + b"a")).status == 413


@given(st.binary(max_size=40), st.binary(max_size=80), st.binary(max_size=200))
def test_no_header_and_no_body_is_odd_enough_to_raise(timestamp: bytes, signature: bytes, body: bytes) -> None:
    headers = {b"x-slack-request-timestamp": timestamp, b"x-slack-signature": signature}
    assert Guard(SECRET, now=lambda: NOW).check(body, headers).status == 401


def test_what_slack_repeats_within_the_second_is_done_already_and_not_done_again(guard: Guard) -> None:
    headers = sign(BODY)
    assert guard.check(BODY, headers) == Verdict(200, "ok")
    assert guard.check(BODY, headers | {b"x-slack-retry-num": b"1"}) is ALREADY_DONE
    assert guard.check(BODY, headers).reason == "replay"


def test_what_we_could_not_take_may_come_again_within_the_second(guard: Guard) -> None:
    headers = sign(BODY)
    assert guard.check(BODY, headers).status == 200
    guard.forget(headers)
    assert guard.check(BODY, headers) == Verdict(200, "ok")
    assert guard.check(BODY, headers).reason == "replay"
    guard.forget({})
