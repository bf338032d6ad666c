"""Results of autodiscover on disk."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ewsfs.ews.autodiscover.cache import DiscoveryCache


def test_a_result_is_there_in_the_next_run_whatever_the_case(tmp_path: Path) -> None:
    path = tmp_path / "new" / "autodiscover.json"
    DiscoveryCache(path).put("Ada@Example.test", "https://mail.example.test/", "ada@example.test")
    known = DiscoveryCache(path).get("ada@example.TEST")
    assert known is not None
    assert (known.endpoint, known.primary_smtp_address) == ("https://mail.example.test/", "ada@example.test")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_result_is_forgotten_on_request(tmp_path: Path) -> None:
    cache = DiscoveryCache(tmp_path / "x.json")
    cache.put("a@x.test", "https://a.test/", "a@x.test")
    cache.put("b@x.test", "https://b.test/", "b@x.test")
    cache.forget("a@x.test")
    cache.forget("nobody@x.test")
    assert cache.get("a@x.test") is None
    assert cache.get("b@x.test") is not None


def test_a_result_gets_too_old(tmp_path: Path) -> None:
    cache = DiscoveryCache(tmp_path / "x.json", max_age=0)
    cache.put("a@x.test", "https://a.test/", "a@x.test")
    assert DiscoveryCache(tmp_path / "x.json", max_age=-1).get("a@x.test") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '{"version": 1}',
        '{"version": 99, "addresses": {}}',
        '{"version": 1, "addresses": {"a": 3}}',
        "[" * 9999,
    ],
)
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    cache = DiscoveryCache(path)
    assert cache.get("a@x.test") is None
    cache.put("a@x.test", "https://a.test/", "a@x.test")
    assert cache.get("a@x.test") is not None
    assert json.loads(path.read_text())["version"] == 1


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    DiscoveryCache(tmp_path / "file" / "x.json").put("a@x.test", "https://a.test/", "a@x.test")


def test_the_usual_place_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert DiscoveryCache().path.is_relative_to(tmp_path)
