"""Out of facility: what is answered while somebody is away."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ewsfs.ews import UTC_NOW, Account, EWSDateTime, EWSError, EWSTimeZone, OofSettings
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import connect

tz = EWSTimeZone.timezone("Europe/Copenhagen")


def test_out_of_office(account: Account) -> None:
    assert account.oof_settings.state == OofSettings.DISABLED
    start = tz.localize(EWSDateTime(2099, 11, 1, 11))
    end = tz.localize(EWSDateTime(2099, 12, 1, 11))
    account.oof_settings = OofSettings(
        state=OofSettings.SCHEDULED,
        external_audience="Known",
        internal_reply="I'm in the pub. See ya guys!",
        external_reply="I'm having a business dinner in town",
        start=start,
        end=end,
    )
    found = account.oof_settings
    assert (found.state, found.external_audience) == ("Scheduled", "Known")
    assert (found.start, found.end) == (start, end)
    assert "pub" in (found.internal_reply or "")
    assert "dinner" in (found.external_reply or "")
    account.oof_settings = OofSettings(state=OofSettings.DISABLED, internal_reply="", external_reply="")
    assert account.oof_settings.state == OofSettings.DISABLED


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"state": "Away"}, "'state' must be one of"),
        ({"state": "Scheduled", "internal_reply": "x", "external_reply": "y"}, "'start'"),
        ({"state": "Enabled", "external_reply": "y"}, "'internal_reply'"),
        (
            {
                "state": "Scheduled",
                "internal_reply": "x",
                "external_reply": "y",
                "start": datetime(2001, 1, 1, tzinfo=timezone.utc),
                "end": datetime(2001, 1, 2, tzinfo=timezone.utc),
            },
            "'end'.*past",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict[str, object], says: str, account: Account) -> None:
    with pytest.raises(ValueError, match=says):
        account.oof_settings = OofSettings(**values)


def test_switched_on_at_once_and_by_the_calendar(account: Account, sandbox: Sandbox) -> None:
    """Others are told by mail tips, while it is on."""
    anne = connect(sandbox, "anne")
    away = OofSettings(
        state=OofSettings.ENABLED, external_audience="None", internal_reply="<b>Away</b>", external_reply="away"
    )
    account.oof_settings = away
    found = account.oof_settings
    assert (found.state, found.external_audience) == ("Enabled", "None")
    assert "Away" in told(anne)
    account.oof_settings = OofSettings(
        state=OofSettings.SCHEDULED,
        internal_reply="On the moon",
        external_reply="away",
        start=UTC_NOW() - timedelta(hours=1),
        end=UTC_NOW() + timedelta(hours=1),
    )
    assert "moon" in told(anne)
    account.oof_settings = OofSettings(state=OofSettings.DISABLED, internal_reply="", external_reply="")
    assert told(anne) == ""


def told(account: Account) -> str:
    """What an account is told before it writes to John."""
    tips = account.mail_tips(["john@example.test"])[0]
    assert not isinstance(tips, EWSError)
    assert tips.out_of_office is not None
    assert tips.out_of_office.reply_body is not None
    return tips.out_of_office.reply_body.message or ""


def test_something_else_is_refused(account: Account) -> None:
    with pytest.raises(TypeError, match="'oof_settings'"):
        account.oof_settings = "away"  # type: ignore[assignment]  # that is the test
