import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import MASK, Redactor, configure

BY_VALUE = "correct horse battery staple"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, ours, factory = logging.getLogger(), logging.getLogger("bot"), logging.getLogRecordFactory()
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    configure("DEBUG", [BY_VALUE], stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])
    logging.setLogRecordFactory(factory)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-admin01-AbC_dEf-123",
        "sk-ant-api01-AbCdEf",
        "xoxb-1234-5678-AbCd",
        "xoxe.xoxp-1-AbCd",
        "xapp-1-A0-123-abc",
        "ccost_0123456789ab_AbC-dEf_AbC-dEf_AbC-dEf_AbC-dEf_AbC-dEf_abc",
        "Bearer abcdefghijkl.mnop",
        "postgresql://ccost:hunter22@db/ccost",
        BY_VALUE,
    ],
)
def test_no_secret_reaches_a_log_in_message_field_or_traceback(log: io.StringIO, secret: str) -> None:
    logger = logging.getLogger("bot.test")
    logger.info("asked with %s", secret)
    logger.info("asked", extra={"header": secret})
    try:
        raise ValueError(f"refused {secret}")
    except ValueError:
        logger.exception("failed")
    logging.getLogger("somebody.else").warning("their message holds %s", secret)
    written = log.getvalue()
    bare = secret.removeprefix("Bearer ").removeprefix("postgresql://ccost:").removesuffix("@db/ccost")
    assert bare not in written
    assert written.count(MASK) >= 4


def test_a_log_line_is_one_json_object_with_its_fields(log: io.StringIO) -> None:
    logging.getLogger("bot.test").info("polled", extra={"source": "x\ny", "days": 4})
    line = log.getvalue()
    assert line.count("\n") == 1
    entry = json.loads(line)
    assert (entry["event"], entry["source"], entry["days"], entry["level"]) == ("polled", "x\ny", 4, "info")
    assert entry["at"].endswith("+00:00")


def test_other_libraries_stay_quiet_even_at_debug(log: io.StringIO) -> None:
    logging.getLogger("slack_sdk.web").debug("message text with figures")
    logging.getLogger("httpx").info("whole URL")
    assert log.getvalue() == ""


def test_a_short_value_is_not_masked_everywhere() -> None:
    assert Redactor(["abc"])("abcdef abc") == "abcdef abc"


def test_no_secret_reaches_a_handler_of_somebody_else(log: io.StringIO) -> None:
    elsewhere = io.StringIO()
    theirs = logging.StreamHandler(elsewhere)
    logger = logging.getLogger("bot.test")
    logger.addHandler(theirs)
    try:
        raise ValueError(BY_VALUE)
    except ValueError:
        logger.exception("failed with %s", BY_VALUE)
    finally:
        logger.removeHandler(theirs)
    assert "failed with" in elsewhere.getvalue()
    assert "ValueError" in elsewhere.getvalue()
    assert BY_VALUE not in elsewhere.getvalue()
