from __future__ import annotations

from pathlib import Path

import pytest

from ewsfs.cli import fuse_options
from ewsfs.cli.errors import CliError


def test_flags_and_values_go_to_fuse() -> None:
    options = fuse_options.parse(("noatime,max_read=131072", "default_permissions"))
    assert options.fuse == {"noatime": True, "max_read": "131072", "default_permissions": True}


def test_nothing_is_said_by_default() -> None:
    assert fuse_options.parse(()) == fuse_options.FuseOptions()


@pytest.mark.parametrize(("given", "expected"), [("ro", True), ("ro,rw", False), ("rw", False)])
def test_the_last_of_ro_and_rw_counts(given: str, expected: bool) -> None:
    assert fuse_options.parse((given,)).read_only is expected


def test_owner_and_umask() -> None:
    options = fuse_options.parse(("uid=1000,gid=100,umask=027",))
    assert (options.uid, options.gid, options.umask) == (1000, 100, 0o027)


@pytest.mark.parametrize("given", ["auto_unmount", "nonempty", "attr_timeout=5", "direct_io", "kernel_cache"])
def test_what_is_unsafe_is_refused_with_the_reason(given: str) -> None:
    with pytest.raises(CliError, match=r"is refused: .+"):
        fuse_options.parse((given,))


@pytest.mark.parametrize("given", ["nonsense", "max_read", "max_read=x", "ro=1", "umask=9", "uid=-1", "uid"])
def test_what_is_not_understood_is_named(given: str) -> None:
    with pytest.raises(CliError, match=given.partition("=")[0]):
        fuse_options.parse((given,))


def test_sharing_lets_the_kernel_check_the_modes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    conf = tmp_path / "fuse.conf"
    conf.write_text("# comment\nuser_allow_other\n")
    monkeypatch.setattr(fuse_options, "_FUSE_CONF", conf)
    options = fuse_options.parse(("allow_other",))
    assert options.fuse == {"allow_other": True, "default_permissions": True}
    assert options.umask == 0o022
    assert fuse_options.parse(("allow_other,umask=077",)).umask == 0o077


def test_sharing_that_the_system_does_not_allow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuse_options, "_FUSE_CONF", tmp_path / "missing")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(CliError, match="user_allow_other"):
        fuse_options.parse(("allow_other",))
