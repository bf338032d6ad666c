"""`.ewsfs/out-of-office.toml`: what it shows, what can be written into it, and what is refused."""

from __future__ import annotations

import errno
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.ews.oof import OofSettings
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, Settings, VfsError
from ewsfs.vfs.control.outofoffice import OutOfOffice, parse, render
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.remote.service import Absence
from tests.vfs.conftest import make_account, read, refused

PATH = "/.ewsfs/out-of-office.toml"
BERLIN = timezone(timedelta(hours=1))
NOBODY = Absence("Disabled", "None", None, None, "", "")
NEXT_WEEK = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=7)


@pytest.fixture
def file(sandbox: Sandbox, fs: FileSystem) -> OutOfOffice:
    remote = Mailbox(lambda: make_account(sandbox), Settings(sandbox.address("ada"), fs._settings.cache_dir))
    return OutOfOffice(remote, timezone.utc)


def on_server(sandbox: Sandbox) -> OofSettings:
    return make_account(sandbox).oof_settings


def test_the_file_shows_the_settings_and_says_what_may_be_written(sandbox: Sandbox, fs: FileSystem) -> None:
    make_account(sandbox).oof_settings = OofSettings(
        state="Scheduled",
        external_audience="Known",
        start=NEXT_WEEK,
        end=NEXT_WEEK + timedelta(days=3),
        internal_reply="I am away.\nAsk Bob.",
        external_reply="Away",
    )
    text = read(fs, PATH).decode()
    assert 'state = "scheduled"' in text
    assert f"start = {NEXT_WEEK.isoformat()}" in text
    assert 'external_audience = "known"' in text
    assert 'internal_reply = """\nI am away.\nAsk Bob."""' in text
    assert 'external_reply = "Away"' in text
    assert '# "disabled", "enabled"' in text


def test_looking_at_the_file_asks_nothing_of_the_server_and_never_shows_it_too_short(
    sandbox: Sandbox, fs: FileSystem
) -> None:
    sandbox.calls.reset()
    before = fs.getattr(PATH).size
    assert sandbox.calls.count("GetUserOofSettings") == 0
    data = read(fs, PATH)
    assert sandbox.calls.count("GetUserOofSettings") == 1
    assert before >= len(data) == fs.getattr(PATH).size


def test_what_is_written_is_set_and_read_back(sandbox: Sandbox, file: OutOfOffice) -> None:
    file.write(
        b'state = "Scheduled"\nstart = 2090-03-05T18:00:00+01:00\nend = 2090-03-09\nexternal_audience = "all"\n'
        b'internal_reply = "Back on Monday"\nexternal_reply = """\n<b>Away</b>\n\xc3\x9cber"""\n'
    )
    known = on_server(sandbox)
    assert (known.state, known.external_audience) == ("Scheduled", "All")
    assert known.start == datetime(2090, 3, 5, 17, tzinfo=timezone.utc)
    assert known.end == datetime(2090, 3, 9, tzinfo=timezone.utc)
    assert (known.internal_reply, known.external_reply) == ("Back on Monday", "<b>Away</b>\nÜber")
    data = file.read()
    file.write(data)
    assert file.read() == data
    assert file.size == len(data)


def test_what_is_left_out_stays_as_it_is(sandbox: Sandbox, file: OutOfOffice) -> None:
    file.write(b'state = "enabled"\ninternal_reply = "Away"\nexternal_reply = "Out"\n')
    file.write(b'state = "disabled"\n')
    known = on_server(sandbox)
    assert (known.state, known.internal_reply, known.external_reply) == ("Disabled", "Away", "Out")


def test_saving_it_unchanged_sends_nothing(sandbox: Sandbox, file: OutOfOffice) -> None:
    make_account(sandbox).oof_settings = OofSettings(
        state="Enabled", external_audience="All", internal_reply="One\r\nTwo", external_reply="Three"
    )
    sandbox.calls.reset()
    file.write(file.read())
    assert sandbox.calls.count("SetUserOofSettings") == 0
    assert on_server(sandbox).internal_reply == "One\r\nTwo"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it says nothing"),
        (b"# only a comment\n", "it says nothing"),
        (b'state = "enabled"\nend == 3\n', "line 2"),
        (b"\xff", "not UTF-8"),
        (b'state = "perhaps"\n', "it can be: disabled, enabled, scheduled"),
        (b"state = 1\n", "it can be: disabled"),
        (b'start = "tomorrow"\n', "it must be a time"),
        (b"internal_reply = 5\n", "it must be a text in quotes"),
        (b'reply = "x"\n', "there is no reply; it can say: state"),
        (b'state = "enabled"\n', "'internal_reply' is missing"),
        (
            b'state = "scheduled"\nstart = 2090-01-02\nend = 2090-01-01\ninternal_reply = "a"\nexternal_reply = "b"\n',
            "is not after",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_changes_nothing(
    sandbox: Sandbox, file: OutOfOffice, data: bytes, why: str
) -> None:
    before = file.read()
    with pytest.raises(VfsError, match=why) as caught:
        file.write(data)
    assert caught.value.number == errno.EINVAL
    assert file.read() == before


def test_it_is_not_there_when_the_server_is_not_and_cannot_be_removed(sandbox: Sandbox, fs: FileSystem) -> None:
    with refused(errno.EPERM):
        fs.unlink(PATH)
    sandbox.stop()
    with refused(errno.EHOSTUNREACH):
        read(fs, PATH)


# What XML can carry (XML 1.0, section 2.2), but for line ends of other systems, which a server makes into its own.
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r")).map(
    lambda text: "".join(c for c in text if c >= " " or c in "\n\t")
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc)).map(
    lambda when: when.replace(microsecond=0)
)


@given(
    st.builds(
        Absence,
        st.sampled_from(["Disabled", "Enabled", "Scheduled"]),
        st.sampled_from(["None", "Known", "All"]),
        moments,
        moments,
        texts,
        texts,
    )
)
def test_any_settings_survive_the_way_through_the_file(absence: Absence) -> None:
    assert parse(render(absence, BERLIN), NOBODY, BERLIN) == absence
