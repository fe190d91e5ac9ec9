"""`cit serve` shows what is published, to readers on this machine, and nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cit_platform.cli.serve import PAGE_POLICY, pages
from cit_platform.cli.web_server import PortTakenError, listening, web_server
from cit_platform.settings import REPOSITORY, Settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two small editions, the first in force, and what must not be seen."""
    home = tmp_path / "home"
    for name in ("first", "second", ".partial-third"):
        folder = home / "published" / "editions" / name
        (folder / "tables").mkdir(parents=True)
        (folder / "index.html").write_text(f"page of {name}")
        (folder / "tables" / "a b.csv").write_text(name)
    (home / "published" / "work").mkdir()
    (home / "published" / "work" / "index.html").write_text("secret")
    (home / "published" / "secret.txt").write_text("secret")
    (home / "pseudonym.key").write_text("secret")
    (home / "published" / "editions" / "first" / "out").symlink_to(home / "pseudonym.key")
    switch(home, "first")
    return home


def switch(home: Path, edition: str) -> None:
    """As a refresh does it."""
    link = home / "published" / "new"
    link.symlink_to(Path("editions") / edition)
    link.replace(home / "published" / "latest")


@pytest.fixture
def reader(home: Path) -> Iterator[httpx.Client]:
    opened = listening(0)
    port = opened.getsockname()[1]
    server = web_server(pages(Settings(home=home, serve_url="http://pages.example"), port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join()


def test_latest_leads_to_the_edition_in_force_which_stays_whole_when_it_switches(
    home: Path, reader: httpx.Client
) -> None:
    first = reader.get("/latest/")
    assert first.text == "page of first"
    switch(home, "second")
    assert reader.get(first.url.join("tables/a b.csv")).text == "first"
    assert reader.get("/").text == "page of second"
    assert reader.get("/latest/tables/a%20b.csv").text == "second"
    assert reader.head("/latest/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/pseudonym.key",
        "/%77ork/index.html",
        "/secret.txt",
        "/editions/",
        "/editions",
        "/editions/../secret.txt",
        "/editions/%2e%2e/secret.txt",
        "/editions/%2e%2e%2f%2e%2e%2fpseudonym.key",
        "/editions/first/..%2f..%2f..%2fpseudonym.key",
        "/editions/first/out",
        "/editions/.partial-third/index.html",
        "/latest/../../pseudonym.key",
        "/latest/..%2f..%2f..%2fpseudonym.key",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(reader: httpx.Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code in {404, 405}
    assert "secret" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_read_only(reader: httpx.Client, method: str) -> None:
    assert reader.request(method, "/latest/").status_code == 405


def test_other_names_and_other_pages_are_refused_and_the_one_of_the_setting_is_not(reader: httpx.Client) -> None:
    assert reader.get("/latest/", headers={"Host": "evil.test"}).status_code == 421
    assert reader.get("/latest/", headers={"Origin": "http://evil.test"}).status_code == 403
    assert reader.get("/editions/first/", headers={"Host": "pages.example"}).text == "page of first"


def test_every_answer_says_what_its_page_may_do(reader: httpx.Client) -> None:
    for path in ("/latest/", "/nowhere"):
        headers = reader.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_without_an_edition_it_says_so(home: Path, reader: httpx.Client) -> None:
    (home / "published" / "latest").unlink()
    assert "no edition yet" in reader.get("/latest/").text


def test_a_port_that_is_taken_is_named() -> None:
    with listening(0) as opened, pytest.raises(PortTakenError, match=str(opened.getsockname()[1])):
        listening(opened.getsockname()[1])


def test_the_headers_that_operations_asks_of_a_static_host_are_those_of_cit_serve() -> None:
    assert f"| `Content-Security-Policy` | `{PAGE_POLICY}` |" in (REPOSITORY / "docs" / "operations.md").read_text()
