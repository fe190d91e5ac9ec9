"""`cit publish`: a static host's folder is brought to what the home publishes, and is whole at any moment."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.errors import UserError
from cit_platform.publishing.edition import static_host
from cit_platform.publishing.edition.force import withdraw
from cit_platform.publishing.edition.retention import remove_edition
from cit_platform.publishing.edition.static_host import copy_editions
from cit_platform.storage.checksums import edition_damage
from cit_platform_tests.publishing.edition.conftest import Home

FIRST, SECOND, THIRD = (f"2026-11-{day}T0400-5a5a5a5a" for day in (22, 23, 24))


def is_whole(host: Path) -> bool:
    """Whether what a reader can reach is there and unharmed."""
    editions = [path for path in (host / "editions").glob("[!.]*") if path.is_dir()]
    whole = all(edition_damage(edition) == () for edition in editions)
    return whole and (not (host / "latest").exists() or edition_damage(host / "latest") == ())


def test_editions_come_stay_are_replaced_and_go(home: Home, tmp_path: Path) -> None:
    path, host = home({}, {}, {"held": ["It changed its sign."]}), tmp_path / "host"
    host.mkdir()
    (host / "CNAME").write_text("example.org")
    assert copy_editions(path, host).added == (FIRST, SECOND)
    assert {each.name for each in host.iterdir()} == {"CNAME", "editions", "latest", "index.html"}
    assert (host / "latest").readlink() == Path("editions") / SECOND
    assert is_whole(host)
    done = copy_editions(path, host)
    assert (done.added, done.replaced, done.removed, done.commit) == ((), (), (), None)
    withdraw(path, SECOND, "Wrong.", datetime(2026, 11, 25, tzinfo=UTC))
    assert copy_editions(path, host).replaced == (SECOND,)
    assert (host / "latest").resolve().name == FIRST
    assert "Wrong." in (host / "editions" / SECOND / "index.html").read_text()
    assert not (host / "editions" / SECOND / "tables").exists()
    assert is_whole(host)
    remove_edition(path, SECOND)
    assert copy_editions(path, host).removed == (SECOND,)
    assert (host / "CNAME").read_text() == "example.org"
    # Nothing that is private or held came along.
    assert not list(host.rglob(f"*{THIRD}*"))


def test_what_editions_share_is_copied_once(home: Home, tmp_path: Path) -> None:
    path = home({}, {})
    script = path / "published" / "editions" / SECOND / "assets" / "plotly.min.js"
    script.unlink()
    os.link(path / "published" / "editions" / FIRST / "assets" / "plotly.min.js", script)
    copy_editions(path, tmp_path / "host")
    copies = [tmp_path / "host" / "editions" / name / "assets" / "plotly.min.js" for name in (FIRST, SECOND)]
    assert copies[0].samefile(copies[1])


def test_killed_at_any_file_readers_find_everything_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, host = home({}, {}), tmp_path / "host"
    copy_whole, calls = static_host.copy_without_zeros, []

    def dying(source: Path, copy: Path) -> None:
        calls.append(copy)
        if len(calls) % 17 == 0:
            copy.write_bytes(b"half")
            raise KeyboardInterrupt
        copy_whole(source, copy)

    monkeypatch.setattr(static_host, "copy_without_zeros", dying)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            copy_editions(path, host)
        assert is_whole(host)
    monkeypatch.setattr(static_host, "copy_without_zeros", copy_whole)
    copy_editions(path, host)
    assert is_whole(host)
    assert (host / "latest").resolve().name == SECOND


def test_a_worktree_of_a_bare_repository_gets_one_commit_for_each_change(home: Home, tmp_path: Path) -> None:
    bare, host = tmp_path / "pages.git", tmp_path / "pages"

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "--bare", str(bare))
    for name, value in {"user.name": "Operator", "user.email": "operator@example.org"}.items():
        git("-C", str(bare), "config", name, value)
    nothing = git("-C", str(bare), "hash-object", "-t", "tree", "-w", "/dev/null")
    git("-C", str(bare), "branch", "pages", git("-C", str(bare), "commit-tree", nothing, "-m", "Empty"))
    git("-C", str(bare), "worktree", "add", "-q", str(host), "pages")
    path = home({}, {})
    commit = copy_editions(path, host).commit
    assert commit
    listed = git("-C", str(bare), "ls-tree", "-r", "pages")
    # Hosts of branches follow no link.
    assert "120000" not in listed
    assert "latest/index.html" in listed
    assert f"editions/{FIRST}/cit.duckdb" in listed
    assert copy_editions(path, host).commit is None


def test_a_folder_that_cannot_be_meant_is_refused(home: Home, tmp_path: Path) -> None:
    path = home({})
    with pytest.raises(UserError, match="lie in one another"):
        copy_editions(path, path / "published" / "host")
    with pytest.raises(UserError, match="There is no folder"):
        copy_editions(path, tmp_path / "not" / "there")
    (tmp_path.parent / "host" / "latest").mkdir(parents=True, exist_ok=True)
    with pytest.raises(UserError, match="would have to be a link"):
        copy_editions(path, tmp_path.parent / "host")
    with pytest.raises(UserError, match="publishes no edition"):
        copy_editions(tmp_path / "empty", tmp_path.parent / "host")


def test_the_command_says_what_it_did(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_HOME", str(home({})))
    done = CliRunner().invoke(app, ["publish", "--to", str(tmp_path.parent / "static")])
    assert done.exit_code == 0, done.output
    assert f"added: {FIRST}." in done.output
